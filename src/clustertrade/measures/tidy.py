"""What a measure reads, checked once: key columns, numbers, and one row a combination of keys.

The rules are the same for all measures.  A column that is not there, or an option that is needed and not given, is
wrong usage.  Text in a number, a missing or infinite number, a negative one where shares are taken, a missing label and
a repeated combination of keys are invalid data, and the message names the rows.  A value that is not defined (a share
of nothing) is null in the result, with a warning that says why and where.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clustertrade.errors import DataError, InfeasibleError, UsageError, first_of
from clustertrade.options import option
from clustertrade.results import Measure
from clustertrade.timeindex import steps

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]
LARGEST = 1e60                                             # of numbers; their fourth powers must stay finite


@dataclass(frozen=True)
class Tidy:
    """Rows of the data: for each role a column of labels as codes, or of numbers."""

    procedure: str
    columns: Mapping[str, str]                             # role -> name of the key column, in the order of the output
    levels: Mapping[str, pd.Index]                         # role -> its labels, sorted
    codes: Mapping[str, Codes]                             # role -> (n,) place of each row's label in ``levels``
    numbers: Mapping[str, Array]                           # role -> (n,)
    full: bool = False                                     # every combination of keys once, in their order

    @property
    def shape(self) -> tuple[int, ...]:
        """How many labels each key has."""
        return tuple(len(self.levels[role]) for role in self.columns)

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(next(iter(self.numbers.values())))

    def group(self, *roles: str) -> tuple[Codes, int]:
        """One code for each combination of the roles (those that are there), and how many there may be."""
        used = [role for role in roles if role in self.codes]
        size = 1
        for role in used:
            size *= len(self.levels[role])
        if not used:
            return np.zeros(self.n, dtype=np.int64), 1
        if self.full:
            return self.spread(np.arange(size, dtype=np.int32 if size < 2**31 else np.int64), *used), size
        # Half the memory where it suffices.
        code: NDArray[Any] = self.codes[used[0]].astype(np.int32 if size < 2**31 else np.int64)
        for role in used[1:]:
            code *= len(self.levels[role])
            code += self.codes[role]
        return code, size

    def total(self, value: Array, *roles: str) -> Array:
        """Sums of a value (n,) by the groups of the roles: (size,), in the order of ``group``."""
        if self.full:
            used, names = [r for r in roles if r in self.columns], list(self.columns)
            kept = [i for i, r in enumerate(names) if r in used]
            sums = value.reshape(self.shape).sum(axis=tuple(i for i in range(len(names)) if i not in kept))
            order = [r for r in names if r in used]
            return np.asarray(sums, dtype=float).transpose([order.index(r) for r in used]).ravel()
        code, size = self.group(*roles)
        return np.bincount(code, value, size).astype(float, copy=False)

    def spread(self, value: NDArray[Any], *roles: str) -> NDArray[Any]:
        """A value (size,) of the groups of the roles, for every row: (n,)."""
        if self.full:
            used = [r for r in roles if r in self.columns]
            order = [r for r in self.columns if r in used]
            grid = value.reshape([len(self.levels[r]) for r in used]).transpose([used.index(r) for r in order])
            grid = grid.reshape([len(self.levels[r]) if r in used else 1 for r in self.columns])
            return np.broadcast_to(grid, self.shape).reshape(-1)
        return value[self.group(*roles)[0]]

    def sums(self, role: str, code: Codes, size: int) -> Array:
        """Sums of a number by group: (size,)."""
        return np.bincount(code, self.numbers[role], size).astype(float, copy=False)

    def label(self, row: int | np.integer[Any]) -> str:
        """The keys of a row as a reader names it."""
        return " ".join(str(self.levels[r][self.codes[r][row]]) for r in self.columns) or f"row {row + 1}"

    def by_row(self, value: Array, **facts: Any) -> Measure:
        """The measure with a value for every row of the data, in its order."""
        def frame() -> pd.DataFrame:
            keys = {name: self.levels[role].take(self.codes[role]) for role, name in self.columns.items()}
            return pd.DataFrame({**keys, "value": value})

        return Measure(columns=(*map(str, self.columns.values()), "value"), rows=Rows(frame, self.n), **facts)

    def by_group(self, roles: Sequence[str], code: Codes, value: Array, **facts: Any) -> Measure:
        """The measure with a value for every group that the data has, sorted by its keys."""
        there = np.arange(len(value)) if self.full else present(code, len(value))
        keys, rest = {}, there
        for role in reversed([r for r in roles if r in self.codes]):
            keys[self.columns[role]] = self.levels[role].take(rest % len(self.levels[role]))
            rest = rest // len(self.levels[role])
        frame = pd.DataFrame({**dict(reversed(keys.items())), "value": value[there]})
        return Measure(columns=tuple(map(str, frame.columns)), rows=Rows(frame), **facts)


class Rows(Sequence[Mapping[str, Any]]):
    """The rows of a data frame as mappings, made when they are asked for; so may be the frame itself, of n rows."""

    def __init__(self, frame: pd.DataFrame | Callable[[], pd.DataFrame], n: int | None = None) -> None:
        self._frame, self._n = frame, n

    @property
    def frame(self) -> pd.DataFrame:
        """The data frame."""
        if not isinstance(self._frame, pd.DataFrame):
            self._frame = self._frame()
        return self._frame

    def __len__(self) -> int:
        return len(self.frame) if self._n is None else self._n

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return Rows(self.frame.iloc[at])
        return self.frame.iloc[[at]].to_dict("records")[0]

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for start in range(0, len(self.frame), 10_000):
            yield from self.frame.iloc[start : start + 10_000].to_dict("records")


def read(procedure: str, data: pd.DataFrame, keys: Mapping[str, str | None], numbers: Mapping[str, str | None], *,
         needed: Sequence[str] = (), signed: Sequence[str] = (), unique: bool = True) -> Tidy:
    """The columns that a measure reads, checked.

    Parameters
    ----------
    procedure : str
        Its name, for messages.
    data : DataFrame
        A row a combination of keys.
    keys, numbers : role to column
        Roles are option names (or indicator names); a column of None is not used.
    needed : roles
        That must be given.
    signed : roles
        Numbers that may be negative.
    unique : bool
        Whether a combination of keys may stand only once.

    Raises
    ------
    UsageError
        A needed option that is missing, a column that is not there or has two roles.
    DataError
        No rows; a missing label; a number that is text, missing, infinite, or negative where it may not be; a repeated
        combination of keys.
    """
    given = {role: column for role, column in {**keys, **numbers}.items() if column is not None}
    if missing := [role for role in needed if role not in given]:
        raise UsageError(f"{procedure} needs {first_of(option(r).flag for r in missing)}")
    if any(column not in data.columns and column in data.index.names for column in given.values()):
        data = data.reset_index()
    if data.columns.has_duplicates and (
            several := [c for c in dict.fromkeys(given.values()) if list(data.columns).count(c) > 1]):
        raise DataError(f"{procedure}: {first_of(several)} names several columns: give each column a name of its own")
    if absent := [c for c in dict.fromkeys(given.values()) if c not in data.columns]:
        raise UsageError(f"{procedure}: no column {first_of(absent)}; there are {first_of(map(str, data.columns), 12)}")
    key_columns = {role: column for role, column in keys.items() if column is not None}
    twice = [c for c in given.values() if list(given.values()).count(c) > 1]
    if twice:
        raise UsageError(f"{procedure}: column {twice[0]} is given twice")
    if "value" in key_columns.values():
        raise UsageError(f"{procedure}: a column of labels cannot be called value, the name of the result; rename it")
    if not len(data):
        raise DataError(f"{procedure}: the data has no rows")
    codes, levels = {}, {}
    for role, column in key_columns.items():
        codes[role], levels[role] = _labels(procedure, data[column], column, role == "time")
    tidy = Tidy(procedure, key_columns, levels, codes,
                {role: np.zeros(len(data)) for role, column in numbers.items() if column is not None})
    read_numbers = {role: _numbers(tidy, data[column], column, role in signed)
                    for role, column in numbers.items() if column is not None}
    tidy = Tidy(procedure, key_columns, levels, codes, read_numbers)
    if key_columns and np.prod(tidy.shape, dtype=float) == tidy.n:
        code, _ = tidy.group(*key_columns)
        if code[0] == 0 and (np.diff(code) == 1).all():
            return Tidy(procedure, key_columns, levels, codes, read_numbers, full=True)
    if unique and key_columns:
        _refuse_duplicates(tidy)
    return tidy


def add_up(code: Codes, value: Array, size: int) -> Array:
    """Sums of values by code: (size,), as floats also where there is nothing to add."""
    return np.bincount(code, value, size).astype(float, copy=False)


def present(code: Codes, size: int) -> Codes:
    """The codes that there are, sorted."""
    if size > 4 * len(code) + 1000:
        return np.unique(code)
    seen = np.zeros(size, dtype=bool)
    seen[code] = True
    return np.flatnonzero(seen)


def undefined(tidy: Tidy, rows: Mask, why: str) -> tuple[str, ...]:
    """The warning that some rows of the data have no value; empty where none is concerned."""
    at = np.flatnonzero(rows) if rows.any() else np.zeros(0, dtype=np.int64)
    return (f"no value for {len(at)} rows, {why}: {first_of(tidy.label(i) for i in at[:6])}",) if at.size else ()


def undefined_groups(tidy: Tidy, roles: Sequence[str], code: Codes, groups: Mask, why: str) -> tuple[str, ...]:
    """The warning that some groups have no value; empty where none is concerned."""
    if not groups.any():
        return ()
    at = np.flatnonzero(groups[code])
    first = at[np.unique(code[at], return_index=True)[1]] if at.size else at
    names = [" ".join(str(tidy.levels[r][tidy.codes[r][i]]) for r in roles if r in tidy.codes) or "the data"
             for i in first[:6]]
    return (f"no value for {len(first)} groups, {why}: {first_of(names)}",) if first.size else ()


def jumps(tidy: Tidy, role: str = "time") -> list[str]:
    """Where the step from one period to the next is longer than the shortest; empty for labels that are no times."""
    labels = [str(v) for v in tidy.levels[role]] if role in tidy.levels else []
    try:
        width = np.diff(steps(labels)[0])                  # labels are in the order of time
    except DataError:
        return []
    return [f"{labels[k]} to {labels[k + 1]}" for k in np.flatnonzero(width > width.min(initial=1 << 60))]


def uneven(tidy: Tidy) -> tuple[str, ...]:
    """The warning that a change from one period to the next is not always over the same time."""
    return (f"periods are missing, and changes go over longer steps there: {first_of(found)}",
            ) if (found := jumps(tidy)) else ()


def total_row(tidy: Tidy, role: str = "value") -> tuple[str, ...]:
    """A warning where one region is always the sum of the others: a row of totals among the regions."""
    if "region" not in tidy.codes:
        return ()
    n_regions = len(tidy.levels["region"])
    own = tidy.total(tidy.numbers[role], "region", "time").reshape(n_regions, -1)
    # Half of everything in every period, or half of nothing: of such regions the rows are looked at.
    likely = np.flatnonzero((np.isclose(2 * own, own.sum(0), rtol=1e-2, atol=0) | (own == 0)).all(1) & (own > 0).any(1))
    if n_regions < 3 or not 0 < likely.size <= 3:
        return ()
    code, size = tidy.group("industry", "time")
    whole, names = tidy.sums(role, code, size), []
    for region in likely:
        rows = np.flatnonzero(tidy.codes["region"] == region)
        mine, all_ = tidy.numbers[role][rows], whole[code[rows]]
        if rows.size >= 3 and (np.isclose(2 * mine, all_, rtol=1e-3, atol=0) & (all_ > 0)).all():
            names.append(str(tidy.levels["region"][region]))
    return (f"{names[0]} is the sum of the other regions in each of its rows: leave a row of totals out",
            ) if len(names) == 1 else ()


def _labels(procedure: str, labels: pd.Series, column: str, time: bool = False) -> tuple[Codes, pd.Index]:
    if (missing := np.flatnonzero(labels.isna().to_numpy())).size:
        raise DataError(f"{procedure}: column {column}, row {missing[0] + 1}: the label is missing "
                        f"({missing.size} rows)")
    if labels.dtype.kind == "M":
        labels = labels.dt.strftime("%Y-%m-%d")
    elif labels.dtype.kind == "f" and (labels == labels.round()).all():
        labels = labels.astype(np.int64)
    if labels.dtype.kind in "iu" and (found := _of_integers(labels.to_numpy())) is not None:
        return found
    code, levels = pd.factorize(labels)
    index = pd.Index(levels)
    trimmed = [v.strip() if isinstance(v, str) else v for v in index]
    if index.dtype.kind not in "iuf" and trimmed != index.tolist():           # a space is not another region
        again, index = pd.factorize(pd.Index(trimmed, dtype=object))
        code = again[code]
    try:
        order = index.argsort()
    except TypeError:                                      # numbers and texts in one column
        order = np.argsort([str(v) for v in index], kind="stable")
    if time and index.dtype.kind not in "iuf":
        with contextlib.suppress(DataError):               # 2001-9 is before 2001-10; other words stay in their order
            order = np.argsort(steps([str(v) for v in index])[0], kind="stable")
    place = np.empty(len(index), dtype=np.int64)
    place[order] = np.arange(len(index))
    return place[code], index.take(np.asarray(order, dtype=np.intp))


def _of_integers(labels: NDArray[Any]) -> tuple[Codes, pd.Index] | None:
    """Codes and levels of whole numbers that lie close together, without a hash of each; None of others."""
    low, high = int(labels.min()), int(labels.max())
    if high - low > 4 * len(labels) + 1000 or high - low > 2**31 - 2:
        return None
    there = present(np.subtract(labels, low, dtype=np.int32, casting="unsafe") if low else labels, high - low + 1)
    kind = np.int16 if len(there) < 2**15 else np.int32
    if len(there) == high - low + 1:                       # none is missing in between
        return np.subtract(labels, low, dtype=kind, casting="unsafe"), pd.Index(there + low)
    place = np.zeros(high - low + 1, dtype=kind)
    place[there] = np.arange(len(there), dtype=kind)
    return place[np.subtract(labels, low, dtype=np.int64)], pd.Index(there + low)


def _numbers(tidy: Tidy, data: pd.Series, column: str, signed: bool) -> Array:
    if data.dtype == np.float64:                           # the usual case, checked without a copy
        numbers = data.to_numpy()
        low, high = (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 0.0)    # NaN where one is
        size = max(-low, high)
        if (size == 0 or 1 / LARGEST <= size <= LARGEST) and (signed or low >= 0):
            return numbers
    at = f"{tidy.procedure}: column {column}"
    if data.dtype.kind in "mM":
        raise DataError(f"{at} holds {'dates' if data.dtype.kind == 'M' else 'durations'}, such as {data.iloc[0]}, "
                        "where numbers are wanted")
    numbers = pd.to_numeric(data, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    empty = data.isna().to_numpy()
    if (odd := np.flatnonzero(~np.isfinite(numbers) & ~empty)).size:
        raise DataError(f"{at}, row {odd[0] + 1} ({tidy.label(odd[0])}): {str(data.iloc[odd[0]])!r} is not a finite "
                        f"number ({odd.size} such cells)")
    if (largest := float(np.abs(np.nan_to_num(numbers)).max())) > LARGEST or 0 < largest < 1 / LARGEST:
        i = int(np.abs(np.nan_to_num(numbers)).argmax())
        raise InfeasibleError(f"{at}, row {i + 1} ({tidy.label(i)}): {numbers[i]:g}; numbers beyond {LARGEST:g} or "
                              f"below {1 / LARGEST:g} cannot be multiplied and added with any precision: correct the "
                              "cell, or take another unit")
    if (holes := np.flatnonzero(empty)).size:
        raise DataError(f"{at} is missing in {holes.size} of {len(data)} rows: "
                        f"{first_of(tidy.label(i) for i in holes)}. "
                        "A measure fills no gap: leave these rows, or these regions, out")
    if not signed and (below := np.flatnonzero(numbers < 0)).size:
        who = first_of(f"{tidy.label(i)} ({numbers[i]:g})" for i in below)
        raise DataError(f"{at} is negative in {below.size} rows: {who}. Shares need amounts of zero or more")
    return numbers


def _refuse_duplicates(tidy: Tidy) -> None:
    code, size = tidy.group(*tidy.columns)
    if len(present(code, size)) == tidy.n:
        return
    if size <= 4 * tidy.n + 1000:
        again = np.flatnonzero((np.bincount(code, minlength=size) > 1)[code])
    else:
        again = np.flatnonzero(pd.Series(code).duplicated(keep=False).to_numpy())
    if again.size:
        who = dict.fromkeys(tidy.label(i) for i in again[:100])
        raise DataError(f"{tidy.procedure}: ({', '.join(tidy.columns.values())}) is not unique: {first_of(who)} "
                        f"({again.size} rows); add them up first, or name the column that tells them apart")
