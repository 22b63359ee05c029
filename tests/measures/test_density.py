from __future__ import annotations

import pandas as pd
import pytest

import clustertrade as ct
from clustertrade.errors import DataError, UsageError


def test_value_per_area():
    data = pd.DataFrame({"r": ["B", "A"], "y": [2019, 2019], "jobs": [30, 0], "km2": [10.0, 4.0]})
    result = ct.measure("density", data, region="r", time="y", value="jobs", area="km2")
    assert result.columns == ("r", "y", "value")
    assert [tuple(row.values()) for row in result.rows] == [("B", 2019, 3.0), ("A", 2019, 0.0)]


def test_no_area():
    data = pd.DataFrame({"r": ["B", "A"], "jobs": [30, 0], "km2": [10.0, 0.0]})
    with pytest.raises(DataError, match="column km2 is zero in 1 rows: A"):
        ct.measure("density", data, region="r", value="jobs", area="km2")
    with pytest.raises(UsageError, match="density needs --area"):
        ct.measure("density", data, region="r", value="jobs")
