"""One HTML page from a template, its style, its scripts and its data."""

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files

# What comes later may overrule what came before.
STYLES = (
    "base.css",
    "panels.css",
    "marks.css",
    "charts.css",
    "filters.css",
    "cards.css",
    "boxes.css",
    "dialog.css",
    "narrow.css",
)
# In the order in which they need each other.
SCRIPTS = (
    "words.js",
    "elements.js",
    "records.js",
    "view.js",
    "selection.js",
    "chart.js",
    "summary.js",
    "tables.js",
    "confusion.js",
    "confidence.js",
    "reliability.js",
    "training.js",
    "boxes.js",
    "controls.js",
    "filters.js",
    "gallery.js",
    "dialog.js",
    "theme.js",
    "main.js",
)


def render_page(title: str, data: Mapping[str, object], photographs: Sequence[bytes | None]) -> str:
    """Put a page together.

    Nothing in it can be fetched from a network: its content security policy allows images beside
    it or inside it, its own script and its own style, and nothing else.

    Args:
        title: Of the page.
        data: What its scripts show, as JSON.
        photographs: JPEGs to be held inside, one an image, None for one that isn't there; empty
            where they are in a folder or there are none.

    Returns:
        The page.
    """
    style = "\n".join(map(_asset, STYLES))
    script = '(() => {\n"use strict";\n' + "\n".join(map(_asset, SCRIPTS)) + "})();\n"
    encoded = [None if jpeg is None else base64.b64encode(jpeg).decode() for jpeg in photographs]
    parts = dict(
        policy=_policy(style, script),
        title=html.escape(title),
        style=style,
        script=script,
        data=_json(dict(data, title=title)),
        photographs=_json(encoded),
    )
    # In one pass: what is put in may look like a place.
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], _asset("report.html"))


def _asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    hashes = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (style, script)
    ]
    return (
        "default-src 'none'; img-src 'self' file: data:; base-uri 'none'; form-action 'none'; "
        f"style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'"
    )


def _json(content: object) -> str:
    # "<" only occurs in strings; left as it is, one could end the element that holds the data.
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")
