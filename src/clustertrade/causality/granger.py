"""Granger's test of whether one time series helps to predict another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import chdtrc, fdtrc, stdtr

from clustertrade.batch.ols import Array, ols
from clustertrade.causality.regression import Design, PerfectFit, design, exclusion, order_criterion
from clustertrade.errors import InfeasibleError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult


def _needs(options: Mapping[str, Any]) -> Needs:
    order = options["order"] if isinstance(options["order"], int) else options["max_lags"] or 1
    terms = {"n": 0, "c": 1, "ct": 2}[options["trend"]]
    return Needs(t=order + terms + order * (1 + len(options["x"])) + 1)


@procedure(
    "granger",
    family="causality",
    title="Granger causality test",
    null="x does not Granger-cause y",
    alternative="lags of x help to predict y",
    reference="granger1969",
    scope="series",
    needs=_needs,
    choices={"cov": ("unadjusted", "robust")},
    checked="30 cases of lmtest grangertest (F and p: 1e-6) and the 24 two-variable cases of vars causality, where its "
            "F is ours.",
)
def granger(y: Panel, x: Panel, *, order: int | str = 1, max_lags: int | None = None, trend: str = "c",
            cov: str = "unadjusted", hc: int = 1) -> TestResult:
    r"""Whether lags of x help to predict y beyond lags of y itself: does x cause y?

    .. math:: y_t = \mu(t) + \sum_{k=1}^{K}\gamma_k y_{t-k} + \sum_{j=1}^{m}\sum_{k=1}^{K}\beta_{jk} x_{j,t-k} + u_t,
        \qquad F = \frac{(SSR_0 - SSR_1)/(mK)}{SSR_1/(T_K - k)}, \qquad \chi^2 = mK\,F

    Parameters
    ----------
    y : Panel of one time series
        The effect.
    x : Panel of one or more time series
        The causes.  With several, F asks whether they cause y together; each is tested beside the others in
        ``details.causes``.
    order : int, or aic, bic, hqic
        Lags K of y and of every x; a criterion of the equation of y chooses it on the sample that ``max_lags`` leaves.
    max_lags : int, optional
        Largest order that a criterion may choose.
    trend : n, c or ct
        Deterministic terms of the equation.
    cov : unadjusted or robust
        With robust, F and chi2 are Wald tests with a heteroskedasticity-consistent covariance.
    hc : 0 to 3
        Its variant.

    Returns
    -------
    TestResult
        ``F`` with p from F(mK, T_K - k), and ``chi2`` = mK F with p from chi2(mK), where T_K counts the periods after
        the lags and k the coefficients.  Details: ``causes``, a row a cause; ``unrestricted`` and ``restricted``:
        nobs, ssr and coefficients of both regressions; ``criterion`` by order.

    Raises
    ------
    InfeasibleError
        Too few periods for the lags; collinear lags; a perfect fit.

    Notes
    -----
    The series must be stationary: in levels of integrated series F and chi2 do not have these distributions.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x, y = rng.standard_normal(100), np.zeros(100)
    >>> for t in range(1, 100):
    ...     y[t] = 0.4 * y[t - 1] + 0.6 * x[t - 1] + rng.standard_normal()
    >>> panel = Panel.from_frame(pd.DataFrame({"y": y, "x": x}))
    >>> granger(panel["y"], panel["x"])["F"].pvalue < 0.001, granger(panel["x"], panel["y"])["F"].pvalue > 0.05
    (True, True)
    """
    valid = y.complete & x.complete
    series, causes, m = y.series, x.values, x.n_variables
    criterion: dict[str, float] = {}
    if isinstance(order, str):
        table = order_criterion(series, causes, valid, int(max_lags or 1), order, trend)[0]
        criterion = {str(k + 1): float(v) for k, v in enumerate(table)}
        order = int(np.argmin(table)) + 1
    regression = design(series, causes, valid, order, trend)
    try:
        test = exclusion(regression)
    except PerfectFit:
        raise InfeasibleError(f"granger: with {order} lags the regression of {y.name} fits exactly; "
                              "an identity is no causality") from None
    names = [*{"n": [], "c": ["const"], "ct": ["const", "trend"]}[trend], *(f"L{k}.{y.name}" for k in _lags(order)),
             *(f"L{k}.{v}" for k in _lags(order) for v in x.variables)]
    z, effect = _rows(regression)
    df, own = int(test.df[0]), regression.own.shape[-1]
    beta, covariance = _fit(effect, z, df, None if cov == "unadjusted" else hc)
    at = np.arange(own, own + m * order)
    joint = _wald(beta, covariance, at)
    rows = []
    for j, cause in enumerate(x.variables):
        wald = _wald(beta, covariance, own + j + m * np.arange(order))
        rows.append({"cause": cause, "F": wald / order, "df1": order, "df2": df,
                     "pvalue": fdtrc(order, df, wald / order), "chi2": wald, "pvalue_chi2": chdtrc(order, wald)})
    plain, plain_covariance = _fit(effect, z[:, :own], len(z) - own, None if cov == "unadjusted" else hc)
    k = m * order
    return TestResult(
        statistics=(Statistic(name="F", value=joint / k, pvalue=float(fdtrc(k, df, joint / k)), df=(k, df)),
                    Statistic(name="chi2", value=joint, pvalue=float(chdtrc(k, joint)), df=k)),
        nobs=len(z), n_periods=y.n_periods, lags=order,
        details={"causes": rows,
                 "unrestricted": _told(names, beta, covariance, float(test.ssr[0, 0]), df),
                 "restricted": _told(names[:own], plain, plain_covariance, float(test.ssr[0, 1]), len(z) - own),
                 "criterion": criterion},
    )


def _lags(order: int) -> range:
    return range(1, order + 1)


def _rows(regression: Design) -> tuple[Array, Array]:
    there = regression.valid[0]
    return np.concatenate([regression.own, regression.causes], -1)[0, there], regression.effect[0, there]


def _fit(effect: Array, z: Array, df: int, hc: int | None) -> tuple[Array, Array]:
    """Coefficients (K,) and their covariance (K, K); heteroskedasticity-consistent in the variant hc."""
    if not z.shape[1]:
        return np.zeros(0), np.zeros((0, 0))
    beta, _, resid, _ = (part[0] for part in ols(effect[None], z[None], np.ones((1, len(z)), dtype=bool)))
    size = np.sqrt((z**2).sum(0))
    q, r = np.linalg.qr(z / size)
    inverse = np.linalg.inv(r)
    if hc is None:
        core = inverse @ inverse.T * (resid @ resid / df)
    else:
        leverage = (q**2).sum(1)
        weight = resid**2 * {0: 1.0, 1: len(z) / df, 2: 1 / (1 - leverage), 3: 1 / (1 - leverage) ** 2}[hc]
        half = inverse @ q.T                                               # MacKinnon and White (1985)
        core = half * weight @ half.T
    return beta, core / np.outer(size, size)


def _wald(beta: Array, covariance: Array, at: Array) -> float:
    return float(beta[at] @ np.linalg.solve(covariance[np.ix_(at, at)], beta[at]))


def _told(names: list[str], beta: Array, covariance: Array, ssr: float, df: int) -> dict[str, Any]:
    se = np.sqrt(np.diagonal(covariance))
    return {"ssr": ssr, "df": df, "params": [
        {"name": n, "value": b, "se": s, "stat": b / s, "pvalue": 2 * stdtr(df, -abs(b / s))}
        for n, b, s in zip(names, beta, se, strict=True)]}
