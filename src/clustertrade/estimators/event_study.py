"""Event studies of a treatment that starts in different periods."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import fdtrc, stdtr, stdtrit

from clustertrade.batch.quadratic import quadratic
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.panel import Array, Mask, Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression.event_effects import METHODS, EventEffects, assigned_at_random, imputed
from clustertrade.regression.honest import Leads
from clustertrade.regression.honest import sensitivity as honest
from clustertrade.regression.staggered import Design, design, starts
from clustertrade.results import Estimate, Param


@procedure(
    "event-study",
    family="estimators",
    title="Event study of a staggered treatment",
    reference="callaway_santanna2021",
    needs=lambda options: Needs(n=3, t=2, gaps=True, longest=True),
    choices={"method": tuple(METHODS)},
    checked="pyfixest: two-way dummies with their errors, Sun-Abraham, and the average of imputation, balanced and "
            "not (1e-6); Callaway-Sant'Anna cell by cell by means (1e-10). Effects that "
            "differ between three cohorts of ten and grow, 300 samples at N=40, T=10 and N=100, T=10: bias of att by "
            "callaway-santanna, imputation, sun-abraham -0.04, -0.02, -0.05 and 0.00, 0.00, 0.00, 95 % intervals "
            "miss it in 0.06, 0.06, 0.06 and 0.05, 0.06, 0.06; true pre-trends are rejected in 0.11, 0.07, 0.05 and "
            "0.08, 0.05, 0.08, by twfe in 0.26 (N=40), whose leads take in effects of others. Sensitivity: identified "
            "sets and biases by linear programs (1e-6); callaway-santanna with 3 leads, 300 samples at N=40 and N=100: "
            "sets at M = 0 cover where trends are parallel in 0.92 and 0.95 (smoothness), 0.93 and 0.96 (relative), "
            "where they part by a line in 0.92 and 0.93 (smoothness), at M = 1 in 1.00 (relative).",
)
def event_study(y: Panel, x: Panel | None = None, *, treat: Panel | None = None, cohort: Panel | None = None,
                method: str = "callaway-santanna", leads: int | None = None, horizon: int | None = None,
                placebo: int = 0, sensitivity: bool = False, bootstrap: int = 999, seed: int = 20260101,
                level: float = 0.05) -> Estimate:
    r"""Average effects by periods since the treatment began, and before it.

    .. math:: \theta_e = \sum_g w_{ge}\, E\bigl(y_{g+e}(g) - y_{g+e}(\infty) \mid G = g\bigr)

    over cohorts g, weighted by their rows.  Where effects differ between cohorts or grow, a two-way regression mixes
    them with weights that may be negative; the other methods compare with entities that are not yet treated alone.

    Parameters
    ----------
    y : Panel of one variable
        Unbalanced data and gaps are allowed.
    x : Panel of regressors, optional
        Covariates, not with ``callaway-santanna``.
    treat : Panel of one variable
        1 from the start of the treatment on, 0 before.
    cohort : Panel of one variable
        In place of ``treat``: the first period of treatment, 0 (or a later period than the last) where there is none.
    method : callaway-santanna, imputation, sun-abraham or twfe
        Differences since the period before the start against entities not yet treated (Callaway and Sant'Anna 2021);
        imputation from untreated rows (Borusyak, Jaravel and Spiess 2024); dummies of every cohort and event time (Sun
        and Abraham 2021); dummies of event times in a two-way regression, for the warning.
    leads : int, optional
        Periods before the start that are shown and tested; all by default (imputation: at most 5).
    horizon : int, optional
        Periods since the start that are shown; all by default.  ``att`` is over all.
    placebo : int
        Random assignments of the starts to the entities, behind ``details.placebo``; 0 for none.
    sensitivity : bool
        Robust confidence sets of ``att`` where trends are not parallel (Rambachan and Roth 2023), from the leads that
        are shown; not with ``imputation``, whose leads have another reference than its effects.
    bootstrap : int
        Draws of the entities' influences behind the simultaneous bands; 0 for none.
    seed : int
        Seed of the assignments and draws.
    level : float
        1 - level is the coverage of the intervals, and of the bands together.

    Returns
    -------
    Estimate
        ``att``, the mean over all treated rows, and ``event[e]`` by event time; the period before the start is the
        reference (imputation: those before the leads).  Errors are clustered by entity, p from t(G - 1).  Details:
        ``pretrend``, F that all leads are zero; ``cohorts``; ``group_time``, effects of cohorts by period; ``bands``
        with ``critical``, those that hold for all event times together; ``placebo``; ``sensitivity``: under
        ``relative_magnitudes`` changes of the difference in trends after the start are at most M times the largest one
        before it, under ``smoothness`` its slope changes by at most M a period (rows at 0, 1/4, 1/2 and 1 standard
        errors of ``att``; ``observed`` is the largest change among the leads).  Each has the sets in ``rows`` by M and
        ``breakdown``, the smallest M at which the set holds 0.

    Raises
    ------
    InfeasibleError
        Nobody is treated while at least 2 others are not yet.
    DataError
        A treatment that ends, or is not 0 or 1.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> i, t = np.repeat(range(12), 6), np.tile(range(2001, 2007), 12)
    >>> start = np.array([2003, 2005, 0])[i % 3]
    >>> on = (start > 0) & (t >= start)
    >>> frame = pd.DataFrame({"i": i, "t": t, "g": start, "y": i + 0.5 * t + on * (t - start + 1)})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> result = event_study(panel["y"], cohort=panel["g"])
    >>> [round(result[f"event[{e}]"].value, 6) for e in (-2, 0, 1, 2, 3)]
    [0.0, 1.0, 2.0, 3.0, 4.0]
    """
    if isinstance(leads, str):
        raise UsageError(f"event-study --leads {leads}: a number")
    if sensitivity and method == "imputation":
        raise UsageError("event-study --sensitivity needs leads and effects against one period, the one before the "
                         "start: --method callaway-santanna, sun-abraham or twfe")
    d = design("event-study", y, x, starts("event-study", y, treat, cohort))
    found = METHODS[method](d)
    shown = (found.events >= (-np.inf if leads is None else -leads)) & (
        found.events <= (np.inf if horizon is None else horizon))
    names = ["att", *(f"event[{e:g}]" for e in found.events[shown])]
    value = np.concatenate([[found.att], found.value[shown]])
    influence = np.column_stack([found.att_influence, found.influence[:, shown]])
    matrix = found.factor * influence.T @ influence
    groups = int(np.unique(d.rows.entity).size)
    params, exact = _params(names, value, matrix, groups - 1, level)
    details: dict[str, Any] = {"cohorts": _cohorts(d), "pretrend": _pretrend(found, shown, groups),
                               "inference": {"df": groups - 1, "clusters": groups}}
    if found.cells is not None:
        details["group_time"] = _group_time(d, found)
    if bootstrap:
        details["bands"] = _bands(names, value, influence, matrix, bootstrap, seed, level)
    if placebo:
        details["placebo"] = _placebo(d, method, found.att, placebo, seed)
    if sensitivity:
        details["sensitivity"] = honest("event-study", _leads(found, shown), groups, level)
    resid = imputed(d)[0] if found.resid is None else found.resid
    return Estimate(coefficients=params, fit={"n_groups": groups}, cov_type="clustered", nobs=d.rows.n,
                    n_entities=groups, n_periods=int(np.unique(d.rows.time).size), covariance=matrix,
                    observations=d.rows.observed(resid, d.rows.y - resid), details=details,
                    warnings=(*d.warnings, *_cautions(d, method, exact)))


def _params(names: list[str], value: Array, matrix: Array, df: int,
            level: float) -> tuple[tuple[Param, ...], list[str]]:
    se = np.sqrt(np.maximum(np.diagonal(matrix), 0.0))
    size = np.abs(value).max()
    quantile = -stdtrit(df, level / 2)
    found, exact = [], []
    for name, b, s in zip(names, value, se, strict=True):
        if s <= 1e-12 * max(size, 1e-300):
            exact.append(name)
            found.append(Param(name=name, value=float(b), se=None, stat=None, pvalue=None, ci=None))
            continue
        found.append(Param(name=name, value=float(b), se=float(s), stat=float(b / s),
                           pvalue=float(2 * stdtr(df, -abs(b / s))),
                           ci=(float(b - quantile * s), float(b + quantile * s))))
    return tuple(found), exact


def _cohorts(d: Design) -> list[dict[str, Any]]:
    there, names = np.unique(d.rows.entity), d.rows.panel.entities
    rows: list[dict[str, Any]] = [{"cohort": d.label(g), "entities": [names[i] for i in there if d.first[i] == g]}
                                  for g in d.cohorts]
    rows.append({"cohort": None, "entities": [names[i] for i in there if np.isinf(d.first[i])]})
    return rows


def _group_time(d: Design, found: EventEffects) -> list[dict[str, Any]]:
    cells = found.cells
    assert cells is not None
    se = np.sqrt(found.factor * (cells.influence**2).sum(0))
    return [{"cohort": d.label(g), "period": d.label(g + e), "value": float(v), "se": float(s), "rows": int(n)}
            for g, e, v, s, n in zip(cells.cohort, cells.event, cells.value, se, cells.count, strict=True)]


def _pretrend(found: EventEffects, shown: Mask, groups: int) -> dict[str, Any] | None:
    """Hotelling's F that the leads that are shown are zero together; None where there are none, or too few entities."""
    which = shown & (found.events < 0)
    q = int(which.sum())
    if not q or groups <= q:
        return None
    variance = found.factor * found.influence[:, which].T @ found.influence[:, which]
    statistic = quadratic(found.value[which], variance)
    if statistic is None:
        return None
    f = statistic * (groups - q) / (q * (groups - 1))
    return {"F": f, "df": [q, groups - q], "pvalue": float(fdtrc(q, groups - q, f)), "chi2": statistic,
            "leads": [int(e) for e in found.events[which]]}


def _leads(found: EventEffects, shown: Mask) -> Leads:
    """The leads from the second period before the start back to the first that is missing, and the average."""
    at = {int(e): j for j, e in enumerate(found.events) if shown[j] and e < -1}
    earliest = -1
    while earliest - 1 in at:
        earliest -= 1
    which = [at[e] for e in range(earliest, -1)]
    influence = np.column_stack([found.influence[:, which], found.att_influence])
    weight = np.zeros(int(found.events.max()) + 1)
    weight[found.events[found.events >= 0].astype(int)] = found.count[found.events >= 0]
    return Leads(np.append(found.value[which], found.att), found.factor * influence.T @ influence,
                 weight / weight.sum())


def _bands(names: list[str], value: Array, influence: Array, matrix: Array, draws: int, seed: int,
           level: float) -> dict[str, Any] | None:
    """Intervals that hold together: the largest |t| of draws with random signs of the entities' influences."""
    se = np.sqrt(np.maximum(np.diagonal(matrix), 0.0))
    events = np.flatnonzero((se > 0) & (np.arange(se.size) > 0))
    if not events.size:
        return None
    order = np.lexsort((influence[:, events[0]], influence[:, 0]))                # names and order do not matter
    signs = np.random.default_rng(seed).choice(np.array([-1.0, 1.0]), size=(draws, influence.shape[0]))
    size = np.sqrt((influence**2).sum(0))[events]
    largest = np.abs(signs @ influence[order][:, events] / size).max(1)
    critical = float(np.quantile(largest, 1 - level))
    return {"critical": critical, "draws": draws,
            "rows": [{"name": names[j], "low": float(value[j] - critical * se[j]),
                      "high": float(value[j] + critical * se[j])} for j in events]}


def _placebo(d: Design, method: str, att: float, draws: int, seed: int) -> dict[str, Any]:
    found = assigned_at_random(d, method, draws, seed)
    if not found.size:
        raise InfeasibleError("event-study: no random assignment of the starts could be computed")
    larger = int((np.abs(found) >= abs(att) * (1 - 1e-12)).sum())
    low, middle, high = np.quantile(found, [0.025, 0.5, 0.975])
    return {"draws": int(found.size), "pvalue": (1 + larger) / (found.size + 1), "low": float(low),
            "median": float(middle), "high": float(high), "values": [float(v) for v in found]}


def _cautions(d: Design, method: str, exact: list[str]) -> tuple[str, ...]:
    said = []
    alone = [row["cohort"] for row in _cohorts(d)[:-1] if len(row["entities"]) == 1]
    if alone:
        said.append(f"the cohort of {', '.join(alone)} is one entity: its effects have no sampling error of their own "
                    "in the standard errors")
    if method == "twfe":
        said.append("two-way event dummies are a warning example: where effects differ between cohorts they are mixed "
                    "with weights that may be negative")
    if exact:
        said.append(f"no standard error for {', '.join(exact)}: the estimated variance is not positive")
    return tuple(said)
