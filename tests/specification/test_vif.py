"""Variance inflation factors against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.errors import InfeasibleError
from tests.estimators.panels import CALL, X, panel

HOLES = panel(2, share=0.8)


def test_against_statsmodels():
    from statsmodels.stats.outliers_influence import variance_inflation_factor

    frame = HOLES.assign(a=lambda d: d["a"] + d["b"] * 3)
    x = np.column_stack([np.ones(len(frame)), frame[X]])
    want = [variance_inflation_factor(x, j) for j in (1, 2, 3)]
    r = ct.test("vif", frame, **CALL)
    assert [s.name for s in r] == [*X, "mean"]
    assert_allclose([s.value for s in r], [*want, np.mean(want)], rtol=1e-10)
    assert_allclose(list(r.details["r2"].values()), 1 - 1 / np.array(want), rtol=1e-9)
    assert r.pvalue is None and r.nobs == len(frame)


def test_units_of_a_regressor_do_not_matter():
    a, b = (ct.test("vif", HOLES.assign(b=HOLES["b"] * s + 1e6), **CALL) for s in (1.0, 1e9))
    assert_allclose([s.value for s in a], [s.value for s in b], rtol=1e-7)


def test_one_regressor_and_exact_collinearity():
    assert ct.test("vif", HOLES, **{**CALL, "x": "a"})["a"].value == pytest.approx(1)
    with pytest.raises(InfeasibleError, match="d is an exact linear function of a, b"):
        ct.test("vif", HOLES.assign(d=HOLES["a"] + HOLES["b"]), **{**CALL, "x": ["a", "b", "d"]})
    with pytest.raises(InfeasibleError, match="a is constant"):
        ct.test("vif", HOLES.assign(a=1.0), **CALL)


def test_rows_where_y_is_missing_do_not_count():
    frame = HOLES.assign(y=HOLES["y"].where(HOLES["t"] > 2003))
    assert_allclose([s.value for s in ct.test("vif", frame, **CALL)],
                    [s.value for s in ct.test("vif", HOLES[HOLES["t"] > 2003], **CALL)])
