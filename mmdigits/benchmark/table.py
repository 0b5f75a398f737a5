"""Measurements as a table; needs no PyTorch."""

from collections.abc import Mapping, Sequence

TITLES = dict(load="loading", train_step="training step", infer="inference", read="reading files")


def benchmark_lines(result: Mapping, reference: str | None = None) -> list[str]:
    """Lay measurements out as Markdown.

    Args:
        result: What :func:`~mmdigits.benchmark.measure.measure` returns.
        reference: Name of the row that the others are compared with; None for the first.

    Returns:
        A line on the machine and, for each part that was measured, a table: milliseconds an image
        (median and quartiles), how many times as fast as the reference an image is (as the first
        row where the reference has no such part), operations an
        image, the rate of operations as a share of the peak of ``bfloat16`` or ``float32`` matrix
        products, whichever is higher, and peak memory.
    """
    rows = result["rows"]
    machine = ", ".join(f"{key} {value}" for key, value in result["machine"].items())
    peaks = result["peaks"]
    said = ", ".join(f"{name} {rate / 1e9:.0f} GFLOP/s" for name, rate in peaks.items())
    lines = [f"{machine}; matrix products: {said}; {result['repeats']} repeats in turn"]
    for part, title in TITLES.items():
        measured = [row for row in rows if part in row]
        if measured:
            base = next((r for r in measured if r["name"] == reference), measured[0])
            lines += ["", *_part_lines(part, title, measured, base, max(peaks.values()))]
    return lines


def _part_lines(
    part: str, title: str, rows: Sequence[Mapping], base: Mapping, peak: float
) -> list[str]:
    lines = [
        f"| {title} | images | ms an image | times as fast as {base['name']} | GFLOP an image | "
        "of peak | memory |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        of = row[part]
        images = of["images"]
        median, lower, upper = (1000 * of[key] / images for key in ("median", "lower", "upper"))
        faster = base[part]["median"] / base[part]["images"] / of["median"] * images
        work = share = ""
        if of["operations"]:  # ONNX Runtime's aren't counted
            work = f"{of['operations'] / images / 1e9:.4g}"
            share = f"{of['operations'] / of['median'] / peak:.0%}"
        memory = f"{of['memory'] / 2**30:.1f} GiB" if of.get("memory") else ""
        lines.append(
            f"| {row['name']} | {images} | {median:.4g} ({lower:.4g} to {upper:.4g}) | "
            f"{faster:.3g} | {work} | {share} | {memory} |"
        )
    return lines
