"""Data at the edge of what a test can take: a number, or a refusal in words; never a traceback, a warning or a NaN."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pytest

import clustertrade as ct
from clustertrade.catalog import index
from clustertrade.errors import ClustertradeError

TESTS = [p for p in index().values() if p["kind"] == "test" and p["family"] != "measures"
         and p["name"] not in ("unit-root-battery", "moran")]              # the first runs the others
T = 30
EDGES = {
    "line": lambda e: 1.0 * np.arange(T),
    "step": lambda e: np.where(np.arange(T) < T // 2, 0.0, 1.0),
    "spike": lambda e: np.where(np.arange(T) == T // 2, 1.0, 0.0),
    "zigzag": lambda e: (-1.0) ** np.arange(T) + 1e-3 * e,
    "explosion": lambda e: np.exp(0.3 * np.arange(T)),
    "rounded": lambda e: np.round(e, 1),
    "far": lambda e: 1e10 + 1e3 * e.cumsum(),
    "small": lambda e: 1e-10 * e.cumsum(),
}


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("name", [p["name"] for p in TESTS])
def test_edges_give_a_number_or_words(name, edge):
    """The edge is y of one entity and x of another, or y of the series; the rest are random walks."""
    about = next(p for p in TESTS if p["name"] == name)
    rng = np.random.default_rng(7)
    series = about["scope"] == "series"
    n = 1 if series else 6
    y, x = rng.standard_normal((2, n, T)).cumsum(2)
    y[0] = EDGES[edge](rng.standard_normal(T))
    x[-1] = x[-1] if series else EDGES[edge](rng.standard_normal(T))
    frame = pd.DataFrame({"i": np.repeat(range(n), T), "t": np.tile(range(T), n), "y": y.ravel(), "x": x.ravel()})
    call = {"y": "y", **({} if series else {"entity": "i", "time": "t"}),
            **({} if about["x"] == "none" else {"x": ["x"]})}
    for more in ({}, {"trend": "ct"} if "trend" in about["options"] else {},
                 {"cov": "robust"} if "cov" in about["options"] else {}):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                result = ct.test(name, frame, **call, **more)
            except ClustertradeError:
                continue
        json.dumps(result.to_dict(), allow_nan=False)
        assert all(s.pvalue is None or 0 <= s.pvalue <= 1 for s in result)
        assert result.warnings or all(s.value is not None for s in result)
