"""Every file under configs/ keeps the rules of CONTRIBUTING.md."""

import ast
import re
from pathlib import Path

import pytest
import torch
from mmdet.registry import DATASETS, HOOKS, METRICS, MODELS, TASK_UTILS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from torch import nn

import mmdigits.datasets
import mmdigits.engine
import mmdigits.evaluation
import mmdigits.models
import mmdigits.visualization  # noqa: F401  registers
from mmdigits.digits import DIGITS

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
EXPERIMENTS = sorted(
    path for path in CONFIGS.rglob("*.py") if "_base_" not in path.relative_to(CONFIGS).parts
)
BACKBONE = r"(r(18|34|50|101)|x50_32x4d|x101_32x8d|mobilenet_v3_large)"
NAME = {
    "digits": re.compile(rf"(faster|cascade)_rcnn_{BACKBONE}_fpn(_[a-z0-9]+)+"),
    "benchmark": re.compile(
        rf"(r2_)?(faster|cascade)_rcnn_{BACKBONE}_fpn_(stock|v2_192x96|mix_width)"
    ),
    "reports": re.compile(rf"r[0-4]_faster_rcnn_({BACKBONE}_fpn|merged)(_[a-z0-9]+)*"),
}
# MMEngine's own and MMDetection's own; the last is ours.
KNOWN_KEYS = set(
    """
    auto_scale_lr custom_hooks custom_imports default_hooks default_scope env_cfg load_from
    log_level log_processor model model_wrapper_cfg optim_wrapper param_scheduler randomness resume
    test_cfg test_dataloader test_evaluator train_cfg train_dataloader tta_model tta_pipeline
    val_cfg val_dataloader val_evaluator vis_backends visualizer work_dir
    reader
    """.split()
)
each_experiment = pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)


def bases_of(path: Path) -> list[Path]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "_base_":
            value = ast.literal_eval(node.value)
            names = [value] if isinstance(value, str) else value
            return [(path.parent / n).resolve() for n in names if "::" not in n]
    return []


def depth(path: Path) -> int:
    return 1 + max(map(depth, bases_of(path)), default=0)


def test_there_are_experiments():
    assert {"faster_rcnn_r50_fpn_v2", "faster_rcnn_r50_fpn_v2_cbam"} <= {
        p.stem for p in EXPERIMENTS
    }


@each_experiment
def test_name_says_detector_backbone_neck_recipe_and_deltas(path):
    assert NAME[path.parent.name].fullmatch(path.stem)


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.py")), ids=lambda path: path.stem)
def test_every_file_begins_with_a_docstring_and_imports_nothing(path):
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    assert not any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(tree))
    ours_to_import = "custom_imports" in path.read_text()
    assert ours_to_import == (path.name == "default_runtime.py")


@each_experiment
def test_inheritance_is_at_most_three_files_deep(path):
    assert depth(path) <= 3


@each_experiment
def test_a_delta_names_its_parent(path):
    for base in bases_of(path):
        if base in EXPERIMENTS and path.parent.name != "reports":
            assert path.stem.startswith(base.stem + "_")


@each_experiment
def test_a_reports_ablation_inherits_its_reports_system(path):
    # It takes parts of the system away, and so parts of its name.
    for base in bases_of(path):
        if base in EXPERIMENTS and path.parent.name == "reports":
            assert base.parent == path.parent and base.stem[:3] == path.stem[:3]
            assert not set(bases_of(base)) & set(EXPERIMENTS)


def names_without_effect(path: Path) -> set[str]:
    """Top-level names that neither MMEngine nor the file itself reads."""
    tree = ast.parse(path.read_text())
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    assigned = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    return assigned - read - KNOWN_KEYS - {"_base_"}


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.py")), ids=lambda path: path.stem)
def test_there_is_no_misspelt_top_level_key(path):
    assert not names_without_effect(path)


@each_experiment
def test_the_model_builds_for_ten_digits_and_plugins_are_trained(path):
    config = Config.fromfile(path)
    model = MODELS.build(config.model)
    for detector in getattr(model, "detectors", [model]):
        heads = detector.roi_head.bbox_head
        assert isinstance(heads, nn.ModuleList) == path.stem.startswith("cascade_")
        for head in heads if isinstance(heads, nn.ModuleList) else [heads]:
            assert head.num_classes == len(DIGITS)
    plugins = [p for name, p in model.named_parameters() if "cbam" in name]
    assert bool(plugins) == ("cbam" in path.stem)
    assert all(parameter.requires_grad for parameter in plugins)


@each_experiment
def test_evaluation_reader_and_hooks_build(path):
    config = Config.fromfile(path)
    for metric in (*config.val_evaluator, *config.test_evaluator):
        METRICS.build(metric)
    TASK_UTILS.build(config.reader)
    names = {type(HOOKS.build(h)).__name__ for k, h in config.default_hooks.items() if k in OURS}
    assert len(names) == len(OURS)


OURS = ("checkpoint_fit", "curriculum", "evaluation_context", "progress_bar", "run_summary")


@each_experiment
def test_validation_and_test_prepare_images_alike(path):
    config = Config.fromfile(path)
    val, test = config.val_dataloader.dataset, config.test_dataloader.dataset
    assert val.pipeline == test.pipeline
    assert val.type == test.type and val.test_mode and test.test_mode
    before_resizing = [step for step in config.tta_pipeline if step.type != "TestTimeAug"]
    assert before_resizing == val.pipeline[: len(before_resizing)]
    views = config.tta_pipeline[len(before_resizing)].transforms[0]
    resizing = {val.pipeline[len(before_resizing)].type, *(view.type for view in views)}
    assert resizing in ({"Resize"}, {"ResizeWithin"})
    if resizing == {"ResizeWithin"}:
        assert dict(val.pipeline[len(before_resizing)], times=1.0) in views


@each_experiment
def test_a_curriculum_is_as_long_as_its_run(path):
    config = Config.fromfile(path)
    sampler = config.train_dataloader.sampler
    if sampler.type == "CurriculumSampler":
        assert "end" not in sampler and config.default_hooks.curriculum.type == "CurriculumHook"
        assert sampler.batch_size == config.train_dataloader.batch_size


@each_experiment
def test_no_digit_is_mirrored_but_in_report_r0(path):
    # A flip of probability 0 is no flip; test-time merging asks whether it happened.
    text = Config.fromfile(path).pretty_text
    flips = text.count("Flip") - text.count("dict(prob=0.0, type='RandomFlip')")
    training = str(Config.fromfile(path).train_dataloader)
    # `train_pipeline` stands in the config twice, once by itself and once in its loader.
    assert flips == (2 if path.stem.startswith("r0_") else 0)
    assert ("Flip" in training) == path.stem.startswith("r0_")


@each_experiment
def test_a_dumped_config_is_the_same_experiment(path, tmp_path):
    config = Config.fromfile(path)
    config.dump(tmp_path / "dumped.py")
    assert Config.fromfile(tmp_path / "dumped.py").to_dict() == config.to_dict()


def test_one_variable_moves_all_data(monkeypatch, homework):
    root = homework({1: [(7, 2, 3, 10, 20)]})
    monkeypatch.setenv("DIGITS_DATA", str(root))
    config = Config.fromfile(CONFIGS / "digits" / "faster_rcnn_r50_fpn_v2.py")
    for loader in ("train_dataloader", "val_dataloader", "test_dataloader"):
        dataset = DATASETS.build(config[loader].dataset)
        assert dataset.get_data_info(0)["img_path"].startswith(str(root))
        assert set(dataset[0]) == {"inputs", "data_samples"}
    monkeypatch.delenv("DIGITS_DATA")
    config = Config.fromfile(CONFIGS / "digits" / "faster_rcnn_r50_fpn_v2.py")
    assert config.train_dataloader.dataset.data_root == "data/nycu_hw2"


def test_the_readmes_ablation_takes_five_lines_and_passes_these_tests(tmp_path):
    readme = (CONFIGS.parent / "README.md").read_text()
    snippet = re.search(r"```python\n(_base_ = .*?)```", readme, re.DOTALL)[1]
    assert len(snippet.splitlines()) <= 5
    child = tmp_path / "faster_rcnn_r50_fpn_v2_cbam_reduction8.py"
    child.write_text(snippet.replace('"./', f'"{CONFIGS}/digits/'))
    assert depth(child) <= 3 and not names_without_effect(child)
    assert NAME["digits"].fullmatch(child.stem)
    model = MODELS.build(Config.fromfile(child).model)
    assert model.backbone.layer2.cbam.channel.fc1.out_channels == 512 // 8


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("optim_wraper = dict()", {"optim_wraper"}),
        ("data_root = '/other/folder'", {"data_root"}),  # the loaders do not read it again
        ("part = dict(max_epochs=3)\ntrain_cfg = part", set()),
    ],
)
def test_a_name_without_effect_is_found(tmp_path, line, what):
    (tmp_path / "child.py").write_text(line)
    assert names_without_effect(tmp_path / "child.py") == what


def test_a_child_may_change_how_strings_are_read(tmp_path):
    base = CONFIGS / "digits" / "faster_rcnn_r50_fpn_v2.py"
    (tmp_path / "child.py").write_text(f'_base_ = "{base}"\nreader = dict(score_thr=0.7)\n')
    expected = dict(type="DigitStringPostprocessor", score_thr=0.7)
    assert Config.fromfile(tmp_path / "child.py").reader == expected


def test_merging_over_sizes_keeps_the_truth_for_evaluators():
    # What the test tool does with --tta.
    config = Config.fromfile(CONFIGS / "digits" / "faster_rcnn_r18_fpn_small_quickstart.py")
    dataset = DATASETS.build(
        dict(config.test_dataloader.dataset, pipeline=config.tta_pipeline, num_images=1)
    )
    model = MODELS.build(dict(config.tta_model, module=config.model)).eval()
    with torch.no_grad():
        (result,) = model.test_step(pseudo_collate([dataset[0]]))
    assert result.truth == dataset.get_data_info(0)["truth"]
    assert result.sample_idx == 0 and len(result.pred_instances) <= 100
