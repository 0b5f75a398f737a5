"""No mirrored digit can enter training: a mirrored 2, 5, 6 or 9 is another sign."""

import ast
import dataclasses
import inspect
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import HorizontalBoxes
from mmengine.config import Config

import mmdigits.datasets
from mmdigits.datasets.synthetic.glyphs import resolve_fonts
from mmdigits.datasets.synthetic.layout import draw_layout
from mmdigits.datasets.synthetic.options import make_options
from mmdigits.datasets.synthetic.scene import _to_camera
from mmdigits.datasets.transforms import RandomDigitWarp
from mmdigits.datasets.transforms.views import sources, warp_boxes

REPOSITORY = Path(__file__).resolve().parents[2]
CONFIGS = REPOSITORY / "configs"

# The three marks of a sign that isn't its own mirror image: B, G, R, and x, y from its middle.
MARKS = {
    "red": ((0, 0, 255), (-9, -9)),
    "green": ((0, 255, 0), (9, -9)),
    "blue": ((255, 0, 0), (-9, 9)),
}
SIZE = (160, 120)
PLACES = {
    "middle": (80, 60),
    "left": (20, 60),
    "right": (140, 60),
    "top": (80, 20),
    "bottom": (80, 100),
    "corner": (140, 100),
}
# Close to the ends of what RandomDigitWarp allows.
LEGAL = dict(
    scale=(0.6, 3.0),
    stretch=2.0,
    rotation=44.9,
    shear=44.9,
    perspective=0.299,
    shift=0.6,
    bend=0.099,
)


def signs_at(*middles):
    """A grey photograph with signs, and their boxes of 40 x 40 pixels."""
    image = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)
    for x, y in middles:
        for colour, (dx, dy) in MARKS.values():
            cv2.circle(image, (x + dx, y + dy), 5, colour, -1)
    return image, np.array([[x - 20, y - 20, x + 20, y + 20] for x, y in middles], float)


def marks_in(image):
    """For each colour the middles of its marks, as an array of x, y."""
    found = {}
    for name, (colour, _) in MARKS.items():
        near = np.abs(image.astype(int) - colour).max(axis=2) < 100
        count, _, _, middles = cv2.connectedComponentsWithStats(near.astype(np.uint8))
        found[name] = middles[1:count]
    return found


def holds_one_sign_unmirrored(image):
    """Whether there is each mark once, and the way from red over green to blue turns right."""
    marks = marks_in(image)
    if any(len(middles) != 1 for middles in marks.values()):
        return False
    to_green, to_blue = (marks[name][0] - marks["red"][0] for name in ("green", "blue"))
    return to_green[0] * to_blue[1] - to_green[1] * to_blue[0] > 0


def views(transform, place, count=40):
    np.random.seed(0)
    for _ in range(count):
        image, boxes = signs_at(place)
        results = dict(img=image, gt_bboxes=HorizontalBoxes(boxes.astype(np.float32)))
        yield transform(results)["img"]


def test_the_check_tells_a_sign_from_its_mirror_image():
    image, _ = signs_at(PLACES["middle"])
    assert holds_one_sign_unmirrored(image)
    assert holds_one_sign_unmirrored(image[::-1, ::-1])  # half a turn
    assert not holds_one_sign_unmirrored(image[:, ::-1])
    assert not holds_one_sign_unmirrored(image[::-1])


def test_the_check_sees_what_a_reflecting_border_does(monkeypatch):
    monkeypatch.setattr(cv2, "BORDER_CONSTANT", cv2.BORDER_REFLECT_101)
    warp = RandomDigitWarp((384, 192), scale=(0.6, 0.9))
    assert not all(holds_one_sign_unmirrored(view) for view in views(warp, PLACES["corner"]))


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("canvas", [(384, 192), (224, 224)], ids=["wide", "square"])
def test_no_view_mirrors_a_sign(canvas, place):
    for view in views(RandomDigitWarp(canvas, **LEGAL), place):
        assert holds_one_sign_unmirrored(view)


def legal_draws(rng, count):
    """Settings from all over RandomDigitWarp's ranges, a photograph's size and its boxes."""
    for _ in range(count):
        size = rng.integers(20, 700, 2)
        low = np.exp(rng.uniform(-3, 1))
        corner = rng.uniform(0, 0.8, (3, 2)) * size
        yield (
            RandomDigitWarp(
                canvas=tuple(rng.integers(20, 500, 2).tolist()),
                scale=(low, low * np.exp(rng.uniform(0, 2))),
                stretch=np.exp(rng.uniform(0, 1.5)),
                rotation=rng.uniform(0, 45),
                shear=rng.uniform(0, 45),
                perspective=rng.uniform(0, 0.3),
                shift=rng.uniform(0, 2),
                bend=rng.uniform(0, 0.1),
            ),
            size,
            np.hstack([corner, corner + 0.2 * size])[: rng.integers(0, 4)],
        )


def test_the_map_keeps_its_orientation_wherever_the_photograph_is_seen():
    # Of a map p -> H p / w(p), the Jacobian determinant is det(H) / w(p)^3.
    np.random.seed(0)
    for warp, size, boxes in legal_draws(np.random.default_rng(0), 500):
        matrix = warp._keep_inside(warp._draw(size[::-1]), boxes)
        ends = np.array([[x, y, 1.0] for x in (-0.5, size[0] + 0.5) for y in (-0.5, size[1] + 0.5)])
        # The depth is linear: positive at the corners is positive on all of the photograph.
        depth = ends @ matrix[2]
        assert (depth > 0).all()
        assert (np.linalg.det(matrix) / depth**3 > 0).all()


def test_the_map_of_canvas_pixels_keeps_its_orientation_by_finite_differences():
    np.random.seed(1)
    for warp, size, boxes in legal_draws(np.random.default_rng(1), 200):
        inverse = np.linalg.inv(warp._keep_inside(warp._draw(size[::-1]), boxes))
        x, y = (v.ravel() for v in np.meshgrid(*(np.linspace(0, side, 12) for side in warp.canvas)))
        step = 1e-4
        here, right, below = (
            apply(inverse, np.stack([x + dx, y + dy], axis=1))
            for dx, dy in ((0, 0), (step, 0), (0, step))
        )
        seen = ((here >= 0) & (here <= size)).all(axis=1)
        (a, b), (c, d) = (right - here).T, (below - here).T
        assert (a * d - b * c)[seen].min(initial=1) > 0


def test_a_bent_view_folds_nowhere():
    np.random.seed(2)
    bent = 0
    for warp, size, boxes in legal_draws(np.random.default_rng(2), 200):
        matrix = warp._keep_inside(warp._draw(size[::-1]), boxes)
        field = warp._draw_field(warp_boxes(boxes, matrix))
        if field is None:
            continue
        grid = sources(matrix, field).astype(float)
        (a, b), (c, d) = (
            np.moveaxis(np.diff(grid, axis=axis)[: grid.shape[0] - 1, : grid.shape[1] - 1], 2, 0)
            for axis in (1, 0)
        )
        seen = ((grid >= 0) & (grid <= size)).all(axis=2)[:-1, :-1]
        assert (a * d - b * c)[seen].min(initial=1) > 0
        bent += 1
    assert bent > 100


def apply(matrix, points):
    points = points @ matrix[:, :2].T + matrix[:, 2]
    return points[:, :2] / points[:, 2:]


def digit_at(digit, left, size=(120, 60)):
    """A dark digit on white, 18 x 30 pixels; tight box. Cut where it leaves the image."""
    mask = np.zeros((80, 80), np.uint8)
    cv2.putText(mask, str(digit), (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 2, 255, 5, cv2.LINE_AA)
    x, y, width, height = cv2.boundingRect(mask)
    glyph = cv2.resize(mask[y : y + height, x : x + width], (18, 30))
    image = np.full((size[1], size[0], 3), 230, np.uint8)
    cut = image[15:45, max(left, 0) : left + 18]
    cut[:] = 230 - (glyph[:, max(-left, 0) :][:, : cut.shape[1], None] / 255 * 210)
    return dict(
        img=image,
        gt_bboxes=HorizontalBoxes(np.array([[left, 15, left + 18, 45]], np.float32)),
        gt_bboxes_labels=np.array([digit], np.int64),
    )


def likeness(a, b):
    return np.corrcoef(a.ravel().astype(float), b.ravel().astype(float))[0, 1]


@pytest.mark.parametrize("digit", [2, 3, 4, 5, 6, 7, 9])
@pytest.mark.parametrize("left", [0, 50, 102], ids=["at_left_edge", "middle", "at_right_edge"])
@pytest.mark.parametrize("start", [0, 30, 102], ids=["from_left_edge", "inside", "from_right_edge"])
def test_a_pasted_digit_is_the_donors_and_not_its_mirror_image(digit, left, start):
    donor = digit_at(digit, start)
    paste = TRANSFORMS.build(dict(type="DigitCopyPaste", prob=1.0))
    new = paste({**digit_at(8, left), "mix_results": [donor]})
    assert new["gt_bboxes_labels"].tolist() == [digit]
    pasted, model = new["img"][15:45, left : left + 18], donor["img"][15:45, start : start + 18]
    assert likeness(pasted, model) > 0.95
    for mirrored in (model[:, ::-1], model[::-1]):
        # A 3 upside down is nearly a 3: a distinct gap is all that can be asked.
        assert likeness(pasted, model) > likeness(pasted, mirrored) + 0.02


PIXEL_STEPS = [
    dict(type="RandomDegrade", blur=1, resample=1, noise=1, jpeg=1),
    dict(type="ColorJitter", brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1),
    dict(type="RandomAdjustSharpness", sharpness_factor=3, prob=1),
    *(
        dict(type="TorchvisionPhotometric", name=name, p=1.0)
        for name in ("RandomAutocontrast", "RandomEqualize", "RandomGrayscale", "RandomInvert")
    ),
]


@pytest.mark.parametrize("step", PIXEL_STEPS, ids=lambda step: step.get("name", step["type"]))
@pytest.mark.parametrize("left", [-9, 0, 50, 102, 111], ids=lambda left: f"x={left}")
def test_a_change_of_pixels_leaves_a_digit_as_it_is_also_at_the_edge(step, left):
    np.random.seed(0)
    torch.manual_seed(0)
    old = digit_at(4, left)
    before = old["img"].copy()
    for _ in range(10):
        after = TRANSFORMS.build(step)({**old, "img": before.copy()})["img"]
        # Inverted it's minus the same.
        alike = abs(likeness(after, before))
        assert alike > abs(likeness(after, before[:, ::-1])) + 0.1
        assert alike > abs(likeness(after, before[::-1])) + 0.1
        apart = before[:, 30:40] if left > 30 else before[:, 80:90]
        place = after[:, 30:40] if left > 30 else after[:, 80:90]
        assert apart.std() == 0 and place.std() < 20


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_the_renderers_camera_repeats_no_sign(place):
    options = make_options("photo", dict(skew=0.2, perspective=0.3, bend=0))
    font = resolve_fonts(options.fonts)[0]
    image, _ = signs_at(place)
    aside = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        layout = draw_layout("12", font, options, rng)
        # Its camera, and one that looks past the edge on all sides.
        scale = np.array(SIZE) / layout.size
        stretch = np.diag([*scale, 1])
        camera = stretch @ layout.camera @ np.linalg.inv(stretch)
        back = np.array([[0.5, 0, SIZE[0] / 4], [0, 0.5, SIZE[1] / 4], [0, 0, 1]])
        for seen in (camera, back @ camera):
            view = _to_camera(
                image.astype(np.float32), dataclasses.replace(layout, size=SIZE, camera=seen)
            )
            colourful = np.ptp(view, axis=2) > 100
            edge = np.concatenate([colourful[[0, -1]].ravel(), colourful[:, [0, -1]].ravel()])
            whole = all(len(middles) for middles in marks_in(view).values()) and not edge.any()
            assert holds_one_sign_unmirrored(view) or not whole
            aside += not whole
    assert aside < 40


def test_the_renderer_places_every_glyph_seen_from_its_front():
    options = make_options(
        "photo", dict(skew=0.2, perspective=0.3, tilt=10, slant=15, wobble=0.1, diagonal=0.3)
    )
    font = resolve_fonts(options.fonts)[0]
    for seed in range(300):
        layout = draw_layout("12345"[: 1 + seed % 5], font, options, np.random.default_rng(seed))
        assert all(np.linalg.det(placed.matrix[:, :2]) > 0 for placed in layout.glyphs)
        # Of a map p -> H p / w(p), the Jacobian determinant is det(H) / w(p)^3.
        assert np.linalg.det(layout.camera) > 0
        for placed in layout.glyphs:
            assert (placed.hull() @ layout.camera[2, :2] + layout.camera[2, 2] > 0).all()
        pixels = np.stack(np.meshgrid(*(np.linspace(0, side, 12) for side in layout.size)), axis=2)
        flat = apply(np.linalg.inv(layout.camera), pixels.reshape(-1, 2))
        seen = flat[((flat >= 0) & (flat <= layout.size)).all(axis=1)]
        assert (seen @ layout.camera[2, :2] + layout.camera[2, 2] > 0).all()


def test_no_part_of_the_renderers_wall_is_seen_from_behind():
    # A number that climbs, on a wall seen from its side.
    options = make_options("photo", dict(perspective=0.3, diagonal=1, tilt=10))
    font = resolve_fonts(options.fonts)[0]
    for seed in range(300):
        layout = draw_layout("12345", font, options, np.random.default_rng(seed))
        corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1]]) * layout.size
        assert (corners @ layout.camera[2, :2] + layout.camera[2, 2] > 0).all()


def test_no_module_of_the_package_names_a_border_that_reflects_or_a_flip():
    package = Path(mmdigits.datasets.__file__).parent
    mirrors = re.compile(r"BORDER_(REFLECT|WRAP|DEFAULT)|\bflip(lr|ud)?\(|hflip|vflip|padding_mode")
    files = list(package.rglob("*.py"))
    assert len(files) > 20
    assert [path.name for path in files if mirrors.search(path.read_text())] == []


def test_no_filter_of_opencv_is_left_to_its_border_which_reflects():
    filters = {"GaussianBlur", "filter2D", "sepFilter2D", "blur", "boxFilter", "Sobel", "Laplacian"}
    found = [
        ast.unparse(call)
        for path in Path(mmdigits.datasets.__file__).parent.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "attr", None) in filters
    ]
    assert len(found) > 4
    assert [call for call in found if "cv2.BORDER_" not in call] == []


ALWAYS = {
    "HorizontalFlip", "VerticalFlip", "Flip", "Transpose", "D4", "RandomHorizontalFlip",
    "RandomVerticalFlip", "RandomFlip_GLIP", "InstaBoost", "ImageAug",
}  # fmt: skip
# Of these it depends on an argument: its name, its default, and when it mirrors.
BY_ARGUMENT = {
    "RandomFlip": ("prob", 1.0, lambda prob: np.sum(prob) > 0),
    "MixUp": ("flip_ratio", 0.5, lambda ratio: ratio > 0),
    "CachedMixUp": ("flip_ratio", 0.5, lambda ratio: ratio > 0),
    "MultiScaleFlipAug": ("flip", False, bool),
    "Pad": ("padding_mode", "constant", lambda mode: mode in ("reflect", "symmetric")),
}
# Their text speaks of flips, but they only pass on, hold or note down what others do.
HARMLESS = {
    "Compose", "KeyMapper", "MultiBranch", "PackDetInputs", "PackReIDInputs", "PackTrackInputs",
    "ProposalBroadcaster", "RandomApply", "RandomChoice", "TestTimeAug", "TransformBroadcaster",
}  # fmt: skip


def mirroring_steps(part):
    """Types of all transforms in a part of a config that mirror, however deep they lie."""
    if isinstance(part, list | tuple):
        return [name for item in part for name in mirroring_steps(item)]
    if not isinstance(part, dict):
        return []
    name = str(part.get("type", "")).split(".")[-1]
    found = [name] if name in ALWAYS else []
    if name in BY_ARGUMENT:
        argument, default, mirrors = BY_ARGUMENT[name]
        value = part.get(argument)
        found += [name] if mirrors(default if value is None else value) else []
    return found + [name for value in part.values() for name in mirroring_steps(value)]


@pytest.mark.parametrize(
    ("step", "found"),
    [
        (dict(type="RandomFlip", prob=0.5), ["RandomFlip"]),
        (dict(type="RandomFlip", prob=[0.0, 0.1]), ["RandomFlip"]),
        (dict(type="RandomFlip"), ["RandomFlip"]),
        (dict(type="RandomFlip", prob=0.0), []),
        (dict(type="mmdet.RandomFlip", prob=1), ["RandomFlip"]),
        (dict(type="MixUp"), ["MixUp"]),
        (dict(type="MixUp", flip_ratio=0), []),
        (dict(type="Pad", size_divisor=32), []),
        (dict(type="Pad", padding_mode="reflect"), ["Pad"]),
        (dict(type="Albu", transforms=[dict(type="HorizontalFlip")]), ["HorizontalFlip"]),
        (
            dict(type="TestTimeAug", transforms=[[], [dict(type="RandomFlip", prob=1.0)]]),
            ["RandomFlip"],
        ),
        (
            dict(type="RandomChoice", transforms=[[dict(type="RandomFlip", prob=1.0)], []]),
            ["RandomFlip"],
        ),
        (
            dict(
                type="RandomOrder",
                transforms=[dict(type="RandomApply", transforms=dict(type="RandomFlip"))],
            ),
            ["RandomFlip"],
        ),
        ([dict(dataset=dict(pipeline=(dict(type="RandomFlip"),)))], ["RandomFlip"]),
        (dict(type="Resize", scale=(1, 1)), []),
    ],
)
def test_mirroring_steps_are_found_however_deep(step, found):
    assert mirroring_steps(step) == found


def test_every_registered_transform_that_speaks_of_mirroring_is_known():
    speaks = re.compile(r"flip|reflect\b|symmetric|mirror_", re.IGNORECASE)
    known = ALWAYS | set(BY_ARGUMENT) | HARMLESS
    registries = [TRANSFORMS]
    while registries[-1].parent is not None:
        registries.append(registries[-1].parent)
    strangers = set()
    for registry in registries:
        for name, transform in registry.module_dict.items():
            ours = transform.__module__.startswith("mmdigits.")
            if name not in known and not ours and speaks.search(inspect.getsource(transform)):
                strangers.add(name)
    assert strangers == set()


FILES = sorted([*(CONFIGS / "digits").glob("*.py"), *(CONFIGS / "_base_").rglob("*.py")])
REPORTS = sorted((CONFIGS / "reports").glob("*.py"))


def read(path):
    return Config.fromfile(path).to_dict()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_config_mirrors(path):
    assert mirroring_steps(read(path)) == []


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_of_the_reports_only_r0_mirrors_and_only_in_training(path):
    # The report did, which was its mistake, and all of its numbers depend on it.
    config = read(path)
    training = mirroring_steps(config["train_dataloader"])
    assert training == (["RandomFlip"] if path.stem.startswith("r0_") else [])
    assert mirroring_steps({k: v for k, v in config.items() if not k.startswith("train_")}) == []


def test_there_are_configs_to_look_at():
    assert len(FILES) > 5
    assert sum(path.stem.startswith("r0_") for path in REPORTS) == 3
