"""The test of Toda and Yamamoto: Granger causality in levels, whatever the order of integration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clustertrade.causality.augmented import augmented_design, leveraged_wald, system_criterion
from clustertrade.causality.equation import (
    estimated,
    exclusion_of,
    frequency_restriction,
    names_of,
    rows,
    spectrum,
)
from clustertrade.causality.regression import PerfectFit, exclusion
from clustertrade.causality.stationarity import caution, orders
from clustertrade.errors import InfeasibleError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult


def _needs(options: Mapping[str, Any]) -> Needs:
    order = options["order"] if isinstance(options["order"], int) else options["max_lags"] or 1
    lags = order + options["integration"]
    return Needs(t=lags + {"n": 0, "c": 1, "ct": 2}[options["trend"]] + lags * (1 + len(options["x"])) + 1)


@procedure(
    "toda-yamamoto",
    family="causality",
    title="Toda-Yamamoto causality test",
    null="the past of x does not help to predict y",
    alternative="the past of x helps to predict y",
    reference="toda_yamamoto1995",
    scope="series",
    needs=_needs,
    checked="120 cases of least squares in R (F, chi2 and p: 1e-6); the bootstrap against a loop after the paper."
            " Size of F at 5 %, two independent walks, K=D=1: 0.06 at T=22, 0.05 at T=50; bootstrapped 0.05 and 0.05; "
            "power where y follows half of the past change of x: 0.45 and 0.87 (0.44 and 0.86).",
)
def toda_yamamoto(y: Panel, x: Panel, *, order: int | str = 1, max_lags: int | None = None, integration: int = 1,
                  trend: str = "c", frequency: float | None = None, bootstrap: int = 0,
                  seed: int = 20260101) -> TestResult:
    r"""Whether lags of x help to predict y, in levels of series that may be integrated or cointegrated.

    .. math:: y_t = \mu(t) + \sum_{k=1}^{K+D}\gamma_k y_{t-k} + \sum_{j=1}^{m}\sum_{k=1}^{K+D}\beta_{jk}x_{j,t-k} + u_t,
        \qquad H_0: \beta_{j1} = \dots = \beta_{jK} = 0

    D lags more than the order K are estimated but not tested; the Wald statistic of the first K then has its usual
    law although the series are integrated of order up to D.

    Parameters
    ----------
    y : Panel of one time series
        The effect, in levels.
    x : Panel of one or more time series
        The causes, in levels.  With several, F asks whether they cause y together; each is tested beside the others in
        ``details.causes``.
    order : int, or aic, bic, hqic
        Order K of the vector autoregression of y and the x; a criterion of that system chooses it, from 1 on, on the
        sample that ``max_lags`` leaves.
    max_lags : int, optional
        Largest order that a criterion may choose.
    integration : int
        D, the highest order of integration of the series; 0 is ``granger``.
    trend : n, c or ct
        Deterministic terms.
    frequency : float, optional
        From 0 to pi: whether x helps to predict y at this frequency (Breitung and Candelon 2006, with the D lags
        more); see ``granger``.
    bootstrap : int
        Replications; 0 for none.  Then p-values and critical values come from the leveraged bootstrap of Hacker and
        Hatemi-J (2006): series grow from their first K + D values by the autoregression of order K under the null and
        from its residuals, each divided by the square root of one minus its leverage, drawn by periods, centred.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    TestResult
        ``F`` with p from F(mK, df), and ``chi2`` = mK F with p from chi2(mK).  Residual variances divide by df, the
        periods after K + D lags less the coefficients.  Details: ``order``, ``integration``; ``causes``, a row a cause;
        ``unrestricted``: coefficients; ``criterion`` by order; ``integration_orders`` that a quick look at
        the series finds; with ``bootstrap``: ``pvalues_asymptotic``,
        ``bootstrap_replications`` used.

    Raises
    ------
    InfeasibleError
        Too few periods for the lags; collinear lags; a perfect fit.

    References
    ----------
    Hacker, R. S. and Hatemi-J, A. (2006). Tests for causality between integrated variables using asymptotic and
    bootstrap distributions: theory and application. Applied Economics 38, 1489-1500. doi:10.1080/00036840500405763

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x, y = rng.standard_normal((2, 100)).cumsum(1)
    >>> y[1:] += 0.8 * x[:-1]
    >>> panel = Panel.from_frame(pd.DataFrame({"y": y, "x": x}))
    >>> forth, back = toda_yamamoto(panel["y"], panel["x"]), toda_yamamoto(panel["x"], panel["y"])
    >>> forth["F"].pvalue < 0.001, back["F"].pvalue > 0.05
    (True, True)
    """
    valid = y.complete & x.complete
    levels = np.concatenate([y.values, x.values], -1)
    m = x.n_variables
    criterion: dict[str, float] = {}
    if isinstance(order, str):
        table = system_criterion(levels, valid, int(max_lags or 1), order, trend)[0]
        criterion = {str(k + 1): float(v) for k, v in enumerate(table)}
        order = int(np.argmin(table)) + 1
    lags = order + integration
    regression = augmented_design(levels, valid, order, integration, trend)
    try:
        exclusion(regression)
    except PerfectFit:
        raise InfeasibleError(f"toda-yamamoto: with {lags} lags the regression of {y.name} fits exactly; "
                              "an identity is no causality") from None
    effect, z = rows(regression)
    own = z.shape[1] - m * order
    base = names_of(trend, lags, y.name, x.variables)
    shift = len(base) - m * lags                                           # the causes beyond K stand before the others
    names = base[:shift] + base[shift + m * order:] + base[shift:shift + m * order]
    equation = estimated(effect, z, names)
    if frequency is None:
        joint = exclusion_of(own, m, order, z.shape[1])
        each = [exclusion_of(own, m, order, z.shape[1], j) for j in range(m)]
    else:
        joint = frequency_restriction(own, m, order, z.shape[1], frequency)
        each = np.split(joint, m)
    told = equation.tested(joint)
    p = {"F": told["pvalue"], "chi2": told["pvalue_chi2"]}
    critical: dict[str, dict[str, float]] = {"F": {}, "chi2": {}}
    details: dict[str, Any] = {} if frequency is None else {"frequencies": spectrum(equation, own, m, order)}
    found = orders(y, x, lags, "ct" if trend == "ct" else "c")
    warnings = caution(found, "toda-yamamoto --integration 1", integration)
    if bootstrap:
        drawn = leveraged_wald(levels[0, valid[0]], order, integration, trend, joint[:, own:], bootstrap, seed)
        drawn = drawn[np.isfinite(drawn)]
        if not len(drawn):
            raise InfeasibleError("toda-yamamoto --bootstrap: every replication overflowed; are the series explosive?")
        if len(drawn) < bootstrap:
            warnings.append(f"{bootstrap - len(drawn)} of {bootstrap} bootstrap replications overflowed and are left "
                            "out: the series are explosive under the null")
        details |= {"pvalues_asymptotic": dict(p), "bootstrap_replications": len(drawn)}
        share = float((1 + (drawn >= told["chi2"] * (1 - 1e-12)).sum()) / (1 + len(drawn)))
        p = {"F": share, "chi2": share}
        quantile = {f"{a:g}": float(np.quantile(drawn, 1 - a)) for a in (0.1, 0.05, 0.01)}
        critical = {"F": {a: q / told["df1"] for a, q in quantile.items()}, "chi2": quantile}
    return TestResult(
        statistics=(Statistic(name="F", value=told["F"], pvalue=p["F"], df=(told["df1"], told["df2"]),
                              critical=critical["F"]),
                    Statistic(name="chi2", value=told["chi2"], pvalue=p["chi2"], df=told["df1"],
                              critical=critical["chi2"])),
        nobs=len(z), n_periods=y.n_periods, lags=order, warnings=tuple(warnings),
        details={"order": order, "integration": integration,
                 "causes": [{"cause": c, **equation.tested(r)} for c, r in zip(x.variables, each, strict=True)],
                 **details, "integration_orders": found, "unrestricted": equation.told(), "criterion": criterion},
    )
