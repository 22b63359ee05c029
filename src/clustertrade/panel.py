"""A labelled panel: entities, periods and variables around one float array (N, T, K)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clustertrade.errors import DataError, UsageError, first_of
from clustertrade.timeindex import label_of, steps

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Panel:
    """Values (N, T, K) on the full grid of entities and periods; NaN where a cell is missing.

    Entities are sorted by label (whole numbers by size), periods by step, so the order of rows in the data never
    matters.  A time series is the panel of one entity with ``is_series`` set.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"id": ["b", "a", "a", "b"], "year": [2, 1, 2, 1], "y": [4.0, 1.0, 2.0, 3.0]})
    >>> Panel.from_frame(frame, entity="id", time="year")["y"].series
    array([[1., 2.],
           [3., 4.]])
    """

    values: Array
    entities: tuple[str, ...]
    times: tuple[str, ...]
    variables: tuple[str, ...]
    entity_name: str | None = None
    time_name: str | None = None
    freq: str | None = None
    is_series: bool = False
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)   # what the codes of a variable of groups mean

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, entity: str | None = None, time: str | None = None,
                   columns: Sequence[str] | None = None, freq: str | None = None,
                   groups: Sequence[str] = ()) -> Panel:
        """The panel that a data frame holds.

        Parameters
        ----------
        frame : DataFrame
            A row an entity and period; or a (entity, time) MultiIndex, as linearmodels takes.
        entity, time : str, optional
            Their columns.  Without ``entity`` the data is one time series; without ``time`` its rows are in order.
        columns : names, optional
            The variables; by default every other column that is a number.
        freq : A, Q, M, W or D, optional
            The step of dates.
        groups : names, optional
            Columns that may hold words; these are numbered in their order.

        Raises
        ------
        UsageError
            For a column that is not there.
        DataError
            For text or infinity in a number, a missing label, a duplicated (entity, time).
        """
        frame, entity, time = _plain(frame, entity, time)
        wanted = list(columns) if columns is not None else [
            str(c) for c in frame.columns if c not in (entity, time) and frame[c].dtype.kind in "fiub"]
        needed = [c for c in (entity, time, *wanted) if c is not None]
        if absent := [c for c in needed if c not in frame.columns]:
            raise UsageError(f"no column {first_of(absent)}; there are {first_of(map(str, frame.columns), 12)}")
        if twice := [c for c in dict.fromkeys(needed) if list(frame.columns).count(c) > 1]:
            raise DataError(f"{first_of(twice)} names several columns: give each column a name of its own")
        if not len(frame):
            raise DataError("the data has no rows")
        keys = _labels(frame, entity) if entity else ["" for _ in range(len(frame))]
        if time:
            times = _labels(frame, time)
        elif entity and len(set(keys)) == len(keys):       # one row an entity: one cross-section
            times = ["1"] * len(keys)
        else:
            times = [str(i) for i in range(1, len(frame) + 1)]
        frame, words = _numbered(frame, groups)
        number, freq = steps(times, freq)
        order = sorted(set(keys), key=_natural)
        place = {k: i for i, k in enumerate(order)}
        row = np.fromiter(map(place.__getitem__, keys), dtype=np.int64, count=len(keys))
        column = number - number.min()
        n, t = len(order), int(column.max()) + 1
        if t > 50 * len(set(times)) + 1000:
            raise DataError(f"column {time}: {len(set(times))} periods spread over {t} steps; "
                            "is this the time, and is its step right (--freq)?")
        _refuse_duplicates(row * t + column, keys, times, entity, time)
        values = np.full((n, t, len(wanted)), np.nan)
        for k, name in enumerate(wanted):
            values[row, column, k] = _numbers(frame, name, keys, times)
        known = dict(zip(column.tolist(), times, strict=True))
        labels = tuple(known.get(s) or label_of(s + int(number.min()), freq, times[0]) for s in range(t))
        return cls(values, tuple(order), labels, tuple(wanted), entity, time, freq, is_series=entity is None,
                   words=words)

    @property
    def n_entities(self) -> int:
        """Number of entities."""
        return self.values.shape[0]

    @property
    def n_periods(self) -> int:
        """Number of periods of the grid."""
        return self.values.shape[1]

    @property
    def n_variables(self) -> int:
        """Number of variables."""
        return self.values.shape[2]

    @property
    def series(self) -> Array:
        """The one variable as (N, T)."""
        if self.n_variables != 1:
            raise UsageError(f"one variable is wanted, not {first_of(self.variables)}")
        return self.values[:, :, 0]

    @property
    def name(self) -> str:
        """The name of the one variable."""
        return self.variables[0]

    @cached_property
    def complete(self) -> Mask:
        """Cells (N, T) where every variable is there; not to be written to."""
        there = np.isfinite(self.values)
        complete = there[..., 0] if there.shape[-1] == 1 else np.asarray(there.all(-1))
        complete.flags.writeable = False
        return complete

    @property
    def is_balanced(self) -> bool:
        """Whether every entity has every period of the grid."""
        return bool(self.complete.all())

    def __getitem__(self, names: str | Sequence[str]) -> Panel:
        """The panel of one or several variables."""
        chosen = [names] if isinstance(names, str) else list(names)
        if absent := [n for n in chosen if n not in self.variables]:
            raise UsageError(f"no variable {first_of(absent)}; there are {first_of(self.variables, 12)}")
        at = [self.variables.index(n) for n in chosen]
        return replace(self, values=self.values[:, :, at], variables=tuple(chosen))

    def with_values(self, values: Array, variables: Sequence[str] | None = None) -> Panel:
        """The same labels around other values."""
        return replace(self, values=values, variables=tuple(variables) if variables is not None else self.variables)

    def join(self, other: Panel | None) -> Panel:
        """This panel with the variables of another on the same grid."""
        if other is None:
            return self
        if (self.entities, self.times) != (other.entities, other.times):
            raise UsageError("y and x must come from one Panel: their entities or periods differ")
        joined = self.with_values(np.concatenate([self.values, other.values], -1), self.variables + other.variables)
        return joined.renamed(other.words)

    def renamed(self, words: Mapping[str, tuple[str, ...]]) -> Panel:
        """The same panel with the words of more groups."""
        return replace(self, words={**self.words, **words}) if words else self

    def select(self, entities: Mask | None = None, periods: Mask | slice | None = None) -> Panel:
        """The panel of some entities and periods."""
        rows = np.arange(self.n_entities)[entities if entities is not None else slice(None)]
        cols = np.arange(self.n_periods)[periods if periods is not None else slice(None)]
        return replace(self, values=self.values[np.ix_(rows, cols)], entities=tuple(self.entities[i] for i in rows),
                       times=tuple(self.times[j] for j in cols))

    def lag(self, k: int = 1) -> Panel:
        """Every variable k periods earlier (named ``L1.y``); the first k periods are missing."""
        moved = np.full_like(self.values, np.nan)
        moved[:, k:] = self.values[:, : self.n_periods - k]
        return self.with_values(moved, [f"L{k}.{v}" for v in self.variables])

    def diff(self) -> Panel:
        """First differences (named ``d.y``); missing where either period is."""
        return self.with_values(self.values - self.lag().values, [f"d.{v}" for v in self.variables])

    def demean(self) -> Panel:
        """Cross-sectional means of each period subtracted."""
        count = np.isfinite(self.values).sum(0)
        total = np.where(np.isfinite(self.values), self.values, 0.0).sum(0)
        return self.with_values(self.values - total / np.where(count, count, np.nan))

    def balance(self) -> Panel:
        """The periods that every entity has complete."""
        return self.select(periods=np.asarray(self.complete.all(0)))


def _numbered(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]]]:
    """Columns of words as the numbers of their sorted words; what is missing stays so."""
    words = {}
    for name in columns:
        if name in frame.columns and frame[name].dtype.kind not in "fiub":
            known = sorted({str(v) for v in frame[name].dropna()})
            place = {w: float(i) for i, w in enumerate(known)}
            frame = frame.assign(**{name: [place.get(str(v), np.nan) for v in frame[name]]})
            words[name] = tuple(known)
    return frame, words


def _plain(frame: pd.DataFrame, entity: str | None, time: str | None) -> tuple[pd.DataFrame, str | None, str | None]:
    """A (entity, time) MultiIndex, or an index that is named as entity or time, turned into columns."""
    names = list(frame.index.names)
    if frame.index.nlevels == 2 and entity is None and time is None:
        entity, time = (str(n) if n is not None else d for n, d in zip(names, ("entity", "time"), strict=True))
        return frame.rename_axis([entity, time]).reset_index(), entity, time
    if any(n is not None and n in (entity, time) and n not in frame.columns for n in names):
        return frame.reset_index(), entity, time
    return frame, entity, time


def _labels(frame: pd.DataFrame, column: str) -> list[str]:
    """Labels as text: 2001.0 is 2001, a timestamp is its date."""
    import pandas as pd

    data = frame[column]
    if (missing := np.flatnonzero(data.isna().to_numpy())).size:
        raise DataError(f"column {column}, row {missing[0] + 1}: the label is missing ({missing.size} rows)")
    if data.dtype.kind not in "iufM":                      # 1 and True are one key, but two labels
        return [str(v).strip() for v in data.tolist()]
    codes, unique = pd.factorize(data)                     # each label is written once, however many rows it has
    if data.dtype.kind == "M":
        labels = pd.Series(unique).dt.strftime("%Y-%m-%d").tolist()
    elif data.dtype.kind == "f" and (data == data.round()).all():
        labels = [str(int(v)) for v in unique]
    else:
        labels = [str(v) for v in unique.tolist()]
    return list(map(labels.__getitem__, codes.tolist()))


def _numbers(frame: pd.DataFrame, column: str, keys: list[str], times: list[str]) -> Array:
    import pandas as pd

    data = frame[column]
    if data.dtype.kind in "mM":
        raise DataError(f"column {column} holds {'dates' if data.dtype.kind == 'M' else 'durations'}, such as "
                        f"{data.iloc[0]}, where numbers are wanted")
    numbers = pd.to_numeric(data, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    odd = np.flatnonzero((np.isnan(numbers) & data.notna().to_numpy()) | np.isinf(numbers))
    if odd.size:
        i = int(odd[0])
        who = " ".join(p for p in (keys[i], times[i]) if p)
        raise DataError(f"column {column}, row {i + 1} ({who}): {str(data.iloc[i])!r} is not a finite number "
                        f"({odd.size} such cells); correct it or leave the cell empty")
    return numbers


def _refuse_duplicates(cell: NDArray[np.int64], keys: list[str], times: list[str], entity: str | None,
                       time: str | None) -> None:
    _, first, count = np.unique(cell, return_index=True, return_counts=True)
    if (count > 1).any():
        who = [f"{keys[i]} {times[i]}".strip() for i in first[count > 1]]
        raise DataError(f"({', '.join(c for c in (entity, time) if c)}) is not unique: {first_of(who)} "
                        f"stand{'s' if len(who) == 1 else ''} in the data more than once")


def _natural(label: str) -> tuple[int, int, str]:
    return (0, int(label), "") if re.fullmatch(r"-?\d{1,15}", label) else (1, 0, label)
