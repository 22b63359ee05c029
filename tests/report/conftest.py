from __future__ import annotations

import pytest

from tests.report import simulated


@pytest.fixture(scope="session")
def inputs(tmp_path_factory):
    """A simulated study with all its results."""
    return simulated.write(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="session")
def drawn(inputs):
    """The files of every figure of the simulated study, by its id."""
    from clustertrade.report import figures

    return {name: figures.build(inputs, name) for name in simulated.RAW["figures"]}
