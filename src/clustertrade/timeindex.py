"""Time labels to step numbers and back: lags and gaps count in steps, output repeats the label as given."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clustertrade.errors import DataError, first_of

FREQUENCIES = {"A": "year", "Q": "quarter", "M": "month", "W": "week", "D": "day"}
INTEGER = re.compile(r"[+-]?\d+(\.0+)?")
MONTH = re.compile(r"(\d{4})-(\d{1,2})")
QUARTER = re.compile(r"(\d{4})[-:]?[Qq]([1-4])")
DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})([T ].*)?")


def steps(labels: Sequence[str], freq: str | None = None) -> tuple[NDArray[np.int64], str | None]:
    """The step number of every label, and the frequency (None for plain integers).

    Parameters
    ----------
    labels : texts
        Integers, YYYY, YYYY-MM, YYYYQn or YYYY-MM-DD; one form for all.
    freq : A, Q, M, W or D, optional
        The step of dates; inferred where consecutive dates all differ by one step of one kind.

    Raises
    ------
    DataError
        For a label of no known form, or dates whose step is ambiguous.
    """
    unique = sorted(set(labels))
    for form, convert in ((INTEGER, _integer), (QUARTER, _quarter), (MONTH, _month)):
        if all(form.fullmatch(label) for label in unique):
            number, own = convert, {_integer: None, _quarter: "Q", _month: "M"}[convert]
            if freq is not None and own not in (None, freq):
                raise DataError(f"--freq {freq}: times such as {unique[0]} step by {FREQUENCIES[own or 'A']}")
            table = {label: number(label) for label in unique}
            return np.fromiter(map(table.__getitem__, labels), dtype=np.int64, count=len(labels)), own or freq
    dates = {label: _date(label) for label in unique}
    if bad := [label for label, date in dates.items() if date is None]:
        odd = [label for label in bad if not any(f.fullmatch(label) for f in (INTEGER, QUARTER, MONTH))]
        raise DataError(f"time {(odd or bad)[0]!r}: expected an integer, YYYY, YYYY-MM, YYYYQn or YYYY-MM-DD, one form "
                        f"for all ({first_of(unique, 3)})")
    known = {label: date for label, date in dates.items() if date is not None}
    freq = freq or _infer(sorted(set(known.values())))
    table = {label: _date_step(date, freq) for label, date in known.items()}
    if len(set(table.values())) < len(set(known.values())):
        raise DataError(f"--freq {freq}: several dates fall into one {FREQUENCIES[freq]}")
    return np.array([table[label] for label in labels], dtype=np.int64), freq


def label_of(step: int, freq: str | None, like: str) -> str:
    """A label for a step that the data does not name, in the form of ``like``."""
    if QUARTER.fullmatch(like):
        return f"{step // 4}Q{step % 4 + 1}"
    if MONTH.fullmatch(like):
        return f"{step // 12}-{step % 12 + 1:02d}"
    if INTEGER.fullmatch(like):
        return str(step)
    if freq == "A":
        return f"{step}"
    if freq == "Q":
        return f"{step // 4}Q{step % 4 + 1}"
    if freq == "M":
        return f"{step // 12}-{step % 12 + 1:02d}"
    return dt.date.fromordinal(step * 7 + 1 if freq == "W" else step).isoformat()


def _integer(label: str) -> int:
    whole = label.partition(".")[0]
    if len(whole.lstrip("+-0")) > 15:
        raise DataError(f"time {label!r} is no period: an integer of at most 15 digits, YYYY, YYYY-MM, YYYYQn or "
                        "YYYY-MM-DD is")
    return int(whole)


def _quarter(label: str) -> int:
    found = QUARTER.fullmatch(label)
    assert found
    return int(found[1]) * 4 + int(found[2]) - 1


def _month(label: str) -> int:
    found = MONTH.fullmatch(label)
    assert found
    if not 1 <= int(found[2]) <= 12:
        raise DataError(f"time {label!r}: there is no month {found[2]}")
    return int(found[1]) * 12 + int(found[2]) - 1


def _date(label: str) -> dt.date | None:
    found = DATE.fullmatch(label)
    try:
        return dt.date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def _date_step(date: dt.date, freq: str) -> int:
    return {"A": date.year, "Q": date.year * 4 + (date.month - 1) // 3, "M": date.year * 12 + date.month - 1,
            "W": (date.toordinal() - 1) // 7, "D": date.toordinal()}[freq]


def _infer(dates: list[dt.date]) -> str:
    for freq in "DWMQA":
        gaps = {_date_step(b, freq) - _date_step(a, freq) for a, b in itertools.pairwise(dates)}
        weekday = freq != "W" or len({d.weekday() for d in dates}) == 1
        if gaps == {1} and weekday:
            return freq
    raise DataError(f"the step of the dates {dates[0]} to {dates[-1]} is ambiguous: say --freq A, Q, M, W or D")
