"""A random view of a photograph on a fixed canvas: whole digits, never mirrored."""

import cv2
import numpy as np
from mmcv.transforms.utils import cache_randomness
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import HorizontalBoxes, autocast_box_type

from mmdigits.datasets.imaging import PADDING, between_centres
from mmdigits.datasets.synthetic.fields import elastic_field
from mmdigits.datasets.transforms.photograph import PhotographTransform
from mmdigits.datasets.transforms.resize_within import factor_within


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
        bend: Largest standard deviation of an elastic distortion, in median heights of the boxes,
            from 0 to below 0.1; since nothing may fold over, more than 0.03 is hardly reached. A
            photograph without boxes isn't bent.
        largest: Width and height, each at least the canvas's, up to which a photograph that is
            larger than the canvas keeps its own size; None shows all of it on the canvas.

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
        bend: float = 0.0,
        largest: tuple[int, int] | None = None,
    ) -> None:
        right = {
            "canvas": min(canvas) >= 1,
            "scale": 0 < scale[0] <= scale[1],
            "stretch": stretch >= 1,
            "rotation": 0 <= rotation < 45,
            "shear": 0 <= shear < 45,
            "perspective": 0 <= perspective < 0.3,
            "shift": shift >= 0,
            "bend": 0 <= bend < 0.1,
            "largest": largest is None or (largest[0] >= canvas[0] and largest[1] >= canvas[1]),
        }
        self._check(
            locals(),
            right,
            "sizes are positive, stretch at least 1, angles from 0 to below 45 degrees, "
            "perspective from 0 to below 0.3, shift not negative, bend from 0 to below 0.1 and "
            "largest not below the canvas",
        )
        self.canvas = (int(canvas[0]), int(canvas[1]))
        self.scale = scale
        self.stretch = stretch
        self.rotation = rotation
        self.shear = shear
        self.perspective = perspective
        self.shift = shift
        self.fill = tuple(fill)
        self.bend = bend
        self.largest = self.canvas if largest is None else largest

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
        how = dict(borderMode=cv2.BORDER_CONSTANT, borderValue=self.fill)
        if field is None:
            linear = cv2.INTER_LINEAR
            view = cv2.warpPerspective(
                image, between_centres(matrix), self.canvas, flags=linear, **how
            )
        else:
            view = cv2.remap(image, sources(matrix, field), None, cv2.INTER_LINEAR, **how)
        results["img"] = view
        results["img_shape"] = view.shape[:2]
        results.pop("scale_factor", None)
        if "gt_bboxes" in results:
            limits = np.array(self.canvas * 2)
            warped = np.clip(warped if field is None else bend_boxes(warped, field), 0, limits)
            results["gt_bboxes"] = HorizontalBoxes(warped.astype(np.float32))
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
        return elastic_field(self.canvas, height, rng.uniform(0, self.bend) * height, rng)

    def _keep_inside(self, matrix: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        """The same view, shrunk and shifted as little as it takes to have all boxes inside."""
        if not len(boxes):
            return matrix
        canvas = np.array(self.canvas, float)
        warped = warp_boxes(boxes, matrix)
        low, high = warped[:, :2].min(axis=0), warped[:, 2:].max(axis=0)
        shrink = min(1.0, (canvas / np.maximum(high - low, 1e-6)).min())
        middle = (low + high) / 2
        half = (high - low) / 2 * shrink
        place = np.clip(middle, half, canvas - half)
        return _shifted(place) @ np.diag([shrink, shrink, 1.0]) @ _shifted(-middle) @ matrix


def warp_boxes(boxes: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Boxes around the images of the ellipses that the given boxes circumscribe.

    The map is taken as linear over a box, by its derivative at the box's middle.

    Args:
        boxes: ``(N, 4)`` x1, y1, x2, y2.
        matrix: ``(3, 3)`` homography with a positive denominator at every box.

    Returns:
        ``(N, 4)`` float, in the frame that ``matrix`` leads to; not clipped. ``(0, 4)`` for none.
    """
    boxes = np.asarray(boxes, float).reshape(-1, 4)
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]) / 2
    mapped = np.column_stack([middle, np.ones(len(boxes))]) @ matrix.T
    depth = mapped[:, 2:]
    place = mapped[:, :2] / depth
    # Quotient rule: d(u / w) = (du - (u / w) dw) / w.
    derivative = (matrix[:2, :2] - place[:, :, None] * matrix[2:, :2]) / depth[..., None]
    reach = np.hypot(derivative[:, :, 0] * half[:, :1], derivative[:, :, 1] * half[:, 1:])
    return np.hstack([place - reach, place + reach])


def sources(matrix: np.ndarray, field: np.ndarray) -> np.ndarray:
    """Where in the photograph the middle of each pixel of a bent view is.

    Args:
        matrix: ``(3, 3)`` homography from the photograph to the view before it is bent.
        field: ``(h, w, 2)`` float32 x, y: a pixel of the bent view shows what is that far from it
            in the view before.

    Returns:
        ``(h, w, 2)`` float32 x, y with the first pixel's middle at 0, for ``cv2.remap``.
    """
    height, width = field.shape[:2]
    pixels = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1) + field
    back = np.linalg.inv(between_centres(matrix))
    return cv2.perspectiveTransform(pixels.astype(np.float32), back)


def bend_boxes(boxes: np.ndarray, field: np.ndarray) -> np.ndarray:
    """Move each edge of a box as what its middle shows is moved.

    Args:
        boxes: ``(N, 4)`` x1, y1, x2, y2 in pixels of the view before it is bent.
        field: As in :func:`sources`; beyond the view its edge counts.

    Returns:
        ``(N, 4)`` float; edges never change places.
    """
    limits = np.array(field.shape[1::-1]) - 1
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    bent = boxes.astype(float)
    for edge in range(4):
        axis = edge % 2
        points = middle.copy()
        points[:, axis] = boxes[:, edge]
        x, y = np.clip(np.round(points - 0.5), 0, limits).astype(int).T
        bent[:, edge] -= field[y, x, axis]
    centre = (bent[:, :2] + bent[:, 2:]) / 2
    half = np.maximum(bent[:, 2:] - bent[:, :2], 0) / 2
    return np.hstack([centre - half, centre + half])


def _shifted(offset: np.ndarray) -> np.ndarray:
    matrix = np.eye(3)
    matrix[:2, 2] = offset
    return matrix
