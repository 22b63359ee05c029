from __future__ import annotations

import numpy as np
import pytest

from clustertrade.batch.correlations import DRAWS, data_order
from clustertrade.dependence import cd, cd_weighted
from tests.dependence.panels import SIZES, holed, independent, neighbours, pairs, panel
from tests.simulation.rates import within


@pytest.mark.parametrize("gaps", [False, True])
def test_statistics_are_their_formulas(gaps):
    rng = np.random.default_rng(1)
    y = independent(rng, 7, 30)
    y[3] = y[1] + 0.3 * rng.standard_normal(30)                               # one strong pair
    y = holed(y, rng) if gaps else y
    sign = np.empty((DRAWS, 7))
    sign[:, data_order(y)] = np.where(np.random.default_rng(5).random((DRAWS, 7)) < 0.5, -1.0, 1.0)
    cdw = sum(s[i] * s[j] * np.sqrt(t) * rho for s in sign for i, j, rho, t in pairs(y)) / np.sqrt(DRAWS * 21)
    extra = sum(abs(rho) for _, _, rho, t in pairs(y) if abs(rho) > 2 * np.sqrt(np.log(7) / t))
    result = cd_weighted(panel(y=y)["y"], seed=5)
    assert np.isclose(result["CDw"].value, cdw) and np.isclose(result["CDw+"].value, cdw + extra)
    assert np.isclose(result.details["enhancement"], extra) and result.details["strong_pairs"] == 1


def test_signs_follow_the_data_not_the_names():
    y = independent(np.random.default_rng(2), 9, 20)
    first = cd_weighted(panel(y=y)["y"])
    turned = cd_weighted(panel(y=y[::-1] * 1000)["y"])
    assert np.isclose(first["CDw"].value, turned["CDw"].value, rtol=1e-10)


def test_the_seed_decides():
    data = panel(y=independent(np.random.default_rng(3), 9, 20))["y"]
    assert cd_weighted(data, seed=1)["CDw"].value == cd_weighted(data, seed=1)["CDw"].value
    assert cd_weighted(data, seed=1)["CDw"].value != cd_weighted(data, seed=2)["CDw"].value


@pytest.mark.parametrize(("n", "t"), SIZES)
def test_size_and_power(n, t):
    """Right also where means by period are taken out, from which CD itself diverges."""
    rng = np.random.default_rng([20260101, n, t])
    rejected = np.zeros(5)
    for seed in range(300):
        u = independent(rng, n, t)
        data = panel(u=u, e=u - u.mean(0), n=neighbours(u))
        plain, effects, net = (cd_weighted(data[v], seed=seed) for v in "uen")
        rejected += [plain["CDw"].pvalue < 0.05, plain["CDw+"].pvalue < 0.05, effects["CDw+"].pvalue < 0.05,
                     net["CDw+"].pvalue < 0.05, cd(data["e"]).pvalue < 0.05]
    assert all(within(r, 300, 0.02, 0.10) for r in rejected[:3]), rejected
    assert rejected[3] > 130 and rejected[4] == 300
