"""Photographs made worse: out of focus, too small, noisy, compressed too much."""

import cv2
import numpy as np
from mmcv.transforms.utils import cache_randomness
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import autocast_box_type

from mmdigits.datasets.imaging import compress, sensor_noise
from mmdigits.datasets.transforms.photograph import PhotographTransform, check_photograph
from mmdigits.errors import InputError


@TRANSFORMS.register_module()
class RandomDegrade(PhotographTransform):
    """Blur, store smaller, add noise to, and compress a photograph, each at random.

    The steps come in the order in which they happen to a real photograph, and each is drawn on its
    own. Blur and loss of size are measured in digits, so that they take as much from a small digit
    as from a large one: the unit is the median height of the boxes or, in an image without boxes,
    half the image's height. Boxes and the image's size stay as they are, and nothing is mirrored,
    also not where a blur looks beyond the edge.

    OpenCV does the work: torchvision's ``GaussianBlur``, ``GaussianNoise`` and ``JPEG`` don't know
    the digits' size. The renderer's camera (:mod:`mmdigits.datasets.synthetic.camera`) is the same
    idea for a scene of floating-point colours.

    Args:
        blur: Probability of a Gaussian blur.
        sigma: Range of its standard deviation, as a fraction of the unit.
        resample: Probability that the image is stored smaller and enlarged again.
        height: Range of the unit in the smaller image, in pixels. Where it is as small already,
            nothing happens.
        noise: Probability of Gaussian noise, in the brightness and, weaker, along one axis of
            colour.
        deviation: Range of its standard deviation in levels of 255.
        jpeg: Probability of JPEG compression.
        quality: Range of its quality, whole numbers from 1 to 100.

    Each value is drawn uniformly from its range. Required keys: ``img``, ``(H, W, 3)`` uint8 BGR;
    optional ``gt_bboxes`` (HorizontalBoxes, pixels). Modified key: ``img``; the old array is not.

    Raises:
        InputError: If an argument is out of its range, or, when the transform is applied, if the
            image is of another kind.
    """

    def __init__(
        self,
        blur: float = 0.3,
        sigma: tuple[float, float] = (0.01, 0.05),
        resample: float = 0.3,
        height: tuple[float, float] = (12.0, 28.0),
        noise: float = 0.3,
        deviation: tuple[float, float] = (1.0, 8.0),
        jpeg: float = 0.3,
        quality: tuple[int, int] = (30, 90),
    ) -> None:
        for name in ("blur", "resample", "noise", "jpeg"):
            if not 0 <= locals()[name] <= 1:
                raise InputError(
                    f"RandomDegrade: {name}={locals()[name]} is a probability, from 0 to 1; mend "
                    "it in the pipeline"
                )
        limits = {"sigma": (0, 1), "height": (1, 1e4), "deviation": (0, 255), "quality": (1, 100)}
        for name, (lowest, highest) in limits.items():
            low, high = locals()[name]
            if not lowest <= low <= high <= highest:
                raise InputError(
                    f"RandomDegrade: {name}={(low, high)} must be a range within {lowest} to "
                    f"{highest:g}, the smaller value first; mend it in the pipeline"
                )
        self.blur, self.sigma = blur, tuple(sigma)
        self.resample, self.height = resample, tuple(height)
        self.noise, self.deviation = noise, tuple(deviation)
        self.jpeg, self.quality = jpeg, tuple(quality)

    @autocast_box_type()
    def transform(self, results: dict) -> dict:
        """Change ``results["img"]``.

        Args:
            results: The pipeline's dict.

        Returns:
            The same dict.
        """
        image = results["img"]
        check_photograph("RandomDegrade", image)
        unit = image.shape[0] / 2
        if len(results.get("gt_bboxes", ())):
            unit = float(np.median(results["gt_bboxes"].heights))
        drawn = self._draw()
        if "sigma" in drawn and drawn["sigma"] * unit > 0.2:
            image = cv2.GaussianBlur(
                image, (0, 0), drawn["sigma"] * unit, borderType=cv2.BORDER_REPLICATE
            )
        if "height" in drawn and drawn["height"] < unit:
            image = _resample(image, drawn["height"] / unit)
        if "deviation" in drawn:
            image = _add_noise(image, drawn["deviation"], drawn["seed"])
        if "quality" in drawn:
            image = compress(image, drawn["quality"])
        results["img"] = image
        return results

    @cache_randomness
    def _draw(self) -> dict:
        """The values of the steps to take, from NumPy's global generator; always as many draws."""
        random, seed = np.random.random(8), int(np.random.randint(2**31))
        steps = {
            "sigma": (self.blur, *self.sigma),
            "height": (self.resample, *self.height),
            "deviation": (self.noise, *self.deviation),
            "quality": (self.jpeg, *self.quality),
        }
        drawn = {
            name: low + (high - low) * value
            for (name, (prob, low, high)), chance, value in zip(
                steps.items(), random[:4], random[4:], strict=True
            )
            if chance < prob
        }
        if "quality" in drawn:
            drawn["quality"] = round(drawn["quality"])
        return {"seed": seed, **drawn}


def _resample(image: np.ndarray, scale: float) -> np.ndarray:
    height, width = image.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def _add_noise(image: np.ndarray, deviation: float, seed: int) -> np.ndarray:
    # NumPy's global generator would take three times as long.
    noise = sensor_noise(image.shape[:2], deviation, np.random.default_rng(seed))
    return np.clip(np.round(image + noise), 0, 255).astype(np.uint8)
