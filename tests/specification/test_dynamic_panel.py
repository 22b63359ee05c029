"""Sargan-Hansen and Arellano-Bond tests: the estimators' own numbers, and what they find."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clustertrade as ct
from clustertrade.errors import InfeasibleError

CALL = {"entity": "i", "time": "t", "y": "y"}


def process(seed, n=150, t=8, moving=0.0):
    """y with AR(0.5) and errors that are a moving average of order 1."""
    rng = np.random.default_rng([20260101, *np.atleast_1d(seed)])
    effect, e = rng.standard_normal(n), rng.standard_normal((n, t + 30))
    y = np.zeros((n, t + 30))
    for s in range(1, t + 30):
        y[:, s] = 0.5 * y[:, s - 1] + effect + e[:, s] + moving * e[:, s - 1]
    return pd.DataFrame({"i": np.repeat(np.arange(n), t), "t": np.tile(np.arange(t), n), "y": y[:, 30:].ravel()})


@pytest.mark.parametrize(("variant", "estimator"), [("difference", "gmm-diff"), ("system", "gmm-system")])
@pytest.mark.parametrize("options", [{}, {"steps": 1}, {"collapse": True, "cov": "robust"}])
def test_the_numbers_are_those_of_the_estimator(variant, estimator, options):
    data = process(1)
    details = ct.estimate(estimator, data, **CALL, **options).details
    sargan = ct.test("sargan", data, **CALL, variant=variant, **options)
    serial = ct.test("ar-abond", data, **CALL, variant=variant, **{"cov": "unadjusted", **options})
    for name in ("hansen", "sargan"):
        assert sargan[name].value == details[name]["statistic"] and sargan[name].df == details[name]["df"]
    for name in ("ar1", "ar2"):
        assert serial[name].value == details[name]["statistic"] and serial[name].pvalue == details[name]["pvalue"]


def test_moving_average_errors_are_found():
    """The second lag of y is then no instrument; from the third on it is."""
    data = process(2, n=400, moving=0.6)
    assert ct.test("ar-abond", data, **CALL)["ar2"].pvalue < 0.001
    assert ct.test("sargan", data, **CALL)["hansen"].pvalue < 0.001
    assert ct.test("sargan", data, **CALL, gmm_lags="3:99")["hansen"].pvalue > 0.01


def test_size():
    rejected = np.array([[ct.test("sargan", data, **CALL, collapse=True)["hansen"].pvalue < 0.05,
                          ct.test("ar-abond", data, **CALL, collapse=True)["ar2"].pvalue < 0.05]
                         for data in (process([3, k], n=80) for k in range(150))])
    assert (rejected.mean(0) < 0.115).all() and (rejected.mean(0) > 0.005).all()


def test_exact_identification_leaves_nothing_to_test():
    with pytest.raises(InfeasibleError, match="no overidentifying restriction"):
        ct.test("sargan", process(4), **CALL, gmm_lags="2:2", collapse=True)
