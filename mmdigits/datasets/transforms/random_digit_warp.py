"""A random view of a photograph on a fixed canvas: whole digits, never mirrored."""

import cv2
import numpy as np
from mmcv.transforms.utils import cache_randomness
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import HorizontalBoxes, autocast_box_type

from mmdigits.datasets.imaging import PADDING, between_centres
from mmdigits.datasets.random_fields import elastic_field
from mmdigits.datasets.transforms.photograph import PhotographTransform
from mmdigits.datasets.transforms.resize_within import factor_within
from mmdigits.datasets.transforms.views import bend_boxes, sources, warp_boxes


@TRANSFORMS.register_module()
class RandomDigitWarp(PhotographTransform):
    """Scale, stretch, turn, shear, tilt and shift a photograph onto a canvas, in one resampling.

    It takes the place of ``Resize`` in training. At its mildest it is what ``Resize`` with
    ``keep_ratio`` does, centred: the largest size at which the photograph fits the canvas; with
    ``largest``, what :class:`ResizeWithin` does, of which the canvas then shows a part. From there
    each quantity below is drawn on its own. Digits are kept whole: where a draw would push one
    over the edge, the view is shifted, and if need be made smaller, until all are inside.

    Nothing is ever mirrored: every view is the plane turned by less than 90 degrees and seen from
    its front, and what lies outside the photograph has one colour. Borders that reflect, the
    default of many libraries, would mirror digits near the edge.

    A box becomes the box around the image of the ellipse that it circumscribes, which for a small
    turn stays about as tight around a digit as an annotator's; the corners' box would not: at 8
    degrees it is a third wider for a digit twice as high as wide. Where the view is bent, its edges
    then move by as much as the picture does at their middles.

    Args:
        canvas: Width and height of the new image in pixels.
        scale: Range of the size, in multiples of the mildest view's; drawn uniformly in its
            logarithm.
        stretch: Largest factor by which width changes against height; logarithm likewise.
        rotation: Largest turn in degrees, below 45.
        shear: Largest slant of upright lines in degrees, below 45.
        perspective: Largest change of depth from the middle of the photograph to an edge, as a
            fraction, below 0.3; horizontally and vertically each.
        shift: Largest shift of the photograph's middle from the canvas's, as a fraction of the
            canvas.
        fill: Colour around the photograph, B, G, R of 255; the default is ImageNet's mean, which a
            data preprocessor turns into the zeros that it pads with.
        largest: Width and height, each at least the canvas's, up to which a photograph that is
            larger than the canvas keeps its own size; None shows all of it on the canvas.
        bend: Largest standard deviation of an elastic distortion, in median heights of the boxes,
            from 0 to below 0.1; since nothing may fold over, more than 0.04 is hardly reached. A
            photograph without boxes isn't bent.

    Required keys: ``img``, ``(H, W, C)``; with labels also ``gt_bboxes`` (HorizontalBoxes, pixels
    of ``img``). Modified keys: ``img``, ``img_shape`` (now of the canvas), ``gt_bboxes`` (pixels of
    the canvas, clipped to it; none is dropped). Without boxes only the image is warped.
    ``scale_factor`` is removed: no such pair describes the view.

    Raises:
        InputError: If an argument is out of its range.
    """

    def __init__(
        self,
        canvas: tuple[int, int],
        scale: tuple[float, float] = (0.7, 1.2),
        stretch: float = 1.25,
        rotation: float = 8.0,
        shear: float = 8.0,
        perspective: float = 0.1,
        shift: float = 0.2,
        fill: tuple[float, float, float] = PADDING,
        largest: tuple[int, int] | None = None,
        bend: float = 0.0,
    ) -> None:
        right = {
            "canvas": min(canvas) >= 1,
            "scale": 0 < scale[0] <= scale[1],
            "stretch": stretch >= 1,
            "rotation": 0 <= rotation < 45,
            "shear": 0 <= shear < 45,
            "perspective": 0 <= perspective < 0.3,
            "shift": shift >= 0,
            "largest": largest is None or (largest[0] >= canvas[0] and largest[1] >= canvas[1]),
            "bend": 0 <= bend < 0.1,
        }
        self._check(
            locals(),
            right,
            "sizes are positive, stretch at least 1, angles from 0 to below 45 degrees, "
            "perspective from 0 to below 0.3, shift not negative, largest not below the canvas and "
            "bend from 0 to below 0.1",
        )
        self.canvas = (int(canvas[0]), int(canvas[1]))
        self.scale = scale
        self.stretch = stretch
        self.rotation = rotation
        self.shear = shear
        self.perspective = perspective
        self.shift = shift
        self.fill = tuple(fill)
        self.largest = self.canvas if largest is None else largest
        self.bend = bend

    @autocast_box_type()
    def transform(self, results: dict) -> dict:
        """Warp the image and its boxes.

        Args:
            results: The pipeline's dict.

        Returns:
            The same dict.
        """
        image = results["img"]
        boxes = results["gt_bboxes"].tensor.numpy() if "gt_bboxes" in results else np.zeros((0, 4))
        matrix = self._keep_inside(self._draw(image.shape[:2]), boxes)
        warped = warp_boxes(boxes, matrix)
        field = self._draw_field(warped)
        outside = dict(borderMode=cv2.BORDER_CONSTANT, borderValue=self.fill)
        if field is None:
            place = between_centres(matrix)
            view = cv2.warpPerspective(image, place, self.canvas, flags=cv2.INTER_LINEAR, **outside)
        else:
            view = cv2.remap(image, sources(matrix, field), None, cv2.INTER_LINEAR, **outside)
            warped = bend_boxes(warped, field)
        results["img"] = view
        results["img_shape"] = view.shape[:2]
        results.pop("scale_factor", None)
        if "gt_bboxes" in results:
            limits = np.array(self.canvas * 2)
            warped = np.clip(warped, 0, limits).astype(np.float32)
            results["gt_bboxes"] = HorizontalBoxes(warped)
        return results

    @cache_randomness
    def _draw(self, shape: tuple[int, int]) -> np.ndarray:
        """A ``(3, 3)`` map from pixels of the photograph to those of the canvas."""
        size, canvas = np.array(shape[::-1], float), np.array(self.canvas, float)
        uniform = np.random.uniform
        scale = np.exp(uniform(*np.log(self.scale))) * factor_within(size, canvas, self.largest)
        stretch = np.exp(uniform(-1, 1) * np.log(self.stretch) / 2)
        turn, slant = np.radians(uniform(-1, 1, 2) * (self.rotation, self.shear))
        cos, sin = np.cos(turn), np.sin(turn)
        linear = np.array([[cos, -sin], [sin, cos]]) @ np.array([[1, np.tan(slant)], [0, 1]])
        linear = linear @ np.diag([scale * stretch, scale / stretch])
        tilt = uniform(-1, 1, 2) * self.perspective / (np.abs(linear) @ (size / 2))
        place = canvas / 2 + uniform(-1, 1, 2) * self.shift * canvas

        affine = np.eye(3)
        affine[:2, :2] = linear
        affine[:2, 2] = -linear @ (size / 2)  # the photograph's middle at the origin
        view = np.eye(3)
        view[2, :2] = tilt
        return _shifted(place) @ view @ affine

    @cache_randomness
    def _draw_field(self, boxes: np.ndarray) -> np.ndarray | None:
        """``(h, w, 2)`` displacements of the canvas's pixels, or None for a view as it is."""
        if not self.bend or not len(boxes):
            return None
        height = float(np.median(boxes[:, 3] - boxes[:, 1]))
        rng = np.random.default_rng(np.random.randint(2**31))
        field = elastic_field(self.canvas, height, rng.uniform(0, self.bend) * height, rng)
        # Moved as a whole, so that no digit that stood inside is pushed over the edge.
        middle, half = _middle_and_half(bend_boxes(boxes, field))
        return field + np.float32(middle - np.clip(middle, half, self.canvas - half))

    def _keep_inside(self, matrix: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        """The same view, shrunk and shifted as little as it takes to have all boxes inside."""
        if not len(boxes):
            return matrix
        middle, half = _middle_and_half(warp_boxes(boxes, matrix))
        shrink = min(1.0, (self.canvas / np.maximum(2 * half, 1e-6)).min())
        half *= shrink
        place = np.clip(middle, half, self.canvas - half)
        return _shifted(place) @ np.diag([shrink, shrink, 1.0]) @ _shifted(-middle) @ matrix


def _middle_and_half(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x, y of the middle and half the size of all boxes together."""
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return (low + high) / 2, (high - low) / 2


def _shifted(offset: np.ndarray) -> np.ndarray:
    matrix = np.eye(3)
    matrix[:2, 2] = offset
    return matrix
