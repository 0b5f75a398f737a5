"""Fixtures that every test may use."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout: the parent of ``configs/`` and ``tools/``."""
    return REPOSITORY


@pytest.fixture(scope="session")
def svhn() -> Path:
    """A folder of real SVHN photographs in the homework's layout, where there is one."""
    folder = SHARED / "data" / "svhn"
    if not folder.is_dir():
        pytest.skip("needs real photographs in ../shared/data/svhn")
    return folder
