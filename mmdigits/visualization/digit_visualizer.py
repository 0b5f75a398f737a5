"""Draw the digits of an image, the number that was read, and the true one."""

import mmcv
import numpy as np
from mmdet.registry import VISUALIZERS
from mmdet.structures import DetDataSample
from mmdet.visualization import DetLocalVisualizer
from mmengine.dist import is_main_process
from PIL import Image, ImageDraw, ImageFont

from mmdigits.digits import PALETTE
from mmdigits.evaluation.samples import detections_of
from mmdigits.models.postprocessors import ReadsStrings

LONG_SIDE = 640  # pixels of a picture; street numbers are often 100 pixels wide
BANNER = 36  # pixels of the line of text above the image
RIGHT, WRONG, PLAIN = (40, 150, 60), (200, 40, 40), (70, 70, 70)
TRUTH, UNREAD = (255, 255, 255), (160, 160, 160)


@VISUALIZERS.register_module()
class DigitVisualizer(ReadsStrings, DetLocalVisualizer):
    """Draw boxes with their digits, and above the image the number read and the true one.

    Small images are enlarged. A detection that the reader uses is drawn in its digit's colour
    with digit and score, another one in thin grey; true boxes are thin and white. The banner is
    green when the number is right, red when it is wrong, grey when the truth is not known.

    Args:
        name: Name of the instance, as MMEngine's visualizers have it.
        vis_backends: Configs of the backends that store pictures when no file is asked for.
        save_dir: Folder of the backends; the runner supplies it.
        reader: As in :class:`~mmdigits.evaluation.SequenceAccuracy`.
    """

    def __init__(
        self,
        name: str = "visualizer",
        vis_backends: list[dict] | None = None,
        save_dir: str | None = None,
        reader: dict | None = None,
    ) -> None:
        super().__init__(name=name, vis_backends=vis_backends, save_dir=save_dir)
        self.set_up_reader(reader)

    def add_datasample(
        self,
        name: str,
        image: np.ndarray,
        data_sample: DetDataSample | None = None,
        draw_gt: bool = True,
        draw_pred: bool = True,
        show: bool = False,
        wait_time: float = 0,
        out_file: str | None = None,
        pred_score_thr: float = 0.3,
        step: int = 0,
    ) -> None:
        """Draw one image and show, save or store it.

        In a distributed run every process saves the pictures of its own images to files; only the
        first one stores to backends.

        Args:
            name: Title of the window, or the image's name in the backends.
            image: ``(H, W, 3)`` uint8, RGB.
            data_sample: Detections and, in its ``truth``, labels, in pixels of ``image``. Without
                detections, as when MMDetection's tools browse a training set, ``gt_instances``,
                which follow the augmented image.
            draw_gt: Whether to draw the true boxes and the true number.
            draw_pred: Whether to draw the detections and the number read.
            show: Whether to open a window instead of storing the picture.
            wait_time: Seconds that the window stays.
            out_file: File to save the picture to, instead of the backends.
            pred_score_thr: Least score of a detection that is drawn, in [0, 1].
            step: Step under which the backends store the picture.
        """
        picture = self.draw(image, data_sample, draw_gt, draw_pred, pred_score_thr)
        self.set_image(picture)
        if show:
            self.show(picture, win_name=name, wait_time=wait_time)
        if out_file is not None:
            mmcv.imwrite(picture[..., ::-1], out_file)
        elif not show and is_main_process():
            self.add_image(name, picture, step)

    def draw(
        self,
        image: np.ndarray,
        data_sample: DetDataSample | None,
        draw_gt: bool = True,
        draw_pred: bool = True,
        pred_score_thr: float = 0.3,
    ) -> np.ndarray:
        """Draw one image.

        Args:
            image: As in :meth:`add_datasample`, like the others.
            data_sample: See there; None draws the image alone.
            draw_gt: See there.
            draw_pred: See there.
            pred_score_thr: See there.

        Returns:
            ``(H', W', 3)`` uint8, RGB: the image, enlarged by a whole factor to at most 640
            pixels on its long side, below a banner 36 pixels high.
        """
        height, width = image.shape[:2]
        factor = max(1, LONG_SIDE // max(height, width))
        enlarged = Image.fromarray(np.ascontiguousarray(image)).resize(
            (width * factor, height * factor), Image.Resampling.NEAREST
        )
        # A banner of a few words needs more room than the narrowest image has.
        canvas = Image.new("RGB", (max(enlarged.width, 320), enlarged.height + BANNER), PLAIN)
        canvas.paste(enlarged, (0, BANNER))
        pen = ImageDraw.Draw(canvas)
        truth = _truth_of(data_sample) if data_sample is not None and draw_gt else None
        if truth is not None:
            for bbox in truth["bboxes"]:
                pen.rectangle(_corners(bbox, factor), outline=TRUTH)
        reading = None
        if data_sample is not None and draw_pred and "pred_instances" in data_sample:
            reading = self._draw_detections(pen, data_sample, factor, pred_score_thr)
        words = [] if reading is None else [f"read {reading or 'nothing'}"]
        words += [] if truth is None else [f"truth {truth['string'] or 'nothing'}"]
        if reading is not None and truth is not None:
            colour = RIGHT if reading == truth["string"] else WRONG
            pen.rectangle((0, 0, canvas.width, BANNER - 1), fill=colour)
        pen.text((8, 4), "   ".join(words), fill="white", font=ImageFont.load_default(24))
        return np.asarray(canvas)

    def _draw_detections(
        self, pen: ImageDraw.ImageDraw, data_sample: DetDataSample, factor: int, score_thr: float
    ) -> str:
        detections = detections_of(data_sample.to_dict())
        used = set(self.reader.choose(detections).tolist())
        font = ImageFont.load_default(18)
        # The weakest first, so that the strongest boxes end on top.
        for index in detections.scores.argsort().tolist():
            score, label = detections.scores[index].item(), detections.labels[index].item()
            if score < score_thr and index not in used:
                continue
            corners = _corners(detections.bboxes[index].tolist(), factor)
            if index not in used:
                pen.rectangle(corners, outline=UNREAD)
                continue
            pen.rectangle(corners, outline=PALETTE[label], width=3)
            text = f"{label} {score:.2f}"
            corner = corners[:2]
            pen.rectangle(pen.textbbox(corner, text, font=font), fill=(0, 0, 0))
            pen.text(corner, text, fill="white", font=font)
        return self.reader(*detections)


def _truth_of(data_sample: DetDataSample) -> dict | None:
    if "pred_instances" in data_sample or "gt_instances" not in data_sample:
        return data_sample.get("truth")
    instances = data_sample.gt_instances
    bboxes = getattr(instances.bboxes, "tensor", instances.bboxes)
    string = "".join(str(label) for label in instances.labels.tolist())
    return dict(string=string, bboxes=bboxes.tolist())


def _corners(bbox: list[float], factor: int) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (value * factor for value in bbox)
    return x1, y1 + BANNER, max(x2, x1), max(y2, y1) + BANNER
