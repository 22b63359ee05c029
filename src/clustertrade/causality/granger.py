"""Granger's test of whether one time series helps to predict another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clustertrade.batch.lags import lag_columns
from clustertrade.batch.ols import Array, Mask
from clustertrade.batch.trend import deterministic_columns
from clustertrade.causality.block import block_tests
from clustertrade.causality.equation import (
    estimated,
    exclusion_of,
    frequency_restriction,
    names_of,
    rows,
    spectrum,
)
from clustertrade.causality.regression import PerfectFit, design, exclusion, order_criterion
from clustertrade.causality.stationarity import caution, orders
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
    checked="30 cases of lmtest grangertest (F and p: 1e-6), 42 of vars causality (blocks and instantaneous, 1e-6; in "
            "two variables its F is ours), with --cov robust against sandwich vcovHC; the test at a frequency against "
            "statsmodels (1e-8).",
)
def granger(y: Panel, x: Panel, *, order: int | str = 1, max_lags: int | None = None, trend: str = "c",
            cov: str = "unadjusted", hc: int = 1, frequency: float | None = None) -> TestResult:
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
    frequency : float, optional
        From 0 to pi: whether x helps to predict y at this frequency, a cycle of 2 pi / frequency periods (Breitung
        and Candelon 2006): F and chi2 then test two restrictions for each cause, and ``details.frequencies`` holds the
        test on a grid of frequencies.  At 0 and at pi there is one restriction for each cause.  With one
        or two lags it asks the same at every frequency in between.

    Returns
    -------
    TestResult
        ``F`` with p from F(mK, T_K - k), and ``chi2`` = mK F with p from chi2(mK), where T_K counts the periods after
        the lags and k the coefficients.  Details: ``causes``, a row a cause; ``blocks``: in the vector autoregression
        of all variables, a row a variable as the cause of all others together, with p from F(df1, df2), df2 counting
        the cells of all equations, and the instantaneous test (not with ``frequency``); ``unrestricted`` and
        ``restricted``: nobs, ssr and coefficients of both regressions; ``criterion`` by order; ``integration_orders``
        that a quick look at the series finds, a row a variable.

    Raises
    ------
    InfeasibleError
        Too few periods for the lags; collinear lags; a perfect fit.

    References
    ----------
    Breitung, J. and Candelon, B. (2006). Testing for short- and long-run causality: a frequency-domain approach.
    Journal of Econometrics 132, 363-378. doi:10.1016/j.jeconom.2005.02.004

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
        exclusion(regression)
    except PerfectFit:
        raise InfeasibleError(f"granger: with {order} lags the regression of {y.name} fits exactly; "
                              "an identity is no causality") from None
    effect, z = rows(regression)
    own, variant = regression.own.shape[-1], None if cov == "unadjusted" else hc
    names = names_of(trend, order, y.name, x.variables)
    equation = estimated(effect, z, names, variant)
    plain = estimated(effect, z[:, :own], names[:own], variant)
    total = z.shape[1]
    if frequency is None:
        joint = exclusion_of(own, m, order, total)
        each = [exclusion_of(own, m, order, total, j) for j in range(m)]
    else:
        joint = frequency_restriction(own, m, order, total, frequency)
        each = np.split(joint, m)
    told = equation.tested(joint)
    found = orders(y, x, order, "ct" if trend == "ct" else "c")
    if frequency is None:
        more: dict[str, Any] = {"blocks": block_tests(*_system(series, causes, valid, order, trend),
                                                          (y.name, *x.variables), own - order, order, variant)}
    else:
        more = {"frequencies": spectrum(equation, own, m, order)}
    return TestResult(
        statistics=(Statistic(name="F", value=told["F"], pvalue=told["pvalue"], df=(told["df1"], told["df2"])),
                    Statistic(name="chi2", value=told["chi2"], pvalue=told["pvalue_chi2"], df=told["df1"])),
        nobs=len(z), n_periods=y.n_periods, lags=order,
        warnings=tuple(caution(found, "toda-yamamoto, or granger-vecm where they are cointegrated")),
        details={"causes": [{"cause": c, **equation.tested(r)} for c, r in zip(x.variables, each, strict=True)],
                 **more, "integration_orders": found, "unrestricted": equation.told(),
                 "restricted": plain.told(), "criterion": criterion},
    )


def _system(y: Array, x: Array, valid: Mask, order: int, trend: str) -> tuple[Array, Array]:
    """All variables (n, P), and the terms with all variables at lag 1, at lag 2, ..."""
    both = np.concatenate([y[..., None], x], -1)
    lagged, ok = lag_columns(both, valid, range(1, order + 1))
    there = (valid & ok)[0]
    return both[0, there], np.concatenate([deterministic_columns(trend, valid), lagged], -1)[0, there]
