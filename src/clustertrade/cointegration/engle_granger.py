"""The Engle-Granger test: is the residual of a regression in levels a random walk?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from clustertrade.batch.adf import LagRule, adf_regressions, fewest_periods
from clustertrade.batch.ols import Array, BatchError, ols
from clustertrade.batch.trend import TERMS, deterministic
from clustertrade.distributions import engle_granger as law
from clustertrade.errors import InfeasibleError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression.integration import stationary_levels
from clustertrade.results import Statistic, TestResult

RULES = {"gretl": LagRule(own=True), "urca": LagRule(least=1, common=True)}


def _needs(options: Mapping[str, Any]) -> Needs:
    lags = options["lags"] if isinstance(options["lags"], int) else options["max_lags"] or 0
    return Needs(t=fewest_periods("n", lags) + len(options["x"]) + TERMS[options["trend"]] + 1, within=True,
                 x_max=law.MOST - 1)


@procedure(
    "engle-granger",
    family="cointegration",
    title="Engle-Granger cointegration test",
    null="no cointegration",
    alternative="y and x are cointegrated",
    reference="englegranger1987",
    scope="series",
    needs=_needs,
    conventions={"gretl": {}, "urca": {}},
    checked="24 cases of lm and urca ur.df and 36 of gretl coint (statistic 1e-6; p 5e-4, the law being simulated on "
            "both sides); critical values within 0.005 of MacKinnon (2010), 0.02 at 1 % and 25 periods. Size at 5 % "
            "with one x and the defaults, independent walks: 0.07 at T=23 and 50, 0.06 at T=100 (0.09 at T=23 with "
            "the asymptotic law of gretl); power against an error with root 0.5: 0.35, 0.89, 0.97.",
)
def engle_granger(y: Panel, x: Panel, *, trend: str = "c", lags: int | str = "aic", max_lags: int | None = None,
                  convention: str = "paper") -> TestResult:
    r"""No cointegration between y and the x, by the residuals of the regression in levels.

    .. math:: y_t = \alpha + \delta t + x_t'\beta + e_t,\qquad
        \Delta\hat e_t = \gamma\hat e_{t-1} + \sum_{j=1}^{k}\phi_j\Delta\hat e_{t-j} + v_t,\qquad t = \hat\gamma / se

    Parameters
    ----------
    y : Panel of one time series
    x : Panel of one to seven further series on the same periods
    trend : n, c or ct
        Deterministic terms of the regression in levels.
    lags : int, or aic, bic, hqic, t
        Lagged differences k of the residuals.
    max_lags : int, optional
        Largest number that a criterion may choose.
    convention : paper, gretl or urca
        The statistic for given lags is the same in all three.  ``gretl`` takes the asymptotic law for p and critical
        values unless lags are given as 0, and gives each order of the search by t its own periods.  ``urca`` (ur.df on
        the residuals): a criterion offers at least one lag, and the chosen order is estimated on the sample of the
        comparison.

    Returns
    -------
    TestResult
        ``t`` with p and critical values for the number of series and the sample size.  Details: ``coefficients`` of
        the regression in levels, its ``r2`` and ``durbin_watson``; ``pvalue_asymptotic``; ``ecm``: the error
        correction equation of d.y on the lagged residual, d.x and k lags of both; ``half_life`` in periods, or
        ``half_life_note`` where it has none; ``convention``.

    Raises
    ------
    InfeasibleError
        Too few periods for the lags; y an exact function of x.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> walk = rng.standard_normal(100).cumsum()
    >>> panel = Panel.from_frame(pd.DataFrame({"y": walk + rng.standard_normal(100), "x": walk}))
    >>> engle_granger(panel["y"], panel["x"], lags=1)["t"].pvalue < 0.01
    True
    """
    left, right = y.series, x.values                                              # (1, T), (1, T, M)
    t = left.shape[1]
    valid = np.ones((1, t), dtype=bool)
    design = np.concatenate([right, deterministic(trend, t)[None]], -1)
    beta, _, resid, _ = ols(left, design, valid)
    total = ((left - (left.mean() if trend != "n" else 0.0)) ** 2).sum()
    if (resid**2).sum() <= 1e-20 * total:
        raise InfeasibleError(f"engle-granger: {y.name} is an exact function of x: no residual is left to test")
    fit = adf_regressions(resid, valid, trend="n", lags=lags, max_lags=int(max_lags or 0),
                          rule=RULES.get(convention, LagRule()))
    order, nobs, variables = int(fit.lags[0]), int(fit.nobs[0]), 1 + right.shape[2]
    size = math.inf if convention == "gretl" and lags != 0 else float(nobs)
    value = float(fit.t[0])
    statistic = Statistic(name="t", value=value, pvalue=float(law.pvalue(value, trend, variables, size)),
                          critical={f"{a:g}": law.critical(a, trend, variables, size) for a in (0.1, 0.05, 0.01)})
    names = [*x.variables, *("const", "trend")[: TERMS[trend]]]
    ecm, warnings = _error_correction(left[0], right[0], resid[0], trend, order, list(x.variables), y.name)
    details = {
        "convention": "ADF without deterministic terms on the residuals; p and critical values for "
                      f"{variables} series, {'asymptotic' if math.isinf(size) else f'at {nobs} periods'}; a criterion "
                      "compares lags on a common sample, the chosen ones are estimated on all periods",
        "coefficients": dict(zip(names, beta[0].tolist(), strict=True)),
        "r2": float(1 - (resid**2).sum() / total),
        "durbin_watson": float((np.diff(resid[0]) ** 2).sum() / (resid**2).sum()),
        "gamma": float(fit.coef[0]), "pvalue_asymptotic": float(law.pvalue(value, trend, variables)),
        **ecm,
    }
    return TestResult(statistics=(statistic,), nobs=nobs, n_periods=t, lags=order, details=details,
                      warnings=(*warnings, *stationary_levels(y.join(x), trend)))


def _error_correction(y: Array, x: Array, resid: Array, trend: str, lags: int, names: list[str],
                      target: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """d.y on the residual before, d.x and its lags, lags of d.y and a constant (Engle and Granger 1987)."""
    dy, dx = np.diff(y), np.diff(x, axis=0)
    n = len(dy) - lags
    columns = {"L1.e": resid[lags:-1]}
    columns |= {f"L{j}.d.{target}": dy[lags - j : len(dy) - j] for j in range(1, lags + 1)}
    columns |= {(f"L{j}." if j else "") + f"d.{name}": dx[lags - j : len(dx) - j, k]
                for k, name in enumerate(names) for j in range(lags + 1)}
    if trend != "n":
        columns["const"] = np.ones(n)
    try:
        beta, se, _, df = ols(dy[None, lags:], np.column_stack(list(columns.values()))[None], np.ones((1, n), bool))
    except BatchError:
        return ({"ecm": [], "half_life": None, "half_life_note": "not estimated"},
                (f"{n} periods are too few for the error correction equation with {lags} lags",))
    rows = [{"name": name, "value": b, "se": s, "stat": b / s, "df": int(df[0])}
            for name, b, s in zip(columns, beta[0].tolist(), se[0].tolist(), strict=True)]
    speed = rows[0]["value"]
    life = math.log(0.5) / math.log1p(speed) if -1 < speed < 0 else None
    note = "" if life is not None else "oscillates" if -2 < speed <= -1 else "does not return"
    return {"ecm": rows, "half_life": life, "half_life_note": note}, ()
