"""Variances of the effects and of the errors, and random-effects GLS by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from clustertrade.checks import Needs
from clustertrade.errors import InfeasibleError, first_of
from clustertrade.panel import Array
from clustertrade.regression.fit import Fit, absorbed, least_squares
from clustertrade.regression.rows import CONSTANT, Codes, Rows, group_means


def needs(options: Mapping[str, Any]) -> Needs:
    """What random effects need; Swamy and Arora's method regresses the means of the groups."""
    effects, both = options["effects"], options["effects"] == "twoway"
    groups = len(options["x"]) + 2 if options["re_method"] == "swar" else 2
    return Needs(n=2 if effects == "time" else groups, t=2 if effects == "entity" else groups, gaps=not both,
                 longest=not both, balanced=both)


METHODS = {"swar": "Swamy-Arora", "amemiya": "Amemiya", "walhus": "Wallace-Hussain", "nerlove": "Nerlove"}


@dataclass(frozen=True)
class Components:
    """Variance of the errors, of the effects (zero where the estimate is negative), theta of every group."""

    errors: float
    effects: float
    raw: float                                             # the estimate before it was cut at zero
    theta: Array                                           # (G,)


@dataclass(frozen=True)
class _Parts:
    """What all methods need: rows, means (G, .), sizes (G,), deviations from the means."""

    y: Array
    x: Array                                               # (n, K), no constant
    codes: Codes
    size: Array
    y_mean: Array
    x1_mean: Array                                         # (G, 1 + K)
    y_dev: Array
    x_dev: Array                                           # (n, Kw): columns that vary within
    dropped: tuple[str, ...]

    @property
    def n(self) -> int:
        return self.y.size

    @property
    def groups(self) -> int:
        return self.size.size

    @property
    def balanced(self) -> bool:
        return bool(np.ptp(self.size) == 0)


def _parts(rows: Rows, codes: Codes) -> _Parts:
    means, size = group_means(np.column_stack([rows.y, rows.x1]), codes)
    x_dev = rows.x - means[codes, 2:]
    gone = absorbed(rows.x, x_dev)
    return _Parts(rows.y, rows.x, codes, size.astype(float), means[:, 0], means[:, 1:], rows.y - means[codes, 0],
                  x_dev[:, ~gone], tuple(n for n, g in zip(rows.names, gone, strict=True) if g))


def scaled_lstsq(y: Array, x: Array) -> tuple[Array, Array, int]:
    """Minimum-norm coefficients, residuals and rank; columns at unit length, so that units do not decide the rank."""
    size = np.sqrt((x**2).sum(0))
    size[size == 0] = 1.0
    beta, _, rank, _ = np.linalg.lstsq(x / size, y, rcond=1e-10)
    return beta / size, y - (x / size) @ beta, int(rank)


def variance_components(asked: str, rows: Rows, codes: Codes, method: str, convention: str = "paper") -> Components:
    """Estimate the components by one of four methods.

    Balanced panels follow the papers: Swamy and Arora (1972), Amemiya (1971), Wallace and Hussain (1969), Nerlove
    (1971).  Unbalanced ones follow Baltagi and Chang (1994), whose quadratic forms are unbiased; ``gretl`` uses the
    harmonic mean of the group sizes in Swamy-Arora instead.  Nerlove's is the variance of the fixed effects; ``plm``
    weighs them by their periods.

    Raises
    ------
    InfeasibleError
        Fewer groups than coefficients of the means; no variation left within groups.
    """
    parts = _parts(rows, codes)
    if (most := parts.size.max()) < 2:
        raise InfeasibleError(f"{asked} needs at least 2 periods an entity; there is {most:.0f}")
    if method in ("amemiya", "nerlove") and parts.dropped:
        raise InfeasibleError(f"{asked} --re-method {method}: {first_of(parts.dropped)} does not vary within groups, "
                              "so its influence would be counted as variance of the effects; take swar or walhus")
    errors, effects = {"swar": _swar, "amemiya": _amemiya, "walhus": _walhus, "nerlove": _nerlove}[method](
        asked, parts, convention)
    kept = max(effects, 0.0)
    theta = 1 - np.sqrt(errors / (errors + parts.size * kept))
    return Components(errors, kept, effects, theta)


def _within(asked: str, p: _Parts) -> tuple[Array, Array, int]:
    beta, resid, rank = scaled_lstsq(p.y_dev, p.x_dev) if p.x_dev.size else (np.zeros(0), p.y_dev, 0)
    if p.n - p.groups - rank <= 0:
        raise InfeasibleError(f"{asked}: {p.n} rows of {p.groups} groups leave no degrees of freedom within groups for "
                              f"{rank} regressors")
    return beta, resid, rank


def _swar(asked: str, p: _Parts, convention: str) -> tuple[float, float]:
    _, resid, rank = _within(asked, p)
    errors = float(resid @ resid) / (p.n - p.groups - rank)
    root = np.sqrt(p.size)
    _, weighted, rank_between = scaled_lstsq(root * p.y_mean, root[:, None] * p.x1_mean)
    df = p.groups - rank_between
    if df <= 0:
        raise InfeasibleError(f"{asked}: the means of {p.groups} groups leave no degrees of freedom for "
                              f"{rank_between} coefficients; --re-method nerlove does without that regression")
    if convention == "gretl":
        _, plain, _ = scaled_lstsq(p.y_mean, p.x1_mean)
        return errors, float(plain @ plain) / df - errors * float((1 / p.size).mean())
    # Baltagi and Chang (1994): the trace that a balanced panel makes K T
    scale = np.sqrt((p.x1_mean**2).sum(0))
    means = p.x1_mean / np.where(scale > 0, scale, 1.0)
    trace = np.trace(np.linalg.pinv((means * p.size[:, None]).T @ means, rcond=1e-12, hermitian=True)
                     @ ((means * p.size[:, None] ** 2).T @ means))
    return errors, (float(weighted @ weighted) - df * errors) / (p.n - float(trace))


def _amemiya(asked: str, p: _Parts, convention: str) -> tuple[float, float]:
    beta, resid, rank = _within(asked, p)
    total = p.y - p.x @ beta
    effect = group_means((total - total.mean())[:, None], p.codes)[0][:, 0]
    between = float(p.size @ effect**2)
    if p.balanced:
        errors = float(resid @ resid) / (p.n - p.groups)
        return errors, (between / p.groups - errors) / float(p.size[0])
    # Wansbeek and Kapteyn (1989) as in Baltagi and Chang (1994): the expectation of `between` given that
    # the slopes are those within
    errors = float(resid @ resid) / (p.n - p.groups - rank)
    centred = group_means(p.x - p.x.mean(0), p.codes)[0]
    trace = float(np.trace(np.linalg.solve(p.x_dev.T @ p.x_dev, (centred * p.size[:, None]).T @ centred)))
    return errors, (between - errors * (p.groups - 1 + trace)) / (p.n - float(p.size @ p.size) / p.n)


def _walhus(asked: str, p: _Parts, convention: str) -> tuple[float, float]:
    x1 = np.column_stack([np.ones(p.n), p.x])
    scale = np.sqrt((x1**2).sum(0))
    x1, means = x1 / scale, p.x1_mean / scale
    resid = p.y - x1 @ np.linalg.lstsq(x1, p.y, rcond=None)[0]
    mean = group_means(resid[:, None], p.codes)[0][:, 0]
    between = float(p.size @ mean**2)
    inside = float(resid @ resid) - between
    if p.balanced:
        errors = inside / (p.n - p.groups)
        return errors, (between / p.groups - errors) / float(p.size[0])
    # Expectations of the two quadratic forms of OLS residuals: Baltagi and Chang (1994)
    inverse = np.linalg.inv(x1.T @ x1)
    share_between = inverse @ ((means * p.size[:, None]).T @ means)                  # (X'X)^-1 X'PX
    share_inside = np.eye(x1.shape[1]) - share_between                               # (X'X)^-1 X'QX
    share_sums = inverse @ ((means * p.size[:, None] ** 2).T @ means)                # (X'X)^-1 X'ZZ'X
    expected = np.array([
        [p.n - p.groups - np.trace(share_inside), np.trace(share_inside @ share_sums)],
        [p.groups - np.trace(share_between), p.n - 2 * np.trace(share_sums) + np.trace(share_between @ share_sums)]])
    errors, effects = np.linalg.solve(expected, [inside, between])
    return float(errors), float(effects)


def _nerlove(asked: str, p: _Parts, convention: str) -> tuple[float, float]:
    beta, resid, _ = _within(asked, p)
    effect = p.y_mean - p.x1_mean[:, 1:] @ beta
    share = p.size / p.n if convention == "plm" else np.full(p.groups, 1 / p.groups)
    variance = float(share @ (effect - share @ effect) ** 2) * p.groups / (p.groups - 1)
    return float(resid @ resid) / p.n, variance


def random(asked: str, rows: Rows, kind: str, method: str, convention: str = "paper") -> Fit:
    """GLS: least squares on y - theta_i mean_i(y) and x - theta_i mean_i(x), the constant included."""
    codes = np.unique(rows.entity if kind == "entity" else rows.time, return_inverse=True)[1]
    parts = variance_components(asked, rows, codes, method, convention)
    return quasi_demeaned(asked, rows, (CONSTANT, *rows.names), rows.x1, codes, parts)


def quasi_demeaned(asked: str, rows: Rows, names: tuple[str, ...], x: Array, codes: Codes, parts: Components, *,
                   plain_constant: bool = False) -> Fit:
    """The GLS regression of y on any x (n, K), given the components.

    The constant becomes 1 - theta_i like every column; ``plain_constant`` leaves it at 1, which differs where the
    theta_i do.
    """
    data = np.column_stack([rows.y, x])
    data = data - parts.theta[codes, None] * group_means(data, codes)[0][codes]
    if plain_constant:
        data[:, 1 + names.index(CONSTANT)] = 1.0
    return least_squares(asked, names, data[:, 0], data[:, 1:], rows, normal=True,
                         components={"parts": parts, "codes": codes})
