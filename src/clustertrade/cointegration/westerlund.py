"""Westerlund's tests of panel cointegration: does y correct its distance from the x?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import ndtr

from clustertrade.batch.bootstrap import pvalue
from clustertrade.batch.errorcorrection import (
    ErrorCorrections,
    Orders,
    choose_orders,
    error_corrections,
    refuse_collinear,
)
from clustertrade.batch.ols import Array, Mask, TooShort
from clustertrade.batch.trend import TERMS
from clustertrade.cointegration.pedroni import NORMAL
from clustertrade.cointegration.variance_ratio import NAMES as RATIOS
from clustertrade.cointegration.variance_ratio import variance_ratios
from clustertrade.cointegration.westerlund_bootstrap import panels_without_correction
from clustertrade.distributions import variance_ratio
from clustertrade.distributions import westerlund as law
from clustertrade.errors import InfeasibleError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression.integration import stationary_levels
from clustertrade.results import Statistic, TestResult

NAMES = ("Gt", "Ga", "Pt", "Pa")
LEVELS = (0.1, 0.05, 0.01)


def _most(options: Mapping[str, Any]) -> tuple[int, int]:
    """The largest lags and leads that may be used."""
    lags = options["lags"] if isinstance(options["lags"], int) else int(options["max_lags"])
    most = options["max_lags"] if options["max_leads"] is None else options["max_leads"]
    return lags, options["leads"] if isinstance(options["leads"], int) else int(most)


def _needs(options: Mapping[str, Any]) -> Needs:
    (p, q), m = _most(options), len(options["x"])
    if options["variant"] == "vr" and not options["bootstrap"]:
        return Needs(n=2, t=m + TERMS[options["trend"]] + 3, within=True, x_max=law.MOST)
    coefficients = 1 + m + TERMS[options["trend"]] + p + m * (p + q + 1)
    return Needs(n=2, t=p + q + 2 + coefficients, within=True, x_max=law.MOST)


@procedure(
    "westerlund",
    family="cointegration",
    title="Westerlund error-correction panel cointegration tests",
    null="no error correction in any entity",
    alternative="some entities (Gt, Ga) or the whole panel (Pt, Pa) correct errors",
    reference="westerlund2007",
    needs=_needs,
    choices={"lags": ("aic", "bic", "hqic"), "variant": ("ecm", "vr")},
    conventions={"stata": {"bandwidth": 2, "dfcor": True}},
    checked="70 cases of the package Westerlund (statistics, Z, alpha, lags and leads of entities 1e-6; p 1e-4): 54 as "
            "xtwest under --convention stata, 16 as the paper with --dfcor no; unbalanced panels against a run of it. "
            "Moments within 1 % of a simulation of their limit. Size at 5 % with one x and the defaults, independent "
            "walks, 800 draws (Gt, Ga, Pt, Pa): 0.12, 0.00, 0.11, 0.03 at N=25, T=22; 0.08, 0.01, 0.08, 0.05 at N=20, "
            "T=50; with --dfcor no 0.46, 0.15, 0.37, 0.30 and 0.16, 0.06, 0.15, 0.13; with a common random walk in y "
            "and x 0.28, 0.04, 0.28, 0.19 and 0.21, 0.08, 0.25, 0.25. Bootstrapped, 250 draws: independent 0.02 and "
            "0.04, 0.05, 0.04, 0.04; common walk 0.04, 0.05, 0.03, 0.02 and 0.05, 0.04, 0.05, 0.04; power against a "
            "root of 0.8: 0.57, 0.80, 0.66, 0.95 and 1.00. Variance "
            "ratios (VR-G, VR-P), against the formulas of the paper alone, 1500 draws: trend c 0.03, 0.06 and 0.04, "
            "0.06 at N=25, T=22 and T=50, power 0.62, 0.78 and 1.00; trend ct 0.01, 0.02 and 0.03, 0.03, power 0.09, "
            "0.15 and 0.90, 0.94.",
)
def westerlund(y: Panel, x: Panel, *, trend: str = "c", lags: int | str = "aic", max_lags: int = 1,
               leads: int | str = 0, max_leads: int | None = None, kernel: str = "bartlett",
               bandwidth: int | str = "auto", dfcor: bool = True, demean: bool = False, bootstrap: int = 0,
               seed: int = 20260101, variant: str = "ecm", convention: str = "paper") -> TestResult:
    r"""No error correction, by a regression of d.y for each entity.

    .. math:: \Delta y_{it} = \delta_i'd_t + \alpha_i y_{i,t-1} + \lambda_i'x_{i,t-1} +
        \sum_{j=1}^{p_i}\alpha_{ij}\Delta y_{i,t-j} + \sum_{j=-q_i}^{p_i}\gamma_{ij}'\Delta x_{i,t-j} + e_{it}

    .. math:: G_\tau = \tfrac1N\sum_i\frac{\hat\alpha_i}{se(\hat\alpha_i)},\quad
        G_\alpha = \tfrac1N\sum_i\frac{T\hat\alpha_i}{\hat\alpha_i(1)},\quad
        P_\tau = \frac{\hat\alpha}{se(\hat\alpha)},\quad P_\alpha = T\hat\alpha

    with the long-run response :math:`\hat\alpha_i(1) = \hat\omega_{ui}/\hat\omega_{yi}` of
    :math:`u_{it} = \sum_j\gamma_{ij}'\Delta x_{i,t-j} + e_{it}` and d.y, and :math:`\hat\alpha` pooled over entities,
    each weighted by :math:`1/\hat\alpha_i(1)`.

    Parameters
    ----------
    y : Panel of one variable
    x : Panel of one to six variables
    trend : n, c or ct
        Deterministic terms of each entity's regression.
    lags : int, or aic, bic, hqic
        Lags p of d.y and d.x; a criterion chooses for each entity.
    max_lags : int
        Largest number that a criterion may choose.
    leads : int, or aic, bic, hqic
        Leads q of d.x, against x that respond to y; a criterion is that of the lags where these have one.
    max_leads : int, optional
        Largest number that a criterion may choose; max_lags by default.
    kernel : bartlett, parzen or qs
        Kernel of the long-run variances.
    bandwidth : int or auto
        Its bandwidth (``lrwindow`` of xtwest); auto is floor(4 (T/100)^(2/9)) with the periods of the entity.
    dfcor : bool
        Divide residual variances by the degrees of freedom of an entity's regression, which also stand for T in Ga and
        Pa; ``no`` takes its periods, as printed.  The size in short panels is much nearer to the nominal one with it.
    demean : bool
        Subtract the mean over entities of each period first, against a common time effect.
    bootstrap : int
        Replications; 0 for none.  Then p-values and critical values are robust to dependence between entities: errors
        and d.x are drawn by period for all entities at once from the regression without levels.  A criterion chooses
        again in every replication.
    seed : int
        Seed of the bootstrap.
    variant : ecm or vr
        ``vr`` are the variance ratios of Westerlund (2005), of the residuals of y on x, without lags or kernels:
        ``VR-G`` against cointegration in some entities, ``VR-P`` in all; options of the error correction matter to
        the bootstrap alone.
    convention : paper or stata
        ``paper`` takes long-run variances over the periods of the regression, and its moments for one x with c or ct
        are those of the application in the paper.  ``stata`` (xtwest): dfcor, bandwidth 2, long-run variances over all
        periods in which a variable exists, d.y less its mean with trend ct; a criterion compares each pair of orders on
        all its own periods; the pooled statistics take the mean orders, rounded down.
        ``paper`` with ``--dfcor no`` is xtwest with its option ``westerlund``, and rejects far too often when T is
        short.

    Returns
    -------
    TestResult
        ``Gt Ga Pt Pa``, small values reject: p and critical values from the normal law of the standardised statistics,
        or of the bootstrap.  Details: ``Z`` of each; ``pvalues_asymptotic``, ``bootstrap_replications``; ``alpha``, the
        mean speed of adjustment and ``long_run``, the mean long-run coefficients over entities, with their standard
        errors (mean group); ``entities``: alpha, its t, lags, leads, periods, alpha(1), long-run coefficients,
        half-life in periods or a note; ``bandwidth``; ``convention``.  With ``vr``: ``VR-G VR-P``, standardised by
        simulated moments (distributions/variance_ratio_simulation.py), small values reject; details: ``ratios`` before
        that, ``entities``.

    Raises
    ------
    InfeasibleError
        Too few periods for lags and leads; collinear differences within an entity; bootstrap without shared periods.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> walk = rng.standard_normal((8, 60)).cumsum(1)
    >>> frame = pd.DataFrame({"i": np.repeat(range(8), 60), "t": np.tile(range(60), 8), "x": walk.ravel(),
    ...                       "y": (walk + rng.standard_normal((8, 60))).ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> westerlund(panel["y"], panel["x"], lags=1)["Gt"].pvalue < 0.001
    True
    """
    both = y.join(x).demean() if demean else y.join(x)
    valid = both.complete
    left, right = (np.where(v, a, 0.0) for v, a in ((valid, both.values[:, :, 0]),
                                                    (valid[..., None], both.values[:, :, 1:])))
    if variant == "vr":
        return _variance_ratios(both, left, right, valid, trend, lags, leads, max_lags, max_leads, bootstrap, seed)
    stata = convention == "stata"
    most = _most({"lags": lags, "leads": leads, "max_lags": max_lags, "max_leads": max_leads})
    width = (np.floor(4 * (valid.sum(1) / 100) ** (2 / 9)) if isinstance(bandwidth, str)
             else np.full(len(left), float(bandwidth)))

    def panel_statistics(y_: Array, x_: Array, rows: int = 1) -> tuple[Array, ErrorCorrections, Orders, Orders]:
        cells, widths = np.tile(valid, (rows, 1)), np.tile(width, rows)
        p, q = choose_orders(y_, x_, cells, trend, lags, leads, *most, own=stata)
        pooled = fit = error_corrections(y_, x_, cells, trend, p, q, widths, kernel, wide=stata)
        if stata and (len({*p}) > 1 or len({*q}) > 1):
            common = [np.repeat(o.reshape(rows, -1).mean(1).astype(int), len(valid)) for o in (p, q)]
            pooled = error_corrections(y_, x_, cells, trend, common[0], common[1], widths, kernel, wide=True)
        return raw_statistics(fit, pooled, rows, dfcor=dfcor), fit, p, q

    found, fit, p, q = panel_statistics(left, right)
    refuse_collinear(fit)
    moments = [law.moments(name, trend, right.shape[2], application=not stata) for name in NAMES]
    statistics, z = _standardised(found[0], moments, len(left))
    details: dict[str, Any] = {"Z": z}
    warnings: list[str] = []
    if bootstrap:
        drawn = _drawn(left, right, valid, trend, (p, q), bootstrap, seed, panel_statistics)
        statistics, more, warnings = _bootstrapped(statistics, drawn)
        details |= more
    details |= _entities(fit, p, q, both, dfcor) | {
        "convention": f"Residual variances divided by {'degrees of freedom' if dfcor else 'periods'}, which are T in "
                      f"Ga and Pa; {kernel} kernel over {'all periods' if stata else 'periods of the regression'}",
        "bandwidth": width.tolist()}
    return TestResult(statistics=statistics, nobs=int(fit.nobs.sum()), lags=tuple(p.tolist()), details=details,
                      warnings=(*warnings, *stationary_levels(both, trend)))


def _variance_ratios(both: Panel, left: Array, right: Array, valid: Mask, trend: str, lags: int | str,
                     leads: int | str, max_lags: int, max_leads: int | None, bootstrap: int, seed: int) -> TestResult:
    """Westerlund (2005): sqrt(N) (ratio - mean) / sd, to the left."""
    n, m = len(left), right.shape[-1]
    raw, each, slopes = variance_ratios(left, right, valid, trend)
    if not np.isfinite(each).all():
        raise InfeasibleError("westerlund: y is an exact function of x in some entity: no residual is left to test")
    moments = [variance_ratio.moments(name, trend, m) for name in RATIOS]
    centre, spread = (np.array([pair[i] for pair in moments]) for i in (0, 1))

    def scaled(ratio: Array) -> Array:
        return np.asarray(np.sqrt(n) * (ratio - centre) / np.sqrt(spread))

    z = scaled(raw)[0]
    details: dict[str, Any] = {
        "ratios": dict(zip(RATIOS, raw[0].tolist(), strict=True)),
        "convention": "Variance ratios of Westerlund (2005), standardised: VR-G against cointegration in some "
                      "entities, VR-P in all; lags, leads, kernel, bandwidth and dfcor do not enter"
                      + (" them, lags and leads the bootstrap" if bootstrap else "")}
    statistics: tuple[Statistic, ...] = tuple(
        Statistic(name=name, value=float(value), pvalue=float(ndtr(value)), critical={k: -c for k, c in NORMAL.items()})
        for name, value in zip(RATIOS, z, strict=True))
    warnings: list[str] = []
    if bootstrap:
        most = _most({"lags": lags, "leads": leads, "max_lags": max_lags, "max_leads": max_leads})
        orders = choose_orders(left, right, valid, trend, lags, leads, *most, own=False)
        drawn = scaled(_drawn(left, right, valid, trend, orders, bootstrap, seed, lambda y, x, rows: variance_ratios(
            y, x, np.tile(valid, (rows, 1)), trend, rows)))
        statistics, more, warnings = _bootstrapped(statistics, drawn)
        details |= more
    details["entities"] = [{"entity": e, "ratio": float(each[i]), "nobs": int(valid[i].sum()),
                            "long_run": dict(zip(both.variables[1:], slopes[i].tolist(), strict=True))}
                           for i, e in enumerate(both.entities)]
    return TestResult(statistics=statistics, nobs=int(valid.sum()), details=details,
                      warnings=(*warnings, *stationary_levels(both, trend)))


def raw_statistics(fit: ErrorCorrections, pooled: ErrorCorrections, rows: int, *, dfcor: bool = False) -> Array:
    """Gt, Ga, Pt, Pa (rows, 4) of panels whose entities stand one after the other.

    ``pooled``: the regressions of Pt and Pa, which take the mean T for all entities.
    """
    def shaped(a: Any) -> Array:
        return np.asarray(a, dtype=float).reshape(rows, -1)

    t = shaped(fit.df if dfcor else fit.nobs)
    alpha = shaped(fit.alpha)
    g_t = alpha * np.sqrt(shaped(fit.square) * t / shaped(fit.ssr))                        # alpha / se
    g_a = t * alpha / shaped(fit.ratio)
    t = shaped(pooled.df if dfcor else pooled.nobs)
    mean = t.mean(1)
    alpha, ratio, square = shaped(pooled.alpha), shaped(pooled.ratio), shaped(pooled.square)
    total = square.sum(1)
    common_alpha = (alpha * square / ratio).sum(1) / total
    variance = (shaped(pooled.ssr) / mean[:, None] / ratio**2).mean(1)
    return np.stack([g_t.mean(1), g_a.mean(1), common_alpha / np.sqrt(variance / total), mean * common_alpha], 1)


def _standardised(values: Array, moments: list[tuple[float, float]],
                  n: int) -> tuple[tuple[Statistic, ...], dict[str, float]]:
    statistics, z = [], {}
    for name, value, (centre, spread) in zip(NAMES, values.tolist(), moments, strict=True):
        scale = 1.0 if name == "Pt" else math.sqrt(n)
        z[name] = (scale * value - math.sqrt(n) * centre) / math.sqrt(spread)
        cuts = {level: (math.sqrt(n) * centre - cut * math.sqrt(spread)) / scale for level, cut in NORMAL.items()}
        statistics.append(Statistic(name=name, value=value, pvalue=float(ndtr(z[name])), critical=cuts))
    return tuple(statistics), z


def _bootstrapped(statistics: tuple[Statistic, ...], drawn: Array,
                  ) -> tuple[tuple[Statistic, ...], dict[str, Any], list[str]]:
    """The statistics with p and critical values of replications (R, S), details, and what was left out."""
    kept = drawn[np.isfinite(drawn).all(1)]
    if not len(kept):
        raise InfeasibleError("westerlund --bootstrap: every replication overflowed; are the series explosive?")
    out = tuple(replace(s, pvalue=pvalue(float(s.value if s.value is not None else np.nan), kept[:, i], "left"),
                        critical={f"{a:g}": float(np.quantile(kept[:, i], a)) for a in LEVELS})
                for i, s in enumerate(statistics))
    said = [] if len(kept) == len(drawn) else [
        f"{len(drawn) - len(kept)} of {len(drawn)} bootstrap replications overflowed and are left out: some entities "
        "are explosive under the null"]
    return out, {"pvalues_asymptotic": {s.name: s.pvalue for s in statistics},
                 "bootstrap_replications": len(kept)}, said


def _drawn(left: Array, right: Array, valid: Mask, trend: str, orders: tuple[Orders, Orders], replications: int,
           seed: int, statistics: Any) -> Array:
    """The statistics of every replication (R, 4)."""
    t, out = left.shape[1], []
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            for y, x in panels_without_correction(left, right, valid, trend, *orders, replications, seed):
                out.append(statistics(y.reshape(-1, t), x.reshape(-1, t, x.shape[-1]), len(y))[0])
    except TooShort:
        raise InfeasibleError("westerlund --bootstrap draws whole cross-sections, and no period after the lags is "
                              "shared by all entities; --balanced trim, or leave out the shortest") from None
    return np.concatenate(out)


def _entities(fit: ErrorCorrections, lags: Orders, leads: Orders, both: Panel, dfcor: bool) -> dict[str, Any]:
    """Rows of the entities and their means (mean group: Pesaran and Smith 1995)."""
    names, n = list(both.variables[1:]), len(fit.alpha)
    t = fit.alpha * np.sqrt(fit.square * (fit.df if dfcor else fit.nobs) / fit.ssr)
    beta = -fit.levels / fit.alpha[:, None]
    rows = [{"entity": entity, "alpha": float(a), "t": float(t[i]), "lags": int(lags[i]), "leads": int(leads[i]),
             "nobs": int(fit.nobs[i]), "alpha_1": float(fit.ratio[i]),
             "long_run": dict(zip(names, beta[i].tolist(), strict=True)),
             "half_life": math.log(0.5) / math.log1p(a) if -1 < a < 0 else None,
             "half_life_note": "" if -1 < a < 0 else "oscillates" if -2 < a <= -1 else "does not return"}
            for i, (entity, a) in enumerate(zip(both.entities, fit.alpha.tolist(), strict=True))]
    spread = np.std(np.column_stack([fit.alpha, beta]), axis=0, ddof=1) / math.sqrt(n)
    return {"alpha": {"value": float(fit.alpha.mean()), "se": float(spread[0])},
            "long_run": {name: {"value": float(beta[:, j].mean()), "se": float(spread[j + 1])}
                         for j, name in enumerate(names)},
            "entities": rows}
