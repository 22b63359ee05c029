"""Local projections: the regressions by hand, known responses, agreement with the panel VAR."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.batch import panel_var as algebra
from clustertrade.errors import UsageError
from tests.estimators.test_panel_var import COEFFICIENTS, OMEGA, simulated

CALL = {"entity": "i", "time": "t", "y": "y", "x": ["x"]}


@pytest.mark.parametrize("cov", ["driscoll-kraay", "clustered", "robust"])
def test_every_horizon_is_a_fixed_effects_regression(cov):
    data = simulated(1, 12, 25)
    ours = ct.estimate("local-projection", data, **CALL, horizon=3, order=2, cov=cov)
    lags = {f"L{k}.{v}": data.groupby("i")[v].shift(k) for k in (1, 2) for v in "yx"}
    for h in range(4):
        wide = data.assign(**lags, lead=data.groupby("i")["y"].shift(-h)).dropna()
        fe = ct.estimate("fe", wide, entity="i", time="t", y="lead", x=["x", *lags], cov=cov, bootstrap=0,
                         bandwidth=max(h, 2))
        got = ours[f"h{h}:x"]
        assert_allclose([got.value, got.se, got.pvalue], [fe["x"].value, fe["x"].se, fe["x"].pvalue], rtol=1e-9)
        row = ours.details["irf"][h]
        assert (row["value"], row["low"], row["high"]) == (got.value, *got.ci)


def test_a_series_has_a_constant_and_newey_west_errors_of_statsmodels():
    import statsmodels.api as sm

    data = simulated(2, 1, 80).drop(columns="i")
    ours = ct.estimate("local-projection", data, time="t", y="y", x="x", horizon=2, cov="newey-west", bandwidth=4)
    for h in range(3):
        wide = pd.DataFrame({"lead": data["y"].shift(-h), "x": data["x"], "ly": data["y"].shift(),
                             "lx": data["x"].shift()}).dropna()
        fit = sm.OLS(wide["lead"], sm.add_constant(wide[["x", "ly", "lx"]])).fit(
            cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": True})
        assert_allclose([ours[f"h{h}:x"].value, ours[f"h{h}:x"].se], [fit.params["x"], fit.bse["x"]], rtol=1e-9)


def test_known_responses_and_those_of_the_panel_var():
    """x first in the Cholesky factor; its response to one unit is that to one standard deviation over it."""
    truth = algebra.responses(COEFFICIENTS[::-1, ::-1].T[None], OMEGA[None], 4)["orthogonalised"][0, :, 1, 0]
    estimates, inside = [], []
    for k in range(20):
        data = simulated([3, k], 30, 60)
        result = ct.estimate("local-projection", data, **CALL, horizon=4)
        estimates.append(result.params.to_numpy())
        inside.append([p.ci[0] < v < p.ci[1] for p, v in zip(result.coefficients, truth, strict=True)])
    assert np.abs(np.mean(estimates, 0) - truth).max() < 0.04
    assert np.mean(inside) > 0.8
    var = ct.estimate("panel-var", data, entity="i", time="t", y="x", x="y", variant="bias-corrected", horizon=4)
    rows = [r["orthogonalised"] for r in var.details["irf"] if (r["impulse"], r["response"]) == ("x", "y")]
    assert_allclose(rows / np.sqrt(var.details["omega"][0, 0]), truth, atol=0.12)


def test_the_jackknife_takes_the_bias_off():
    """Twice the whole less the mean of the halves, and closer to the truth where periods are few."""
    data = simulated(6, 12, 24)
    whole = ct.estimate("local-projection", data, **CALL, horizon=1)
    ours = ct.estimate("local-projection", data, **CALL, horizon=1, variant="jackknife")
    wide = data.assign(ly=data.groupby("i")["y"].shift(), lx=data.groupby("i")["x"].shift(),
                       lead=data.groupby("i")["y"].shift(-1)).dropna()
    halves = [ct.estimate("fe", part, entity="i", time="t", y="lead", x=["x", "ly", "lx"])["x"].value
              for part in (wide[wide["t"] < 2013], wide[wide["t"] >= 2013])]
    assert_allclose(ours["h1:x"].value, 2 * whole["h1:x"].value - np.mean(halves), rtol=1e-9)
    assert ours["h1:x"].se == whole["h1:x"].se
    truth = algebra.responses(COEFFICIENTS[::-1, ::-1].T[None], OMEGA[None], 4)["orthogonalised"][0, 4, 1, 0]
    biases = {v: np.mean([ct.estimate("local-projection", simulated([7, k], 40, 20), **CALL, horizon=4, variant=v)
                          ["h4:x"].value for k in range(15)]) - truth for v in ("fe", "jackknife")}
    assert biases["fe"] < -0.05 and abs(biases["jackknife"]) < 0.5 * abs(biases["fe"])
    assert any("jackknife" in w for w in whole.warnings) and not any("jackknife" in w for w in ours.warnings)


def test_controls_gaps_and_words():
    data = simulated(4, 12, 30).assign(z=np.random.default_rng(5).standard_normal(360))
    holed = data[~((data["i"] == 3) & (data["t"] == 2015))]
    result = ct.estimate("local-projection", holed, entity="i", time="t", y="y", x=["x", "z"], effects="twoway",
                         horizon=2)
    assert [p.name for p in result.coefficients] == ["h0:x", "h1:x", "h2:x"]
    assert [row["nobs"] for row in result.details["irf"]] == [12 * 29 - 2, 12 * 28 - 3, 12 * 27 - 3]
    with pytest.raises(UsageError, match="order"):
        ct.estimate("local-projection", data, **CALL, order="aic")
