"""The rows of a panel on which a regression runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clustertrade.errors import DataError, UsageError, first_of
from clustertrade.panel import Array, Panel

if TYPE_CHECKING:
    import pandas as pd

Codes = NDArray[np.int64]
CONSTANT = "const"


@dataclass(frozen=True)
class Rows:
    """Complete rows, sorted by entity and period.

    y (n,), x (n, K) without the constant; entity (n,) and time (n,) number entities and steps of the calendar.
    """

    y: Array
    x: Array
    names: tuple[str, ...]
    entity: Codes
    time: Codes
    panel: Panel                                           # the labels, and the name of y
    weight: Array | None = None                            # (n,) of mean one; None: all alike

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.y.size

    @property
    def n_entities(self) -> int:
        """Number of entities that have a row."""
        return int(np.unique(self.entity).size)

    @property
    def root(self) -> Array | float:
        """What a row is multiplied by in weighted least squares: the root of its weight."""
        return 1.0 if self.weight is None else np.sqrt(self.weight)

    def mean(self, z: Array) -> Array:
        """Weighted means of the columns of z (n, M)."""
        return z.mean(0) if self.weight is None else self.weight @ z / self.weight.sum()

    @property
    def x1(self) -> Array:
        """The regressors with the constant first, (n, 1 + K)."""
        return np.column_stack([np.ones(self.n), self.x])

    def observed(self, resid: Array, fitted: Array) -> pd.DataFrame:
        """Residuals and fitted values with the labels of the data."""
        import pandas as pd

        entities, times = np.array(self.panel.entities), np.array(self.panel.times)
        return pd.DataFrame({self.panel.entity_name or "entity": entities[self.entity],
                             self.panel.time_name or "time": times[self.time], "resid": resid, "fitted": fitted})


def rows_of(y: Panel, x: Panel) -> Rows:
    """The rows in which y and every x are there.

    Raises
    ------
    UsageError
        For a regressor that has the name of the constant.
    """
    if CONSTANT in x.variables:
        raise UsageError(f"a regressor is called {CONSTANT}, the name of the constant that is added; rename it")
    full = y.complete & x.complete
    entity, time = np.nonzero(full)
    return Rows(y.values[full][:, 0], x.values[full], x.variables, entity, time, y)


def weighted_rows(asked: str, y: Panel, x: Panel, weights: Panel | None) -> Rows:
    """The rows of y and x with their weights, brought to mean one; rows without a weight, or of weight zero, fall out.

    Raises
    ------
    DataError
        Negative weights.
    """
    if weights is None:
        return rows_of(y, x)
    w = weights.series
    if (bad := np.argwhere(w < 0)).size:
        who = first_of([f"{y.entities[i]} {y.times[j]}" for i, j in bad])
        raise DataError(f"{asked} --weights {weights.name}: negative for {who}")
    rows = rows_of(y.with_values(np.where((w > 0)[..., None], y.values, np.nan)), x)
    if not rows.n:
        raise DataError(f"{asked} --weights {weights.name}: no row has a weight above zero")
    weight = w[rows.entity, rows.time]
    return replace(rows, weight=weight / weight.mean())


def differences(y: Panel, x: Panel) -> Rows:
    """First differences by the calendar: a row needs the period before it, so a gap loses the row after it."""
    return rows_of(y.diff().with_values(y.diff().values, y.variables),
                   x.diff().with_values(x.diff().values, x.variables))


def group_means(z: Array, codes: Codes) -> tuple[Array, Codes]:
    """Means of the rows of each group: z (n, M)  ->  means (G, M), sizes (G,); an empty group has mean zero."""
    size = np.bincount(codes)
    return group_sums(z, codes) / np.maximum(size, 1)[:, None], size


def group_sums(z: Array, codes: Codes, groups: int = 0) -> Array:
    """Sums of the rows of each group: z (n, M)  ->  (G, M), G at least ``groups``."""
    if z.shape[1] < 8:
        return np.stack([np.bincount(codes, column, minlength=groups) for column in z.T], 1)
    from scipy.sparse import csr_array

    count = max(int(codes.max()) + 1, groups)              # many columns: each row is read once, not once a column
    indicator = csr_array((np.ones(codes.size), (codes, np.arange(codes.size))), shape=(count, codes.size))
    return np.asarray(indicator @ z)
