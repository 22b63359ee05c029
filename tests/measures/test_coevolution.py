from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

import clustertrade as ct
import clustertrade.measures.coevolution
from clustertrade.errors import InfeasibleError, UsageError

MODULE = sys.modules["clustertrade.measures.coevolution"]


def panel(seed=1):
    rng = np.random.default_rng(seed)
    return pd.DataFrame([(f"p{i:02d}", y, i + 4 * rng.standard_normal()) for y in (2001, 2002, 2003)
                         for i in range(20)], columns=["p", "year", "v"])


def run(data, **options):
    return ct.measure("coevolution", data, region="p", time="year", value="v", **options)


def test_persistence_of_ranks():
    data = panel()
    wide = data.pivot(index="year", columns="p", values="v").to_numpy()
    rows = run(data).rows
    assert [r["rank_correlation"] for r in rows] == pytest.approx([spearmanr(wide[t], wide[t + 1]).statistic
                                                                  for t in (0, 1)], abs=1e-10)
    top = [set(np.argsort(-w)[:5]) for w in wide]
    assert [r["replaced"] for r in rows] == [len(top[t + 1] - top[t]) / 5 for t in (0, 1)]


def test_the_model_does_not_depend_on_the_data_and_says_so():
    one, two = run(panel(1)), run(panel(2).assign(v=lambda d: 1000 * d.v))
    assert one.details == two.details and "illustration" in one.warnings[0]


@pytest.mark.parametrize(("variant", "threshold", "exponent"), [("ring", 0.667, 1.07), ("random", 1 / 3, 1.5)])
def test_known_laws_of_the_model(variant, threshold, exponent):
    model = MODULE.bak_sneppen(variant, steps=300_000)
    assert model["threshold"] == pytest.approx(threshold, abs=0.03)
    assert model["exponent"] == pytest.approx(exponent, abs=0.4)      # finite species and steps
    assert MODULE.bak_sneppen(variant, steps=300_000) == model


def test_the_exponent_of_a_power_law_is_found():
    sizes = np.arange(MODULE.SMALLEST, MODULE.LARGEST + 1)
    share = sizes**-1.5 / (sizes**-1.5).sum()
    drawn = np.random.default_rng(3).choice(sizes, size=20_000, p=share)
    tau, error = MODULE._exponent(drawn)
    assert abs(tau - 1.5) < 3 * error and error < 0.02


def test_refusals():
    with pytest.raises(UsageError, match="--value"):
        ct.measure("coevolution", panel(), region="p", time="year")
    with pytest.raises(InfeasibleError, match="ranks need at least 4"):
        run(panel().query("p < 'p03'"))
    with pytest.raises(InfeasibleError, match="at least 2"):
        run(panel().query("year == 2001"))
