"""The Fisher-Johansen test: combination by hand, unequal entities, choice of lags, size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import combine_pvalues

import clustertrade as ct
from clustertrade.cointegration import fisher_johansen
from clustertrade.errors import InfeasibleError
from tests.cointegration.panels import cointegrated, run, walks


def alone(z, **options):
    data = pd.DataFrame(z, columns=["y", *(f"x{i}" for i in range(1, z.shape[1]))])
    return ct.test("johansen", data, y="y", x=list(data.columns[1:]), **options)


@pytest.mark.parametrize("case", [1, 2, 3, 4, 5])
def test_combines_the_johansen_tests_of_the_entities(case):
    values = walks(np.random.default_rng(1), 5, 50, 2)
    values[1, :8], values[3, -6:] = np.nan, np.nan
    result = run(fisher_johansen, values, case=case, lags=1)
    own = [alone(z[np.isfinite(z).all(1)], case=case, lags=1) for z in values]
    for s in result:
        by_scipy = combine_pvalues([r[s.name].pvalue for r in own], "fisher")
        assert s.value == pytest.approx(by_scipy.statistic, rel=1e-7) and s.df == 10
        assert s.pvalue == pytest.approx(by_scipy.pvalue, abs=1e-8)
    for row, r in zip(result.details["entities"], own, strict=True):
        assert row["nobs"] == r.nobs
        assert row["pvalues_small_sample"] == pytest.approx(r.details["small_sample"]["trace_pvalues"], abs=1e-8)
    z = [combine_pvalues([r["trace r<=1"].pvalue for r in own], "stouffer")]
    assert result.details["choi"][1]["Z"] == pytest.approx(-z[0].statistic, rel=1e-6)


def test_a_criterion_chooses_for_each_entity():
    values = walks(np.random.default_rng(2), 6, 60, serial=0.6)
    result = run(fisher_johansen, values, lags="aic", max_lags=3)
    assert result.lags == tuple(alone(z, lags="aic", max_lags=3).lags for z in values) and len(set(result.lags)) > 1


def test_rank_and_overwhelming_evidence():
    result = run(fisher_johansen, cointegrated(np.random.default_rng(3), 30, 200, root=0.1), lags=0, case=2)
    assert result.details["rank"] == {"trace": 1, "max-eig": 1}
    first = result["trace r<=0"]
    assert np.isfinite(first.value) and first.pvalue == pytest.approx(0, abs=1e-12)
    assert result.details["choi"][0]["Z_pvalue"] < 1e-12


def test_refusals():
    values = walks(np.random.default_rng(4), 4, 40)
    with pytest.raises(InfeasibleError, match="at least 2 entities"):
        run(fisher_johansen, values[:1], lags=1)
    flat = values.copy()
    flat[2, :, 0] = 2 * flat[2, :, 1] + 1
    with pytest.raises(InfeasibleError, match=r"u002 \(1 of 4 entities\)"):
        run(fisher_johansen, flat, lags=1)


def test_size():
    rng, draws, count = np.random.default_rng(5), 60, 0
    for _ in range(draws):
        count += run(fisher_johansen, walks(rng, 6, 150), lags=0, case=2).details["small_sample"][0]["pvalue"] < 0.05
    assert count <= 12
