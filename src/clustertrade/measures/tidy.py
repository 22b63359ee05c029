"""What a measure reads, checked once: key columns, numbers, and one row a combination of keys.

The rules are the same for all measures.  A column that is not there, or an option that is needed and not given, is
wrong usage.  Text in a number, a missing or infinite number, a negative one where shares are taken, a missing label and
a repeated combination of keys are invalid data, and the message names the rows.  A value that is not defined (a share
of nothing) is null in the result, with a warning that says why and where.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clustertrade.errors import DataError, UsageError, first_of
from clustertrade.options import option
from clustertrade.results import Measure

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Tidy:
    """Rows of the data: for each role a column of labels as codes, or of numbers."""

    procedure: str
    columns: Mapping[str, str]                             # role -> name of the key column, in the order of the output
    levels: Mapping[str, pd.Index]                         # role -> its labels, sorted
    codes: Mapping[str, Codes]                             # role -> (n,) place of each row's label in ``levels``
    numbers: Mapping[str, Array]                           # role -> (n,)

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(next(iter(self.numbers.values())))

    def group(self, *roles: str) -> tuple[Codes, int]:
        """One code for each combination of the roles (those that are there), and how many there may be."""
        code, size = np.zeros(self.n, dtype=np.int64), 1
        for role in roles:
            if role in self.codes:
                code = code * len(self.levels[role]) + self.codes[role]
                size *= len(self.levels[role])
        return code, size

    def sums(self, role: str, code: Codes, size: int) -> Array:
        """Sums of a number by group: (size,)."""
        return np.bincount(code, self.numbers[role], size).astype(float, copy=False)

    def label(self, row: int | np.integer[Any]) -> str:
        """The keys of a row as a reader names it."""
        return " ".join(str(self.levels[r][self.codes[r][row]]) for r in self.columns) or f"row {row + 1}"

    def by_row(self, value: Array, **facts: Any) -> Measure:
        """The measure with a value for every row of the data, in its order."""
        keys = {name: self.levels[role].take(self.codes[role]) for role, name in self.columns.items()}
        return _measure(pd.DataFrame({**keys, "value": value}), **facts)

    def by_group(self, roles: Sequence[str], code: Codes, value: Array, **facts: Any) -> Measure:
        """The measure with a value for every group that the data has, sorted by its keys."""
        there = np.unique(code)
        keys, rest = {}, there
        for role in reversed([r for r in roles if r in self.codes]):
            keys[self.columns[role]] = self.levels[role].take(rest % len(self.levels[role]))
            rest = rest // len(self.levels[role])
        return _measure(pd.DataFrame({**dict(reversed(keys.items())), "value": value[there]}), **facts)


class Rows(Sequence[Mapping[str, Any]]):
    """The rows of a data frame as mappings, made when they are asked for."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def __len__(self) -> int:
        return len(self.frame)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return Rows(self.frame.iloc[at])
        return self.frame.iloc[[at]].to_dict("records")[0]

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for start in range(0, len(self.frame), 10_000):
            yield from self.frame.iloc[start : start + 10_000].to_dict("records")


def _measure(frame: pd.DataFrame, **facts: Any) -> Measure:
    return Measure(columns=tuple(map(str, frame.columns)), rows=Rows(frame), **facts)


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
        codes[role], levels[role] = _labels(procedure, data[column], column)
    tidy = Tidy(procedure, key_columns, levels, codes,
                {role: np.zeros(len(data)) for role, column in numbers.items() if column is not None})
    read_numbers = {role: _numbers(tidy, data[column], column, role in signed)
                    for role, column in numbers.items() if column is not None}
    tidy = Tidy(procedure, key_columns, levels, codes, read_numbers)
    if unique and key_columns:
        _refuse_duplicates(tidy)
    return tidy


def add_up(code: Codes, value: Array, size: int) -> Array:
    """Sums of values by code: (size,), as floats also where there is nothing to add."""
    return np.bincount(code, value, size).astype(float, copy=False)


def undefined(tidy: Tidy, rows: Mask, why: str) -> tuple[str, ...]:
    """The warning that some rows of the data have no value; empty where none is concerned."""
    at = np.flatnonzero(rows)
    return (f"no value for {len(at)} rows, {why}: {first_of(tidy.label(i) for i in at[:6])}",) if at.size else ()


def undefined_groups(tidy: Tidy, roles: Sequence[str], code: Codes, groups: Mask, why: str) -> tuple[str, ...]:
    """The warning that some groups have no value; empty where none is concerned."""
    at = np.flatnonzero(groups[code])
    first = at[np.unique(code[at], return_index=True)[1]] if at.size else at
    names = [" ".join(str(tidy.levels[r][tidy.codes[r][i]]) for r in roles if r in tidy.codes) or "the data"
             for i in first[:6]]
    return (f"no value for {len(first)} groups, {why}: {first_of(names)}",) if first.size else ()


def total_row(tidy: Tidy, role: str = "value") -> tuple[str, ...]:
    """A warning where one region is always the sum of the others: a row of totals among the regions."""
    if "region" not in tidy.codes:
        return ()
    code, size = tidy.group("industry", "time")
    whole, regions = tidy.sums(role, code, size)[code], tidy.codes["region"]
    half = np.isclose(2 * tidy.numbers[role], whole, rtol=1e-3, atol=0) & (whole > 0)
    often = np.bincount(regions, half, len(tidy.levels["region"]))
    always = (often == np.bincount(regions, minlength=len(often))) & (often >= 3)
    names = [str(v) for v in tidy.levels["region"][np.flatnonzero(always)]]
    return (f"{first_of(names)} is the sum of the other regions in each of its rows: leave a row of totals out",
            ) if len(names) == 1 and len(often) > 2 else ()


def _labels(procedure: str, labels: pd.Series, column: str) -> tuple[Codes, pd.Index]:
    if (missing := np.flatnonzero(labels.isna().to_numpy())).size:
        raise DataError(f"{procedure}: column {column}, row {missing[0] + 1}: the label is missing "
                        f"({missing.size} rows)")
    if labels.dtype.kind == "M":
        labels = labels.dt.strftime("%Y-%m-%d")
    elif labels.dtype.kind == "f" and (labels == labels.round()).all():
        labels = labels.astype(np.int64)
    code, levels = pd.factorize(labels)
    index = pd.Index(levels)
    try:
        order = index.argsort()
    except TypeError:                                      # numbers and texts in one column
        order = np.argsort([str(v) for v in index], kind="stable")
    place = np.empty(len(index), dtype=np.int64)
    place[order] = np.arange(len(index))
    return place[code], index.take(np.asarray(order, dtype=np.intp))


def _numbers(tidy: Tidy, data: pd.Series, column: str, signed: bool) -> Array:
    numbers = pd.to_numeric(data, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    at = f"{tidy.procedure}: column {column}"
    empty = data.isna().to_numpy()
    if (odd := np.flatnonzero(~np.isfinite(numbers) & ~empty)).size:
        raise DataError(f"{at}, row {odd[0] + 1} ({tidy.label(odd[0])}): {str(data.iloc[odd[0]])!r} is not a finite "
                        f"number ({odd.size} such cells)")
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
    if size <= 4 * tidy.n + 1000:
        again = np.flatnonzero((np.bincount(code, minlength=size) > 1)[code])
    else:
        again = np.flatnonzero(pd.Series(code).duplicated(keep=False).to_numpy())
    if again.size:
        who = dict.fromkeys(tidy.label(i) for i in again[:100])
        raise DataError(f"{tidy.procedure}: ({', '.join(tidy.columns.values())}) is not unique: {first_of(who)} "
                        f"({again.size} rows); add them up first, or name the column that tells them apart")
