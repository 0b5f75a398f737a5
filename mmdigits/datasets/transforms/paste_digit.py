"""One digit drawn over another, in the other's colours."""

import cv2
import numpy as np

from mmdigits.datasets.transforms.ink_and_paper import InkAndPaper, digit_strokes


def paste_digit(
    image: np.ndarray,
    box: np.ndarray,
    colours: InkAndPaper,
    donor: np.ndarray,
    donor_box: np.ndarray,
    donor_colours: InkAndPaper,
    feather: float,
) -> None:
    """Draw the donor's digit into a box of an image, in place.

    Where the donor has ink the image gets its own ink, and paper likewise; in between, as much of
    each as the donor has. From the box's edge outwards the image fades in again. What reaches
    outside the image is cut off.

    Args:
        image: ``(H, W, 3)`` uint8 BGR.
        box: ``(4,)`` x1, y1, x2, y2 in pixels of ``image``; may reach outside it.
        colours: Of the digit in ``box``.
        donor: ``(H', W', 3)`` uint8 BGR.
        donor_box: ``(4,)`` in pixels of ``donor``, inside it and not empty.
        donor_colours: Of the digit in ``donor_box``.
        feather: Width of the fading edge as a fraction of the box's shorter side; at least 1 pixel.
    """
    height, width = image.shape[:2]
    edge = max(1.0, feather * (box[2:] - box[:2]).min())
    left, top = np.maximum(np.floor(box[:2] - edge), 0).astype(int)
    right, bottom = np.minimum(np.ceil(box[2:] + edge), (width, height)).astype(int)
    if right <= left or bottom <= top:
        return
    x, y = np.arange(left, right) + 0.5, np.arange(top, bottom) + 0.5
    over_x = np.maximum(np.maximum(box[0] - x, x - box[2]), 0)
    over_y = np.maximum(np.maximum(box[1] - y, y - box[3]), 0)
    cover = np.clip(1 - np.hypot(over_x[None], over_y[:, None]) / edge, 0, 1).astype(np.float32)

    digit = _resampled(donor, donor_box, box, (left, top, right, bottom)).astype(np.float32)
    # A little more than ink or less than paper is texture; much more is a halo or another thing.
    amount = np.clip(donor_colours.amount_of_ink(digit), -0.15, 1.3) * cover
    ink = amount > 0.5
    strange = (ink & ~digit_strokes(ink, x, box)).astype(np.uint8)
    amount[cv2.dilate(strange, np.ones((3, 3), np.uint8)) > 0] = 0
    paper, way = np.float32(colours.paper), np.float32(colours.ink - colours.paper)
    old = image[top:bottom, left:right]
    new = paper + way * amount[..., None]
    mixed = old + (new - old) * cover[..., None]
    image[top:bottom, left:right] = np.clip(np.round(mixed), 0, 255)


def _resampled(
    donor: np.ndarray, donor_box: np.ndarray, box: np.ndarray, window: tuple[int, int, int, int]
) -> np.ndarray:
    """The pixels of ``window``, in the frame of ``box``, from the donor around ``donor_box``."""
    step = (donor_box[2:] - donor_box[:2]) / (box[2:] - box[:2])  # donor's pixels to one of ours
    left, top, right, bottom = window
    start = donor_box[:2] + (np.array([left, top]) + 0.5 - box[:2]) * step
    reach = np.array([right - left, bottom - top]) * step
    margin = 2 + 2 * np.ceil(step)
    low = np.maximum(np.floor(start - margin), 0).astype(int)
    high = np.ceil(start + reach + margin).astype(int)
    cut = donor[low[1] : high[1], low[0] : high[0]]
    # A pixel of ours averages `step` of the donor's; interpolation alone would skip some.
    sigma = 0.4 * np.sqrt(np.maximum(step**2 - 1, 0))
    if sigma.max() > 0.3:
        sigma = np.maximum(sigma, 0.05)
        cut = cv2.GaussianBlur(cut, (0, 0), sigma[0], None, sigma[1], cv2.BORDER_REPLICATE)
    place = start - low - 0.5  # OpenCV's first pixel has its middle at 0 and not at .5
    return cv2.warpAffine(
        cut,
        np.array([[step[0], 0, place[0]], [0, step[1], place[1]]]),
        (right - left, bottom - top),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
