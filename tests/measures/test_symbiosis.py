from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clustertrade as ct
from clustertrade.errors import DataError, InfeasibleError, UsageError
from tests.measures.goldens import golden

R, A = np.array([0.5, 0.4]), np.array([[-0.05, 0.01], [0.02, -0.04]])


def discrete(periods, noise, seed):
    rng = np.random.default_rng(seed)
    n = [np.array([1.0, 2.0])]
    for _ in range(periods - 1):
        n.append(n[-1] * np.exp(R + A @ n[-1] + noise * rng.standard_normal(2)))
    return pd.DataFrame(n, columns=["x", "y"]).assign(t=range(periods))


def run(data, **options):
    return ct.measure("symbiosis", data, indicator=["x", "y"], time="t", **options)


def coefficients(result, i):
    return result.details["equations"][i]["coefficients"]


def test_gause_as_printed():
    d = golden("lv_gause_1934_ols")
    data = pd.DataFrame({k: d["inputs"][k] for k in ("day", "prey", "predator")})
    result = ct.measure("symbiosis", data, indicator=["prey", "predator"], time="day")
    for i, who in enumerate(("prey", "predator")):
        printed, equation = d["outputs"][who], result.details["equations"][i]
        assert [c["value"] for c in equation["coefficients"]] == pytest.approx(
            [printed[k] for k in ("r", "self", "other")], abs=d["tolerance"])
        assert [c["se"] for c in equation["coefficients"]] == pytest.approx(printed["se"], abs=d["tolerance"])
        assert equation["r2"] == pytest.approx(printed["r2"], abs=5e-5) and equation["df"] == printed["df"]
    mode = result.details["modes"][0]
    assert (mode["signs"], mode["mode"], mode["mode_certain"]) == ("-+", "parasitism", "parasitism")
    assert any("prey fall out" in w and "15, 16, 17" in w for w in result.warnings)
    assert result.to_dict()["rows"][1]["K"] is None and any("carrying capacity" in w for w in result.warnings)


def test_the_grey_model_as_constructed():
    d = golden("grey_lv_constructed")
    data = pd.DataFrame({"x": d["inputs"]["x1"], "y": d["inputs"]["x2"], "t": range(11)})
    result = run(data, variant="grey", bootstrap=0)
    for i, key in enumerate(("eq1", "eq2")):
        assert [c["value"] for c in coefficients(result, i)] == pytest.approx(
            list(d["outputs"][key].values()), abs=d["tolerance"])
    both = result.details["equilibria"][-1]
    assert list(both["levels"].values()) == pytest.approx(d["outputs"]["interior_equilibrium_of_accumulated_system"])
    assert both["stable"] and result.details["modes"][0]["mode"] == "mutualism"


def test_equilibria_of_given_coefficients():
    d = golden("symbiosis_equilibria_dies")
    for scenario in d["outputs"]:
        data = pd.DataFrame(scenario["alpha"], columns=list("abcd")).assign(who=list("pqrs"), k=1000)
        result = ct.measure("symbiosis", data, indicator=list("abcd"), unit="who", value="k", variant="equilibrium")
        found = [row["value"] for row in result.rows]
        assert found == pytest.approx(scenario["exact_equilibrium_if_N=1000"], rel=1e-5)
        assert found == pytest.approx(scenario["printed_equilibrium"], rel=0.025)
        assert result.details["stable"]


def test_mutualists_that_help_too_much_have_no_stable_equilibrium():
    data = pd.DataFrame({"who": ["p", "q"], "k": [1.0, 1.0], "a": [0, 1.5], "b": [1.2, 0]})
    result = ct.measure("symbiosis", data, indicator=["a", "b"], unit="who", value="k", variant="equilibrium")
    assert not result.details["stable"] and len(result.warnings) == 2


def test_least_squares_as_statsmodels():
    import statsmodels.api as sm

    data = discrete(25, 0.05, 1)
    result = run(data, bootstrap=0)
    growth = np.diff(np.log(data[["x", "y"]].to_numpy()), axis=0)
    fit = sm.OLS(growth[:, 1], sm.add_constant(data[["y", "x"]].to_numpy()[:-1])).fit()
    ours = coefficients(result, 1)
    assert [c["value"] for c in ours] == pytest.approx(fit.params, rel=1e-9)
    assert [c["se"] for c in ours] == pytest.approx(fit.bse, rel=1e-9)
    assert [c["ci"] for c in ours] == [pytest.approx(list(ci), rel=1e-9) for ci in fit.conf_int()]


def test_the_solution_of_the_equations_is_found_again():
    """Levels from an independent integrator, without noise: nls is exact, and ols in single steps is not."""
    from scipy.integrate import solve_ivp

    path = solve_ivp(lambda _, n: n * (R + A @ n), (0, 14), [1.0, 2.0], t_eval=range(15), rtol=1e-11, atol=1e-12).y.T
    data = pd.DataFrame(path, columns=["x", "y"]).assign(t=range(15))
    exact = run(data, variant="nls")
    assert [exact.rows[0][s] for s in ("r", "self", "cross")] == pytest.approx([R[0], A[0, 0], A[0, 1]], rel=1e-5)
    assert exact.rows[1]["K"] == pytest.approx(10.0, rel=1e-5)
    assert exact.rows[0]["alpha"] == pytest.approx(A[0, 1] * 10 / R[0], rel=1e-5)
    crude = run(data, bootstrap=0)
    assert abs(crude.rows[0]["r"] - R[0]) > 0.01
    middle = run(data, variant="midpoint", bootstrap=0)
    assert abs(middle.rows[0]["r"] - R[0]) < abs(crude.rows[0]["r"] - R[0])


def test_three_populations():
    rng = np.random.default_rng(2)
    r, a = np.array([0.5, 0.4, 0.3]), np.array([[-0.05, 0.01, 0], [0.02, -0.04, -0.01], [0, 0.01, -0.03]])
    n = [np.array([1.0, 2.0, 1.5])]
    for _ in range(60):
        n.append(n[-1] * np.exp(r + a @ n[-1] + 0.01 * rng.standard_normal(3)))
    data = pd.DataFrame(n, columns=["x", "y", "z"]).assign(t=range(61))
    result = ct.measure("symbiosis", data, indicator=["x", "y", "z"], time="t", bootstrap=0)
    cross = {(row["population"], row["partner"]): row["cross"] for row in result.rows}
    assert cross["y", "x"] == pytest.approx(0.02, abs=0.008) and cross["y", "z"] == pytest.approx(-0.01, abs=0.008)
    assert len(result.details["modes"]) == 3 and len(result.details["equilibria"]) == 8


def test_units_are_pooled():
    parts = [discrete(9, 0.05, s).assign(p=s) for s in range(6)]
    pooled = run(pd.concat(parts), unit="p", bootstrap=0)
    import statsmodels.api as sm

    growth = np.concatenate([np.diff(np.log(d.x)) for d in parts])
    before = np.concatenate([d[["x", "y"]].to_numpy()[:-1] for d in parts])
    fit = sm.OLS(growth, sm.add_constant(before)).fit()
    assert [c["value"] for c in coefficients(pooled, 0)] == pytest.approx(fit.params, rel=1e-9)
    assert pooled.details["steps"] == [48, 48]
    with pytest.raises(UsageError, match="takes no --unit"):
        run(pd.concat(parts), unit="p", variant="grey")


def test_units_scale_the_coefficients_and_not_the_modes():
    data = discrete(25, 0.05, 3)
    one, two = run(data, bootstrap=0), run(data.assign(x=1000 * data.x), bootstrap=0)
    assert two.rows[0]["self"] == pytest.approx(one.rows[0]["self"] / 1000, rel=1e-8)
    assert two.rows[0]["alpha"] == pytest.approx(one.rows[0]["alpha"], rel=1e-8)
    assert two.details["modes"] == one.details["modes"]


def test_a_sign_counts_only_with_its_interval():
    result = run(discrete(9, 0.3, 5), bootstrap=499)
    mode = result.details["modes"][0]
    held = [c["ci"][0] < 0 < c["ci"][1] for c in (coefficients(result, 0)[2], coefficients(result, 1)[2])]
    assert mode["certain"] == [not h for h in held] and (mode["mode_certain"] is None) == any(held)
    assert any(held)


@pytest.mark.parametrize(("change", "options", "error", "says"), [
    (lambda d: d.assign(x=-d.x), {}, DataError, "negative"),
    (lambda d: d.drop(index=3), {}, DataError, "missing between 2 to 4"),
    (lambda d: d.iloc[:4], {}, InfeasibleError, "needs at least 4"),
    (lambda d: d.assign(x=2.0), {}, InfeasibleError, "collinear"),
    (lambda d: d.assign(x=d.x.where(d.t != 3, 0)), {"variant": "nls"}, InfeasibleError, "above zero"),
    (lambda d: d, {"value": "x"}, UsageError, "equilibrium"),
])
def test_refusals(change, options, error, says):
    with pytest.raises(error, match=says):
        run(change(discrete(12, 0.05, 4)), **options)
