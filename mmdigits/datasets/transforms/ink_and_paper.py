"""The two colours of a digit in a photograph: what it's painted with, and what it's painted on."""

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class InkAndPaper:
    """How one digit's box is coloured, and how well that tells the digit.

    Attributes:
        ink: ``(3,)`` float64 B, G, R of 255: mean colour of the digit.
        paper: ``(3,)`` float64: mean colour of what is around it.
        frame: Share of the box's frame that is paper, 0.5 to 1: low where the frame holds the edge
            of a plate or a neighbour's strokes.
        clarity: Share of the grey levels' variance that the two classes explain, 0 to 1: low where
            there are more colours than two, or light changes within the box.
        span: Share of the box's height that the digit's strokes reach over, 0 to 1: low where a
            part of them isn't seen as ink, or the box is at another place than the digit.
    """

    ink: np.ndarray
    paper: np.ndarray
    frame: float
    clarity: float
    span: float

    @property
    def contrast(self) -> float:
        """Distance of the two colours in levels of 255; at most 442."""
        return float(np.linalg.norm(self.ink - self.paper))

    def amount_of_ink(self, image: np.ndarray) -> np.ndarray:
        """How far each pixel is on the way from paper to ink.

        Args:
            image: ``(H, W, 3)`` float32 BGR of 255.

        Returns:
            ``(H, W)`` float32: 0 for paper, 1 for ink; texture and light go beyond both.
        """
        way = self.ink - self.paper
        return (image - np.float32(self.paper)) @ np.float32(way / (way @ way))


def find_ink_and_paper(image: np.ndarray, box: np.ndarray) -> InkAndPaper | None:
    """Split a digit's box into two colours; the one that fills its frame is the paper.

    The split is at the grey level that separates the two best.

    Source: Otsu, IEEE Trans. SMC 9(1), 1979, as ``cv2.threshold`` with ``THRESH_OTSU``.

    Args:
        image: ``(H, W, 3)`` uint8 BGR.
        box: ``(4,)`` x1, y1, x2, y2 in pixels of the image; may reach outside it.

    Returns:
        The colours, or None if less than 2 x 2 pixels of the box are in the image or all of them
        have one grey.
    """
    height, width = image.shape[:2]
    around = max(1.0, 0.08 * (box[2:] - box[:2]).min())
    left, top = np.maximum(np.floor(box[:2] - around), 0).astype(int)
    right, bottom = np.minimum(np.ceil(box[2:] + around), (width, height)).astype(int)
    if right - left < 2 or bottom - top < 2:
        return None
    cut = image[top:bottom, left:right]
    grey = cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY)
    _, bright = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    share = cv2.countNonZero(bright) / bright.size
    if not 0 < share < 1:
        return None
    light, dark = (np.array(cv2.mean(cut, mask)[:3]) for mask in (bright, 1 - bright))
    gap = cv2.mean(grey, bright)[0] - cv2.mean(grey, 1 - bright)[0]
    frame = float(np.concatenate([bright[0], bright[-1], bright[:, 0], bright[:, -1]]).mean())
    is_light = frame >= 0.5
    x = np.arange(left, right) + 0.5
    ink = digit_strokes(bright != is_light, x, box)
    rows = np.flatnonzero(ink.any(axis=1))
    return InkAndPaper(
        ink=dark if is_light else light,
        paper=light if is_light else dark,
        frame=max(frame, 1 - frame),
        clarity=share * (1 - share) * gap**2 / float(grey.var()),
        span=min(1.0, (np.ptp(rows) + 1) / (box[3] - box[1])) if len(rows) else 0.0,
    )


def digit_strokes(ink: np.ndarray, x: np.ndarray, box: np.ndarray) -> np.ndarray:
    """The ink in a box that belongs to its digit, and not to a neighbour that reaches into it.

    That is what hangs together and somewhere comes into the box's middle three fifths.

    Args:
        ink: ``(H, W)`` bool, of the box and a little around it.
        x: ``(W,)`` where its pixels are.
        box: ``(4,)`` x1, y1, x2, y2; only x is used.

    Returns:
        ``(H, W)`` bool.
    """
    middle = np.abs(x - box[[0, 2]].mean()) < 0.3 * (box[2] - box[0])
    count, parts = cv2.connectedComponents(ink.astype(np.uint8))
    wanted = np.zeros(count, bool)
    wanted[np.unique(parts[:, middle])] = True
    wanted[0] = False
    return wanted[parts]
