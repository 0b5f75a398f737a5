"""How scores, categories and images are spread over the entries of a ``pred.json``."""

from collections import Counter

import numpy as np

from mmdigits.files.check.findings import Finding, counted, finding, share, some
from mmdigits.files.check.table import Table

_MANY = 100  # of one digit in one image: what pycocotools counts


def check_distribution(where: str, table: Table) -> list[Finding]:
    """Check what no single entry shows.

    Args:
        where: The file, for findings.
        table: Its entries.

    Returns:
        What is unusual about repetition, number, scores and categories.
    """
    return [
        *_duplicates(where, table),
        *_many(where, table),
        *_scores(where, table),
        *_categories(where, table),
    ]


def _duplicates(where: str, table: Table) -> list[Finding]:
    rows = zip(
        table.image_ids.tolist(),
        map(tuple, table.boxes.tolist()),
        table.scores.tolist(),
        table.categories.tolist(),
        strict=True,
    )
    first: dict[tuple, int] = {}
    again = []
    complete = ~np.isnan(table.scores) & ~np.isnan(table.boxes).any(axis=1)
    for row, content in enumerate(rows):
        if not complete[row]:
            continue
        other = first.setdefault(content, row)
        if other != row:
            again.append((row, other))
    if not again:
        return []
    examples = [
        f"entry {table.numbers[row]:,} as {table.numbers[other]:,} (image {table.image_ids[row]})"
        for row, other in again[:5]
    ]
    what = f"{share(len(again), len(table.numbers), 'entry')}: the same as an earlier one: "
    return [finding("duplicates", where, what + some(examples, len(again)))]


def _many(where: str, table: Table) -> list[Finding]:
    counts = Counter(zip(table.image_ids.tolist(), table.categories.tolist(), strict=True))
    full = [(image_id, c, n) for (image_id, c), n in counts.items() if n > _MANY]
    if not full:
        return []
    examples = [f"image {image_id} ({n:,} of category {c})" for image_id, c, n in full[:5]]
    what = f"more than {_MANY} boxes of one category in {counted(len(full), 'case')}: "
    return [finding("many", where, what + some(examples, len(full)))]


def _scores(where: str, table: Table) -> list[Finding]:
    scores = table.scores[(table.scores >= 0) & (table.scores <= 1)]
    if len(scores) < 5:
        return []
    if scores.min() == scores.max():
        what = f"all {len(scores):,} scores are {scores[0]:.4g}"
        return [finding("scores-equal", where, what)]
    if scores.min() >= 0.2:
        return [finding("scores-cut", where, f"the lowest score is {scores.min():.4f}")]
    return []


def _categories(where: str, table: Table) -> list[Finding]:
    valid = table.categories[(table.categories >= 1) & (table.categories <= 10)]
    present = set(valid.tolist())
    if len(present) == 1 and len(valid) >= 20:
        what = f"all {counted(len(valid), 'detection')} have category_id {valid[0]}"
        return [finding("category-one", where, what)]
    absent = sorted(set(range(1, 11)) - present)
    if absent and len(valid) >= 300:
        what = f"none of {counted(len(valid), 'detection')} has category_id "
        return [finding("category-unused", where, what + ", ".join(map(str, absent)))]
    return []
