import subprocess
import sys

import pytest

TOOLS = """
convert_svhn convert_torchvision ensemble make_results_table make_synthetic plot_curves score
sweep_thresholds
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
