import subprocess
import sys
from pathlib import Path

import pytest

from mmdigits.command_line import named_config
from mmdigits.errors import InputError

TOOLS = """
benchmark check_submission compare_readers compare_runs convert_keras convert_svhn
convert_torchvision ensemble export_onnx fit_anchors make_results_table make_synthetic pareto
plot_curves predict read_detections report score sweep_thresholds tune_reader
""".split()


@pytest.mark.parametrize("tool", TOOLS)
def test_help_imports_neither_pytorch_nor_mmdetection(repository, tool):
    code = (
        "import runpy, sys; sys.argv = ['tool', '--help']\n"
        f"try: runpy.run_path('tools/{tool}.py', run_name='__main__')\n"
        "except SystemExit as end: assert not end.code\n"
        "assert not {'torch', 'mmdet', 'mmengine'} & set(sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    assert "usage:" in result.stdout


@pytest.mark.parametrize(
    ("text", "name", "config", "checkpoint"),
    [
        ("a.py", None, "a.py", None),
        ("a.py=b.pth", None, "a.py", "b.pth"),
        ("a, b: c=a.py", "a, b: c", "a.py", None),
        ("n=a.py=b.onnx", "n", "a.py", "b.onnx"),
        ("a.py=lr=0.1/b.pth", None, "a.py", "lr=0.1/b.pth"),
        ("runs/lr=0.1/a.py=runs/lr=0.1/b.pth", None, "runs/lr=0.1/a.py", "runs/lr=0.1/b.pth"),
        ("n=runs/lr=0.1/a.py", "n", "runs/lr=0.1/a.py", None),
        (r"n=C:\x\a.py=C:\x\b.pth", "n", r"C:\x\a.py", r"C:\x\b.pth"),
    ],
)
def test_a_config_may_have_a_name_and_a_checkpoint(text, name, config, checkpoint):
    wanted = (name, Path(config), checkpoint and Path(checkpoint))
    assert named_config(text, "x") == wanted


@pytest.mark.parametrize("text", ["", "a", "n=a", "=", "a.py=", "n=a.py=", "a=b=c"])
def test_other_words_name_no_config(text):
    with pytest.raises(InputError, match=r"^x: .* is not \[NAME=\]CONFIG\.py\[=CHECKPOINT\]"):
        named_config(text, "x")


LIGHT = """
mmdigits.analysis.anchor_fit mmdigits.analysis.anchor_text mmdigits.analysis.run_comparison
mmdigits.analysis.sweep_files mmdigits.files.check mmdigits.reading mmdigits.report
mmdigits.tuning.tune
""".split()


@pytest.mark.parametrize("module", LIGHT)
def test_what_reads_and_analyses_files_needs_neither_pytorch_nor_mmdetection(repository, module):
    code = (
        f"import sys, {module}\n"
        "assert not {'torch', 'torchvision', 'mmdet', 'mmengine', 'mmcv'} & set(sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr


def test_imports_are_quiet(repository):
    code = (
        "from mmdigits.command_line import quiet_imports\n"
        "with quiet_imports():\n"
        "    import mmdigits.evaluation\n"
        "print('after')"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True
    )
    assert (result.stdout, result.stderr) == ("after\n", "")
