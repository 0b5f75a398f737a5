"""From the detections of one image to the number they spell."""

import torch
from mmdet.registry import TASK_UTILS
from scipy.sparse.csgraph import connected_components
from torch import Tensor
from torchvision.ops import nms

from mmdigits.errors import InputError


@TASK_UTILS.register_module()
class DigitStringPostprocessor:
    """Read the digits of one image, left to right and, for several rows, top to bottom.

    Detections below ``score_thr`` are left out. Of two that overlap, whatever their digits, the
    one with the higher score stays: a detector's own class-wise suppression keeps a "1" on top
    of a "7", and the string would read "71". Boxes that share enough of their height with a
    neighbour form a row; the chain of neighbours keeps a tilted number in one row.

    Args:
        score_thr: Least score of a detection that is read, in [0, 1].
        iou_thr: Two boxes with a higher intersection over union are one digit, in [0, 1]; 1
            turns the suppression off.
        row_overlap: Least shared height of two boxes in one row, as a fraction of the smaller
            height, in (0, 1]; None makes everything one row, read by x alone.

    Raises:
        InputError: If an argument is outside its range.
    """

    def __init__(
        self, score_thr: float = 0.5, iou_thr: float = 0.4, row_overlap: float | None = 0.2
    ) -> None:
        for name, value in dict(score_thr=score_thr, iou_thr=iou_thr).items():
            if not 0 <= value <= 1:
                raise InputError(
                    f"DigitStringPostprocessor: {name} is {value}; allowed is 0 to 1; mend the "
                    "config's `reader`"
                )
        if row_overlap is not None and not 0 < row_overlap <= 1:
            raise InputError(
                f"DigitStringPostprocessor: row_overlap is {row_overlap}; allowed is above 0, up "
                "to 1, or None; mend the config's `reader`"
            )
        self.score_thr = score_thr
        self.iou_thr = iou_thr
        self.row_overlap = row_overlap

    def __call__(self, bboxes: Tensor, labels: Tensor, scores: Tensor) -> str:
        """Read one image.

        Args:
            bboxes: ``(K, 4)`` float x_min, y_min, x_max, y_max; any one pixel frame.
            labels: ``(K,)`` int64, the digits 0 to 9.
            scores: ``(K,)`` float confidences in [0, 1].

        Returns:
            The digits in reading order; ``""`` when no detection is left.
        """
        return "".join(str(label) for label in labels[self.order(bboxes, scores)].tolist())

    def order(self, bboxes: Tensor, scores: Tensor) -> Tensor:
        """Choose the detections that are read and put them in reading order.

        Args:
            bboxes: As in :meth:`__call__`.
            scores: As in :meth:`__call__`.

        Returns:
            ``(M,)`` int64 indices into the detections, on their device; M is 0 when none is read.
        """
        boxes, confidence = bboxes.detach().float().cpu(), scores.detach().float().cpu()
        candidates = torch.nonzero(confidence >= self.score_thr).flatten()
        kept = candidates[nms(boxes[candidates], confidence[candidates], self.iou_thr)]
        rows = self._rows(boxes[kept])
        centre_x = (boxes[kept, 0] + boxes[kept, 2]) / 2
        centre_y = (boxes[kept, 1] + boxes[kept, 3]) / 2
        row_y = {row: centre_y[rows == row].mean().item() for row in rows.unique().tolist()}
        in_order = sorted(
            range(len(kept)), key=lambda i: (row_y[rows[i].item()], centre_x[i].item())
        )
        return kept[in_order].to(bboxes.device)

    def _rows(self, boxes: Tensor) -> Tensor:
        if not len(boxes) or self.row_overlap is None:
            return torch.zeros(len(boxes), dtype=torch.long)
        top, bottom = boxes[:, 1], boxes[:, 3]
        height = bottom - top
        shared = torch.minimum(bottom[:, None], bottom) - torch.maximum(top[:, None], top)
        joined = shared >= self.row_overlap * torch.minimum(height[:, None], height)
        return torch.from_numpy(connected_components(joined.numpy())[1]).long()
