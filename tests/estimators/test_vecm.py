from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clustertrade as ct
from clustertrade.errors import InfeasibleError, UsageError


def system(t, seed=1, adjustment=(-0.4, 0.1), slope=0.7):
    """Two series with one relation y = slope x, and short-run dynamics."""
    rng = np.random.default_rng(seed)
    z, change = np.zeros((t, 2)), np.zeros((t, 2))
    for s in range(1, t):
        gap = z[s - 1, 0] - slope * z[s - 1, 1]
        change[s] = np.array(adjustment) * gap + [[0.2, 0.1], [0.0, 0.3]] @ change[s - 1] + rng.standard_normal(2)
        z[s] = z[s - 1] + change[s]
    return pd.DataFrame(z, columns=["y", "x"])


def run(data, **options):
    return ct.estimate("vecm", data, y="y", x=["x"], **options)


@pytest.mark.parametrize(("case", "deterministic"), [(1, "n"), (2, "ci"), (3, "co"), (5, "colo")])
def test_as_statsmodels(case, deterministic):
    from statsmodels.tsa.vector_ar.vecm import VECM

    data = system(120)
    ours = run(data, lags=2, case=case)
    theirs = VECM(data.to_numpy(), k_ar_diff=2, coint_rank=1, deterministic=deterministic).fit()
    beta = [row["value"] for row in ours.details["beta"]]
    assert beta[:2] == pytest.approx(theirs.beta[:, 0], rel=1e-6)
    assert [e["coefficients"][0]["value"] for e in ours.details["equations"]] == pytest.approx(
        theirs.alpha[:, 0], rel=1e-6)
    gamma = [[c["value"] for c in e["coefficients"][1:5]] for e in ours.details["equations"]]
    assert np.array(gamma) == pytest.approx(theirs.gamma, rel=1e-5, abs=1e-8)
    assert ours.fit["loglik"] == pytest.approx(theirs.llf, rel=1e-8)


def test_roots_are_those_of_the_levels():
    from statsmodels.tsa.vector_ar.vecm import VECM

    data = system(120)
    theirs = VECM(data.to_numpy(), k_ar_diff=2, coint_rank=1, deterministic="co").fit().var_rep
    companion = np.zeros((6, 6))
    companion[:2] = np.hstack(list(theirs))
    companion[2:, :-2] = np.eye(4)
    found = run(data, lags=2).details["roots"]
    assert found == pytest.approx(sorted(np.abs(np.linalg.eigvals(companion)), reverse=True), abs=1e-8)
    assert found[0] == pytest.approx(1, abs=1e-9) and found[1] < 1     # two series, one relation: one unit root


def test_truth_is_found():
    draws = [run(system(200, s), lags=1) for s in range(60)]
    speed = np.array([d["ec1"].value for d in draws])
    assert abs(np.median(speed) + 0.4) < 0.03
    assert abs(np.median([d.details["beta"][1]["value"] for d in draws]) + 0.7) < 0.02
    covered = np.mean([d["ec1"].ci[0] <= -0.4 <= d["ec1"].ci[1] for d in draws])
    assert covered > 0.85
    assert draws[0].details["half_life"] == pytest.approx(np.log(0.5) / np.log1p(speed[0]))


def test_units_scale_and_criteria_choose():
    data = system(150)
    one, two = run(data, lags="bic", max_lags=4), run(data.assign(x=1000 * data.x), lags="bic", max_lags=4)
    assert one.details["lags"] == two.details["lags"] == int(min(one.details["criterion"],
                                                                 key=one.details["criterion"].get))
    assert one["ec1"].stat == pytest.approx(two["ec1"].stat, rel=1e-8)
    assert len(one.resids) == one.nobs and one.resids.mean() == pytest.approx(0, abs=1e-9)


def test_what_is_refused_and_warned():
    data = system(80)
    with pytest.raises(UsageError, match="between 1 and 1"):
        run(data, rank=2)
    with pytest.raises(InfeasibleError):
        run(data.iloc[:7], lags=2)
    rng = np.random.default_rng(5)
    walks = pd.DataFrame(rng.standard_normal((60, 2)).cumsum(0), columns=["y", "x"])
    assert any("does not find 1 cointegrating" in w for w in run(walks, lags=1).warnings)
