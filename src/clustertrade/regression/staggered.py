"""A treatment that starts in different periods: who is treated when, and effects by cohort and time since then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from clustertrade.errors import DataError, InfeasibleError, UsageError, first_of
from clustertrade.panel import Array, Mask, Panel
from clustertrade.regression.rows import Codes, Rows, rows_of


@dataclass(frozen=True)
class Design:
    """Rows in which effects can be told, and the step of the calendar at which each entity's treatment starts.

    ``first`` (N,) is infinite for entities that are not treated within these rows: the controls.
    """

    asked: str
    rows: Rows
    first: Array
    warnings: tuple[str, ...] = ()

    @property
    def event(self) -> Array:
        """Periods since the start (n,): negative before it, -inf for controls."""
        return np.asarray(self.rows.time - self.first[self.rows.entity])

    @property
    def treated(self) -> Mask:
        """Rows under treatment."""
        return np.asarray(self.event >= 0)

    @property
    def cohorts(self) -> Array:
        """Starts that occur, sorted."""
        there = self.first[np.unique(self.rows.entity)]
        return np.unique(there[np.isfinite(there)])

    def label(self, step: float) -> str:
        """The period at a step."""
        return self.rows.panel.times[int(step)]

    def reassigned(self, first: Array) -> Design:
        """The same rows under other starts."""
        return replace(self, first=first)


@dataclass(frozen=True)
class Cells:
    """Effects of cohorts in periods: cohort (C,), event (C,), value (C,), rows behind each (C,), influence (N, C)."""

    cohort: Array
    event: Array
    value: Array
    count: Array
    influence: Array

    def averaged(self, groups: Iterable[Mask]) -> tuple[Array, Array]:
        """Means over groups of cells weighted by their rows, and their influence (N, groups)."""
        weight = np.stack([np.where(g, self.count, 0.0) / self.count[g].sum() for g in groups], 1)
        return self.value @ weight, self.influence @ weight


def starts(asked: str, y: Panel, treat: Panel | None, cohort: Panel | None) -> Array:
    """The step (N,) at which treatment starts by an indicator that stays, or by the column of its first period.

    Raises
    ------
    UsageError
        Neither is given; cohorts where periods are no whole numbers.
    DataError
        A treatment that is not 0 or 1 or ends; a cohort that changes within an entity; two columns that disagree.
    """
    if treat is None and cohort is None:
        raise UsageError(f"{asked} needs --treat (0 or 1 by row) or --cohort (the first period of treatment, 0 for "
                         "never)")
    by_treat = _by_indicator(asked, treat) if treat is not None else None
    by_cohort = _by_period(asked, y, cohort) if cohort is not None else None
    if by_treat is None or by_cohort is None:
        return np.asarray(by_treat if by_cohort is None else by_cohort)
    assert treat is not None
    said, meant = treat.series, np.arange(y.n_periods) >= by_cohort[:, None]
    if (bad := np.flatnonzero((np.isfinite(said) & (said != meant)).any(1))).size:
        raise DataError(f"{asked}: --treat and --cohort disagree about {first_of([y.entities[i] for i in bad])}")
    return by_cohort


def _by_indicator(asked: str, treat: Panel) -> Array:
    d = treat.series
    there = np.isfinite(d)
    if (odd := np.unique(d[there & (d != 0) & (d != 1)])).size:
        raise DataError(f"{asked} --treat {treat.name}: 0 or 1 in every row, not {first_of(f'{v:g}' for v in odd)}; "
                        "did takes a treatment of any size")
    on = there & (d == 1)
    first = np.where(on.any(1), on.argmax(1), np.inf)
    after = np.arange(d.shape[1]) >= first[:, None]
    if (ends := np.flatnonzero((after & there & (d == 0)).any(1))).size:
        raise DataError(f"{asked} --treat {treat.name}: the treatment ends again for "
                        f"{first_of([treat.entities[i] for i in ends])}; it must stay once it has started")
    return np.asarray(first, dtype=float)


def _by_period(asked: str, y: Panel, cohort: Panel) -> Array:
    values = cohort.series
    low, high = (f(np.where(np.isfinite(values), values, e), 1) for f, e in ((np.min, np.inf), (np.max, -np.inf)))
    if (bad := np.flatnonzero(low < high)).size:
        raise DataError(f"{asked} --cohort {cohort.name} changes within {first_of([y.entities[i] for i in bad])}; it "
                        "is one period an entity, that of the first treatment")
    try:
        origin = int(y.times[0])
    except ValueError:
        raise UsageError(f"{asked} --cohort {cohort.name}: periods such as {y.times[0]} are no whole numbers; say "
                         "--treat, 0 or 1 by row") from None
    return np.where(np.isfinite(low) & (low != 0), low - origin, np.inf)


def design(asked: str, y: Panel, x: Panel | None, first: Array) -> Design:
    """The rows in which effects can be told.

    Left out, and said: entities that are treated in all their rows, periods in which fewer than two entities are not
    yet treated.

    Raises
    ------
    InfeasibleError
        Nobody is treated in what is left.
    """
    rows = rows_of(y, x if x is not None else y.with_values(y.values[:, :, :0], ()))
    said: list[str] = []
    before = np.bincount(rows.entity, rows.time < first[rows.entity], minlength=y.n_entities)
    if always := [y.entities[i] for i in np.unique(rows.entity) if before[i] == 0]:
        said.append(f"{len(always)} entities are treated in all their periods and left out: {first_of(always, 50)}")
    keep = before[rows.entity] > 0
    waiting = np.bincount(rows.time, keep & (rows.time < first[rows.entity]), minlength=y.n_periods)
    late = keep & (waiting[rows.time] < 2)
    if late.any():
        periods = first_of([y.times[j] for j in np.unique(rows.time[late])], 50)
        said.append(f"fewer than 2 entities are not yet treated in {periods}: effects there cannot be told and "
                    f"{int(late.sum())} rows are left out")
    keep &= ~late
    kept = select(rows, keep)
    last = kept.time.max() if kept.n else -1
    made = Design(asked, kept, np.where(first > last, np.inf, first), tuple(said))
    if not made.treated.any():
        raise InfeasibleError(f"{asked}: no entity is treated after an untreated period while at least 2 others are "
                              "not yet treated")
    return made


def select(rows: Rows, keep: Mask) -> Rows:
    """Some of the rows."""
    return replace(rows, y=rows.y[keep], x=rows.x[keep], entity=rows.entity[keep], time=rows.time[keep])


def by_entity(scores: Array, entity: Codes, n: int) -> Array:
    """Sums (N, M) of scores (n, M) of each entity."""
    return np.stack([np.bincount(entity, column, minlength=n) for column in scores.T], 1)
