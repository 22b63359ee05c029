"""The cross-sectionally augmented panel unit root test of Pesaran."""

from __future__ import annotations

from typing import Any

import numpy as np

from clustertrade.batch.adf import AdfRegressions, LagRule, adf_beside_means, adf_regressions
from clustertrade.batch.lags import diff, lag, lag_columns
from clustertrade.batch.ols import Array, Mask
from clustertrade.distributions import cips as law
from clustertrade.errors import InfeasibleError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult
from clustertrade.unitroot.resampling import bootstrapped, over_replications, walk_panels
from clustertrade.unitroot.unit_statistics import lag_warning, largest_order, reported_lags, shortest


@procedure(
    "cips",
    family="unitroot",
    title="Pesaran's CIPS panel unit root test",
    null="every entity has a unit root",
    alternative="some entities are stationary",
    reference="pesaran2007",
    # the means over entities add a lagged level, a difference, and a lagged difference an order
    needs=lambda options: Needs(n=5, t=shortest(options, 2 + largest_order(options)), within=True,
                                balanced=options["convention"] != "plm"),
    conventions={"plm": {}},
    checked="plm cipstest (CIPS, CIPS* and unit statistics: 1e-6); critical values of the paper within 0.05 of the "
            "simulated law. Size with --bootstrap 0.03 to 0.07 at 5 %, N of 10 and 25, T of 22 and 50.",
)
def cips(y: Panel, *, trend: str = "c", lags: int | str = 1, max_lags: int | None = None, bootstrap: int = 0,
         seed: int = 20260101, convention: str = "paper") -> TestResult:
    r"""Unit roots in all entities where a common factor makes them dependent.

    .. math:: \Delta y_{it} = b_i y_{i,t-1} + c_i\bar y_{t-1} + \sum_{j=0}^p d_{ij}\Delta\bar y_{t-j}
        + \sum_{j=1}^p \delta_{ij}\Delta y_{i,t-j} + \beta_i' d_t + e_{it},\qquad CIPS = \tfrac1N\sum t_i(\hat b_i)

    Parameters
    ----------
    y : Panel of one variable
        All entities over the same periods (``--balanced trim`` otherwise): the law is known for these only.
    trend : n, c or ct
        Deterministic terms, one set an entity.  Without any (n) the law is that of series that start near zero.
    lags : int, or aic, bic, hqic, t
        Lagged differences p, of the entity and of the mean; a criterion chooses for each entity on the sample that
        ``max_lags`` leaves.
    max_lags : int, optional
        Largest order that a criterion may choose; by default floor(4 (T/100)^(2/9)).
    bootstrap : int
        Replications; 0 for none.  Then p and critical values are those of panels of random walks whose steps are drawn
        by whole cross-sections, period by period, lags chosen again in each; they hold for other dependence than one
        factor.  The p-values of the simulated law stand in ``details.pvalues_asymptotic``.
    seed : int
        Seed of the bootstrap.
    convention : paper or plm
        plm (cipstest) takes unbalanced panels too: means by period over the entities that have a row of the regression
        there.  p is then that of balanced panels with as many observations on average.

    Returns
    -------
    TestResult
        ``CIPS`` and ``CIPS*`` (statistics truncated to the K1, K2 of the paper, so that their moments exist; the same
        unless T is very short).  Small values reject.  p from simulated quantiles for N, the observations of the
        regression and p (up to 3); where a criterion chooses p, from the law of the statistic with the choice
        (max_lags up to 4), for that of a given p then rejects 17 % of true nulls at 5 % (N = 25, T = 22, aic, c).
        Critical values are the paper's, tables II(a) to II(c) at N and one period more than the observations.
        Details: ``critical_simulated`` (for a given p), ``entities``: ``entity``, ``lags``, ``nobs``, ``coef``, ``t``,
        ``truncated``.

    Raises
    ------
    InfeasibleError
        Fewer than five entities; unbalanced data (by the paper, or to be bootstrapped); no degree of freedom; an
        entity that is constant or collinear with the means.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> noise = np.random.default_rng(1).standard_normal((10, 30))
    >>> frame = pd.DataFrame({"i": np.repeat(range(10), 30), "t": list(range(30)) * 10, "noise": noise.ravel(),
    ...                       "walk": noise.cumsum(1).ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> cips(panel["noise"]).pvalue < 0.01, cips(panel["walk"]).pvalue > 0.1
    (True, True)
    """
    whole = bool(y.complete.all())
    if bootstrap and not whole:
        raise InfeasibleError("cips --bootstrap needs every entity over the same periods: use --balanced trim")
    fit = (cadf_regressions(y.series, trend, lags, int(max_lags or 0)) if whole
           else _unbalanced(y.series, y.complete, trend, lags, int(max_lags or 0)))
    truncated = np.clip(fit.t, *law.CUTS[trend])
    n, observations, order = y.n_entities, float(fit.nobs.mean()), float(fit.lags.mean())
    statistics, simulated, outside = [], {}, set()
    for name, value in (("CIPS", float(fit.t.mean())), ("CIPS*", float(truncated.mean()))):
        printed, beyond = law.critical_printed(name, trend, n, observations)
        if isinstance(lags, str) and max_lags:
            p, also = law.pvalue_selected(value, name, trend, n, y.n_periods, lags, max_lags)
        else:
            p, also = law.pvalue(value, name, trend, n, observations, order)
            simulated[name] = law.critical(name, trend, n, observations, order)
        statistics.append(Statistic(name=name, value=value, pvalue=p, critical=printed))
        outside |= ({"the paper's critical values"} if beyond else set()) | ({"the simulated p"} if also else set())
    warnings = list(lag_warning(fit, lags, max_lags))
    if outside:
        warnings.append(f"N = {n}, {observations:g} observations, {order:g} lags lie outside the tables of "
                        f"{' and '.join(sorted(outside))}; the nearest cell was taken")
    details: dict[str, Any] = {}
    found: tuple[Statistic, ...] = tuple(statistics)
    if bootstrap:
        def again(walks: Array, b: int) -> Array:
            t = cadf_regressions(walks.reshape(b, n, -1), trend, lags, int(max_lags or 0)).t.reshape(b, n)
            return np.stack([t.mean(1), np.clip(t, *law.CUTS[trend]).mean(1)], 1)

        drawn = over_replications(walk_panels(y.series, y.complete, trend, bootstrap, seed, scheme="iid"), again)
        found, details = bootstrapped("cips", found, drawn, ("left", "left"))
    return TestResult(
        statistics=found,
        nobs=int(fit.nobs.sum()),
        lags=reported_lags(fit.lags),
        details={**details, "critical_simulated": simulated, "entities": _rows(y, fit, truncated)},
        warnings=tuple(warnings),
    )


def cadf_regressions(values: Array, trend: str, lags: int | str, max_lags: int) -> AdfRegressions:
    """Augmented Dickey-Fuller regressions with the means over entities, a row an entity.

    values (N, T) or (B, N, T) without holes; the panels of a batch below each other.
    """
    panels = values.reshape(-1, *values.shape[-2:])
    return adf_beside_means(panels, panels.mean(1)[..., None], trend, lags, max_lags)


def _unbalanced(values: Array, valid: Mask, trend: str, lags: int | str, max_lags: int) -> AdfRegressions:
    """As ``cadf_regressions`` where entities have different periods: means over the rows of the regression."""
    most = lags if isinstance(lags, int) else max_lags
    change, _ = diff(values, valid)
    level, after = lag(values, valid)
    past, there = lag_columns(change, after & valid, range(1, most + 1))
    row = (after & valid & there)[..., None]
    columns = np.concatenate([level[..., None], change[..., None], past], -1)                       # (N, T, 2 + p)
    mean = np.where(row, columns, 0.0).sum(0) / np.maximum(row.sum(0), 1)
    mean = np.broadcast_to(mean, columns.shape)
    return adf_regressions(values, valid, trend, lags, most, rule=LagRule(common=True), x=mean[..., :2],
                           x_ordered=mean[..., 2:, None])


def _rows(y: Panel, fit: AdfRegressions, truncated: Array) -> list[dict[str, Any]]:
    return [{"entity": y.entities[i], "lags": int(fit.lags[i]), "nobs": int(fit.nobs[i]), "coef": float(fit.coef[i]),
             "t": float(fit.t[i]), "truncated": float(truncated[i])} for i in range(y.n_entities)]
