"""The bounds test and the ARDL model: statsmodels, printed bounds, invariances, size and power."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

import clustertrade as ct
from clustertrade.distributions import ardl_bounds as law
from clustertrade.distributions.ardl_bounds_simulation import statistics
from clustertrade.errors import InfeasibleError, UsageError
from tests.cointegration.panels import cointegrated, walks
from tests.goldens.harness import raw_cases


def table(z):
    return pd.DataFrame(z, columns=["y", *(f"x{i}" for i in range(1, z.shape[1]))])


def run(z, **options):
    data = table(z)
    return ct.test("ardl-bounds", data, y="y", x=list(data.columns[1:]), **options)


@pytest.mark.parametrize("case", [1, 2, 3, 4, 5])
def test_statistic_and_bounds_as_statsmodels(case):
    from statsmodels.tsa.ardl import UECM
    from statsmodels.tsa.ardl import pss_critical_values as tables

    z = cointegrated(np.random.default_rng(1), 1, 70, 2, root=0.7)[0]
    data = table(z)
    theirs = UECM(data["y"], 2, data[["x1", "x2"]], 2, trend={1: "n", 2: "c", 3: "c"}.get(case, "ct")).fit()
    theirs = theirs.bounds_test(case)
    ours = run(z, case=case, y_lags=2, lags=2)
    assert ours["F"].value == pytest.approx(theirs.statistic, rel=1e-6)
    # its table is by the number of x, its bounds_test looks one row too far down
    for row in ours.details["bounds"]:
        if row["statistic"] == "F":
            place = tables.crit_percentiles.index(round(100 * (1 - row["level"])))
            assert row["lower"] == pytest.approx(tables.crit_vals[2, case, False][place], rel=0.012)
            assert row["upper"] == pytest.approx(tables.crit_vals[2, case, True][place], rel=0.012)


# Pesaran, Shin and Smith (2001), tables CI(iii) and CII(iii), k = 1: 10, 5 and 1 % bounds.
PRINTED = {("F", 0.1): (4.04, 4.78), ("F", 0.05): (4.94, 5.73), ("F", 0.01): (6.84, 7.84),
           ("t", 0.1): (-2.57, -2.91), ("t", 0.05): (-2.86, -3.22), ("t", 0.01): (-3.43, -3.82)}


@pytest.mark.parametrize(("statistic", "level"), list(PRINTED))
def test_bounds_near_the_printed_ones(statistic, level):
    assert law.bounds(level, statistic, 3, 1) == pytest.approx(PRINTED[statistic, level], rel=0.02)


@pytest.mark.parametrize("raw", [c for c in raw_cases("25_panelreg") if c["method"] == "ARDL bounds test"][::3],
                         ids=lambda c: c["id"])
def test_law_as_that_of_r(raw):
    case, k = raw["options"]["case"], len(raw["options"]["order"]) - 1
    for name in ("F", "t"):
        if want := raw["expected"][name]:
            assert law.bounds(0.05, name, case, k) == pytest.approx((want["lower"], want["upper"]), rel=0.02)
            assert law.pvalue(want["statistic"], name, case, k, 1) == pytest.approx(want["p_value"], abs=0.004)


def test_p_is_the_inverse_of_the_bound_and_grows():
    for statistic, case in (("F", 2), ("F", 3), ("t", 5)):
        for k in (1, 4, 10):
            for n in (40, np.inf):
                for order, cut in enumerate(law.bounds(0.07, statistic, case, k, n)):
                    assert law.pvalue(cut, statistic, case, k, order, n) == pytest.approx(0.07)
                side = 1 if statistic == "F" else -1
                p = [law.pvalue(side * far, statistic, case, k, 1, n) for far in np.linspace(0, 12, 100)]
                assert (np.diff(p) <= 1e-12).all()


def test_table_agrees_with_a_simulation_of_its_own():
    drawn = statistics(np.random.default_rng(3), 12_000, 40)
    for (name, case, k, order), values in drawn.items():
        if k in (1, 5, 10):
            cut = law.bounds(0.05, name, case, k, 40)[order]
            assert (values > abs(cut)).mean() == pytest.approx(0.05, abs=4.5 * (0.0475 / 12_000) ** 0.5 + 0.002)


@pytest.mark.parametrize("case", [1, 3, 5])
def test_invariances(case):
    z = walks(np.random.default_rng(4), 1, 60, 2)[0]
    first = run(z, case=case, y_lags=2, lags=1)
    mixed = z * [1000.0, 0.01, 7.0]
    if case >= 3:
        mixed += [5.0, -3.0, 2.0]
    if case == 5:
        mixed += np.outer(np.arange(60.0), [1.0, 2.0, -1.0])
    mixed[:, 2] += mixed[:, 1]
    other = run(mixed, case=case, y_lags=2, lags=1)
    for s in first:
        assert other[s.name].value == pytest.approx(s.value, rel=1e-6)


def test_decision_and_correction():
    close = run(cointegrated(np.random.default_rng(5), 1, 120, root=0.3)[0], lags=1)
    assert close.details["decision"] == {"F": "relation", "t": "relation"}
    ect = close.details["ecm"][-1]
    assert ect["name"] == "ect" and -1.2 < ect["value"] < -0.3
    assert close.details["long_run"][1]["value"] == pytest.approx(1, abs=0.1)
    apart = run(walks(np.random.default_rng(6), 1, 120)[0], lags=1)
    assert apart.details["decision"]["F"] == "none"
    assert apart.details["small_sample"]["periods"] == apart.nobs == 119
    assert law.pvalue(5.0, "F", 3, 1, 1, 30) > law.pvalue(5.0, "F", 3, 1, 1, 119) > law.pvalue(5.0, "F", 3, 1, 1)


def test_t_only_where_it_has_bounds():
    z = walks(np.random.default_rng(7), 1, 50)[0]
    for case in (2, 4):
        result = run(z, case=case, lags=1)
        assert result["t"].pvalue is None and "no bounds in case" in result.warnings[0]
        assert json.dumps(result.to_dict(), allow_nan=False)


def test_orders_by_a_criterion_on_a_common_sample():
    import statsmodels.api as sm

    z = walks(np.random.default_rng(8), 1, 80, 2, serial=0.6)[0]
    ours = ct.estimate("ardl", table(z), y="y", x=["x1", "x2"], lags="bic", max_lags=2)
    at, found = np.arange(2, 80), {}
    for p in (1, 2):
        for q in range(3):
            for r in range(3):
                columns = [np.ones(78), *(z[at - i, 0] for i in range(1, p + 1)), *(z[at - i, 1] for i in range(q + 1)),
                           *(z[at - i, 2] for i in range(r + 1))]
                found[f"{p}, {q}, {r}"] = sm.OLS(z[at, 0], np.column_stack(columns)).fit().bic
    known = ours.details["criterion"]
    assert known.keys() == found.keys()
    gap = np.array([known[k] - found[k] for k in known])
    assert np.ptp(gap) < 1e-7
    assert ", ".join(map(str, ours.details["orders"].values())) == min(found, key=found.get)
    fixed = run(z, lags="bic", max_lags=3, y_lags=2)
    assert fixed.details["orders"]["y"] == 2


def test_estimates_as_statsmodels():
    from statsmodels.tsa.ardl import ARDL

    z = cointegrated(np.random.default_rng(9), 1, 60, 2, root=0.6)[0]
    data = table(z)
    theirs = ARDL(data["y"], 2, data[["x1", "x2"]], {"x1": 1, "x2": 3}, trend="ct").fit()
    ours = ct.estimate("ardl", data, y="y", x=["x1", "x2"], trend="ct", y_lags=2, lags=1, x_lags=["x2:3"])
    assert ours.params.to_numpy() == pytest.approx(theirs.params.to_numpy(), rel=1e-7)
    assert len(ours.resids) == 57 and ours.nobs == 57
    ratio = ours["x1"].value + ours["L1.x1"].value
    speed = 1 - ours["L1.y"].value - ours["L2.y"].value
    assert {r["name"]: r["value"] for r in ours.details["long_run"]}["x1"] == pytest.approx(ratio / speed)
    assert ours.details["speed"] == pytest.approx(-speed)


def test_robust_errors_reach_the_long_run():
    data = table(cointegrated(np.random.default_rng(10), 1, 60, root=0.6)[0])
    plain, robust = (ct.estimate("ardl", data, y="y", x="x1", lags=1, cov=cov) for cov in ("unadjusted", "robust"))
    assert plain.details["long_run"][1]["value"] == pytest.approx(robust.details["long_run"][1]["value"])
    assert plain.details["long_run"][1]["se"] != pytest.approx(robust.details["long_run"][1]["se"], rel=1e-3)


def test_refusals():
    z = walks(np.random.default_rng(11), 1, 40)[0]
    with pytest.raises(UsageError, match="COL:Q"):
        run(z, x_lags=["x9:1"])
    with pytest.raises(UsageError, match="COL:Q"):
        ct.estimate("ardl", table(z), y="y", x="x1", x_lags=["x1:b"])
    with pytest.raises(InfeasibleError, match="at most 10 x"):
        run(walks(np.random.default_rng(1), 1, 90, 11)[0], lags=1)
    with pytest.raises(InfeasibleError, match="at least 6 periods"):
        run(z[:5], lags=1)
    assert np.isfinite(run(z[:6], lags=1)["F"].value)
    with pytest.raises(UsageError, match="called trend"):
        ct.test("ardl-bounds", table(z).rename(columns={"x1": "trend"}), y="y", x="trend")


def test_size_and_power():
    rng, draws, count = np.random.default_rng(12), 200, {"F": 0, "t": 0}
    for _ in range(draws):
        for s in run(walks(rng, 1, 100)[0], lags=1):
            count[s.name] += s.pvalue < 0.05
    for found in count.values():
        low, high = binomtest(found, draws).proportion_ci(0.999)
        assert low <= 0.10 and high >= 0.02
    assert sum(run(cointegrated(rng, 1, 100)[0], lags=1)["F"].pvalue < 0.05 for _ in range(30)) >= 28
