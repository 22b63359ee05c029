"""The autoregressive distributed lag model of one series."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtr, stdtrit

from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression import distributedlag as model
from clustertrade.regression.estimate import estimate_of
from clustertrade.regression.heterogeneous import refuse_reserved
from clustertrade.regression.sandwich import covariance
from clustertrade.results import Estimate


@procedure(
    "ardl",
    family="estimators",
    title="Autoregressive distributed lag model",
    reference="pesaranshinsmith2001",
    scope="series",
    needs=lambda options: Needs(t=model.fewest(options), within=True),
    choices={"lags": ("aic", "bic", "hqic"), "cov": ("unadjusted", "robust", "newey-west")},
    checked="5 cases of the R package ARDL (coefficients, errors, error correction form, long run with delta-method "
            "errors, likelihood: 1e-6); statsmodels ARDL. Long-run slope 2, adjustment -0.4, "
            "x a walk, 200 samples: median bias -0.01 at T=50 and 100, RMSE 0.19 and 0.09, coverage of 95 % intervals "
            "0.92 and 0.91.",
)
def ardl(y: Panel, x: Panel, *, trend: str = "c", y_lags: int | None = None, lags: int | str = "aic",
         max_lags: int | None = None, x_lags: tuple[str, ...] | list[str] = (), cov: str = "unadjusted", hc: int = 1,
         kernel: str = "bartlett", bandwidth: int | str = "auto", level: float = 0.05) -> Estimate:
    r"""y on its own lags and on the x with their lags, and the long run that follows from it.

    .. math:: y_t = \delta'd_t + \sum_{i=1}^{p}\phi_i y_{t-i} + \sum_j\sum_{i=0}^{q_j}\beta_{ji}x_{j,t-i} + e_t,\qquad
        \theta_j = \frac{\sum_i\beta_{ji}}{1-\sum_i\phi_i}

    Parameters
    ----------
    y : Panel of one time series
    x : Panel of further series on the same periods
    trend : n, c or ct
        Deterministic terms.
    y_lags : int, optional
        Lags p of y: 1, or chosen with the lags where a criterion chooses these.
    lags : int, or aic, bic, hqic
        Lags q of every x; a criterion compares all combinations of orders up to max_lags (one q for all x where these
        are more than 4000) on the sample that max_lags leaves, and the chosen ones are estimated on all periods.
    max_lags : int, optional
        Largest order that a criterion may choose.
    x_lags : list of COL:Q
        Lags of one x, in place of ``lags``.
    cov : unadjusted, robust or newey-west
        Covariance of the coefficients, of the error correction form and of the long run.
    hc : 0 to 4
        Variant of ``robust``.
    kernel : bartlett, parzen or qs
        Of ``newey-west``.
    bandwidth : int or auto
        Largest lag of the kernel; auto is the integer part of 4 (T/100)^(2/9).
    level : float
        1 - level is the coverage of the intervals.

    Returns
    -------
    Estimate
        ``const``, ``trend``, ``L1.y`` ..., ``x``, ``L1.x`` ...  Details: ``orders``; ``long_run``: theta of each x and
        of the deterministic terms with error by the delta method, ratio, p and interval; ``ecm``: the error correction
        form with the speed of adjustment at ``L1.y``; ``speed``, ``half_life`` in periods, or ``half_life_note``;
        ``criterion`` by orders.

    Raises
    ------
    InfeasibleError
        Too few periods, collinear columns, a perfect fit.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x = rng.standard_normal(200).cumsum()
    >>> y = np.zeros(200)
    >>> for t in range(1, 200):
    ...     y[t] = 0.5 * y[t - 1] + x[t] + rng.standard_normal()
    >>> panel = Panel.from_frame(pd.DataFrame({"y": y, "x": x}))
    >>> round(ardl(panel["y"], panel["x"], lags=0).details["long_run"][1]["value"], 1)
    2.0
    """
    refuse_reserved("ardl", x)
    orders = model.choose_orders(y, x, trend, y_lags, lags, int(max_lags or 0), x_lags)
    options = {"cov": cov, "hc": hc, "cluster": "entity", "kernel": kernel, "bandwidth": bandwidth, "bootstrap": 0,
               "seed": 0, "level": level, "convention": "paper"}
    fit = model.level_fit("ardl", y, x, trend, orders)
    details: dict[str, object] = {"orders": {y.name: orders.y, **dict(zip(x.variables, orders.x, strict=True))},
                                  "criterion": orders.criterion}
    if orders.y:
        form = model.correction_fit("ardl", y, x, trend, orders)
        inference = covariance(form, options)
        df = float(inference.df or form.df)
        errors = np.sqrt(np.diagonal(inference.matrix))
        speed = float(form.beta[form.names.index(f"L1.{y.name}")])
        runs = model.long_run(form, y.name, list(x.variables), inference.matrix)
        wide = -float(stdtrit(df, level / 2))
        details |= {
            "long_run": [{**row, "stat": row["value"] / row["se"],
                          "pvalue": float(2 * stdtr(df, -abs(row["value"] / row["se"]))),
                          "ci": [row["value"] - wide * row["se"], row["value"] + wide * row["se"]]} for row in runs],
            "ecm": [{"name": name, "value": b, "se": s, "stat": b / s, "pvalue": float(2 * stdtr(df, -abs(b / s)))}
                    for name, b, s in zip(form.names, form.beta.tolist(), errors.tolist(), strict=True)],
            "speed": speed, "half_life": math.log(0.5) / math.log1p(speed) if -1 < speed < 0 else None,
            "half_life_note": "" if -1 < speed < 0 else "oscillates" if -2 < speed <= -1 else "does not return",
        }
    else:
        details |= {"long_run": [], "ecm": [], "speed": None, "half_life": None,
                    "half_life_note": "without lags of y there is no adjustment"}
    return estimate_of(fit, options, details=details, correlations=False,
                       fitted=fit.y - fit.resid)
