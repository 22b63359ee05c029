from __future__ import annotations

import pytest

from tests.report import simulated


@pytest.fixture(scope="session")
def inputs(tmp_path_factory):
    """A simulated study with all its results."""
    return simulated.write(tmp_path_factory.mktemp("toy"))
