"""The test of Emirmahmutoglu and Kose: Granger causality in panels whose series may be integrated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc

from clustertrade.batch.ols import Array, Mask, ols
from clustertrade.causality.augmented import augmented_design, system_criterion, wald_statistics
from clustertrade.causality.bias import grown, without_bias
from clustertrade.causality.measured import nearest
from clustertrade.causality.regression import Design, PerfectFit, exclusion
from clustertrade.causality.stationarity import caution
from clustertrade.causality.stationarity import orders as orders_of_integration
from clustertrade.errors import InfeasibleError, first_of
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult

CELLS = 3_000_000                                          # numbers of the regressors in one batch of replications


def _needs(options: Mapping[str, Any]) -> Needs:
    order = options["order"] if isinstance(options["order"], int) else options["max_lags"] or 1
    lags = order + options["integration"]
    return Needs(n=2, t=lags + 1 + lags * (1 + len(options["x"])) + 1, within=True)


@procedure(
    "emirmahmutoglu-kose",
    family="causality",
    title="Emirmahmutoglu-Kose panel causality test",
    null="the past of x does not help to predict y in any entity",
    alternative="the past of x helps to predict y in some entities",
    reference="emirmahmutoglu_kose2011",
    needs=_needs,
    choices={"variant": ("paper", "bias-corrected")},
    checked="p of entities against toda-yamamoto, the bootstrap against a loop after the paper; no independent result "
            "printed. Size at 5 %, independent walks, K=D=1: 0.26 at N=25, T=22, 0.12 at N=20, T=50, with p of F 0.12,"
            " 0.09; with a factor common to all entities 0.27, 0.15 (F 0.15, 0.13). Bootstrapped 0.10, 0.06; 0.08, "
            "0.08; --variant bias-corrected 0.07, 0.05; 0.07, 0.08. Power, bootstrapped, where y follows 0.2 of the "
            "past change of x: 0.51, 0.98.",
)
def emirmahmutoglu_kose(y: Panel, x: Panel, *, order: int | str = 1, max_lags: int | None = None, integration: int = 1,
                        bootstrap: int = 0, variant: str = "paper", seed: int = 20260101) -> TestResult:
    r"""Whether x causes y in some entities of a panel, in levels of series that may be integrated or cointegrated.

    .. math:: y_{it} = \mu_i + \sum_{k=1}^{K_i+D}\gamma_{ik}y_{i,t-k} + \sum_{k=1}^{K_i+D}\beta_{ik}x_{i,t-k} + u_{it},
        \qquad \lambda = -2\sum_i\ln p_i \to \chi^2(2N)

    p_i is that of the Wald test of the first K_i lags of x (``toda-yamamoto``), whose law does not depend on the order
    of integration up to D; lambda is Fisher's statistic.

    Parameters
    ----------
    y : Panel of one variable
        The effect, in levels.
    x : Panel of one or more variables
        The causes, in levels; with several, p_i is that of all together.
    order : int, or aic, bic, hqic
        Lags K; a criterion of the vector autoregression of an entity chooses for each one, from 1 on, on the sample
        that ``max_lags`` leaves.
    max_lags : int, optional
        Largest order that a criterion may choose.
    integration : int
        D, the highest order of integration of the series.
    bootstrap : int
        Replications; 0 for none.  Then p and critical values are bootstrapped: residuals under the null are centred and
        drawn by periods, whole cross-sections together, which keeps dependence between entities; y grows from them and
        from its first values, x stays as it is.
    variant : paper or bias-corrected
        Of the bootstrap: y grows by own lags and the spare lags of x as estimated under the null, or by own lags alone,
        less their bias in short series (Kilian 1998), so that walks stay walks.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    TestResult
        ``Fisher`` with p from chi2(2N), or the bootstrap.  Details: ``entities``: order, nobs, W and its p from chi2,
        ``pvalue_F`` from F, with ``bootstrap`` also ``pvalue_bootstrap``; ``fisher_F``: statistic and p with the p_i
        of F, which keep their size in short series; with ``bootstrap``: ``pvalues_asymptotic``,
        ``bootstrap_replications`` used; ``integration_orders`` that a quick look at the series finds.

    Raises
    ------
    InfeasibleError
        Too few periods for the lags; collinear lags; a perfect fit; with ``bootstrap``, fewer than five periods after
        the lags that all entities have.

    Notes
    -----
    chi2(2N) needs independent entities and many periods; the bootstrap needs neither.

    References
    ----------
    Kilian, L. (1998). Small-sample confidence intervals for impulse response functions. Review of Economics and
    Statistics 80, 218-230. doi:10.1162/003465398557465

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x, y = rng.standard_normal((2, 8, 40)).cumsum(2)
    >>> y[:, 1:] += 0.5 * x[:, :-1]
    >>> frame = pd.DataFrame({"i": np.repeat(range(8), 40), "t": np.tile(range(40), 8)})
    >>> panel = Panel.from_frame(frame.assign(y=y.ravel(), x=x.ravel()), entity="i", time="t")
    >>> emirmahmutoglu_kose(panel["y"], panel["x"]).pvalue < 0.001
    True
    """
    valid = y.complete & x.complete
    levels = np.where(valid[..., None], np.concatenate([y.values, x.values], -1), 0.0)
    m, n = x.n_variables, y.n_entities
    if isinstance(order, str):
        orders = 1 + np.argmin(system_criterion(levels, valid, int(max_lags or 1), order, "c"), 1)
    else:
        orders = np.full(n, order)
    wald, df, nobs = _walds(levels, valid, orders, integration, y)
    k = m * orders
    p = chdtrc(k, wald)
    fisher, p_f = _fisher(p), fdtrc(k, df, wald / k)
    asymptotic = float(chdtrc(2 * n, fisher))
    details: dict[str, Any] = {"fisher_F": {"value": _fisher(p_f), "pvalue": float(chdtrc(2 * n, _fisher(p_f)))}}
    rows = [{"entity": e, "order": int(o), "nobs": int(t), "W": w, "pvalue": a, "pvalue_F": b}
            for e, o, t, w, a, b in zip(y.entities, orders, nobs, wald, p, p_f, strict=True)]
    found = orders_of_integration(y, x, int(orders.min()) + integration)
    pvalue, critical = asymptotic, dict[str, float]()
    warnings = caution(found, "emirmahmutoglu-kose --integration 1", integration)
    if bootstrap:
        drawn = _bootstrapped(levels, valid, orders, integration, bootstrap, seed, variant == "bias-corrected")
        drawn = drawn[np.isfinite(drawn).all(1)]
        if not len(drawn):
            raise InfeasibleError("emirmahmutoglu-kose --bootstrap: every replication overflowed; are the series "
                                  "explosive?")
        if len(drawn) < bootstrap:
            warnings.append(f"{bootstrap - len(drawn)} of {bootstrap} bootstrap replications overflowed and are left "
                            "out: some entities are explosive under the null")
        others = _fisher(chdtrc(k, drawn))
        pvalue = float((1 + (others >= fisher * (1 - 1e-12)).sum()) / (1 + len(drawn)))
        critical = {f"{a:g}": float(np.quantile(others, 1 - a)) for a in (0.1, 0.05, 0.01)}
        each = (1 + (drawn >= wald * (1 - 1e-12)).sum(0)) / (1 + len(drawn))
        rows = [{**row, "pvalue_bootstrap": float(b)} for row, b in zip(rows, each, strict=True)]
        details |= {"pvalues_asymptotic": {"Fisher": asymptotic}, "bootstrap_replications": len(drawn)}
    elif nobs.min() < 50:
        periods = int(valid.sum(1).min())
        warnings.append(f"N={n}, T={periods}: chi2 rejects true nulls too often in short series (simulated at 5 %, "
                        f"K=D=1, walks: {nearest('emirmahmutoglu-kose', n, periods)}); bootstrapped 0.06 to 0.10: "
                        "--bootstrap 999")
    return TestResult(
        statistics=(Statistic(name="Fisher", value=fisher, pvalue=pvalue, df=2 * n, critical=critical),),
        nobs=int(nobs.sum()), n_entities=n, n_periods=y.n_periods, warnings=tuple(warnings),
        lags=int(orders[0]) if len(set(orders.tolist())) == 1 else tuple(int(o) for o in orders),
        details={**details, "integration": integration, "integration_orders": found, "entities": rows},
    )


def _fisher(p: Array) -> Any:
    """-2 sum(ln p) over the last axis; a p that rounds to zero counts as the smallest number."""
    total = -2 * np.log(np.maximum(p, np.finfo(float).tiny)).sum(-1)
    return float(total) if np.ndim(total) == 0 else total


def _walds(levels: Array, valid: Mask, orders: NDArray[np.int_], integration: int,
           y: Panel) -> tuple[Array, NDArray[np.int_], NDArray[np.int_]]:
    """Wald statistics, degrees of freedom and periods of the entities, all of one order together."""
    wald, df, nobs = np.empty(len(levels)), np.empty(len(levels), dtype=int), np.empty(len(levels), dtype=int)
    for order in np.unique(orders):
        rows = np.flatnonzero(orders == order)
        try:
            test = exclusion(augmented_design(levels[rows], valid[rows], int(order), integration, "c"))
        except PerfectFit as exact:
            who = first_of(y.entities[rows[i]] for i in exact.rows)
            raise InfeasibleError(f"emirmahmutoglu-kose: with {order + integration} lags the regression of {y.name} "
                                  f"fits exactly for {who}; leave these out") from None
        wald[rows], df[rows], nobs[rows] = test.wald, test.df, test.nobs
    return wald, df, nobs


def _bootstrapped(levels: Array, valid: Mask, orders: NDArray[np.int_], integration: int, replications: int,
                  seed: int, corrected: bool = False) -> Array:
    """Wald statistics (replications, N) under the null (Emirmahmutoglu and Kose 2011, section 2.2).

    corrected: from own lags alone, less their bias.
    """
    n, t, width = levels.shape
    resid, known = np.zeros((n, t)), np.zeros((n, t), dtype=bool)
    nulls: dict[int, tuple[NDArray[np.int_], Design, Array]] = {}
    for order in np.unique(orders):
        rows = np.flatnonzero(orders == order)
        null = augmented_design(levels[rows], valid[rows], int(order), integration, "c")
        if corrected:
            null = replace(null, own=null.own[..., :1 + int(order) + integration])
        beta, _, resid[rows], _ = ols(null.effect, null.own, null.valid)
        known[rows], nulls[int(order)] = null.valid, (rows, null, beta)
    shared = np.flatnonzero(known.all(0))
    if len(shared) < 5:
        raise InfeasibleError(f"emirmahmutoglu-kose --bootstrap draws whole cross-sections, and only {len(shared)} "
                              "periods after the lags are shared by all entities; 5 are needed. Leave out the shortest "
                              "entities")
    pool = resid[:, shared] - resid[:, shared].mean(1, keepdims=True)
    fitted: dict[int, tuple[NDArray[np.int_], Array, Array]] = {}
    for order, (rows, null, beta) in nulls.items():
        lags = order + integration
        if corrected:
            beta = without_bias(null, levels[rows, :, 0], beta, pool[rows], lags)
            left = np.where(null.valid, null.effect - (null.own @ beta[..., None])[..., 0], 0.0)[:, shared]
            pool[rows] = left - left.mean(1, keepdims=True)
        beyond = (null.own[..., 1 + lags:] @ beta[:, 1 + lags:, None])[..., 0] + beta[:, :1]
        fitted[order] = rows, beta[:, 1:1 + lags], np.where(null.valid, beyond, 0.0)
    drawn = np.random.default_rng(seed).integers(0, len(shared), (replications, t))
    out = np.empty((replications, n))
    for order, (rows, gamma, fixed) in fitted.items():
        eye = np.eye(order * (width - 1))
        step = max(CELLS // (len(rows) * t * (width * (order + integration) + 1)), 1)
        for first in range(0, replications, step):
            errors = pool[rows][:, drawn[first:first + step]]                          # (n, R, T)
            series = grown(levels[rows, :, 0], known[rows], gamma, fixed, errors)
            b = series.shape[1]
            whole = np.concatenate([series[..., None], np.repeat(levels[rows, None, :, 1:], b, 1)], -1)
            out[first:first + step, rows] = wald_statistics(
                whole.reshape(-1, t, width), order, integration, "c", eye, np.repeat(valid[rows], b, 0)
            ).reshape(len(rows), b).T
    return out
