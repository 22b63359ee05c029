"""Grey relational analysis: how closely series follow a reference series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from clustertrade.errors import DataError, InfeasibleError, UsageError, first_of
from clustertrade.measures.indicators import rank_correlation, ranks
from clustertrade.measures.tidy import Array, Codes, Rows, read
from clustertrade.registry import procedure
from clustertrade.results import Measure

SCALES = ("minmax", "initial", "mean", "none")
VARIANTS = ("deng", "absolute", "relative", "slope", "b-type")


@procedure(
    "grey-relation",
    family="measures",
    title="Grey relational analysis",
    reference="deng1982",
    choices={"variant": VARIANTS, "scale": SCALES},
)
def grey_relation(data: pd.DataFrame, *, value: str | None = None, indicator: Sequence[str] = (),
                  time: str | None = None, unit: str | None = None, scale: str | None = None, rho: float = 0.5,
                  variant: str = "deng") -> Measure:
    r"""Grey relational grade of each compared series with the reference series.

    .. math:: \text{deng}: \gamma_{0i}=\frac1n\sum_k\frac{\Delta_{min}+\rho\Delta_{max}}{\Delta_i(k)+\rho\Delta_{max}},
        \quad \Delta_i(k)=|x_0(k)-x_i(k)|

    after scaling, with minimum and maximum over all compared series and periods.  The others compare shapes: with
    series that start at zero, :math:`x^0(k)=x(k)-x(1)`, and
    :math:`s=\sum_{k=2}^{n-1}x^0(k)+\tfrac12x^0(n)`,

    .. math:: \text{absolute}: \frac{1+|s_0|+|s_i|}{1+|s_0|+|s_i|+|s_i-s_0|};\qquad
        \text{slope}: \frac1{n-1}\sum_k\frac{1+|a_0(k)|}{1+|a_0(k)|+|a_0(k)-a_i(k)|},\;
        a(k)=\frac{x(k+1)-x(k)}{\bar x}

    relative is absolute of series over their first value.  b-type is
    :math:`1/(1+\frac1n d^0+\frac1{n-1}d^1+\frac1{n-2}d^2)` with the sums of absolute differences of levels, first and
    second differences of the scaled series.

    Parameters
    ----------
    data : DataFrame
        A row a period (or another item k), a column a series.
    value : column name
        The reference series.
    indicator : COL, several
        Series that are compared with it (COL:- for one of which less is better: with minmax it is turned round).
    time : column name, optional
        Periods, which put the rows in order; by default they are taken as they stand.
    unit : column name, optional
        Grades for each unit by itself.
    scale : minmax, initial, mean or none
        (x - min)/(max - min), x over its first value, over its mean, or as it is; by default mean for deng, initial for
        b-type, and none for the others.  Grades and their order depend on it: the details say how.
    rho : float
        The distinguishing coefficient of deng.
    variant : deng, absolute, relative, slope or b-type
        The formula.

    Returns
    -------
    Measure
        Unit, ``indicator``, ``rank`` and ``value``, the grade from 0 to 1.  Details: ``coefficients`` (deng), a row a
        unit and series with the coefficient of each row; ``sensitivity``, a row a scale and rho: grades and rank
        correlation with the order found here.

    Raises
    ------
    UsageError
        No reference or no compared series; one that is the reference.
    DataError
        What ``measures.tidy`` refuses; a first value or mean of zero by which a series would be divided.
    InfeasibleError
        Too few periods: two, three for absolute, relative and b-type; a series that does not vary, with minmax.

    Examples
    --------
    >>> frame = pd.DataFrame({"gdp": [55.0, 65, 75, 100], "roads": [24.0, 38, 40, 50], "rails": [10.0, 22, 18, 20]})
    >>> result = grey_relation(frame, value="gdp", indicator=["roads", "rails"])
    >>> [round(row["value"], 4) for row in result.rows]
    [0.7697, 0.6006]
    """
    if value is None or not indicator:
        raise UsageError("grey-relation needs --value, the reference series, and --indicator for each compared one")
    names, turned = _series(indicator)
    if value in names:
        raise UsageError(f"grey-relation: {value} is the reference series and cannot be compared with itself")
    if scale is None:
        scale = {"deng": "mean", "b-type": "initial"}.get(variant, "none")
    if any(turned) and scale != "minmax":
        raise UsageError("grey-relation turns a series with - round by --scale minmax only")
    tidy = read("grey-relation", data, {"unit": unit, "time": time}, {value: value, **{c: c for c in names}},
                signed=(value, *names), unique=time is not None)
    who, n_units = tidy.group("unit")
    series = np.column_stack([tidy.numbers[c] for c in (value, *names)])
    least = {"deng": 2, "slope": 2}.get(variant, 3)
    rows: list[dict[str, Any]] = []
    coefficients: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for u in range(n_units):
        at = np.flatnonzero(who == u)
        if time is not None:
            at = at[np.argsort(tidy.codes["time"][at], kind="stable")]
        label = {tidy.columns["unit"]: tidy.levels["unit"][u]} if "unit" in tidy.columns else {}
        if at.size < least:
            raise InfeasibleError(f"grey-relation --variant {variant} needs {least} periods; there "
                                  f"{'is one' if at.size == 1 else f'are {at.size}'}"
                                  f"{' for ' + str(tidy.levels['unit'][u]) if label else ''}")
        grade, each = grades(series[at], turned, scale, rho, variant, [value, *names])
        place = ranks(grade, np.zeros(len(grade), dtype=np.int64))
        rows += [{**label, "indicator": c, "rank": place[i], "value": grade[i]} for i, c in enumerate(names)]
        if variant == "deng":
            coefficients += [{**label, "indicator": c, "values": each[:, i]} for i, c in enumerate(names)]
            others += [{**label, **row} for row in _sensitivity(series[at], turned, place, [value, *names])]
    frame = pd.DataFrame(rows)
    warnings = () if len(names) > 1 or variant != "deng" else (
        "one compared series: its largest and smallest difference are its own, and the grade says little",)
    return Measure(columns=tuple(map(str, frame.columns)), rows=Rows(frame), warnings=warnings, details={
        "scale": scale, **({"coefficients": coefficients, "sensitivity": others} if variant == "deng" else {})})


def _series(indicator: Sequence[str]) -> tuple[list[str], list[bool]]:
    names, turned = [], []
    for text in map(str, indicator):
        column, colon, direction = text.rpartition(":")
        if not colon or direction not in ("+", "-"):
            column, direction = text, "+"
        names.append(column)
        turned.append(direction == "-")
    if twice := [c for c in names if names.count(c) > 1]:
        raise UsageError(f"grey-relation: series {twice[0]} is given twice")
    return names, turned


def grades(series: Array, turned: Sequence[bool], scale: str, rho: float, variant: str, names: list[str],
           ) -> tuple[Array, Array]:
    """Grades (J,) of the series (n, 1 + J) with the first, and for deng the coefficients (n, J)."""
    x = scaled(series, turned, scale, names)
    if variant == "deng":
        gap = np.abs(x[:, 1:] - x[:, :1])
        low, high = gap.min(), gap.max()
        each = (low + rho * high) / (gap + rho * high) if high > 0 else np.ones_like(gap)
        return each.mean(0), each
    if variant == "slope":
        mean = x.mean(0)
        _refuse_zero(mean, names, "mean")
        a = np.diff(x, axis=0) / mean
        own = 1 + np.abs(a[:, :1])
        return (own / (own + np.abs(a[:, 1:] - a[:, :1]))).mean(0), x
    if variant == "b-type":
        n, d = len(x), x[:, 1:] - x[:, :1]
        sums = [np.abs(v).sum(0) / (n - k) for k, v in enumerate((d, np.diff(d, axis=0), np.diff(d, n=2, axis=0)))]
        return 1 / (1 + sum(sums)), x
    if variant == "relative":
        _refuse_zero(x[0], names, "first value")
        x = x / x[0]
    x = x - x[0]
    s = x[1:-1].sum(0) + x[-1] / 2
    base = 1 + abs(s[0]) + np.abs(s[1:])
    return base / (base + np.abs(s[1:] - s[0])), x


def scaled(series: Array, turned: Sequence[bool], scale: str, names: list[str]) -> Array:
    """Series on the scale of that name; those that are turned have 1 less the scaled value."""
    if scale == "minmax":
        low, high = series.min(0), series.max(0)
        if (flat := np.flatnonzero(high - low <= 1e-13 * np.maximum(np.abs(low), np.abs(high)))).size:
            raise InfeasibleError(f"grey-relation --scale minmax: {first_of(names[j] for j in flat)} does not vary")
        x = (series - low) / (high - low)
        return np.where([False, *turned], 1 - x, x)
    if scale == "none":
        return series
    by = series[0] if scale == "initial" else series.mean(0)
    _refuse_zero(by, names, "first value" if scale == "initial" else "mean")
    return np.asarray(series / by, dtype=float)


def _refuse_zero(by: Array, names: list[str], what: str) -> None:
    if (none := np.flatnonzero(by == 0)).size:
        raise DataError(f"grey-relation divides by the {what} of a series, which is zero for "
                        f"{first_of(names[j] for j in none)}")


def _sensitivity(series: Array, turned: Sequence[bool], place: Array, names: list[str]) -> list[dict[str, Any]]:
    """A row a scale and rho: the grades, and how like their order is to that found."""
    rows = []
    alike: Codes = np.zeros(len(place), dtype=np.int64)
    for scale in SCALES if not any(turned) else SCALES[:1]:
        for rho in (0.1, 0.5, 0.9):
            try:
                grade, _ = grades(series, turned, scale, rho, "deng", names)
            except (DataError, InfeasibleError):
                continue
            rows.append({"scale": scale, "rho": rho, **{c: grade[i] for i, c in enumerate(names[1:])},
                         "spearman": rank_correlation(place, ranks(grade, alike))})
    return rows
