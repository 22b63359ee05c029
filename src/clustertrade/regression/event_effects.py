"""Four estimators of effects by time since the treatment: two-way dummies, Sun-Abraham, Callaway-Sant'Anna, imputation.

pyfixest has the first three of two-way, Sun-Abraham and imputation by two steps (Gardner), to which tests hold ours; it
has no Callaway-Sant'Anna, and 1,000 random assignments through its formulas would take minutes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from clustertrade.errors import InfeasibleError
from clustertrade.panel import Array
from clustertrade.regression import models
from clustertrade.regression.fit import Fit
from clustertrade.regression.rows import Rows
from clustertrade.regression.staggered import Cells, Design, by_entity, select


@dataclass(frozen=True)
class EventEffects:
    """Average effects by event time with the influence of every entity on them.

    events (E,), value (E,), influence (N, E); ``att`` with its influence (N,) over all treated rows; ``cells`` where
    the estimator has effects of cohorts; ``factor`` of the variance; resid (n,) of the rows.
    """

    events: Array
    value: Array
    influence: Array
    att: float
    att_influence: Array
    cells: Cells | None
    factor: float
    resid: Array | None                                    # None: those of imputation stand in
    count: Array                                           # treated rows behind each event; 0 before the start


def dummies(d: Design, saturated: bool) -> tuple[Rows, Array, Array]:
    """Rows with a dummy an event time other than -1 (saturated: each cohort's own) before the covariates.

    Returns
    -------
    rows, event (M,) and cohort (M,) of the dummies; cohort is NaN where they are common
    """
    event, first = d.event, d.first[d.rows.entity]
    finite = np.isfinite(event)
    if saturated:
        pairs = np.unique(np.column_stack([first[finite], event[finite]]), axis=0)
        pairs = pairs[pairs[:, 1] != -1]
        columns = [(first == g) & (event == e) for g, e in pairs]
        cohort, events = pairs.T
    else:
        events = np.unique(event[finite])
        events = events[events != -1]
        columns = [event == e for e in events]
        cohort = np.full(events.size, np.nan)
    names = tuple(f"event[{e:g}]" if np.isnan(g) else f"event[{e:g}] of {d.label(g)}"
                  for g, e in zip(cohort, events, strict=True))
    x = np.column_stack([np.column_stack(columns).astype(float), d.rows.x])
    return replace(d.rows, x=x, names=(*names, *d.rows.names)), events, cohort


def _regression(d: Design, saturated: bool) -> tuple[Fit, Array, Array, Array, float]:
    rows, events, cohort = dummies(d, saturated)
    fit = models.within(d.asked, rows, "twoway")
    influence = by_entity(fit.x * fit.resid[:, None], rows.entity, d.first.size) @ fit.bread
    groups = np.unique(rows.entity).size
    factor = groups / (groups - 1) * (fit.n - 1) / (fit.n - fit.k)
    m = events.size
    return fit, events, cohort, influence[:, 1:1 + m], factor


def two_way(d: Design) -> EventEffects:
    """Dummies of event times in a two-way regression: biased where effects differ between cohorts."""
    fit, events, _, influence, factor = _regression(d, False)
    value = fit.beta[1:1 + events.size]
    count = np.array([(d.event == e).sum() if e >= 0 else 0 for e in events], dtype=float)
    weight = count / count.sum()
    return EventEffects(events, value, influence, float(value @ weight), influence @ weight, None, factor, fit.resid,
                        count)


def sun_abraham(d: Design) -> EventEffects:
    """Dummies of each cohort's event times, averaged by the rows of the cohorts (Sun and Abraham 2021)."""
    fit, events, cohort, influence, factor = _regression(d, True)
    event, first = d.event, d.first[d.rows.entity]
    count = np.array([((event == e) & (first == g)).sum() for g, e in zip(cohort, events, strict=True)], dtype=float)
    cells = Cells(cohort, events, fit.beta[1:1 + events.size], count, influence)
    return _from_cells(cells, factor, fit.resid)


def _from_cells(cells: Cells, factor: float, resid: Array | None,
                leads: tuple[Array, Array, Array] | None = None) -> EventEffects:
    events = np.unique(cells.event)
    value, influence = cells.averaged([cells.event == e for e in events])
    post = cells.event >= 0
    att, att_influence = cells.averaged([post])
    count = np.array([cells.count[cells.event == e].sum() if e >= 0 else 0 for e in events])
    if leads is not None:
        before, early, early_influence = leads
        events, value = np.concatenate([before, events]), np.concatenate([early, value])
        influence = np.concatenate([early_influence, influence], 1)
        count = np.concatenate([np.zeros(before.size), count])
    return EventEffects(events, value, influence, float(att[0]), att_influence[:, 0], cells, factor, resid, count)


def callaway_santanna(d: Design) -> EventEffects:
    """Differences since the period before the start, against entities not yet treated (Callaway and Sant'Anna 2021).

    .. math:: ATT(g,t) = E(y_t - y_{g-1}\\mid G=g) - E(y_t - y_{g-1}\\mid G > \\max(t, g))

    Before the start the same differences show whether both moved alike.
    """
    if d.rows.names:
        raise InfeasibleError(f"{d.asked} --method callaway-santanna takes no --x: it compares means; sun-abraham and "
                              "imputation take them")
    y = grid(d)
    there, n = np.isfinite(y), y.shape[0]
    found = []
    for g in d.cohorts:
        base = int(g) - 1
        if not there[d.first == g, base].any():
            continue
        for t in range(y.shape[1]):
            if t == base:
                continue
            both = there[:, t] & there[:, base]
            own, control = both & (d.first == g), both & (d.first > max(t, g))
            if not own.any() or not control.any():
                continue
            change = np.where(both, y[:, t] - y[:, base], 0.0)
            mean, other = change[own].mean(), change[control].mean()
            influence = np.zeros(n)
            influence[own] = (change[own] - mean) / own.sum()
            influence[control] -= (change[control] - other) / control.sum()
            found.append((g, t - g, mean - other, own.sum(), influence))
    if not any(f[1] >= 0 for f in found):
        raise InfeasibleError(f"{d.asked}: no cohort has rows in the period before its start and after it; "
                              "--method imputation needs none right before the start")
    cohort, event, value, count = (np.array([f[j] for f in found], dtype=float) for j in range(4))
    cells = Cells(cohort, event, value, count, np.stack([f[4] for f in found], 1))
    return _from_cells(cells, 1.0, None)


def grid(d: Design) -> Array:
    """y (N, T) of the design, NaN elsewhere."""
    y = np.full((d.first.size, len(d.rows.panel.times)), np.nan)
    y[d.rows.entity, d.rows.time] = d.rows.y
    return y


def imputed(d: Design) -> tuple[Array, Array, Array, Array]:
    """Residuals from what untreated rows predict: (n,); the regressors Z (n, Q) and the pseudo-inverse of Z0'Z0.

    Raises
    ------
    InfeasibleError
        A treated row whose effects no untreated row shows.
    """
    rows, treated = d.rows, d.treated
    entity, time = (np.unique(c, return_inverse=True)[1] for c in (rows.entity, rows.time))
    z = np.concatenate([np.eye(int(entity.max()) + 1)[entity], np.eye(int(time.max()) + 1)[time],
                        rows.x / np.sqrt((rows.x**2).sum(0))], 1)
    z0 = z[~treated]
    if (z0[:, : int(entity.max()) + int(time.max()) + 2].sum(0) == 0).any():
        raise InfeasibleError(f"{d.asked}: an entity or period has no untreated row from which to impute")
    inverse = np.linalg.pinv(z0.T @ z0, rcond=1e-11, hermitian=True)
    beta = inverse @ (z0.T @ rows.y[~treated])
    return rows.y - z @ beta, z, inverse, z0


def imputation(d: Design) -> EventEffects:
    """Treated rows less what a two-way regression of untreated rows predicts (Borusyak, Jaravel and Spiess 2024).

    The variance is theirs, with effects of a cohort and period taken as alike; leads are from a regression of untreated
    rows alone, the earliest periods for reference.
    """
    gap, z, inverse, z0 = imputed(d)
    treated, rows, n = d.treated, d.rows, d.first.size
    first, event = d.first[rows.entity], d.event
    pairs = np.unique(np.column_stack([first[treated], event[treated]]), axis=0)
    which = np.column_stack([(first == g) & (event == e) for g, e in pairs]).astype(float)       # (n, C)
    count = which.sum(0)
    weight = which / count
    value = weight.T @ gap
    alike = gap - which @ value                            # within a cohort and period effects are alike
    spread = np.where(treated[:, None], weight, 0.0)
    spread[~treated] = -z0 @ (inverse @ (z[treated].T @ weight[treated]))
    cells = Cells(pairs[:, 0], pairs[:, 1], value, count, by_entity(spread * alike[:, None], rows.entity, n))
    return _from_cells(cells, 1.0, alike, _leads(d))


def _leads(d: Design, most: int = 5) -> tuple[Array, Array, Array] | None:
    early = select(d.rows, ~d.treated)
    event = d.event[~d.treated]
    longest = int(-event[np.isfinite(event)].min())
    events = np.arange(-min(most, longest - 1), 0, dtype=float)
    columns = [(event == e).astype(float) for e in events]
    if not columns or np.unique(early.time).size < 2:
        return None
    m = events.size
    x = np.column_stack([*columns, early.x])
    names = (*(f"event[{e:g}]" for e in events), *early.names)
    fit = models.within(d.asked, replace(early, x=x, names=names), "twoway")
    influence = by_entity(fit.x * fit.resid[:, None], early.entity, d.first.size) @ fit.bread
    return events, fit.beta[1:1 + m], influence[:, 1:1 + m]


METHODS = {"callaway-santanna": callaway_santanna, "imputation": imputation, "sun-abraham": sun_abraham,
           "twfe": two_way}


def assigned_at_random(d: Design, method: str, draws: int, seed: int) -> Array:
    """Average effects (B,) under random assignments of the starts to entities, all draws at once where they can be."""
    y = grid(d)
    there = np.unique(d.rows.entity)
    order = there[np.lexsort((np.nanmean(y[there], 1), d.first[there]))]           # names and order do not matter
    rng = np.random.default_rng(seed)
    first = np.full((draws, d.first.size), np.nan)
    first[:, order] = rng.permuted(np.tile(d.first[order], (draws, 1)), axis=1)
    if method != "callaway-santanna":
        found = []
        for one in first:
            try:
                found.append(METHODS[method](d.reassigned(one)).att)
            except InfeasibleError:
                continue
        return np.array(found)
    known = np.isfinite(y)
    total, rows = np.zeros(draws), np.zeros(draws)
    for g in d.cohorts:
        base = int(g) - 1
        for t in range(int(g), y.shape[1]):
            both = known[:, t] & known[:, base]
            change = np.where(both, y[:, t] - y[:, base], 0.0)
            own, control = (first == g) & both, (first > t) & both
            size, others = own.sum(1), control.sum(1)
            fine = (size > 0) & (others > 0)
            effect = (own @ change) / np.maximum(size, 1) - (control @ change) / np.maximum(others, 1)
            total += np.where(fine, size * effect, 0.0)
            rows += np.where(fine, size, 0)
    return total[rows > 0] / rows[rows > 0]
