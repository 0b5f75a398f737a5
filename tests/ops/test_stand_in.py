"""The stand-in module as a whole: its names, its signatures, its refusals."""

from types import ModuleType

import pytest
import torch

from mmdigits.ops.stand_in import OPS


def test_every_name_is_there_to_import(stand_in: ModuleType) -> None:
    assert all(hasattr(stand_in, op.__name__) for op in OPS)
    assert hasattr(stand_in, "ms_deform_attn_forward")


@pytest.mark.parametrize("name", ["__path__", "_repr_html_"])
def test_names_that_python_asks_for_are_not_ops(stand_in: ModuleType, name: str) -> None:
    assert not hasattr(stand_in, name)


def test_a_missing_op_says_its_name_and_the_way_out_in_one_line(stand_in: ModuleType) -> None:
    with pytest.raises(NotImplementedError) as caught:
        stand_in.knn_forward(1, n=2)
    message = str(caught.value)
    assert "mmcv op 'knn_forward' needs mmcv's compiled ops" in message
    assert "pip install --no-build-isolation" in message
    assert "\n" not in message


def test_a_layer_on_a_missing_op_builds_and_fails_when_run(mmcv_ops: ModuleType) -> None:
    layer = mmcv_ops.DeformConv2d(2, 2, 3)
    with pytest.raises(NotImplementedError, match="'deform_conv_forward'"):
        layer(torch.zeros(1, 2, 5, 5), torch.zeros(1, 18, 3, 3))


def test_the_environment_report_names_the_stand_in(stand_in: ModuleType) -> None:
    assert "mmdigits" in stand_in.get_compiler_version()
    assert "mmdigits" in stand_in.get_compiling_cuda_version()
