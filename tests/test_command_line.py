import subprocess
import sys

import pytest

TOOLS = """
check_submission compare_readers compare_runs convert_svhn convert_torchvision ensemble
fit_anchors make_results_table make_synthetic plot_curves predict read_detections report score
sweep_thresholds tune_reader
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
