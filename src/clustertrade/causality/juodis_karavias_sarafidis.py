"""The test of Juodis, Karavias and Sarafidis: pooled Granger causality, bias-corrected by the half-panel jackknife."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import chdtrc, ndtr

from clustertrade.batch.ols import Array, Mask
from clustertrade.causality.jackknife import jackknife, partialled
from clustertrade.causality.measured import nearest
from clustertrade.causality.regression import Design, design
from clustertrade.causality.resampling import resampled_panels
from clustertrade.causality.stationarity import caution, orders
from clustertrade.errors import InfeasibleError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult


def _needs(options: Mapping[str, Any]) -> Needs:
    order = options["order"] if isinstance(options["order"], int) else options["max_lags"] or 1
    fewest = 4 + 4 * order                                                 # a half has lags, 1 + K terms and one more
    if isinstance(options["order"], str):
        fewest = max(fewest, 2 + order * (2 + len(options["x"])))          # unit regressions on the common sample
    return Needs(n=2, t=fewest)


@procedure(
    "juodis-karavias-sarafidis",
    family="causality",
    title="Juodis-Karavias-Sarafidis panel causality test",
    null="the past of x does not help to predict y in any entity",
    alternative="the past of x helps to predict y",
    reference="juodis_karavias_sarafidis2021",
    needs=_needs,
    choices={"cov": ("unadjusted", "robust", "driscoll-kraay")},
    checked="estimates, covariances and statistic against a loop over entities (1e-7). Size at 5 %, K=1, "
            "autocorrelation 0.5: 0.21 at N=25, T=11, 0.12 at N=25, T=22, 0.09 at N=20, T=50; with 0.9 0.36, 0.27, "
            "0.20; with a factor common to all entities 0.59, 0.51, 0.44 (driscoll-kraay 0.30, 0.14, 0.08). "
            "Bootstrapped 0.06, 0.04, 0.05; 0.07, 0.06, 0.07; 0.06, 0.05, 0.06. Power, bootstrapped, of a coefficient "
            "of 0.1: 0.12, 0.53, 0.88.",
)
def juodis_karavias_sarafidis(y: Panel, x: Panel, *, order: int | str = 1, max_lags: int | None = None,
                              cov: str = "unadjusted", bootstrap: int = 0, block: int = 1,
                              seed: int = 20260101) -> TestResult:
    r"""Whether x helps to predict y in a panel, by one pooled slope for each lag of each x.

    .. math:: y_{it} = \phi_{0i} + \sum_{k=1}^{K}\phi_{ki}y_{i,t-k} + \sum_{j=1}^{m}\sum_{k=1}^{K}\beta_{jk}x_{j,i,t-k}
        + u_{it}, \qquad \tilde\beta = 2\hat\beta - \tfrac12(\hat\beta_{1/2} + \hat\beta_{2/1}),
        \qquad W = \tilde\beta'\hat V^{-1}\tilde\beta \to \chi^2(mK)

    Under the null all slopes are zero, hence equal, so that they may be pooled although own dynamics differ; the
    half-panel jackknife removes the bias of short panels.  It has power where slopes differ but do not average to zero.

    Parameters
    ----------
    y : Panel of one variable
        The effect.
    x : Panel of one or more variables
        The causes; with several, the statistic asks about all together.
    order : int, or aic, bic, hqic
        Lags K.  A criterion takes n log(SSR/n) + c K, n the observations less constants and own lags, c = log n for
        bic, SSR that of unit-by-unit regressions, on the sample that ``max_lags`` leaves.
    max_lags : int, optional
        Largest K that a criterion may choose.
    cov : unadjusted, robust or driscoll-kraay
        robust allows for variances that differ between entities (``het`` in Stata's xtgrangert), driscoll-kraay for
        dependence between entities within a period.  Residual variances divide by the periods after the lags less
        constants, own lags and slopes (xtgrangert counts the periods lost to the lags among them).
    bootstrap : int
        Replications; 0 for none.  Then p and critical values are bootstrapped: residuals of the autoregressions under
        the null are drawn by periods, whole cross-sections together, which keeps dependence between entities.
    block : int
        Consecutive periods that the bootstrap draws together; more than 1 where residuals are serially correlated.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    TestResult
        ``Wald-HPJ``.  Details: ``params``, a row a lag: the corrected coefficient with its standard error, z, p, and
        the ``pooled`` one before correction; ``sums``: the corrected coefficients of each cause added up; ``order``;
        ``criterion`` by order; ``integration_orders`` that a quick look at the series finds; with
        ``bootstrap``: ``pvalues_asymptotic``, ``bootstrap_replications`` used.

    Raises
    ------
    InfeasibleError
        Too few periods in a half-panel; collinear lags, as of a y that is constant in an entity (an x may be);
        with ``bootstrap``, fewer than 5 + 2K periods (or a block) after
        the lags that all entities have.

    Notes
    -----
    The series must be stationary.  Entities of unequal length are each cut in their own middle.

    References
    ----------
    Xiao, J., Juodis, A., Karavias, Y., Sarafidis, V. and Ditzen, J. (2023). Improved tests for Granger noncausality in
    panel data. Stata Journal 23, 230-242. doi:10.1177/1536867X231162034

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x, y = rng.standard_normal((2, 10, 40))
    >>> y[:, 1:] += 0.3 * x[:, :-1]
    >>> frame = pd.DataFrame({"i": np.repeat(range(10), 40), "t": np.tile(range(40), 10)})
    >>> frame = frame.assign(y=y.ravel(), x=x.ravel())
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> juodis_karavias_sarafidis(panel["y"], panel["x"]).pvalue < 0.001
    True
    """
    valid = y.complete & x.complete
    series, causes = np.where(valid, y.series, 0.0), np.where(valid[..., None], x.values, 0.0)
    criterion: dict[str, float] = {}
    if isinstance(order, str):
        criterion = _criterion(series, causes, valid, int(max_lags or 1), order)
        order = int(min(criterion, key=lambda k: criterion[k]))
    series, causes = _standardised(series[..., None], valid)[..., 0], _standardised(causes, valid)
    fit = jackknife(series[None], causes, valid, order, cov)
    wald, df = float(fit.wald[0]), x.n_variables * order
    p = asymptotic = float(chdtrc(df, wald))
    details: dict[str, Any] = {"params": _told(fit.corrected[0], fit.covariance[0], fit.pooled[0], y, x, valid, order),
                               "sums": _sums(fit.corrected[0], fit.covariance[0], y, x, valid, order),
                               "order": order, "criterion": criterion}
    critical: dict[str, float] = {}
    warnings: list[str] = []
    if bootstrap:
        drawn = _bootstrapped(series, causes, valid, order, cov, bootstrap, block, seed)
        if len(drawn) < bootstrap:
            warnings.append(f"{bootstrap - len(drawn)} of {bootstrap} bootstrap replications overflowed and are left "
                            "out: some entities are explosive under the null")
        p = float((1 + (drawn >= wald * (1 - 1e-12)).sum()) / (1 + len(drawn)))
        critical = {f"{a:g}": float(np.quantile(drawn, 1 - a)) for a in (0.1, 0.05, 0.01)}
        details |= {"pvalues_asymptotic": {"Wald-HPJ": asymptotic}, "bootstrap_replications": len(drawn)}
    elif (shortest := int(valid.sum(1).min())) < 100:
        warnings.append(f"N={y.n_entities}, T={shortest}: chi2 rejects true nulls too often in short panels (simulated "
                        f"at 5 %, K=1: {nearest('juodis-karavias-sarafidis', y.n_entities, shortest)}; more where "
                        "series are persistent); bootstrapped 0.03 to 0.08: --bootstrap 999")
    details["integration_orders"] = found = orders(y, x, order)
    warnings += caution(found, "emirmahmutoglu-kose, or granger-vecm where they are cointegrated")
    nobs = int(np.maximum(valid.sum(1) - order, 0).sum())
    return TestResult(statistics=(Statistic(name="Wald-HPJ", value=wald, pvalue=p, df=df, critical=critical),),
                      nobs=nobs, n_entities=y.n_entities, n_periods=y.n_periods, lags=order, details=details,
                      warnings=tuple(warnings))


def _criterion(y: Array, x: Array, valid: Mask, max_lags: int, name: str) -> dict[str, float]:
    common = design(y, x, valid, max_lags).valid
    out = {}
    for k in range(1, max_lags + 1):
        lagged = design(y, x, valid, k)
        whole = Design(y, np.concatenate([lagged.own, lagged.causes], -1), lagged.causes[..., :0], common)
        resid, _ = partialled(whole, common)
        n = float(common.sum() - len(y) * (1 + k))
        weight = {"aic": 2.0, "bic": np.log(n), "hqic": 2 * np.log(np.log(n))}[name]
        out[str(k)] = float(n * np.log((resid**2).sum() / n) + weight * k)
    return out


def _scale(values: Array, valid: Mask) -> Array:
    """Standard deviation of a variable around the means of entities: values (N, T, K)  ->  (K,)."""
    mean = values.sum(1, keepdims=True, where=valid[..., None]) / valid.sum(1)[:, None, None]
    return np.sqrt((np.where(valid[..., None], values - mean, 0.0) ** 2).sum((0, 1)) / valid.sum())


def _standardised(values: Array, valid: Mask) -> Array:
    mean = values.sum(1, keepdims=True, where=valid[..., None]) / valid.sum(1)[:, None, None]
    return np.where(valid[..., None], values - mean, 0.0) / _scale(values, valid)


def _units(y: Panel, x: Panel, valid: Mask, order: int) -> Array:
    """What a coefficient of standardised variables is multiplied by, a lag after another: (mK,)."""
    own = _scale(np.where(valid[..., None], y.values, 0.0), valid)
    return np.tile(own / _scale(np.where(valid[..., None], x.values, 0.0), valid), order)


def _told(beta: Array, covariance: Array, pooled: Array, y: Panel, x: Panel, valid: Mask,
          order: int) -> list[dict[str, Any]]:
    unit = _units(y, x, valid, order)
    se = np.sqrt(np.diagonal(covariance))
    names = [f"L{k}.{v}" for k in range(1, order + 1) for v in x.variables]
    return [{"name": n, "value": b * u, "se": s * u, "stat": b / s, "pvalue": float(2 * ndtr(-abs(b / s))),
             "pooled": p * u} for n, b, s, p, u in zip(names, beta, se, pooled, unit, strict=True)]


def _sums(beta: Array, covariance: Array, y: Panel, x: Panel, valid: Mask, order: int) -> list[dict[str, Any]]:
    unit, m = _units(y, x, valid, order), x.n_variables
    rows = []
    for j, name in enumerate(x.variables):
        at = j + m * np.arange(order)
        total, se = float(beta[at].sum()), float(np.sqrt(covariance[np.ix_(at, at)].sum()))
        rows.append({"cause": name, "value": total * unit[j], "se": se * unit[j], "stat": total / se,
                     "pvalue": float(2 * ndtr(-abs(total / se)))})
    return rows


def _bootstrapped(y: Array, x: Array, valid: Mask, order: int, cov: str, replications: int, block: int,
                  seed: int) -> Array:
    shared = int(design(y, x, valid, order).valid.all(0).sum())
    if shared < (least := max(5 + 2 * order, block)):
        raise InfeasibleError(f"juodis-karavias-sarafidis --bootstrap draws whole cross-sections, and only {shared} "
                              f"periods after the lags are shared by all entities; {least} are needed. "
                              "Leave out the shortest entities")
    parts = [jackknife(panels, x, valid, order, cov).wald for panels in
             resampled_panels(y, valid, order, replications, seed, block)]
    drawn = np.concatenate(parts)
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        raise InfeasibleError("juodis-karavias-sarafidis --bootstrap: every replication overflowed; are the series "
                              "explosive?")
    return drawn
