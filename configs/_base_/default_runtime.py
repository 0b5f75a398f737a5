"""MMDetection's runtime plus what mmdigits adds; the only place for custom_imports."""

_base_ = "mmdet::_base_/default_runtime.py"

custom_imports = dict(
    imports=[
        "mmdigits.datasets",
        "mmdigits.engine",
        "mmdigits.evaluation",
        "mmdigits.models",
        "mmdigits.visualization",
    ],
    allow_failed_imports=False,
)

# How strings are read: in the accuracy, the export and the pictures alike.
reader = dict(type="DigitStringPostprocessor")

default_hooks = dict(
    checkpoint=dict(
        max_keep_ckpts=2, save_best=["digits/seq_acc", "coco/bbox_mAP"], rule="greater"
    ),
    visualization=dict(type="DigitVisualizationHook"),
    checkpoint_fit=dict(type="CheckpointFitHook"),
    curriculum=dict(type="CurriculumHook"),
    evaluation_context=dict(type="EvaluationContextHook"),
    progress_bar=dict(type="ProgressBarHook"),
    run_summary=dict(type="RunSummaryHook"),
)
visualizer = dict(type="DigitVisualizer")

# Several processes, with or without GPUs: the model is on its device before it is wrapped. With
# this entry, find_unused_parameters belongs in here and not at the top level.
model_wrapper_cfg = dict(type="MMDistributedDataParallel", device_ids=None, broadcast_buffers=False)

# A fixed seed: without one, a resumed run would draw its images in another order.
randomness = dict(seed=0)
