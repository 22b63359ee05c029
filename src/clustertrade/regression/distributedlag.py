"""An autoregressive distributed lag model of one series: its regression in levels and as an error correction."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from clustertrade.batch.trend import TERMS, deterministic
from clustertrade.errors import UsageError, first_of
from clustertrade.panel import Array, Panel
from clustertrade.regression.fit import Fit, least_squares
from clustertrade.regression.rows import CONSTANT, Rows

GRID = 4000                                                # combinations of orders that a criterion compares


@dataclass(frozen=True)
class Orders:
    """Lags p of y and q of each x; what a criterion compared: (p, q ...) -> value."""

    y: int
    x: tuple[int, ...]
    criterion: Mapping[str, float]
    common: bool                                           # one q for all x, the grid of all being too large

    @property
    def most(self) -> int:
        """Periods that are lost."""
        return max(self.y, *self.x)


def fewest(options: Mapping[str, Any]) -> int:
    """Periods that leave one degree of freedom to the largest orders that may be used."""
    chosen = isinstance(options["lags"], str)
    most = int(options["max_lags"] or 0) if chosen else int(options["lags"])
    p = options["y_lags"] if options["y_lags"] is not None else max(most, 1) if chosen else 1
    own = _own(options["x_lags"], list(options["x"]))
    q = [own.get(name, most) for name in options["x"]]
    return max(p, *q, 0) + TERMS[options["trend"]] + p + sum(v + 1 for v in q) + 1


def _own(pairs: Any, names: list[str]) -> dict[str, int]:
    found = {}
    for pair in pairs or ():
        name, _, number = str(pair).rpartition(":")
        if name not in names or not number.isdigit():
            raise UsageError(f"--x-lags {pair}: COL:Q with COL one of {first_of(names, 12)} and Q a number")
        found[name] = int(number)
    return found


def choose_orders(y: Panel, x: Panel, trend: str, y_lags: int | None, lags: int | str, max_lags: int,
                  x_lags: Any) -> Orders:
    """The orders: as given, or by a criterion on the sample that the largest leave."""
    names, own = list(x.variables), _own(x_lags, list(x.variables))
    if not isinstance(lags, str):
        return Orders(1 if y_lags is None else y_lags, tuple(own.get(name, lags) for name in names), {}, False)
    ps = range(1, max(max_lags, 1) + 1) if y_lags is None else [y_lags]
    qs: list[Any] = [[own[name]] if name in own else range(max_lags + 1) for name in names]
    common = len(ps) * math.prod(len(q) for q in qs) > GRID
    if common:
        grid = [(p, *(own.get(name, q) for name in names)) for p in ps for q in range(max_lags + 1)]
    else:
        grid = list(itertools.product(ps, *qs))
    levels = np.concatenate([y.values, x.values], -1)[0]
    start = max(max(g) for g in grid)
    now, columns, where = _all_columns(levels, trend, start, max(g[0] for g in grid),
                                       [max(g[1 + j] for g in grid) for j in range(len(names))])
    size = np.sqrt((columns**2).sum(0))
    scaled = columns / np.where(size > 0, size, 1.0)
    moments, cross, total, n = scaled.T @ scaled, scaled.T @ now, now @ now, len(now)
    weight = {"aic": 2.0, "bic": math.log(n), "hqic": 2 * math.log(math.log(n))}[lags]
    values = {}
    for orders in grid:
        kept = [*where["terms"], *where["y"][: orders[0]], *(c for j, q in enumerate(orders[1:])
                                                             for c in where["x"][j][: q + 1])]
        ssr = total - cross[kept] @ np.linalg.lstsq(moments[np.ix_(kept, kept)], cross[kept], rcond=None)[0]
        values[orders] = n * math.log(max(float(ssr), 1e-300) / n) + weight * len(kept)
    best = min(values, key=lambda g: (values[g], sum(g)))
    return Orders(best[0], tuple(best[1:]), {", ".join(map(str, g)): v for g, v in values.items()}, common)


def _all_columns(levels: Array, trend: str, start: int, p: int, q: list[int]) -> tuple[Array, Array, dict[str, Any]]:
    t = len(levels)
    columns = [*deterministic(trend, t)[start:].T]
    where: dict[str, Any] = {"terms": list(range(len(columns))), "x": []}
    where["y"] = list(range(len(columns), len(columns) + p))
    columns += [levels[start - i : t - i, 0] for i in range(1, p + 1)]
    for j, most in enumerate(q):
        where["x"].append(list(range(len(columns), len(columns) + most + 1)))
        columns += [levels[start - i : t - i, 1 + j] for i in range(most + 1)]
    return levels[start:, 0], np.column_stack(columns) if columns else np.empty((t - start, 0)), where


def level_fit(asked: str, y: Panel, x: Panel, trend: str, orders: Orders) -> Fit:
    """y on the terms, its lags, and the x with their lags."""
    levels = np.concatenate([y.values, x.values], -1)[0]
    now, columns, _ = _all_columns(levels, trend, orders.most, orders.y, list(orders.x))
    names = [*_terms(trend), *(f"L{i}.{y.name}" for i in range(1, orders.y + 1)),
             *(f"L{i}.{name}" if i else name for name, q in zip(x.variables, orders.x, strict=True)
               for i in range(q + 1))]
    return _fit(asked, y, names, now, columns, orders.most)


def correction_fit(asked: str, y: Panel, x: Panel, trend: str, orders: Orders) -> Fit:
    """The same as d.y on the terms, y and x of the period before, lags of d.y, d.x and its lags.

    An x without lags stands as it is, in place of its lag and its difference.
    """
    levels = np.concatenate([y.values, x.values], -1)[0]
    t, start = len(levels), max(orders.most, 1)
    change = np.diff(levels, axis=0, prepend=np.nan)
    columns = dict(zip(_terms(trend), deterministic(trend, t)[start:].T, strict=True))
    columns[f"L1.{y.name}"] = levels[start - 1 : t - 1, 0]
    columns |= {f"L1.{name}" if q else name: levels[start - (q > 0) : t - (q > 0), 1 + j]
                for j, (name, q) in enumerate(zip(x.variables, orders.x, strict=True))}
    columns |= {f"L{i}.d.{y.name}": change[start - i : t - i, 0] for i in range(1, orders.y)}
    columns |= {f"L{i}.d.{name}" if i else f"d.{name}": change[start - i : t - i, 1 + j]
                for j, (name, q) in enumerate(zip(x.variables, orders.x, strict=True)) for i in range(q)}
    return _fit(asked, y, list(columns), change[start:, 0], np.column_stack(list(columns.values())), start)


def regress(asked: str, y: Panel, names: list[str], now: Array, columns: Array, start: int) -> Fit:
    """Least squares of the periods from ``start`` on, with the labels of y."""
    return _fit(asked, y, names, now, columns, start)


def _terms(trend: str) -> tuple[str, ...]:
    return (CONSTANT, "trend")[: TERMS[trend]]


def _fit(asked: str, y: Panel, names: list[str], now: Array, columns: Array, start: int) -> Fit:
    slopes = [j for j, name in enumerate(names) if name != CONSTANT]
    count = np.arange(start, start + len(now))
    rows = Rows(now, columns[:, slopes], tuple(names[j] for j in slopes), np.zeros_like(count), count, y)
    return least_squares(asked, tuple(names), now, columns, rows)


def long_run(fit: Fit, y: str, x: list[str], covariance: Array) -> list[dict[str, Any]]:
    """Long-run coefficients of an error correction form, with errors by the delta method.

    A row each deterministic term and x: minus its coefficient over that of y.
    """
    at = fit.names.index(f"L1.{y}")
    out = []
    for name in [n for n in fit.names if n in (CONSTANT, "trend")] + x:
        j = fit.names.index(name) if name in fit.names else fit.names.index(f"L1.{name}")
        value = -fit.beta[j] / fit.beta[at]
        gradient = np.array([-1.0, -value]) / fit.beta[at]
        variance = gradient @ covariance[np.ix_([j, at], [j, at])] @ gradient
        out.append({"name": name, "value": float(value), "se": float(math.sqrt(max(variance, 0.0)))})
    return out
