"""From cointegrating regressions of entities to an Estimate: one series, group mean, pooled or weighted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import ndtr

from clustertrade.batch.cointegrating import Cointegrating, Singular
from clustertrade.batch.lags import diff, lag
from clustertrade.batch.ols import Array, BatchError, Mask, ols
from clustertrade.batch.trend import TERMS, detrend, unit_terms
from clustertrade.errors import InfeasibleError, first_of
from clustertrade.panel import Panel
from clustertrade.regression import heterogeneous as units
from clustertrade.regression.errorcorrection import half_life
from clustertrade.results import Estimate, Param

PEDRONI_T = ("t and p of the group mean are Pedroni's, the sum of the entities' t over sqrt(N), not estimate over "
             "standard error: they say whether the coefficient is zero in all entities; --cov robust tests the mean "
             "itself")


@dataclass(frozen=True)
class Relations:
    """theta (N, d + K), deterministic terms first; inverse (N, d + K, d + K) of Z'Z; omega (N,) long-run variances."""

    theta: Array
    inverse: Array
    omega: Array

    @property
    def variance(self) -> Array:
        """Covariances of entities, (N, d + K, d + K)."""
        return self.omega[:, None, None] * self.inverse


def in_order(names: Sequence[str], d: int) -> tuple[list[int], tuple[str, ...]]:
    """Places and names of coefficients as they are reported: const, slopes, trend."""
    k = len(names)
    at = [*range(min(d, 1)), *range(d, d + k), *range(1, d)]
    return at, (*units.TERM_NAMES[: min(d, 1)], *names, *units.TERM_NAMES[1:d])


def single(x: Panel, relations: Relations, level: float, df: float) -> tuple[tuple[Param, ...], Array, None]:
    """One series: t with n - k degrees of freedom."""
    at, names = in_order(x.variables, relations.theta.shape[1] - x.n_variables)
    matrix = relations.variance[0][np.ix_(at, at)]
    return units.coefficients(names, relations.theta[0, at], matrix, level, df), matrix, None


def group(x: Panel, relations: Relations, level: float, cov: str) -> tuple[tuple[Param, ...], Array, float | None]:
    """Group mean: unadjusted by the entities' own covariances, with Pedroni's t; robust by the spread of entities."""
    at, names = in_order(x.variables, relations.theta.shape[1] - x.n_variables)
    theta, n = relations.theta[:, at], len(relations.theta)
    mean, spread = units.mean_group(theta)
    if cov == "robust":
        return units.coefficients(names, mean, spread, level, n - 1), spread, n - 1
    each = relations.variance[:, at][:, :, at]
    matrix = each.sum(0) / n**2
    errors = np.sqrt(np.diagonal(each, axis1=1, axis2=2))
    ratio = (theta / np.where(errors > 0, errors, np.nan)).sum(0) / np.sqrt(n)            # Pedroni (2001, equation 9)
    found = tuple(replace(p, stat=float(t), pvalue=float(2 * ndtr(-abs(t)))) if np.isfinite(t) else p
                  for p, t in zip(units.coefficients(names, mean, matrix, level), ratio, strict=True))
    return found, matrix, None


def together(x: Panel, products: Cointegrating, omega: Array, level: float, cov: str,
             weighted: bool) -> tuple[tuple[Param, ...], Array, None]:
    """Slopes common to all: pooled with the mean of omega (N,), or each entity weighed by 1 / omega.

    ``robust``: the sandwich of Mark and Sul (2003), with each entity's own omega.
    """
    if weighted and not (omega > 0).all():
        raise InfeasibleError(f"{first_of(x.variables, 12)} explain y exactly in some entity, whose weight 1 / omega "
                              "is infinite: take --pooling group or pooled")
    weight = 1 / omega if weighted else np.ones_like(omega)
    bread = np.linalg.inv(np.einsum("n,nkl->kl", weight, products.square))
    slopes = bread @ np.einsum("n,nk->k", weight, products.cross)
    if cov == "robust":
        matrix = bread @ np.einsum("n,nkl->kl", weight**2 * omega, products.square) @ bread
    else:
        matrix = bread if weighted else omega.mean() * bread
    return units.coefficients(x.variables, slopes, matrix, level), matrix, None


def equilibrium_errors(y: Panel, x: Panel, trend: str, valid: Mask, theta: Array | None,
                       slopes: Array | None) -> Array:
    """y less its long run (N, T): by the coefficients of each entity (N, d + K), or by common slopes (K,)."""
    if slopes is not None:
        return detrend(np.where(valid, y.series, 0.0) - np.where(valid[..., None], x.values, 0.0) @ slopes, valid,
                       trend)
    assert theta is not None
    z = np.concatenate([unit_terms(trend, valid), np.where(valid[..., None], x.values, 0.0)], -1)
    return np.where(valid, y.series - np.einsum("ntp,np->nt", z, theta), 0.0)


def speed(y: Panel, x: Panel, error: Array, valid: Mask, level: float) -> dict[str, Any] | None:
    """The second step of Engle and Granger, an entity at a time: d.y on a constant, the error before, d.x and L1.d.y.

    ``ec``: mean of the entities' coefficients of the error, with its dispersion (one series: least squares);
    None where an entity has too few periods.
    """
    before, there = lag(error, valid)
    change, first = diff(y.series, valid)
    earlier, second = lag(change, first)
    moves, _ = diff(x.values, valid)
    ok = there & valid & first & second
    z = np.concatenate([before[..., None], np.ones((*valid.shape, 1)), moves, earlier[..., None]], -1)
    try:
        beta, se, _, df = ols(change, z, ok)
    except BatchError:
        return None
    if len(beta) > 1:
        value, spread = units.mean_group(beta[:, :1])
        free: float = len(beta) - 1
    else:
        value, spread, free = beta[0, :1], se[:, :1] ** 2, float(df[0])
    ec = units.coefficients(("ec",), value, spread, level, free)[0]
    return {**ec.to_dict(), "half_life": half_life(ec.value, ec.se, level, free),
            "entities": beta[:, 0].tolist()}


def less_means(y: Panel, x: Panel, demean: bool) -> tuple[Panel, Panel]:
    """y and x less the mean of all entities in each period, where that is asked."""
    if not demean or y.is_series:
        return y, x
    both = y.join(x).demean()
    return both[y.name], both[list(x.variables)]


@contextmanager
def singular_named(asked: str, y: Panel) -> Iterator[None]:
    """Say whose long-run covariance is singular."""
    try:
        yield
    except Singular as wrong:
        who = "" if y.is_series else f" of {first_of(y.entities[i] for i in wrong.rows)}"
        raise InfeasibleError(f"{asked}: the long-run covariance of the changes of x{who} is singular; take a smaller "
                              "--bandwidth or fewer --x") from None


def conclude(y: Panel, x: Panel, trend: str, valid: Mask, products: Cointegrating, relations: Relations, pooling: str,
             level: float, cov: str, *, own: Sequence[Mapping[str, Any]], details: Mapping[str, Any] | None = None,
             warnings: Sequence[str] = ()) -> Estimate:
    """One series, group mean, pooled or weighted: parameters, covariance, equilibrium errors, details."""
    if y.is_series:
        free = float(valid.sum() - relations.theta.shape[1])
        parameters, matrix, _ = single(x, relations, level, free)
        df: float | None = free
    elif pooling == "group":
        parameters, matrix, df = group(x, relations, level, cov)
    else:
        parameters, matrix, df = together(x, products, relations.omega, level, cov, pooling == "weighted")
    if not y.is_series and pooling == "group" and cov == "unadjusted":
        details = {"convention": PEDRONI_T, **(details or {})}
    slopes = None if y.is_series or pooling == "group" else np.array([p.value for p in parameters])
    errors = equilibrium_errors(y, x, trend, valid, relations.theta, slopes)
    return _estimate(y, x, trend, valid, parameters, matrix, relations, errors, level, cov=cov, df=df, own=own,
                     details=details or {}, warnings=warnings)


def _estimate(y: Panel, x: Panel, trend: str, valid: Mask, parameters: tuple[Param, ...], covariance: Array,
             relations: Relations, errors: Array, level: float, *, cov: str, df: float | None,
             own: Sequence[Mapping[str, Any]], details: Mapping[str, Any], warnings: Sequence[str] = ()) -> Estimate:
    """The result: ``own`` goes into the rows of ``details.entities``; ``errors`` (N, T) are the equilibrium errors."""
    d = TERMS[trend]
    at, names = in_order(x.variables, d)
    theta, se = relations.theta[:, at], np.sqrt(np.diagonal(relations.variance, axis1=1, axis2=2))[:, at]
    adjustment = speed(y, x, errors, valid, level)
    speeds = adjustment.pop("entities") if adjustment else None
    rows = [{"entity": e, "nobs": int(valid[i].sum()), "coefficients": dict(zip(names, theta[i].tolist(), strict=True)),
             "se": dict(zip(names, se[i].tolist(), strict=True)), "omega": float(relations.omega[i]),
             "ec": None if speeds is None else speeds[i],
             **own[i]} for i, e in enumerate(y.entities)]
    if y.is_series:
        facts: dict[str, Any] = {"omega": rows[0]["omega"], **own[0]}
    else:
        facts = {"entities": rows, "residual_cd": units.residual_dependence(errors, valid)}
    free = max(float(valid.sum()) - len(y.entities) * d - len(x.variables), 1.0)
    return Estimate(
        coefficients=parameters, fit=units.goodness(y.series, errors, valid, free), cov_type=cov, nobs=int(valid.sum()),
        n_entities=y.n_entities, n_periods=int(valid.any(0).sum()), covariance=covariance,
        observations=units.observed(y, errors, valid),
        details={"error_correction": adjustment, "inference": {"df": df}, **details, **facts},
        warnings=(*warnings, *units.without_error(parameters)))
