import random

import numpy as np
import pytest
import torch

from mmdigits.datasets.sample_seed import seeded_by


def draw():
    return random.random(), np.random.random(), torch.rand(1).item()


def test_draws_depend_on_the_key_alone():
    with seeded_by(0, 1, 2):
        first = draw()
    random.seed(9), np.random.seed(9), torch.manual_seed(9)
    with seeded_by(0, 1, 2):
        assert draw() == first


@pytest.mark.parametrize("key", [(0, 1, 3), (1, 1, 2), (0, 1), (0, 1, 2, 0, 0)])
def test_another_key_gives_other_numbers_everywhere(key):
    with seeded_by(0, 1, 2):
        first = draw()
    with seeded_by(*key):
        assert all(a != b for a, b in zip(first, draw(), strict=True))


def test_the_block_leaves_no_trace():
    random.seed(4), np.random.seed(4), torch.manual_seed(4)
    expected = draw(), draw()
    random.seed(4), np.random.seed(4), torch.manual_seed(4)
    first = draw()
    with seeded_by(1):
        draw()
    assert (first, draw()) == expected


def test_the_generators_are_restored_after_an_error():
    random.seed(4), np.random.seed(4), torch.manual_seed(4)
    expected = draw()
    random.seed(4), np.random.seed(4), torch.manual_seed(4)
    with pytest.raises(RuntimeError), seeded_by(1):
        draw()
        raise RuntimeError
    assert draw() == expected
