"""What drawn pictures and augmented photographs have in common."""

import cv2
import numpy as np

# ImageNet's mean, B, G, R of 255: a data preprocessor turns it into the zeros that it pads with.
PADDING = (103.53, 116.28, 123.675)

_TO_MIDDLE = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
_FROM_MIDDLE = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])


def between_centres(matrix: np.ndarray) -> np.ndarray:
    """Rewrite a map of the plane for OpenCV, where the first pixel's middle is at 0 and not at .5.

    Args:
        matrix: ``(3, 3)`` homography of coordinates in which pixels begin at whole numbers.

    Returns:
        ``(3, 3)`` the same map for ``cv2.warpAffine`` (its first two rows) or ``warpPerspective``.
    """
    return _FROM_MIDDLE @ matrix @ _TO_MIDDLE


def sensor_noise(size: tuple[int, int], deviation: float, rng: np.random.Generator) -> np.ndarray:
    """Draw a sensor's noise: Gaussian in the brightness and, weaker, along one axis of colour.

    Args:
        size: Height and width of the image.
        deviation: Standard deviation of the brightness in levels of 255.
        rng: Source of all randomness.

    Returns:
        ``(H, W, 3)`` float32 to be added to a BGR image.
    """
    grey, tint = rng.standard_normal((2, *size), dtype=np.float32)
    noise = cv2.merge([grey + tint * share for share in (0.5, -0.1, -0.4)])
    noise *= np.float32(deviation)
    return noise


def compress(image: np.ndarray, quality: int) -> np.ndarray:
    """Write an image as JPEG and read it again.

    Args:
        image: ``(H, W, 3)`` uint8 BGR.
        quality: 1 to 100.

    Returns:
        An image of the same kind.
    """
    _, code = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(code, cv2.IMREAD_COLOR)
