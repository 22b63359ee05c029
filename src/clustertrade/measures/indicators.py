"""Indicators of a composite index: what is better, one scale for all, and the weights that their values give.

An indicator is written COL:+ where more is better, COL:- where it is worse, COL:LOW..HIGH where values between the two
are best; a weight may follow (COL:+:0.4) for the procedures that take weights.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import xlogy

from clustertrade.errors import DataError, InfeasibleError, UsageError, first_of
from clustertrade.measures.tidy import Array, Codes, Rows, Tidy, add_up, read
from clustertrade.results import Measure

PINNED = 0.002                                             # what an exact zero becomes, and 1 - this an exact one
VARIANTS = ("weights", "scores", "weights-by-time", "scores-by-time")
# Where scaled values lie, and what is added to them: the rules met in practice, by name.
ZERO_RULES = {"zero": (0.0, 1.0, 0.0), "widened": (0.002, 0.998, 0.0), "shifted": (0.01, 0.99, 0.0),
              "edged": (0.0001, 0.9999, 0.0),
              "epsilon": (0.0, 1.0, 1e-10), "pinned": (0.0, 1.0, 0.0)}
SPAN = re.compile(r"(-?[\d.]+(?:[eE][-+]?\d+)?)\.\.(-?[\d.]+(?:[eE][-+]?\d+)?)")


@dataclass(frozen=True)
class Parameter:
    """A column of the data, and what is better: more (+), less (-), or values inside (low, high)."""

    column: str
    direction: str
    best: tuple[float, float] | None = None
    weight: float | None = None


def parameter_of(procedure: str, text: str) -> Parameter:
    """What COL, COL:+, COL:-, COL:LOW..HIGH, with a weight after another colon, says."""
    parts = text.rsplit(":", 2) if text.count(":") > 1 else [*text.rsplit(":", 1), ""]
    if ":" not in text:
        parts = [text, "+", ""]
    if len(parts) == 3 and parts[1] not in ("+", "-") and not SPAN.fullmatch(parts[1]):
        parts = [*text.rsplit(":", 1), ""]                 # the column's own name holds a colon
    column, direction, weight = parts
    span = SPAN.fullmatch(direction)
    if not column or (direction not in ("+", "-") and span is None):
        raise UsageError(f"{procedure}: {text}: write COL:+ where more is better, COL:- where it is worse, "
                         "COL:LOW..HIGH where values between the two are best")
    best = None if span is None else (float(span[1]), float(span[2]))
    if best is not None and best[0] > best[1]:
        raise UsageError(f"{procedure}: {text}: {best[0]:g} is above {best[1]:g}")
    try:
        share = float(weight) if weight else None
    except ValueError:
        share = -1.0
    if share is not None and not 0 < share < np.inf:
        raise UsageError(f"{procedure}: {text}: a weight is a number above 0, not {weight}")
    return Parameter(column, "between" if span else direction, best, share)


@dataclass(frozen=True)
class Indicators:
    """Rows of the data (n), indicators (J), and groups of rows (G) within which everything is done."""

    tidy: Tidy
    parameters: tuple[Parameter, ...]
    values: Array                                          # (n, J) as given
    scaled: Array                                          # (n, J) from 0, worst, to 1, best
    flat: Array                                            # (G, J) bool: does not vary
    code: Codes                                            # (n,)
    size: int
    by_time: bool
    warnings: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """Columns of the indicators."""
        return [p.column for p in self.parameters]


def read_indicators(procedure: str, data: pd.DataFrame, indicator: Sequence[str], unit: str | None, time: str | None,
                    scale: str, zero_rule: str, variant: str, weighted: bool = False) -> Indicators:
    """Indicators that are checked and scaled within their group: all rows, or those of a period.

    Raises
    ------
    UsageError
        No indicator, one twice, one with a weight where none is taken; what the variant needs and is not given.
    DataError, InfeasibleError
        As ``tidy.read`` and ``scaled_values`` say.
    """
    if not indicator:
        raise UsageError(f"{procedure} needs --indicator COL:+ or COL:-, at least two of them")
    if bare := [str(i) for i in indicator if ":" not in str(i)]:
        raise UsageError(f"{procedure} --indicator {bare[0]}: COL:+ where more is better, COL:- where it is worse")
    parameters = tuple(parameter_of(procedure, str(text)) for text in indicator)
    names = [p.column for p in parameters]
    if twice := [c for c in names if names.count(c) > 1]:
        raise UsageError(f"{procedure}: indicator {twice[0]} is given twice")
    if (given := [p.column for p in parameters if p.weight is not None]) and not weighted:
        raise UsageError(f"{procedure} finds the weights and takes none: {first_of(given)}")
    if given and len(given) < len(names):
        raise UsageError(f"{procedure}: a weight for each indicator or for none; there is one for {first_of(given)}")
    if variant.endswith("by-time") and time is None:
        raise UsageError(f"{procedure} --variant {variant} needs --time")
    if variant.startswith("scores") and unit is None:
        raise UsageError(f"{procedure} --variant {variant} needs --unit")
    if scale == "none" and any(p.direction != "+" for p in parameters):
        raise UsageError(f"{procedure} --scale none takes indicators as they are: all must have the direction +")
    tidy = read(procedure, data, {"unit": unit, "time": time}, {c: c for c in names},
                signed=names if scale != "none" else (), unique=unit is not None)
    by_time = variant.endswith("by-time")
    code, size = tidy.group("time") if by_time else (np.zeros(tidy.n, dtype=np.int64), 1)
    values = np.column_stack([tidy.numbers[c] for c in names])
    scaled, flat, warnings = scaled_values(tidy, values, parameters, code, size, scale, zero_rule, by_time)
    return Indicators(tidy, parameters, values, scaled, flat, code, size, by_time, warnings)


def scaled_values(tidy: Tidy, values: Array, parameters: Sequence[Parameter], code: Codes, size: int, scale: str,
                  zero_rule: str, by_time: bool) -> tuple[Array, Array, tuple[str, ...]]:
    """x' (n, J) within each group of rows, which do not vary (G, J), and warnings; these are zero."""
    low, high, plus = ZERO_RULES[zero_rule]
    if (least := int(np.bincount(code, minlength=size).min())) < 2:
        raise InfeasibleError(f"{tidy.procedure} compares rows and needs at least 2{' a period' if by_time else ''}; "
                              f"there {'is' if least == 1 else 'are'} {least}")
    if scale == "none" and values.max() > 1 and zero_rule in ("widened", "shifted", "edged", "pinned"):
        raise DataError(f"{tidy.procedure} --scale none --zero-rule {zero_rule}: indicators must lie in [0, 1]; the "
                        f"largest value is {values.max():g}")
    bottom, top = np.full((size, values.shape[1]), np.inf), np.full((size, values.shape[1]), -np.inf)
    np.minimum.at(bottom, code, values)
    np.maximum.at(top, code, values)
    flat = top - bottom <= 1e-13 * np.maximum(np.abs(top), np.abs(bottom))
    if flat.all(1).any():
        when = f" in {first_of(tidy.levels['time'][np.flatnonzero(flat.all(1))])}" if by_time else ""
        raise InfeasibleError(f"{tidy.procedure}: no indicator varies{when}")
    unit = (values - bottom[code]) / np.where(flat, 1.0, top - bottom)[code] if scale == "minmax" else values
    unit = np.where(np.array([p.direction for p in parameters]) == "-", 1 - unit, unit)
    # Values that come scaled, or have a best span, are moved only where the rule asks for it: 0 and 1 to its limits.
    inner = low + (high - low) * unit if scale == "minmax" else np.clip(unit, low, high) if low > 0 else unit
    for j, p in enumerate(parameters):
        if p.best is not None:
            below, above = p.best[0] - values[:, j], values[:, j] - p.best[1]
            farthest = np.maximum(np.maximum(p.best[0] - bottom[:, j], top[:, j] - p.best[1]), 0.0)[code]
            inner[:, j] = 1 - np.maximum(np.maximum(below, above), 0.0) / np.where(farthest > 0, farthest, 1.0)
            inner[:, j] = np.clip(inner[:, j], low, high) if low > 0 else inner[:, j]
    if zero_rule == "pinned":                              # these two alone; the others stay where they are
        inner = np.where(inner <= 0, PINNED, np.where(inner >= 1, 1 - PINNED, inner))
    warnings, names = [], [p.column for p in parameters]
    for at in np.flatnonzero(flat.any(0)):
        when = f" in {first_of(tidy.levels['time'][np.flatnonzero(flat[:, at])])}" if by_time else ""
        warnings.append(f"{names[at]} does not vary{when}: its weight is 0")
    return np.where(flat[code], 0.0, inner + plus), flat, tuple(warnings)


def entropy(scaled: Array, code: Codes, size: int) -> tuple[Array, Array]:
    """Entropy and weight (G, J) of scaled values (n, J); a column of zeros has entropy 1."""
    total = np.stack([add_up(code, column, size) for column in scaled.T], -1)
    share = scaled / np.where(total > 0, total, 1.0)[code]
    count = np.bincount(code, minlength=size)[:, None]                                 # n of the logarithm: rows pooled
    information = np.stack([add_up(code, column, size) for column in -xlogy(share, share).T], -1)
    found = np.where(total > 0, information / np.log(count), 1.0)
    return found, normalised(np.maximum(1 - found, 0.0))


def normalised(weight: Array) -> Array:
    """Weights (G, J) that sum to one; equal ones where all are zero."""
    total = weight.sum(-1, keepdims=True)
    return np.where(total == 0, 1 / weight.shape[-1], weight / np.where(total == 0, 1.0, total))


def critic(scaled: Array, code: Codes, size: int, rank: bool = False) -> tuple[Array, Array, Array]:
    """Standard deviation, conflict and weight (G, J); what does not vary has none and conflicts with nothing."""
    found = []
    for g in range(size):
        x = scaled[code == g]
        sigma = x.std(0, ddof=1)
        if rank:
            x = np.apply_along_axis(lambda v: pd.Series(v).rank().to_numpy(), 0, x)
        varies = sigma > 1e-12
        z = (x - x.mean(0)) / np.where(varies, x.std(0), 1.0)
        r = z.T @ z / len(x)
        conflict = np.where(varies, ((1 - r) * varies).sum(1), 0.0)
        found.append((np.where(varies, sigma, 0.0), conflict))
    sigma, conflict = (np.array(v) for v in zip(*found, strict=True))
    return sigma, conflict, normalised(sigma * conflict)


def variation(values: Array, code: Codes, size: int) -> tuple[Array, Array]:
    """Coefficient of variation and weight (G, J) of values as given; NaN where the mean is not above zero."""
    mean, sd = (np.stack([f(values[code == g]) for g in range(size)]) for f in (
        lambda x: x.mean(0), lambda x: x.std(0, ddof=1)))
    ratio = np.where(mean > 0, sd / np.where(mean > 0, mean, 1.0), np.nan)
    return ratio, normalised(ratio)


def components(scaled: Array, code: Codes, size: int) -> tuple[Array, Array, list[dict[str, Any]]]:
    """Communality and weight (G, J) by principal components with an eigenvalue above 1, and facts of each group."""
    from scipy.stats import chi2

    common, weight, facts = [], [], []
    for g in range(size):
        x = scaled[code == g]
        varies = x.std(0) > 1e-12
        n, p = len(x), int(varies.sum())
        r = np.corrcoef(x[:, varies].T).reshape(p, p)
        value, vector = np.linalg.eigh(r)
        value, vector = value[::-1], vector[:, ::-1]
        kept = max(int((value > 1 + 1e-9).sum()), 1)
        share = value / p
        w, h = np.zeros(x.shape[1]), np.zeros(x.shape[1])
        w[varies] = np.abs(vector[:, :kept]) @ share[:kept]
        h[varies] = (vector[:, :kept] ** 2) @ value[:kept]
        fact: dict[str, Any] = {"eigenvalues": value.tolist(), "share": share.tolist(), "components": kept,
                                "kmo": None, "bartlett": None, "bartlett_df": p * (p - 1) // 2,
                                "bartlett_pvalue": None}
        sign, log_det = np.linalg.slogdet(r)
        if p > 1 and n > p and sign > 0 and value[-1] > 1e-10:
            inverse = np.linalg.inv(r)
            scale = np.sqrt(np.outer(np.diag(inverse), np.diag(inverse)))
            off = ~np.eye(p, dtype=bool)
            simple, partial = (r[off] ** 2).sum(), ((inverse / scale)[off] ** 2).sum()
            bartlett = -(n - 1 - (2 * p + 5) / 6) * log_det
            fact |= {"kmo": simple / (simple + partial) if simple + partial > 0 else None, "bartlett": bartlett,
                     "bartlett_pvalue": float(chi2.sf(bartlett, p * (p - 1) / 2))}
        common.append(h)
        weight.append(w)
        facts.append(fact)
    return np.array(common), normalised(np.array(weight)), facts


SCHEMES: Mapping[str, Callable[[Indicators], Array]] = {
    "equal": lambda i: normalised(np.where(i.flat, 0.0, 1.0)),
    "entropy": lambda i: entropy(i.scaled, i.code, i.size)[1],
    "critic": lambda i: critic(i.scaled, i.code, i.size)[2],
    "cv": lambda i: variation(i.values, i.code, i.size)[1],
    "pca": lambda i: components(i.scaled, i.code, i.size)[1],
}


def scheme_weights(found: Indicators, scheme: str) -> Array:
    """Weights (G, J) by the scheme of that name, or those that were given.

    Raises
    ------
    DataError
        A coefficient of variation of an indicator whose mean is not above zero.
    """
    if scheme == "given":
        return normalised(np.tile([p.weight or 0.0 for p in found.parameters], (found.size, 1)))
    weight = SCHEMES[scheme](found)
    if (odd := np.flatnonzero(np.isnan(weight).any(0))).size:
        mean = variation(found.values, found.code, found.size)[0]
        odd = np.flatnonzero(np.isnan(mean).any(0))
        raise DataError(f"{found.tidy.procedure}: a coefficient of variation needs a mean above zero; that of "
                        f"{first_of(found.names[j] for j in odd)} is not")
    return weight


def ranks(score: Array, code: Codes) -> Array:
    """Rank of each row in its group, 1 the highest; ties share their mean rank."""
    return np.asarray(pd.Series(-score).groupby(code).rank().to_numpy(), dtype=float)


def sensitivity(found: Indicators, weight: Array) -> list[dict[str, Any]]:
    """How the ranking by these weights would change with others: a row a scheme."""
    mine = ranks((weight[found.code] * found.scaled).sum(1), found.code)
    rows = []
    for scheme in SCHEMES:
        if scheme == "cv" and (found.values.mean(0) <= 0).any():
            continue
        other = SCHEMES[scheme](found)
        if not np.isfinite(other).all():
            continue
        theirs = ranks((other[found.code] * found.scaled).sum(1), found.code)
        rows.append({"weights": scheme, "spearman": rank_correlation(mine, theirs),
                     "largest_change": float(np.abs(mine - theirs).max())})
    return rows


def rank_correlation(a: Array, b: Array) -> float | None:
    """Correlation of two rankings; None where one has all alike."""
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / scale) if scale > 0 else None


def deliver(found: Indicators, columns: Mapping[str, Array], weight: Array, variant: str,
            details: Mapping[str, Any] | None = None) -> Measure:
    """Weights as rows (with further columns of shape (G, J)), or scores with the weights in the details."""
    tidy = found.tidy
    periods = [{tidy.columns["time"]: t} for t in tidy.levels["time"]] if found.by_time else [{}]
    rows = [{**p, "indicator": c, **{k: v[g, j] for k, v in columns.items()}, "weight": weight[g, j]}
            for g, p in enumerate(periods) for j, c in enumerate(found.names)]
    if variant.startswith("weights"):
        return Measure(columns=tuple(map(str, (*periods[0], "indicator", *columns, "weight"))),
                       rows=Rows(pd.DataFrame(rows)), warnings=found.warnings, details=dict(details or {}))
    score = (weight[found.code] * found.scaled).sum(1)
    return tidy.by_row(score, warnings=found.warnings,
                       details={"weights": rows, "sensitivity": sensitivity(found, weight), **(details or {})})
