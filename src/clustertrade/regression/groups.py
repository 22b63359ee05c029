"""A regression in groups of entities or periods, and tests of whether its slopes differ between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from clustertrade.errors import InfeasibleError
from clustertrade.panel import Array, Panel
from clustertrade.regression import models
from clustertrade.regression.estimate import params
from clustertrade.regression.goodness import joint
from clustertrade.regression.products import entity_products
from clustertrade.regression.rows import Codes, Rows
from clustertrade.regression.sandwich import covariance

MOST = 6                                                   # values of a column that are groups as they stand


@dataclass(frozen=True)
class Groups:
    """The group of every row (n,) from 0, their labels, and what they are constant in: entity, time or neither."""

    code: Codes
    labels: tuple[str, ...]
    constant_in: str | None

    @property
    def count(self) -> int:
        """Number of groups."""
        return len(self.labels)


def groups_of(asked: str, rows: Rows, group: Panel) -> Groups:
    """The groups that a column makes of the rows: its values where these are few, else below and above the median.

    The median is that of the means of entities, so that an entity stays in its group; of the column itself where
    these do not differ, as for periods.

    Raises
    ------
    InfeasibleError
        One group only.
    """
    column = group.series[rows.entity, rows.time]
    values = np.unique(column)
    if values.size <= MOST:
        code = np.searchsorted(values, column)
        words = group.words.get(group.name)
        labels = tuple(words[int(v)] if words else f"{v:g}" for v in values)
    else:
        own = np.bincount(rows.entity, column) / np.maximum(np.bincount(rows.entity), 1)
        mean = own[rows.entity]
        measured = column if np.ptp(mean) <= 1e-9 * np.abs(mean).max() else mean
        per_entity = np.unique(np.column_stack([rows.entity, measured]), axis=0)[:, 1] if measured is mean else measured
        code = (measured > np.median(per_entity)).astype(np.int64)
        labels = ("low", "high")
    if np.unique(code).size < 2:
        raise InfeasibleError(f"{asked}: --group {group.name} makes one group of all rows")
    constant = None
    for name, by in (("entity", rows.entity), ("time", rows.time)):
        if np.unique(np.column_stack([by, code]), axis=0).shape[0] == np.unique(by).size:
            constant = name
            break
    return Groups(code.astype(np.int64), labels, constant)


def compared(asked: str, rows: Rows, kind: str, group: Panel, options: Mapping[str, Any]) -> dict[str, Any]:
    """``groups``: the slopes in each group by a regression of its own; ``difference``: tests that they are equal.

    interaction: F that the slope of the first regressor is the same, in one regression with common effects and the
    other slopes common; chow: F that all slopes are; permutation: how often groups drawn at random, of the same
    sizes, have slopes of the first regressor as far apart.  F by the covariance of the estimate.
    """
    found = groups_of(asked, rows, group)
    own = []
    for g, label in enumerate(found.labels):
        part = _subset(rows, found.code == g)
        try:
            fit = models.within(asked, part, kind)
        except InfeasibleError as wrong:
            raise InfeasibleError(f"{asked}, group {label} of {group.name}: {str(wrong).partition(': ')[2]}") from None
        coefficients, _ = params(fit, covariance(fit, options), options["level"])
        own.append({"group": label, "rows": part.n, "entities": part.n_entities,
                    "params": [p.to_dict() for p in coefficients if p.name != "const"]})
    tests = [_equal(asked, rows, kind, found, options, name, which)
             for name, which in (("interaction", rows.names[:1]), ("chow", rows.names))]
    return {"groups": own, "group_constant_in": found.constant_in,
            "differences": [*tests, _permuted(asked, rows, kind, found, options)]}


def _subset(rows: Rows, kept: Array) -> Rows:
    return Rows(rows.y[kept], rows.x[kept], rows.names, rows.entity[kept], rows.time[kept], rows.panel)


def _equal(asked: str, rows: Rows, kind: str, found: Groups, options: Mapping[str, Any], name: str,
           which: tuple[str, ...]) -> dict[str, Any]:
    columns, added = [rows.x], []
    for g in range(1, found.count):
        for v in which:
            columns.append(np.where(found.code == g, rows.x[:, rows.names.index(v)], 0.0)[:, None])
            added.append(f"{v} in {found.labels[g]}")
    fit = models.within(asked, Rows(rows.y, np.column_stack(columns), (*rows.names, *added), rows.entity, rows.time,
                                    rows.panel), kind)
    inference = covariance(fit, options)
    f, p = joint(fit, inference, np.array([n in added for n in fit.names]))
    return {"test": name, "regressors": list(which), "F": f, "df": [len(added), inference.df or fit.df], "pvalue": p}


def _permuted(asked: str, rows: Rows, kind: str, found: Groups, options: Mapping[str, Any]) -> dict[str, Any]:
    """Permutation of the groups over entities (or periods): the spread of the first slope, largest less smallest."""
    row: dict[str, Any] = {"test": "permutation", "regressors": [rows.names[0]], "difference": None, "pvalue": None}
    replications = options["bootstrap"]
    if found.constant_in is None or not replications:
        return row
    rng = np.random.default_rng(options["seed"])
    if found.constant_in == "entity" and kind != "time":
        products, scale = entity_products(rows, kind)
        code = found.code[np.unique(rows.entity, return_index=True)[1]]
        # Entities in the order of their sums of squares, so that names do not matter.
        rank = np.argsort(products[:, 0, 0], kind="stable")
        products, code = products[rank], code[rank]
        every = np.vstack([code, rng.permuted(np.tile(code, (replications, 1)), axis=1)])
        slopes = np.stack([_slopes(np.tensordot((every == g).astype(float), products, 1)) for g in range(found.count)])
        spread = scale * np.ptp(slopes, axis=0)
    else:
        by = rows.time if found.constant_in == "time" else rows.entity
        where = np.unique(by, return_inverse=True)[1]
        code = found.code[np.unique(by, return_index=True)[1]]
        draws = [code, *(rng.permutation(code) for _ in range(replications))]
        spread = np.array([_spread(asked, rows, kind, c[where], found.count) for c in draws])
        spread = spread[np.isfinite(spread)]
    row["difference"] = float(spread[0])
    row["pvalue"] = float((spread >= spread[0] * (1 - 1e-9)).mean())
    return row


def _slopes(gram: Array) -> Array:
    inverse = np.linalg.pinv(gram[:, 1:, 1:], rcond=1e-10, hermitian=True)
    return np.asarray(np.einsum("bj,bj->b", inverse[:, 0], gram[:, 1:, 0]))


def _spread(asked: str, rows: Rows, kind: str, code: Codes, count: int) -> float:
    try:
        fits = [models.within(asked, _subset(rows, code == g), kind) for g in range(count)]
    except InfeasibleError:
        return np.nan
    return float(np.ptp([fit.beta[1] for fit in fits]))

