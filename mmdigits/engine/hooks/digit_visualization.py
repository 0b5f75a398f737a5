"""Pictures of what was detected, read and true."""

import os
from collections.abc import Sequence

import mmcv
from mmdet.engine.hooks import DetVisualizationHook
from mmdet.registry import HOOKS
from mmdet.structures import DetDataSample
from mmengine.runner import Runner
from torch.utils.data import Dataset


@HOOKS.register_module()
class DigitVisualizationHook(DetVisualizationHook):
    """MMDetection's hook, for images as stored and for images without a file.

    The stock hook turns an image by its EXIF tag, under boxes that are in pixels of the file as
    stored. A rendered image has no file: its data set draws it again, through ``read_image`` and
    the sample's ``sample_idx``.

    Args:
        draw: Whether to draw at all; ``tools/test.py --show-dir`` turns it on.
        interval: Draw every so many validation iterations.
        score_thr: Least score of a detection that is drawn, in [0, 1].
        show: Whether to open a window.
        wait_time: Seconds that an image stays in the window.
        test_out_dir: Folder for the test's pictures, below the run's time-stamped folder; one
            an image, under its file's name.
    """

    def __init__(
        self,
        draw: bool = False,
        interval: int = 50,
        score_thr: float = 0.3,
        show: bool = False,
        wait_time: float = 0.0,
        test_out_dir: str | None = None,
    ) -> None:
        super().__init__(draw, interval, score_thr, show, wait_time, test_out_dir)

    def after_val_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict, outputs: Sequence[DetDataSample]
    ) -> None:
        """Draw the first sample of every ``interval``-th validation batch."""
        step = runner.iter + batch_idx
        if self.draw and step % self.interval == 0:
            self._draw(runner.val_dataloader.dataset, outputs[0], "val_img", None, step)

    def after_test_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict, outputs: Sequence[DetDataSample]
    ) -> None:
        """Draw every sample of a test batch."""
        if not self.draw:
            return
        folder = None
        if self.test_out_dir is not None:
            folder = os.path.join(runner.work_dir, runner.timestamp, self.test_out_dir)
        for data_sample in outputs:
            self._test_index += 1
            dataset = runner.test_dataloader.dataset
            self._draw(dataset, data_sample, "test_img", folder, self._test_index)

    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Log where the pictures are."""
        if self.draw and self.test_out_dir is not None:
            folder = os.path.join(runner.work_dir, runner.timestamp, self.test_out_dir)
            runner.logger.info(f"DigitVisualizationHook: the pictures are in {folder}")

    def _draw(
        self, dataset: Dataset, data_sample: DetDataSample, name: str, folder: str | None, step: int
    ) -> None:
        file_name = os.path.basename(data_sample.img_path)
        if os.path.isfile(data_sample.img_path):
            image = mmcv.imread(data_sample.img_path, flag="color_ignore_orientation")
        else:
            image = dataset.read_image(data_sample.sample_idx)
        self._visualizer.add_datasample(
            file_name if self.show else name,
            image[..., ::-1],
            data_sample=data_sample,
            show=self.show,
            wait_time=self.wait_time,
            pred_score_thr=self.score_thr,
            out_file=None if folder is None else os.path.join(folder, file_name),
            step=step,
        )
