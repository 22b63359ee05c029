"""Random effects of entities and of periods at once, for balanced panels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from clustertrade.errors import InfeasibleError, first_of
from clustertrade.panel import Array
from clustertrade.regression.components import scaled_lstsq
from clustertrade.regression.effects import Effects
from clustertrade.regression.fit import Fit, absorbed, least_squares
from clustertrade.regression.rows import CONSTANT, Codes, Rows, group_means


@dataclass(frozen=True)
class TwoComponents:
    """Variances of errors, entity and period effects (zero where negative), as estimated, and the three thetas."""

    errors: float
    entity: float
    time: float
    raw: tuple[float, float]
    theta: tuple[float, float, float]                      # entity, time, total


@dataclass(frozen=True)
class _Parts:
    """What the methods share: codes, residuals of the within regression and its rank, residuals before the means."""

    asked: str
    rows: Rows
    entity: Codes
    time: Codes
    within: Array
    rank: int
    left: Array                                            # centred; effects still in them

    @property
    def n(self) -> int:
        return int(self.entity.max()) + 1

    @property
    def t(self) -> int:
        return int(self.time.max()) + 1

    def means(self) -> tuple[Array, Array]:
        """Means of ``left`` of each entity and of each period."""
        column = self.left[:, None]
        return group_means(column, self.entity)[0][:, 0], group_means(column, self.time)[0][:, 0]


def random_twoway(asked: str, rows: Rows, method: str) -> Fit:
    r"""GLS: y - theta_1 mean_i(y) - theta_2 mean_t(y) + theta_3 mean(y) on x likewise (Wallace and Hussain 1969).

    .. math:: \theta_1 = 1 - \sigma_\epsilon/\sigma_1,\; \theta_2 = 1 - \sigma_\epsilon/\sigma_2,\;
        \theta_3 = \theta_1 + \theta_2 + \sigma_\epsilon/\sigma_3 - 1

    with :math:`\sigma_1^2 = T\sigma_\mu^2+\sigma_\epsilon^2`, :math:`\sigma_2^2 = N\sigma_\lambda^2+\sigma_\epsilon^2`,
    :math:`\sigma_3^2 = \sigma_1^2+\sigma_2^2-\sigma_\epsilon^2`, and the components by one of four methods.
    """
    entity = np.unique(rows.entity, return_inverse=True)[1]
    time = np.unique(rows.time, return_inverse=True)[1]
    parts = _components(_parts(asked, rows, entity, time, method), method)
    data = np.column_stack([rows.y, rows.x1])
    by_entity, by_time = group_means(data, entity)[0][entity], group_means(data, time)[0][time]
    one, two, three = parts.theta
    data = data - one * by_entity - two * by_time + three * data.mean(0)
    return least_squares(asked, (CONSTANT, *rows.names), data[:, 0], data[:, 1:], rows, normal=True,
                         components={"parts": parts, "codes": entity})


def _parts(asked: str, rows: Rows, entity: Codes, time: Codes, method: str) -> _Parts:
    removed = Effects("twoway", rows.entity, rows.time).remove(np.column_stack([rows.y, rows.x]))
    gone = absorbed(rows.x, removed[:, 1:])
    by_within = method in ("amemiya", "nerlove")
    if by_within and gone.any():
        names = [name for name, g in zip(rows.names, gone, strict=True) if g]
        raise InfeasibleError(f"{asked} --re-method {method}: {first_of(names)} does not vary beyond entity and time "
                              "effects, so its influence would be counted as variance of them; take swar or walhus")
    kept = removed[:, 1:][:, ~gone]
    beta, resid, rank = scaled_lstsq(removed[:, 0], kept) if kept.size else (np.zeros(0), removed[:, 0], 0)
    if (int(entity.max()) * int(time.max())) <= rank:
        raise InfeasibleError(f"{asked}: {int(entity.max()) + 1} entities and {int(time.max()) + 1} periods leave no "
                              f"degrees of freedom beyond both effects for {rank} regressors")
    left = rows.y - rows.x @ beta if by_within else scaled_lstsq(rows.y, rows.x1)[1]
    return _Parts(asked, rows, entity, time, resid, rank, left - left.mean())


def _components(p: _Parts, method: str) -> TwoComponents:
    errors, of_entity, of_time = {"swar": _swar, "amemiya": _amemiya, "walhus": _walhus, "nerlove": _nerlove}[method](p)
    mu, lam = max(of_entity, 0.0), max(of_time, 0.0)
    one = 1 - math.sqrt(errors / (errors + p.t * mu))
    two = 1 - math.sqrt(errors / (errors + p.n * lam))
    three = one + two + math.sqrt(errors / (errors + p.t * mu + p.n * lam)) - 1
    return TwoComponents(errors, mu, lam, (of_entity, of_time), (one, two, three))


def _swar(p: _Parts) -> tuple[float, float, float]:
    """Swamy and Arora (1972): the within regression and those of both means."""
    errors = float(p.within @ p.within) / ((p.n - 1) * (p.t - 1) - p.rank)
    found = []
    for codes in (p.entity, p.time):
        means, size = group_means(np.column_stack([p.rows.y, p.rows.x1]), codes)
        _, between, rank = scaled_lstsq(means[:, 0], means[:, 1:])
        df = means.shape[0] - rank
        if df <= 0:
            raise InfeasibleError(f"{p.asked}: {means.shape[0]} means leave no degrees of freedom for {rank} "
                                  "coefficients; --re-method nerlove does without that regression")
        found.append(float(between @ between) / df - errors / float(size[0]))
    return errors, found[0], found[1]


def _amemiya(p: _Parts) -> tuple[float, float, float]:
    """Amemiya (1971): quadratic forms of the residuals of the within slopes."""
    return _from_squares(p, float(p.within @ p.within))


def _walhus(p: _Parts) -> tuple[float, float, float]:
    """Wallace and Hussain (1969): quadratic forms of least squares residuals."""
    of_entity, of_time = p.means()
    between = p.t * float(of_entity @ of_entity) + p.n * float(of_time @ of_time)
    return _from_squares(p, float(p.left @ p.left) - between)


def _from_squares(p: _Parts, inside: float) -> tuple[float, float, float]:
    of_entity, of_time = p.means()
    errors = inside / ((p.n - 1) * (p.t - 1))
    return (errors, (p.t * float(of_entity @ of_entity) / p.n - errors) / p.t,
            (p.n * float(of_time @ of_time) / p.t - errors) / p.n)


def _nerlove(p: _Parts) -> tuple[float, float, float]:
    """Nerlove (1971): variances of the estimated fixed effects."""
    of_entity, of_time = p.means()
    return float(p.within @ p.within) / p.rows.n, float(of_entity.var(ddof=1)), float(of_time.var(ddof=1))
