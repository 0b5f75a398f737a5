"""What a checkpoint says of the network that its weights were trained in."""

import ast
from collections.abc import Iterator, Mapping

# Options that change what a network answers and leave no trace in the names and shapes of its
# weights.
_UNTRACED = frozenset(
    (
        "style",
        "strides",
        "dilations",
        "mean",
        "std",
        "bgr_to_rgb",
        "rgb_to_bgr",
        "scales",
        "ratios",
        "octave_base_scale",
        "scales_per_octave",
        "featmap_strides",
        "finest_scale",
        "target_means",
        "target_stds",
    )
)


def changed_options(model: Mapping, meta: object) -> list[str]:
    """Find options of a network that its weights were not trained with, though they fit in.

    A ResNet computes something else with its strides in other convolutions (``style``), a detector
    with other anchors, another coding of boxes or other means and deviations of its pixels.

    Args:
        model: The ``model`` of a config, with or without a wrapper for several views around it.
        meta: The ``meta`` of a checkpoint that MMEngine wrote, whose ``cfg`` is its training's
            config as text. The text is read and not run.

    Returns:
        A phrase for each option that both name with different values, such as
        ``"model.backbone.style is 'pytorch' and was 'caffe'"``; empty where the checkpoint doesn't
        tell its config.
    """
    text = meta.get("cfg") if isinstance(meta, Mapping) else None
    trained = _model_in(text) if isinstance(text, str) else None
    if not isinstance(trained, Mapping):
        return []
    before = dict(_untraced(trained, "model."))
    return [
        f"{name} is {value!r} and was {before[name]!r}"
        for name, value in _untraced(model, "model.")
        if name in before and _plain(value) != _plain(before[name])
    ]


def _untraced(part: object, path: str) -> Iterator[tuple[str, object]]:
    while isinstance(part, Mapping) and isinstance(part.get("module"), Mapping):
        part = part["module"]
    if isinstance(part, Mapping):
        for name, value in part.items():
            if name in _UNTRACED:
                yield f"{path}{name}", value
            elif name not in ("init_cfg", "train_cfg"):  # nothing of them is left in a test
                yield from _untraced(value, f"{path}{name}.")
    elif isinstance(part, list | tuple):
        for position, value in enumerate(part):
            yield from _untraced(value, f"{path}{position}.")


def _plain(value: object) -> object:
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _model_in(text: str) -> object:
    try:
        for statement in ast.parse(text).body:
            match statement:
                case ast.Assign(targets=[ast.Name(id="model")], value=value):
                    return _value_of(value)
    except (SyntaxError, ValueError):
        pass  # not the text of a config, or one with more than plain values in its model
    return None


def _value_of(node: ast.expr) -> object:
    # As MMEngine writes configs: dict(name=value), lists, tuples, and literals.
    match node:
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
            return {keyword.arg: _value_of(keyword.value) for keyword in keywords}
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return [_value_of(element) for element in elements]
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return {ast.literal_eval(key): _value_of(value) for key, value in pairs}
    return ast.literal_eval(node)
