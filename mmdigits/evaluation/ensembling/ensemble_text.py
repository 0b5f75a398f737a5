"""What an ensemble's candidates are worth, in words."""

from collections.abc import Sequence

from mmdigits.analysis.strings import accuracy_interval
from mmdigits.evaluation.ensembling.ensemble import Candidate


def table(candidates: Sequence[Candidate], chosen: Candidate) -> list[str]:
    """Lay the candidates out.

    Args:
        candidates: What :func:`make_candidates` returns.
        chosen: Whose strings are written; marked with a star.

    Returns:
        A header and a line for each; accuracy with its 95% interval and mAP only with labels.
    """
    scored = chosen.right is not None
    width = max(len(c.title) for c in candidates)
    header = f"{'':9}{'':{width}}  {'boxes':>8}  {'unread':>6}  {'score_thr':>9}"
    lines = [header + ("     mAP  accuracy  95% interval" if scored else "")]
    for c in candidates:
        boxes = "" if c.detections is None else sum(len(d.scores) for d in c.detections.values())
        unread = list(c.strings.values()).count("")
        threshold = "" if c.score_thr is None else f"{c.score_thr:g}"
        line = (
            f"{'*' if c is chosen else ' '} {c.name:7}{c.title:{width}}  {boxes:>8}  {unread:>6}  "
            f"{threshold:>9}"
        )
        if scored:
            low, high = accuracy_interval(c.right, len(c.strings))
            mean_ap = "" if c.mean_ap is None else f"{c.mean_ap:.4f}"
            line += f"  {mean_ap:>6}  {c.right / len(c.strings):8.4f}  {low:.4f} to {high:.4f}"
        lines.append(line.rstrip())
    return lines


def warnings_of(candidates: Sequence[Candidate], chosen: Candidate) -> list[str]:
    """Say what merging made worse.

    Args:
        candidates: What :func:`make_candidates` returns.
        chosen: Whose strings are written.

    Returns:
        A line each if the merged detections, or the strings that are written, read worse than the
        best model, if the merged mAP is below the best model's, or if the merged detections are
        read without labels; otherwise none.
    """
    *models, merged, _ = candidates
    if merged.right is None:
        blind = "merged detections often hold digits that no single model would read, and without "
        blind += "labels nothing tells how many; check on a labelled set first"
        return [blind] if chosen is merged else []
    lines, total = [], len(merged.strings)
    best = max(models, key=lambda model: model.right)
    if merged.right < best.right:
        use = "they are what is written" if chosen is merged else "they are not used"
        lines.append(
            f"strings read from the merged detections are right in {merged.right} of {total} "
            f"images, those of the best model ({best.title}) in {best.right}; {use}"
        )
    if chosen is not merged and chosen.right < best.right:
        lines.append(
            f"the strings that are written ({chosen.title}) are right in {chosen.right} of {total} "
            f"images, those of the best model ({best.title}) in {best.right}"
        )
    best = max(models, key=lambda model: model.mean_ap)
    if merged.mean_ap < best.mean_ap:
        lines.append(
            f"the merged detections have mAP {merged.mean_ap:.4f}, those of the best model "
            f"({best.title}) {best.mean_ap:.4f}"
        )
    return lines
