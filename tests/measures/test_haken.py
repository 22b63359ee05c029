from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clustertrade as ct
from clustertrade.errors import DataError, InfeasibleError, UsageError
from tests.measures.goldens import golden
from tests.measures.recovery import rows

TRUE = {"lambda1": 0.06, "a": -0.12, "lambda2": 0.35, "b": 0.2}


def path(periods, noise, seed, start=(0.5, 0.3)):
    rng = np.random.default_rng(seed)
    q = [start]
    for _ in range(periods - 1):
        one, two = q[-1]
        q.append(((1 - TRUE["lambda1"]) * one - TRUE["a"] * one * two + noise * rng.standard_normal(),
                  (1 - TRUE["lambda2"]) * two + TRUE["b"] * one**2 + noise * rng.standard_normal()))
    return pd.DataFrame(q, columns=["q1", "q2"]).assign(t=range(periods))


def run(data, **options):
    return ct.measure("haken", data, indicator=["q1", "q2"], time="t", **options)


def test_the_constructed_example():
    d = golden("haken_constructed")
    out = d["outputs"]
    result = run(pd.DataFrame(d["inputs"]).assign(t=range(13)))
    assert result.columns == ("q1", "q2", "lambda1", "a", "lambda2", "b")
    for symbol, value in TRUE.items():
        assert result.rows[0][symbol] == pytest.approx(value, abs=d["tolerance"])
    model = result.details["models"][0]
    assert result.details["order_parameter"] == "q1" and model["condition"]
    assert model["stationary"] ** 2 == pytest.approx(out["stationary_q1_squared"], abs=1e-7)
    assert model["second_derivative"] == pytest.approx(out["second_derivative_at_stationary"], abs=1e-7)
    assert not model["stationary_is_minimum"] and model["zero_is_minimum"]
    assert model["potential"]["quartic"] == pytest.approx(TRUE["a"] * TRUE["b"] / (4 * TRUE["lambda2"]), abs=1e-7)


def test_least_squares_as_statsmodels():
    import statsmodels.api as sm

    data = path(25, 0.02, 3)
    q1, q2 = data.q1.to_numpy(), data.q2.to_numpy()
    fit1 = sm.OLS(q1[1:], np.c_[q1[:-1], q1[:-1] * q2[:-1]]).fit()
    fit2 = sm.OLS(q2[1:], np.c_[q2[:-1], q1[:-1] ** 2]).fit()
    model = run(data).details["models"][0]
    ours = {c["symbol"]: c for c in model["coefficients"]}
    assert [ours[s]["value"] for s in ours] == pytest.approx(
        [1 - fit1.params[0], -fit1.params[1], 1 - fit2.params[0], fit2.params[1]], abs=1e-10)
    assert [ours[s]["se"] for s in ours] == pytest.approx([*fit1.bse, *fit2.bse], rel=1e-9)
    assert ours["a"]["ci"] == pytest.approx([-fit1.conf_int()[1, 1], -fit1.conf_int()[1, 0]], rel=1e-9)


def test_region_dummies_are_dummies():
    import statsmodels.api as sm

    parts = [path(9, 0.02, s, start=(0.4 + 0.1 * s, 0.3)).assign(p=f"r{s}") for s in range(4)]
    data = pd.concat(parts)
    model = run(data, unit="p", effects="entity").details["models"][0]
    before = pd.concat([p.iloc[:-1] for p in parts])
    after = pd.concat([p.iloc[1:] for p in parts])
    dummies = pd.get_dummies(before.p).to_numpy(float)
    fit = sm.OLS((after.q1.to_numpy() - before.q1.to_numpy()),
                 np.c_[-before.q1, -before.q1 * before.q2, dummies]).fit()
    ours = {c["symbol"]: c for c in model["coefficients"]}
    assert [ours["lambda1"]["value"], ours["a"]["value"]] == pytest.approx(fit.params[:2], abs=1e-10)
    assert [ours["lambda1"]["se"], ours["a"]["se"]] == pytest.approx(fit.bse[:2], rel=1e-9)


def test_exchanging_the_quantities_exchanges_the_rows():
    data = path(25, 0.02, 4)
    one = list(run(data).rows)
    two = list(ct.measure("haken", data, indicator=["q2", "q1"], time="t").rows)
    assert one[0] == two[1] and one[1] == two[0]


def test_bootstrap_intervals_repeat_with_the_seed_and_hold_the_estimate():
    data = path(30, 0.02, 5)
    one, two = (run(data, bootstrap=199, seed=9).details["models"][0] for _ in range(2))
    assert one == two
    assert all(c["ci"][0] < c["value"] < c["ci"][1] for c in one["coefficients"])


def test_without_an_order_parameter_it_says_so():
    data = path(14, 0.3, 6)
    result = run(data)
    assert result.details["order_parameter"] is None and "no order parameter" in result.warnings[0]


@pytest.mark.parametrize(("change", "error", "says"), [
    (lambda d: d.drop(index=4), DataError, "missing between 3 to 5"),
    (lambda d: d.assign(q1=0.0), InfeasibleError, "collinear"),
    (lambda d: d.iloc[:3], InfeasibleError, "needs at least 3"),
    (lambda d: d.rename(columns={"q2": "other"}), UsageError, "no column q2"),
])
def test_refusals(change, error, says):
    with pytest.raises(error, match=says):
        run(change(path(12, 0.02, 1)))


@pytest.mark.slow
def test_the_published_recovery_is_what_the_code_gives():
    """docs/validation/coordination.csv within simulation error, from fewer replications."""
    table = pd.read_csv("docs/validation/coordination.csv")
    now = pd.DataFrame(rows(100))
    error = np.sqrt(table.coverage * (1 - table.coverage) / 100).clip(lower=0.01)
    assert (np.abs(now.coverage - table.coverage) < 4 * error).all()
