"""An exported detector in the place of the network it was exported from."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from mmdet.models import BaseDetector
from mmdet.structures import SampleList
from mmengine.structures import InstanceData
from torch import Tensor

from mmdigits.deployment.detector_graph import in_order_of
from mmdigits.deployment.onnx_file import MODEL_DIGEST, model_digest
from mmdigits.errors import InputError, one_line
from mmdigits.models.detectors import build_second_look


class OnnxDetector(BaseDetector):
    """A detector whose network ONNX Runtime computes.

    It prepares images, looks a second time and answers as the model of the config does, through the
    same code; only the network is the file's.

    Args:
        path: What ``tools/export_onnx.py`` wrote.
        model: ``model`` of the config that it was exported with.
        device: Where ONNX Runtime computes, ``"cpu"`` or a CUDA device.

    Attributes:
        record: A list that gets all that the file is fed with, a second look's images too; None to
            keep nothing.

    Raises:
        InputError: If ONNX Runtime is missing or can't use the device, or the file can't be used or
            was exported with another model.
    """

    def __init__(self, path: Path, model: Mapping, device: str = "cpu") -> None:
        session = _session(path, device)
        exported = session.get_modelmeta().custom_metadata_map.get(MODEL_DIGEST)
        if exported != model_digest(model):
            raise InputError(
                f"onnx: {path} was exported with another model than this config's; give the config "
                "that tools/export_onnx.py had"
            )
        super().__init__(data_preprocessor=model["data_preprocessor"])
        self.session = session
        self.record: list[dict[str, np.ndarray]] | None = None
        self.second_look = build_second_look(model.get("second_look"))
        self.max_per_img = model["test_cfg"]["rcnn"]["max_per_img"]

    def predict(
        self, batch_inputs: Tensor, batch_data_samples: SampleList, rescale: bool = True
    ) -> SampleList:
        """Detect; see :class:`~mmdigits.models.SecondLookRCNN`."""
        if self.second_look is None:
            return self._detect(batch_inputs, batch_data_samples, rescale)
        return self.second_look.detect(
            self._detect,
            batch_inputs,
            batch_data_samples,
            rescale,
            self.data_preprocessor.pad_size_divisor,
            self.max_per_img,
        )

    def _detect(self, batch_inputs: Tensor, samples: SampleList, rescale: bool) -> SampleList:
        # The file normalises by itself, for those who have pixels.
        preprocessor = self.data_preprocessor
        pixels = batch_inputs * preprocessor.std + preprocessor.mean
        pixels = in_order_of(preprocessor, pixels)
        sizes = torch.tensor([sample.img_shape[:2] for sample in samples], dtype=torch.float32)
        inputs = dict(images=pixels.float().cpu().numpy(), sizes=sizes.numpy())
        if self.record is not None:
            self.record.append(inputs)
        boxes, labels, scores, image = map(torch.from_numpy, self.session.run(None, inputs))
        for number, sample in enumerate(samples):
            own = image == number
            bboxes = boxes[own]
            if rescale:
                bboxes = bboxes / bboxes.new_tensor(sample.scale_factor).repeat(2)
            sample.pred_instances = InstanceData(
                bboxes=bboxes, labels=labels[own], scores=scores[own]
            )
        return samples

    def loss(self, batch_inputs: Tensor, batch_data_samples: SampleList) -> dict:
        """Not to be had of an exported network.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("OnnxDetector: an exported network can't be trained")

    def extract_feat(self, batch_inputs: Tensor) -> tuple[Tensor, ...]:
        """Not to be had of an exported network.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("OnnxDetector: an exported network shows no feature maps")

    def _forward(self, batch_inputs: Tensor, batch_data_samples: SampleList | None = None) -> tuple:
        raise NotImplementedError("OnnxDetector: an exported network shows no raw outputs")


def _session(path: Path, device: str):
    try:
        import onnxruntime
    except ImportError:
        raise InputError(
            "onnx: the package onnxruntime is not installed; run `pip install onnxruntime`"
        ) from None
    place = torch.device(device)
    provider = "CUDAExecutionProvider" if place.type == "cuda" else "CPUExecutionProvider"
    settings = {"device_id": str(place.index or 0)} if place.type == "cuda" else {}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3  # errors
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=[(provider, settings)])
    except Exception as error:  # ONNX Runtime's own classes have no public base
        raise InputError(f"onnx: {path} can't be used: {one_line(error)}") from None
    # It falls back on the CPU by itself.
    if provider not in session.get_providers():
        raise InputError(
            f"onnx: this onnxruntime can't use {device}; install onnxruntime-gpu, or use the cpu"
        )
    return session
