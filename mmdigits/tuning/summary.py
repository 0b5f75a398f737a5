"""What a tuning found, for people and for the reader's file."""

from collections.abc import Sequence

from mmdigits.analysis.confidence import expected_calibration_error
from mmdigits.analysis.confidence_text import calibration_line, coverage_lines
from mmdigits.analysis.paired_accuracy import PairedAccuracy
from mmdigits.analysis.strings import accuracy_interval
from mmdigits.tuning.tune import Step, Tuning


def step_line(step: Step) -> str:
    """Say what a step is worth.

    Args:
        step: The step.

    Returns:
        A line with the accuracies before and after, the gain with its 95% interval, and whether it
        stays.
    """
    verdict = "kept" if step.kept else "left out: no gain beyond noise"
    return f"{step.name:16} {_points(step.gain)}, {verdict}"


def summary_lines(tuning: Tuning) -> list[str]:
    """Say what the tuned reader is worth.

    Args:
        tuning: What was found.

    Returns:
        Its accuracy and gain; how far its confidence can be trusted; how many images it answers at
        some accuracies.
    """
    total, right = len(tuning.right), int(tuning.right.sum())
    low, high = accuracy_interval(right, total)
    return [
        f"held out: {right} of {total} right, {right / total:.4f} ({low:.4f} to {high:.4f}); all "
        f"steps together {_points(tuning.gain)}; a little too high, since which steps stay was "
        "chosen on the same images",
        f"confidence, held out: {calibration_line(tuning.confidence, tuning.right)}",
        *coverage_lines(tuning.confidence, tuning.right),
    ]


def about(tuning: Tuning, predictions: Sequence[str], labels: str, folds: int, seed: int) -> dict:
    """Sum a tuning up for the reader's file.

    Args:
        tuning: What was found.
        predictions: The files that it was tuned on.
        labels: Their labels.
        folds: Number of parts.
        seed: Of the split.

    Returns:
        JSON values.
    """
    total, right = len(tuning.right), int(tuning.right.sum())
    return dict(
        predictions=list(predictions),
        labels=labels,
        images=total,
        folds=folds,
        seed=seed,
        steps=[dict(name=s.name, kept=s.kept, **_numbers(s.gain)) for s in tuning.steps],
        held_out=dict(
            right=right,
            interval=list(accuracy_interval(right, total)),
            expected_calibration_error=expected_calibration_error(tuning.confidence, tuning.right),
            **_numbers(tuning.gain),
        ),
    )


def _points(gain: PairedAccuracy) -> str:
    return (
        f"{gain.a:.4f} to {gain.b:.4f}: {100 * gain.difference:+.2f} points "
        f"({100 * gain.low:+.2f} to {100 * gain.high:+.2f})"
    )


def _numbers(gain: PairedAccuracy) -> dict:
    return dict(
        before=float(gain.a),
        after=float(gain.b),
        gain=float(gain.difference),
        gain_interval=[float(gain.low), float(gain.high)],
    )
