"""A look at a number by itself: level, in the middle, its digits at a given height."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, interpolate

from mmdigits.files.detections import Detections

# How steeply a number climbs or falls, height over width. A flatter one is left as it is: two
# boxes' middles are not placed better. What is steeper may be a column.
LEAST_SLOPE, MOST_SLOPE = 0.1, 1.2
# Digits of one row stay this close to its line, in digit heights.
OFF_THE_LINE = 0.5


@dataclass(frozen=True)
class Rectification:
    """How an image is sheared, scaled and cut out around its number.

    Attributes:
        matrix: ``(3, 3)`` float64, from the image's pixels to the look's: one scale for both
            directions, columns moved up or down, and a shift.
        size: Width and height of the look in pixels.
    """

    matrix: np.ndarray
    size: tuple[int, int]

    @property
    def scale(self) -> float:
        """Pixels of the look for one of the image."""
        return float(self.matrix[0, 0])

    def warp(self, image: Tensor) -> Tensor:
        """Make the look.

        Args:
            image: ``(C, H, W)``, normalised. Beyond its edges is 0, as in the padding of a batch:
                the mean colour, which training has around a photograph too.

        Returns:
            ``(C, height, width)`` of ``size``, float32, on the image's device.
        """
        # Averaged down first where the look is smaller, as sampling alone would miss pixels.
        less = min(1.0, self.scale)
        high, wide = (max(1, round(side * less)) for side in image.shape[1:])
        pixels = interpolate(image[None].float(), (high, wide), mode="bilinear", antialias=True)
        from_image = np.diag([wide / image.shape[2], high / image.shape[1], 1.0])
        # grid_sample counts from -1 to 1, from edge to edge.
        to_look = np.linalg.inv(_to_unit(self.size))
        theta = _to_unit((wide, high)) @ from_image @ np.linalg.inv(self.matrix) @ to_look
        grid = affine_grid(
            torch.from_numpy(theta[None, :2]).to(pixels),
            [1, len(image), self.size[1], self.size[0]],
            align_corners=False,
        )
        (look,) = grid_sample(
            pixels, grid, mode="bilinear", padding_mode="zeros", align_corners=False
        )
        return look

    def undo(self, found: Detections, shape: tuple[int, int]) -> Detections:
        """Move detections from the look into the image.

        Args:
            found: In pixels of the look.
            shape: Height and width of the image.

        Returns:
            The same in the image's pixels, clipped to it. Where the look is sheared, a box's
            middle moves and its sides keep their lengths: the box around its moved corners would
            hold much that is not the digit.
        """
        undo = np.linalg.inv(self.matrix)
        middles = (found.bboxes[:, :2] + found.bboxes[:, 2:]) / 2 @ undo[:2, :2].T + undo[:2, 2]
        halves = (found.bboxes[:, 2:] - found.bboxes[:, :2]) / 2 / self.scale
        bboxes = np.concatenate([middles - halves, middles + halves], axis=1)
        return Detections(bboxes.clip(0, [shape[1], shape[0]] * 2), found.labels, found.scores)


def rectify(
    digits: np.ndarray,
    height: float,
    canvas: tuple[int, int],
    margin: tuple[float, float],
    most: float,
) -> Rectification:
    """Say how to look at a number so that its line is level and its digits have a known height.

    The line becomes level by a vertical shear, not by a turn: mostly it is not level because a wall
    is seen from the side, and then what is upright on the wall is upright in the photograph too.

    Args:
        digits: ``(n, 4)`` boxes of its digits in reading order, n at least 1, in image pixels.
        height: What the digits' median height becomes, in pixels.
        canvas: Least width and height of the look. It is larger where the number with its margin
            is larger.
        margin: Around the number: at its ends, and above and below, in multiples of ``height``.
        most: Largest scale, pixels of the look for one of the image; digits that would need
            a larger one stay smaller than ``height``.

    Returns:
        The look's place.
    """
    scale = min(height / max(1e-6, np.median(digits[:, 3] - digits[:, 1])), most)
    shear = scale * np.array([[1.0, 0.0], [-_slope(digits), 1.0]])
    corners = np.concatenate([digits[:, [x, y]] for x in (0, 2) for y in (1, 3)]) @ shear.T
    low, high = corners.min(0), corners.max(0)
    wanted = high - low + 2 * np.array(margin) * height
    size = np.maximum(np.ceil(wanted), canvas).astype(int)
    matrix = np.eye(3)
    matrix[:2, :2] = shear
    matrix[:2, 2] = size / 2 - (low + high) / 2
    return Rectification(matrix, (int(size[0]), int(size[1])))


def _to_unit(size: tuple[int, int]) -> np.ndarray:
    """From pixels of an image, width and height, to -1..1 between its edges."""
    return np.array([[2 / size[0], 0, -1], [0, 2 / size[1], -1], [0, 0, 1]])


def _slope(digits: np.ndarray) -> float:
    """Height over width of the digits' line, positive where it falls; 0 unless it is clear."""
    middles = (digits[:, :2] + digits[:, 2:]) / 2
    wide, high = np.median(digits[:, 2:] - digits[:, :2], axis=0)
    across, down = (middles - middles[0]).T
    if across[-1] <= wide / 2:
        return 0.0
    slope = float(down[-1] / across[-1])
    on_one_line = np.abs(down - slope * across).max() <= OFF_THE_LINE * high
    return slope if on_one_line and LEAST_SLOPE <= abs(slope) <= MOST_SLOPE else 0.0
