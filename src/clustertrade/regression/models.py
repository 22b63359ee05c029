"""The transformations behind pooled, fixed effects, between and first-difference regressions."""

from __future__ import annotations

import numpy as np

from clustertrade.errors import InfeasibleError, first_of
from clustertrade.panel import Array, Mask, Panel
from clustertrade.regression.effects import Effects
from clustertrade.regression.fit import Fit, absorbed, least_squares
from clustertrade.regression.many_effects import SEVERAL
from clustertrade.regression.rows import CONSTANT, Rows, differences, group_means

WHAT_ABSORBS = {"entity": "within entities", "time": "between entities of one period",
                "twoway": "beyond entity and time effects", SEVERAL: "beyond the effects and trends"}


def pooled(asked: str, rows: Rows) -> Fit:
    """Least squares on the rows as they are."""
    return least_squares(asked, (CONSTANT, *rows.names), *_scaled(rows, rows.y, rows.x1), rows)


def _scaled(rows: Rows, y: Array, x: Array) -> tuple[Array, Array]:
    """Rows times the roots of their weights."""
    return (y, x) if rows.weight is None else (y * rows.root, x * np.sqrt(rows.weight)[:, None])


def within(asked: str, rows: Rows, kind: str, effects: Effects | None = None) -> Fit:
    """Least squares without the effects; the constant is the mean of the effects, which are those of ``kind`` or given.

    Raises
    ------
    InfeasibleError
        Regressors that the effects absorb, named.
    """
    effects = effects or Effects(kind, rows.entity, rows.time, rows.weight)
    kind = effects.kind or kind
    data = np.column_stack([rows.y, rows.x])
    removed, mean = effects.remove(data), rows.mean(data)
    refuse_absorbed(asked, rows, absorbed(rows.x, removed[:, 1:]), kind)
    if absorbed(rows.y[:, None], removed[:, :1]).any():
        raise InfeasibleError(f"{asked}: {rows.panel.name} does not vary {WHAT_ABSORBS[kind]}: "
                              "nothing is left to explain")
    x = np.column_stack([np.ones(rows.n), removed[:, 1:] + mean[1:]])
    return least_squares(asked, (CONSTANT, *rows.names), *_scaled(rows, removed[:, 0] + mean[0], x), rows,
                         effects=effects)


def refuse_absorbed(asked: str, rows: Rows, gone: Mask, kind: str) -> None:
    """Name the regressors that the effects explain entirely."""
    if gone.any():
        names = [n for n, g in zip(rows.names, gone, strict=True) if g]
        raise InfeasibleError(f"{asked}: {first_of(names, 12)} {'does' if len(names) == 1 else 'do'} not vary "
                              f"{WHAT_ABSORBS[kind]} and cannot be told from the {kind} effects; leave "
                              f"{'it' if len(names) == 1 else 'them'} out, or take pooled or re")


def between(asked: str, rows: Rows, kind: str) -> Fit:
    """Least squares on the means of the entities (or periods), each counted once."""
    codes = np.unique(rows.entity if kind == "entity" else rows.time, return_inverse=True)[1]
    means, _ = group_means(np.column_stack([rows.y, rows.x1]), codes)
    for k, name in enumerate(rows.names):                                     # column 0 is y, column 1 the constant
        if np.ptp(means[:, k + 2]) <= 1e-13 * np.abs(rows.x[:, k]).max():
            raise InfeasibleError(f"{asked}: the mean of {name} is the same for every {kind}; leave it out")
    if np.ptp(means[:, 0]) <= 1e-13 * np.abs(rows.y).max():
        raise InfeasibleError(f"{asked}: the mean of {rows.panel.name} is the same for every {kind}")
    group = np.arange(means.shape[0])
    return least_squares(asked, (CONSTANT, *rows.names), means[:, 0], means[:, 1:], rows, entity=group, time=group)


def differenced(asked: str, y: Panel, x: Panel, kind: str | None) -> Fit:
    """Least squares on first differences by the calendar, with a constant (the drift) or period effects."""
    rows = differences(y, x)
    if not rows.n:
        raise InfeasibleError(f"{asked}: no two consecutive periods of an entity are complete")
    for name, column in zip((y.name, *rows.names), np.column_stack([rows.y, rows.x]).T, strict=True):
        if np.ptp(column) <= 1e-13 * np.abs(column).max():
            raise InfeasibleError(f"{asked}: the first difference of {name} is constant; leave it out")
    return within(asked, rows, kind) if kind else pooled(asked, rows)
