"""The page in a real browser: Chromium without a window, over file://."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from report_files import made_images, page_part, write_found, write_labels

from mmdigits.analysis.coverage import coverage_at
from mmdigits.report.build import Options, write_report
from mmdigits.report.page import render_page

webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

COUNT, PAGE_SIZE = 120, 48
FLAGS = """--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking
--disable-component-update --disable-sync --disable-dev-shm-usage""".split()

# The ratio of each text's colour to the ground below it, by WCAG 2's formula.
CONTRASTS = """
const paint = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
const channels = (colour) => {
  paint.clearRect(0, 0, 1, 1);
  paint.fillStyle = colour;
  paint.fillRect(0, 0, 1, 1);
  return paint.getImageData(0, 0, 1, 1).data;
};
const light = (colour) => [...channels(colour)].slice(0, 3).map((value) => value / 255)
  .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  .reduce((sum, value, place) => sum + value * [0.2126, 0.7152, 0.0722][place], 0);
const ground = (node) => {
  for (let at = node; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (channels(colour)[3] === 255) return colour;
  }
  return "white";
};
const found = [];
for (const node of document.querySelectorAll("body *")) {
  const text = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
  if (!text || !node.getClientRects().length) continue;
  if (node.closest(":disabled, script, .overlay")) continue;
  const style = getComputedStyle(node);
  const front = node.namespaceURI.endsWith("svg") ? style.fill : style.color;
  const pair = [light(front), light(ground(node))].sort((a, b) => b - a);
  found.push([(pair[0] + 0.05) / (pair[1] + 0.05), node.textContent.trim().slice(0, 40)]);
}
return found.sort((a, b) => a[0] - b[0]);
"""


class Page:
    """A page in the browser."""

    def __init__(self, driver: object, path: Path) -> None:
        self.driver, self.path = driver, path
        self.data = page_part(path, "data")

    def open(self, hash_: str = "") -> "Page":
        """Load it anew."""
        self.driver.get("about:blank")
        self.driver.get(self.path.as_uri() + hash_)
        return self

    def run(self, code: str, *arguments: object) -> object:
        """Run a script."""
        return self.driver.execute_script(code, *arguments)

    def one(self, selector: str) -> object:
        """Find an element."""
        return self.driver.find_element("css selector", selector)

    def click(self, selector: str) -> None:
        """Click where the element is, as a reader would."""
        self.run(
            "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})",
            self.one(selector),
        )
        self.one(selector).click()

    def press(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def texts(self, selector: str) -> list[str]:
        """Read the text of all that match."""
        return self.run(
            "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)", selector
        )

    @property
    def shown(self) -> list[int]:
        """Positions of the images whose cards are there."""
        return self.run("return [...document.querySelectorAll('.card')].map(c => +c.dataset.index)")

    @property
    def count(self) -> int:
        """How many images pass, as the page says."""
        return int(self.one("#count").text.split(" of ")[0].replace(",", ""))

    @property
    def hash(self) -> str:
        """What stands behind # in the address."""
        return self.run("return location.hash")

    def images(self, **values: object) -> list[int]:
        """Positions of the images whose columns have these values; ``kind`` by name."""
        if "kind" in values:
            values["kind"] = self.data["kinds"].index(values["kind"])
        columns = self.data["images"]
        return [
            i
            for i in range(len(columns["id"]))
            if all(columns[k][i] == v for k, v in values.items())
        ]

    def wait(self, condition: Callable[[], object], seconds: float = 5) -> None:
        """Wait until something holds, and fail if it doesn't."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.02)

    def resize(self, width: int, height: int, mobile: bool = False) -> None:
        """Give the page another size."""
        sizes = dict(width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", sizes)

    def prefer(self, scheme: str) -> None:
        """Prefer ``"light"`` or ``"dark"``, and nothing that moves."""
        features = [
            dict(name="prefers-color-scheme", value=scheme),
            dict(name="prefers-reduced-motion", value="reduce"),
        ]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", dict(features=features))

    def requests(self) -> list[str]:
        """Take the addresses that were asked for since the last call."""
        messages = [json.loads(row["message"]) for row in self.driver.get_log("performance")]
        messages = [message["message"] for message in messages]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]


@pytest.fixture(scope="module")
def driver(tmp_path_factory) -> Iterator[object]:
    """Chromium, where it's installed."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    chromium = chromium or shutil.which("google-chrome")
    chromedriver = shutil.which("chromedriver")
    if not (chromium and chromedriver):
        pytest.skip("needs Chromium and chromedriver (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(chromedriver))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> dict[str, Path]:
    """Reports on 120 images: one with everything, one with as little as can be."""
    folder = tmp_path_factory.mktemp("report")
    images = made_images(COUNT, seed=1)
    labels = write_labels(
        folder / "made.json", {i.image_id: i.truth for i in images}, {7: "seven.png"}
    )
    runs = [write_found(folder / f"run_{seed}", made_images(COUNT, seed)) for seed in (1, 2)]
    lines = [{"loss": 3 / n, "lr": 0.1, "iter": n, "step": n} for n in range(1, 30)]
    log = folder / "work_dir" / "20260101_000000" / "vis_data" / "scalars.json"
    log.parent.mkdir(parents=True)
    lines.append({"digits/seq_acc": 0.5, "coco/bbox_mAP": 0.3, "step": 29})
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    options = Options(runs[0], labels, runs=[folder / "work_dir"], against=runs[1], resamples=5)
    bare = write_found(folder / "bare", images, readings=False)
    pages = dict(full=folder / "full page #1.html", bare=folder / "bare.html")
    write_report(pages["full"], options._replace(embed=0))
    write_report(pages["bare"], Options(bare, labels, resamples=0))
    return pages


@pytest.fixture
def page(driver, written) -> Iterator[Page]:
    """The full report; whatever a test does with it, the console must stay empty."""
    page = Page(driver, written["full"])
    page.resize(1280, 900)
    page.prefer("light")
    yield page.open()
    assert driver.get_log("browser") == []


@pytest.fixture
def bare(driver, written) -> Iterator[Page]:
    """The report without readings, training and other run."""
    page = Page(driver, written["bare"])
    page.resize(1280, 900)
    page.prefer("light")
    yield page.open()
    assert driver.get_log("browser") == []


def chip(group: str, text: str) -> str:
    """Find the selector of a chip by the beginning of its label."""
    return f'.chips-{group} .chip[aria-label^="{text},"]'


def test_the_worst_images_come_first(page):
    kinds, confidences = page.data["images"]["kind"], page.data["images"]["confidence"]
    right = page.data["kinds"].index("right")
    wrong = [i for i in range(COUNT) if kinds[i] != right]
    order = sorted(wrong, key=lambda i: -confidences[i])
    order += sorted(set(range(COUNT)) - set(wrong), key=lambda i: confidences[i])
    assert page.count == COUNT and page.shown == order[:PAGE_SIZE]


def test_chips_of_one_kind_add_up_and_of_two_narrow(page):
    missed, confused = page.images(kind="missed digit"), page.images(kind="confused digit")
    page.click(chip("kind", "missed digit"))
    assert sorted(page.shown) == missed and page.count == len(missed)
    page.click(chip("kind", "confused digit"))
    assert page.count == len(missed) + len(confused)
    page.click(chip("length", "2 true digits"))
    truths = page.data["images"]["truth"]
    both = [i for i in missed + confused if len(truths[i]) == 2]
    assert sorted(page.shown) == sorted(both)
    # What each kind would leave, at this length.
    of_length = [i for i in page.images(kind="right") if len(truths[i]) == 2]
    assert page.texts(chip("kind", "right") + " .chip-count") == [str(len(of_length))]
    assert page.one(chip("kind", "missed digit")).get_attribute("aria-pressed") == "true"


def test_digit_chips_find_true_and_read_digits(page):
    columns = page.data["images"]
    page.click(chip("digit", "with a 7"))
    found = [i for i in range(COUNT) if "7" in columns["truth"][i] + columns["read"][i]]
    assert page.count == len(found) and set(page.shown) <= set(found)


def test_confidences_can_be_bounded(page):
    low, high = page.driver.find_elements("css selector", ".range input")
    low.send_keys("0.5", Keys.TAB)
    high.send_keys("0.8", Keys.TAB)
    inside = [i for i, c in enumerate(page.data["images"]["confidence"]) if 0.5 <= c <= 0.8]
    assert page.count == len(inside) > 0


@pytest.mark.parametrize(
    ("text", "column"), [("seven", "file"), ("1{truth}", None)], ids=["file name", "number"]
)
def test_search_finds_names_and_numbers(page, text, column):
    columns = page.data["images"]
    text = text.format(truth="0")
    page.one("#search").send_keys(text)
    found = [
        i
        for i in range(COUNT)
        if any(text in str(columns[name][i]) for name in ("id", "file", "truth", "read"))
    ]
    assert found
    page.wait(lambda: page.count == len(found))
    assert set(page.shown) <= set(found)
    if column:
        assert [columns[column][i] for i in page.shown] == ["seven.png"]


def test_suspected_label_errors_are_a_preset(page):
    ids = page.data["tables"]["suspects"]
    page.click('.chip[aria-label^="suspected"]')
    assert sorted(page.data["images"]["id"][i] for i in page.shown) == sorted(ids) != []


def test_images_that_one_run_alone_reads_are_found(page):
    expected = page.data["comparison"]["accuracy"]
    page.click(chip("versus", "only this run right"))
    assert page.count == expected["onlyThis"] > 0
    page.click(chip("versus", "only the other right"))
    assert page.count == expected["onlyOther"] > 0


def test_a_cell_of_the_confusion_matrix_leads_to_its_images(page):
    table = page.data["tables"]["confusion"]
    row = next(r for r in range(10) if table["counts"][r][(r + 1) % 10])
    page.click(f".confusion tbody tr:nth-child({row + 1}) td.other button[title*='read as']")
    assert page.hash.startswith("#cell=") and page.count > 0
    assert all(str(row) in page.data["images"]["truth"][i] for i in page.shown)
    assert len(page.texts(".token")) == 1
    page.click(".token")
    assert page.count == COUNT


@pytest.mark.parametrize(
    ("order", "column", "reverse"),
    [("id", "id", False), ("sure", "confidence", True), ("unsure", "confidence", False)],
)
def test_the_order_can_be_chosen(page, order, column, reverse):
    page.run(
        "const s = document.getElementById('sort'); s.value = arguments[0];"
        "s.dispatchEvent(new Event('change'))",
        order,
    )
    values = [page.data["images"][column][i] for i in page.shown]
    assert values == sorted(page.data["images"][column], reverse=reverse)[:PAGE_SIZE]


def test_the_address_restores_the_view(page):
    page.click(chip("kind", "right"))
    page.click(chip("length", "3 true digits"))
    page.click(".controls label:has(.line-truth) input")
    shown, address = page.shown, page.hash
    assert address == "#kind=right&length=3&truth=0"
    page.open(address)
    assert page.shown == shown
    assert not page.driver.find_elements("css selector", ".card .box-truth")
    assert page.one(chip("length", "3 true digits")).get_attribute("aria-pressed") == "true"


def test_an_address_that_means_nothing_shows_all(page):
    for address in ("#kind=no&length=x&from=7&page=-3&image=999&sort=no&cell=9", "#%&&=", "#x"):
        page.open(address)
        assert page.count == COUNT and len(page.shown) == PAGE_SIZE


def test_back_undoes_a_filter(page):
    page.click(chip("kind", "right"))
    page.click(chip("kind", "missed digit"))
    page.driver.back()
    page.wait(lambda: page.count == len(page.images(kind="right")))
    page.driver.back()
    page.wait(lambda: page.count == COUNT)


def test_filters_are_cleared_at_once(page):
    page.open("#kind=right&length=2&digit=1&text=1&from=0.1")
    assert page.count < COUNT
    page.click("#clear")
    assert page.count == COUNT and page.hash in ("", "#")


def test_pages_turn(page):
    first = page.shown
    page.click("#pager button:last-child")
    assert not set(first) & set(page.shown) and "page=2" in page.hash
    page.click("#pager button:last-child")
    assert len(page.shown) == COUNT - 2 * PAGE_SIZE
    assert not page.one("#pager button:last-child").is_enabled()


def test_cards_say_everything_in_words(page):
    index = page.images(kind="missed digit")[0]
    columns = page.data["images"]
    page.open(f"#text={columns['id'][index]}&kind=missed-digit")
    card = page.one(f'[data-index="{index}"]')
    for word in (columns["id"][index], columns["truth"][index], columns["read"][index], "missed"):
        assert str(word) in card.get_attribute("aria-label")


def test_the_keyboard_opens_steps_and_closes(page):
    page.press(Keys.TAB, Keys.ENTER)
    assert page.run("return document.activeElement.id") == "gallery"
    for _ in range(60):
        page.press(Keys.TAB)
        if page.run("return document.activeElement.matches('.card')"):
            break
    assert page.run("return +document.activeElement.dataset.index") == page.shown[0]
    page.press(Keys.ARROW_RIGHT, Keys.ENTER)
    second, third = page.shown[1:3]
    title = page.one("#detail-title")
    assert title.text == f"Image {page.data['images']['id'][second]}"
    page.press(Keys.ARROW_RIGHT)
    assert title.text == f"Image {page.data['images']['id'][third]}"
    assert "3 of 120" in page.one("#detail [role=status]").text
    page.press(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    # At the first image the focus must not get lost with its button.
    page.press(Keys.ARROW_RIGHT)
    page.press(Keys.ESCAPE)
    page.wait(lambda: not page.run("return document.getElementById('detail').open"))
    assert page.run("return +document.activeElement.dataset.index") == second
    page.wait(lambda: "image" not in page.hash)


def test_the_focus_is_seen(page):
    page.run("document.querySelector('.card').focus()")
    page.press(Keys.ARROW_RIGHT)
    style = "const s = getComputedStyle(document.activeElement);"
    assert page.run(style + "return s.outlineStyle") == "solid"
    assert float(page.run(style + "return s.outlineWidth").removesuffix("px")) >= 2


def test_stepping_turns_the_page_and_back_leads_before_the_image(page):
    page.click(chip("kind", "right"))
    page.run("document.querySelector('.card:last-child').click()")
    page.press(Keys.ARROW_RIGHT, Keys.ESCAPE)
    page.wait(lambda: page.hash == "#kind=right&page=2")
    assert page.run("return +document.activeElement.dataset.index") == page.shown[0]
    page.driver.back()
    page.wait(lambda: page.hash in ("", "#") and page.count == COUNT)


def test_back_closes_an_open_image(page):
    page.run("document.querySelector('.card').click()")
    assert page.run("return document.getElementById('detail').open")
    page.driver.back()
    page.wait(lambda: not page.run("return document.getElementById('detail').open"))
    assert page.run("return +document.activeElement.dataset.index") == page.shown[0]


def test_an_image_without_digits_is_shown_as_such(page):
    page.click(chip("length", "0 true digits"))
    (index,) = page.shown
    assert page.data["images"]["id"][index] == 5
    assert page.texts(".card .string") == ["no digits", "nothing"]
    page.run("document.querySelector('.card').click()")
    assert "The number is right." in page.one(".facts").text
    page.press(Keys.ESCAPE)


def test_an_address_opens_an_image(page):
    index = page.images(kind="missed digit")[0]
    columns = page.data["images"]
    page.open(f"#image={columns['id'][index]}")
    assert page.run("return document.getElementById('detail').open")
    facts = page.one(".facts").text
    last = len(columns["truth"][index]) - 1
    assert f"true digit, {columns['truth'][index][last]}, was not read" in facts
    assert "What else it may be" in facts and "Other run" in facts
    page.press(Keys.ESCAPE)
    page.wait(lambda: page.hash in ("", "#"))


def test_boxes_are_those_of_the_data(page):
    index = page.images(kind="right")[0]
    columns = page.data["images"]
    page.open(f"#image={columns['id'][index]}&others=1&score=0")
    number = "return document.querySelectorAll('#detail ' + arguments[0]).length"
    assert page.run(number, ".box-truth") == len(columns["truth"][index])
    assert page.run(number, ".box-read") == len(columns["used"][index])
    others = len(columns["found"][index]) // 6 - len(columns["used"][index])
    assert page.run(number, ".box-other") == others > 0
    sides = "const b = document.querySelector('#detail .box-truth');"
    sides += "return [b.x, b.y, b.width, b.height].map(v => 10 * v.baseVal.value)"
    assert page.run(sides) == pytest.approx(columns["boxes"][index][:4], abs=0.001)
    page.open(f"#image={columns['id'][index]}&others=1&score=1")
    assert page.run(number, ".box-other") == 0


def test_photographs_and_boxes_coincide(page):
    corners = """
    const frame = document.querySelector(".card .frame");
    const [photo, boxes] = [frame.querySelector("img"), frame.querySelector("svg")];
    const fit = (r, w, h) => { const s = Math.min(r.width / w, r.height / h);
      return [r.x + (r.width - s * w) / 2, r.y + (r.height - s * h) / 2, s * w, s * h]; };
    const view = boxes.viewBox.baseVal;
    return [fit(photo.getBoundingClientRect(), photo.naturalWidth, photo.naturalHeight),
      fit(boxes.getBoundingClientRect(), view.width, view.height)];
    """
    page.run("document.querySelector('.card img').scrollIntoView()")
    page.wait(lambda: page.run("return document.querySelector('.card img').naturalWidth > 0"))
    photograph, boxes = page.run(corners)
    assert photograph == pytest.approx(boxes, abs=0.01)


def test_the_wanted_accuracy_says_how_many_are_answered(page):
    columns = page.data["images"]
    right = [page.data["kinds"][kind] == "right" for kind in columns["kind"]]
    field = page.one("#wanted")
    for wanted in (75, 90):
        field.clear()
        field.send_keys(str(wanted))
        best = coverage_at(columns["confidence"], right, wanted / 100, resamples=1)
        assert f"({best.answered} of {COUNT}, {best.right} right)" in page.one(".answer").text
        assert page.run("return document.querySelector('.wanted [type=range]').value") == str(
            wanted
        )
    page.click(".leads button:nth-child(2)")
    assert page.count == COUNT - best.answered


def test_nothing_comes_from_elsewhere(page):
    page.requests()
    page.open("#sort=id")
    page.run("document.querySelector('.card img').scrollIntoView()")
    page.wait(lambda: page.run("return document.querySelector('.card img').naturalWidth > 0"))
    asked = [address for address in page.requests() if address not in ("about:blank", "data:,")]
    folder = page.path.parent.as_uri()
    assert f"{folder}/full%20page%20%231_files/1.jpg" in asked
    assert [address for address in asked if not address.startswith(folder)] == []
    page.driver.execute_async_script(
        "const done = arguments[0]; addEventListener('securitypolicyviolation', () => done());"
        "new Image().src = 'http://127.0.0.1:9/a.png'"
    )
    (blocked,) = page.driver.get_log("browser")
    assert "Content Security Policy" in blocked["message"]


def test_names_of_scripts_do_not_leak(page):
    names = """
    const frame = document.body.appendChild(document.createElement("iframe"));
    const usual = new Set(Object.getOwnPropertyNames(frame.contentWindow));
    const own = Object.getOwnPropertyNames(window).filter((name) => !usual.has(name));
    frame.remove();
    return own.filter((name) => !/^(\\d+|cdc_.*|\\$cdc.*|ret_nodes)$/.test(name));
    """
    assert page.run(names) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(page, scheme):
    page.prefer(scheme)
    page.open("#kind=right&cell=1%3E1&image=1")
    page.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    contrasts = page.run(CONTRASTS)
    assert len(contrasts) > 300
    assert [found for found in contrasts if found[0] < 4.5] == []


def test_the_theme_can_be_chosen(page):
    ground = "return getComputedStyle(document.body).backgroundColor"
    light = page.run(ground)
    page.prefer("dark")
    dark = page.run(ground)
    assert dark != light
    page.click("#theme")
    assert page.one("#theme").text == "Theme: light" and page.run(ground) == light
    page.click("#theme")
    page.prefer("light")
    assert page.run(ground) == dark
    page.open()
    assert page.one("#theme").text == "Theme: dark"
    page.click("#theme")
    assert page.run(ground) == light


@pytest.mark.parametrize("address", ["", "#image=3"], ids=["page", "image"])
def test_a_phone_scrolls_in_one_direction(page, address):
    page.resize(360, 740, mobile=True)
    page.open(address)
    assert page.run("return document.getElementById('filters').open") is False
    page.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.run("return innerWidth") == 360
    assert page.run("return document.documentElement.scrollWidth") <= 360
    inside = "const d = document.getElementById('detail'); return d.scrollWidth <= d.clientWidth"
    assert page.run(inside)


def test_tables_and_controls_are_named(page):
    page.open("#image=1")
    nameless = """
    const named = (e) => e.getAttribute("aria-label") || e.labels?.length || e.textContent.trim();
    return [...document.querySelectorAll("button, input, select")].filter((e) => !named(e)).length
      + [...document.querySelectorAll("th")].filter((e) => !e.scope).length
      + [...document.querySelectorAll("table")].filter((e) => !e.caption).length
      + [...document.querySelectorAll("svg[role=img]")].filter((e) => !e.ariaLabel).length;
    """
    assert page.run(nameless) == 0
    assert page.run("return document.querySelectorAll('table').length") >= 10


def test_training_curves_are_drawn(page):
    titles = page.texts("#training h3")
    assert titles == ["training loss", "string accuracy", "mAP", "learning rate", "Values"]
    page.wait(lambda: len(page.texts("#training svg[role=img]")) == 4)
    assert page.run("return document.querySelectorAll('#training .dot.best').length") == 2


def test_a_report_without_readings_says_what_is_missing(bare):
    assert bare.count == COUNT
    assert "no readings.json" in bare.one("#confidence").text
    assert "--run WORK_DIR" in bare.one("#training").text
    assert bare.texts("#sections a") == [
        "Summary", "Errors", "Digits", "Confidence", "Training", "Gallery"
    ]  # fmt: skip
    assert not bare.driver.find_elements("css selector", "#comparison:not([hidden]), .range")
    wrong = [i for i in bare.shown if bare.data["images"]["kind"][i] > 0]
    assert bare.shown[: len(wrong)] == wrong
    bare.run("document.querySelector('.card').click()")
    assert "Truth" in bare.one(".facts").text and "Confidence" not in bare.one(".facts").text


def test_photographs_inside_a_page_are_shown(bare):
    bare.run("document.querySelector('.card img').scrollIntoView()")
    bare.wait(lambda: bare.run("return document.querySelector('.card img').naturalWidth > 0"))
    assert bare.run("return document.querySelector('.card img').src").startswith("data:image/jpeg")


def test_13068_images_open_and_turn_quickly(driver, page, tmp_path):
    data, count = page.data, 13_068
    for name, column in data["images"].items():
        data["images"][name] = [column[i % COUNT] for i in range(count)]
    data["images"]["id"] = list(range(1, count + 1))
    boxes = [value for _ in range(20) for value in (100, 80, 100, 200, 3, 300)]
    data["images"]["found"] = [boxes] * count
    data["images"]["used"] = [[0]] * count
    data["photographs"]["missing"] = list(range(count))
    path = tmp_path / "large.html"
    path.write_text(render_page("large", data, []), encoding="utf-8")
    started = time.monotonic()
    large = Page(driver, path).open()
    assert large.count == count and len(large.shown) == PAGE_SIZE
    assert time.monotonic() - started < 10
    slowest = large.run(
        "let most = 0; for (const c of document.querySelectorAll('.chip, #pager button')) {"
        "const start = performance.now(); c.click(); document.body.offsetHeight;"
        "most = Math.max(most, performance.now() - start); } return most"
    )
    assert slowest < 1000
    large.open(f"#sort=id&page={count // PAGE_SIZE + 1}")
    assert large.shown == list(range(count - count % PAGE_SIZE, count))
