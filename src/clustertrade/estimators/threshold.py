"""The fixed effects threshold regression of Hansen (1999)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustertrade.batch.regimes import Sequential, ThresholdSearch
from clustertrade.errors import InfeasibleError, UsageError, first_of
from clustertrade.panel import Array, Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression import models
from clustertrade.regression.estimate import estimate_of
from clustertrade.regression.fit import Fit, least_squares
from clustertrade.regression.rows import rows_of
from clustertrade.results import Estimate

CURVE = 400                                                # points of a likelihood ratio that are kept for the figure
LEVELS = (0.1, 0.05, 0.01)


@procedure(
    "threshold",
    family="estimators",
    title="Panel threshold regression",
    reference="hansen1999",
    needs=lambda options: Needs(n=2, t=2 + (options["convention"] == "hansen"), balanced=True),
    conventions={"hansen": {"grid": 400, "trim": 0.01}},
    checked="Hansen (1999), every printed number of his program's output: thresholds, intervals, sums of squares, F, "
            "coefficients and both standard errors (convention hansen); a search over all candidates by dummies in R. "
            "Known truth, slopes 1 and 1.5 at errors of variance 1: the interval covers in 98 % (25 x 22) and 99 % "
            "(20 x 50) of 200 samples, conservative as in Hansen's figures; F1 at 5 %, 99 draws, rejects 5.3 % and "
            "3.0 % of 300 true nulls (3.3 % and 4.3 % with unequal variances), 96 % and all of 100 with slopes 1 and "
            "1.3",
)
def threshold(y: Panel, x: Panel, *, threshold_var: Panel, regimes: int = 2, switching: Sequence[str] = (),
              trim: float = 0.05, grid: int | None = None, cov: str = "unadjusted", hc: int = 1,
              cluster: str = "entity", kernel: str = "bartlett", bandwidth: int | str = "auto", bootstrap: int = 999,
              seed: int = 20260101, level: float = 0.05, convention: str = "paper") -> Estimate:
    r"""Slopes that switch where another variable passes one, two or three thresholds.

    .. math:: y_{it} = \mu_i + \beta_1' x_{it} 1(q_{it}\le\gamma_1) + \beta_2' x_{it} 1(\gamma_1<q_{it}\le\gamma_2)
        + \dots + \delta' z_{it} + \epsilon_{it}

    Thresholds are found one after another by least squares over all candidates, and each but the last is searched
    again with the others fixed (Bai 1997).  A further threshold is tested by
    :math:`F_j = (S_{j-1} - S_j)/\hat\sigma^2_j`, :math:`\hat\sigma^2_j = S_j/(N(T-1))`, whose p-value is that of a
    bootstrap that draws the residual vectors of whole entities; an interval holds the candidates whose likelihood
    ratio :math:`(S(\gamma) - S(\hat\gamma))/\hat\sigma^2` is at most :math:`-2\ln(1-\sqrt{1-\alpha})`.  Standard errors
    take the thresholds as known.

    Parameters
    ----------
    y : Panel of one variable
        Every entity over the same periods.
    x : Panel of regressors
        The first switches and the others have one slope, unless ``switching`` says otherwise.
    threshold_var : Panel of one variable
        q; it may be among x.
    regimes : 2, 3 or 4
        One more than there are thresholds.
    switching : names
        Those of x whose slopes switch.
    trim : float
        Share of the rows that a regime must hold: candidates lie between these quantiles of q, and further thresholds
        so many rows from those found before.
    grid : int
        Candidates: so many quantiles of q, evenly spaced; by default every value of q.
    cov, hc, cluster, kernel, bandwidth : as for ``fe``
        Covariance of the slopes.
    bootstrap : int
        Replications behind the p of every F; 0 for none.
    seed : int
        Seed of the bootstrap.
    level : float
        1 - level is the coverage of the intervals.
    convention : paper or hansen
        hansen: the author's program, which leaves the last period out after the effects are removed, has q < threshold
        in the lower regime, 400 candidates among the distinct values of q, and N more degrees of freedom used.

    Returns
    -------
    Estimate
        ``x[1]``, ``x[2]`` and so on, the slopes in the regimes from low to high q, then the others.  Details:
        ``thresholds``, ascending; ``intervals`` of each; ``tests``, a row a number of thresholds with ``F``,
        ``pvalue``, ``critical`` values, sums of squares without and with it; ``regimes`` with their rows;
        ``likelihood_ratio``, the curves behind the intervals; ``sigma2``.

    Raises
    ------
    InfeasibleError
        Unbalanced data; no value of q leaves every regime its share of the rows.
    UsageError
        A switching regressor that is not among x.

    References
    ----------
    Bai (1997), doi:10.1017/S0266466600005831

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x, q, e = rng.standard_normal((3, 20, 10))
    >>> frame = pd.DataFrame({"i": np.repeat(range(20), 10), "t": np.tile(range(10), 20), "q": q.ravel(),
    ...                       "x": x.ravel(), "y": (x * np.where(q <= 0.3, 1, 2) + 0.1 * e).ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> found = threshold(panel["y"], panel["x"], threshold_var=panel["q"], bootstrap=99)
    >>> round(found.details["thresholds"][0], 1), round(found["x[1]"].value, 1), round(found["x[2]"].value, 1)
    (0.3, 1.0, 2.0)
    """
    names = list(switching) or [x.variables[0]]
    if absent := [v for v in names if v not in x.variables]:
        raise UsageError(f"threshold: --switching {first_of(absent)} is not among --x, which are "
                         f"{first_of(x.variables)}")
    others = [v for v in x.variables if v not in names]
    author = convention == "hansen"
    q = threshold_var.series
    values = candidates(q, trim, grid, author)
    if not values.size:
        raise InfeasibleError(f"threshold: no value of {threshold_var.name} leaves both regimes {trim:.0%} of the "
                              "rows; it has too few distinct values, or --trim is too large")
    search = ThresholdSearch(x[names].values, x.values[..., [x.variables.index(v) for v in others]], q, values,
                             strict=author, dropped=author)
    run = Sequential(search, math.ceil(trim * q.size - 1e-9))
    target = y.values.astype(float)
    found = run.estimate(target, regimes - 1)
    if found is None:
        raise InfeasibleError(f"threshold: {regimes} regimes of at least {trim:.0%} of the rows each are not possible; "
                              "take fewer regimes, or a smaller --trim")
    fit = _fit(y, x, names, others, q, found.thresholds, author)
    curves, intervals = _intervals(run, target, found.thresholds, found.ssr, level)
    details = {
        "thresholds": list(found.thresholds), "intervals": intervals,
        "tests": _tests(run, target, found.steps, bootstrap, seed),
        "regimes": _regimes(q, found.thresholds, author), "sigma2": found.ssr / run.sigma_df,
        "likelihood_ratio": curves, "switching": names}
    return estimate_of(fit, {"cov": cov, "hc": hc, "cluster": cluster, "kernel": kernel, "bandwidth": bandwidth,
                             "bootstrap": bootstrap, "seed": seed, "level": level,
                             "convention": "paper"}, details=details, fitted=fit.y - fit.resid if author else None)


def candidates(q: Array, trim: float, grid: int | None, author: bool) -> Array:
    """Distinct values of q between its trimmed quantiles (inverses of the empirical distribution), or some of them."""
    if author:                                             # quantiles of the distinct values; thinned by the grid
        values = np.unique(q)
        share = trim + np.arange(round(grid * (1 - 2 * trim)) + 1) / grid if grid else np.array([])
        return values[np.floor(share * values.size + 1e-9).astype(int) - 1] if grid else values
    if grid is not None:
        return np.unique(np.quantile(q, np.linspace(trim, 1 - trim, grid), method="inverted_cdf"))
    low, high = np.quantile(q, [trim, 1 - trim], method="inverted_cdf")
    values = np.unique(q)
    return values[(values >= low) & (values <= high)]


def _sides(q: Array, thresholds: Sequence[float], author: bool) -> NDArray[np.int64]:
    """The regime of every cell, from 0."""
    return np.searchsorted(np.asarray(thresholds), q, side="right" if author else "left").astype(np.int64)


def _fit(y: Panel, x: Panel, names: list[str], others: list[str], q: Array, thresholds: Sequence[float],
         author: bool) -> Fit:
    """The within regression with the thresholds as they were found."""
    regime = _sides(q, thresholds, author)
    columns, labels = [], []
    for name in names:
        for r in range(len(thresholds) + 1):
            columns.append(np.where(regime == r, x[name].series, 0.0))
            labels.append(f"{name}[{r + 1}]")
    if taken := [v for v in labels if v in others]:
        raise UsageError(f"threshold: --x {first_of(taken)} has the name of a regime; rename it")
    values = np.concatenate([np.stack(columns, -1), x[others].values if others else np.empty((*q.shape, 0))], -1)
    moved = x.with_values(values, [*labels, *others])
    if not author:
        return models.within("threshold", rows_of(y, moved), "entity")

    def removed(panel: Panel) -> Panel:
        return panel.with_values(panel.values - panel.values.mean(1, keepdims=True)).select(periods=slice(0, -1))

    rows = rows_of(removed(y), removed(moved))
    fit = least_squares("threshold", rows.names, rows.y, rows.x, rows)
    return replace(fit, df=fit.df - y.n_entities)


def _intervals(run: Sequential, y: Array, thresholds: tuple[float, ...], ssr: float,
               level: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The likelihood ratio of each threshold with the others fixed, and the candidates under its critical value."""
    critical = -2 * math.log(1 - math.sqrt(1 - level))     # Hansen (1999), after his theorem 1
    curves, intervals = [], []
    for j, at in enumerate(thresholds):
        fixed = thresholds[:j] + thresholds[j + 1:]
        total = run.curve(y, fixed)[:, 0]
        ratio = (total - ssr) / (ssr / run.sigma_df)
        inside = run.search.candidates[ratio <= critical]
        intervals.append({"threshold": at, "low": float(inside.min()), "high": float(inside.max()), "level": level})
        shown = np.flatnonzero(np.isfinite(ratio))
        thin = shown[np.unique(np.linspace(0, shown.size - 1, min(CURVE, shown.size)).round().astype(int))]
        kept = np.union1d(thin, np.flatnonzero(run.search.candidates == at))
        curves.append({"threshold": at, "critical": critical, "values": run.search.candidates[kept].tolist(),
                       "ratio": ratio[kept].tolist()})
    return curves, intervals


def _tests(run: Sequential, y: Array, steps: Sequence[Mapping[str, Any]], replications: int,
           seed: int) -> list[dict[str, Any]]:
    """F of every further threshold, and the bootstrap of its distribution under one threshold less."""
    rows = []
    rng = np.random.default_rng(seed)
    for step in steps:
        f = (step["ssr0"] - step["ssr1"]) / (step["ssr1"] / run.sigma_df)
        row: dict[str, Any] = {"thresholds": len(step["null"]) + 1, "estimate": step["estimate"], "F": f,
                               "ssr0": step["ssr0"], "ssr1": step["ssr1"], "pvalue": None, "critical": {}}
        if replications:
            draws = run.bootstrap(y, step["null"], step["estimate"], replications, rng)
            row["pvalue"] = float((1 + (draws >= f).sum()) / (draws.size + 1))
            row["critical"] = {f"{a:g}": float(np.quantile(draws, 1 - a, method="inverted_cdf")) for a in LEVELS}
        rows.append(row)
    return rows


def _regimes(q: Array, thresholds: tuple[float, ...], author: bool) -> list[dict[str, Any]]:
    regime = _sides(q, thresholds, author)
    ends = [None, *thresholds, None]
    return [{"regime": r + 1, "above": ends[r], "to": ends[r + 1], "rows": int((regime == r).sum()),
             "entities": int((regime == r).any(1).sum())} for r in range(len(thresholds) + 1)]
