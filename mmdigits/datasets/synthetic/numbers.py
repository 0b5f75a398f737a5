"""Which number stands on the wall."""

import numpy as np

from mmdigits.datasets.synthetic.options import RenderOptions


def draw_string(options: RenderOptions, rng: np.random.Generator) -> str:
    """Draw the number: its length first, then each digit on its own."""
    lengths = np.array(options.lengths) / np.sum(options.lengths)
    length = int(rng.choice(len(lengths), p=lengths)) + 1
    weights = np.array(options.digits, dtype=float)
    weights /= weights.sum()
    first = weights.copy()
    if length > 1 and not options.leading_zero:
        first[0] = 0
        first /= first.sum()
    digits = [rng.choice(10, p=first if place == 0 else weights) for place in range(length)]
    return "".join(map(str, digits))
