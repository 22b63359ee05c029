from __future__ import annotations

import pytest

from clustertrade.render import Table
from tests.render.tables import TABLES


@pytest.fixture(params=list(TABLES))
def table(request) -> Table:
    return TABLES[request.param]()


@pytest.fixture(params=["en", "zh"])
def lang(request) -> str:
    return request.param
