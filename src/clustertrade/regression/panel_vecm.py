"""A panel error-correction model in two steps: one long run of y, then the changes of all variables on its error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from clustertrade.batch import cointegrating, dynamic
from clustertrade.batch import panel_var as algebra
from clustertrade.batch.longrun import long_run
from clustertrade.batch.ols import Array, Mask, ols
from clustertrade.batch.pooledlongrun import curvatures, maximise, moments, starts
from clustertrade.batch.trend import TERMS, unit_terms
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.panel import Panel
from clustertrade.regression import equilibrium
from clustertrade.regression.dynamicfixed import dynamic_fixed
from clustertrade.regression.errorcorrection import error_correction, own_long_run
from clustertrade.regression.errorcorrection import fewest as fewest_pmg
from clustertrade.regression.gmm_estimate import wald
from clustertrade.regression.heterogeneous import mean_group, residual_dependence
from clustertrade.regression.var_system import hansen, within_entities

METHODS = ("fmols", "dols", "pmg")
VARIANTS = ("gmm", "ols")
INSTRUMENTS = (2, 5)                                       # lags of the error and of every change
AROUND = 1                                                 # leads and lags of dols


@dataclass(frozen=True)
class LongRun:
    """Errors (N, T), their cells, and the relation y = slopes x: value and se (K,).

    Errors keep the mean of their entity, which the second step removes: less a mean that knows the future, their lags
    would be no instruments.
    """

    errors: Array
    valid: Mask
    value: Array
    se: Array


@dataclass(frozen=True)
class Corrected:
    """d.z on the error a period before and K lags of d.z, z = (y, x): P equations of 1 + P K coefficients.

    beta (1 + P K, P); variance of all coefficients in the order of equations; ``criterion`` by K.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    beta: Array
    variance: Array
    lags: int
    criterion: dict[str, float]
    long_run: LongRun
    data: algebra.System
    used: Mask
    nobs: int
    hansen: dict[str, Any] | None
    apart: bool = False                                    # whether each entity has a long run of its own

    def tested(self, equation: int, places: list[int]) -> dict[str, Any]:
        """The Wald test that coefficients of an equation are zero; None without coefficients."""
        k = len(self.labels)
        at = [equation * k + i for i in places]
        found = wald(self.beta[places, equation], self.variance[np.ix_(at, at)])
        return found or {"statistic": None, "df": len(places) or None, "pvalue": None}

    def short(self, causes: list[int]) -> list[int]:
        """Places of the lagged changes of variables."""
        return [1 + lag * len(self.names) + i for lag in range(self.lags) for i in causes]

    def granger(self) -> list[dict[str, Any]]:
        """A row an equation and excluded variable, or all others together: short, long and joint tests."""
        rows = []
        for j, equation in enumerate(self.names):
            others = [i for i in range(len(self.names)) if i != j]
            for label, causes in [*((self.names[i], [i]) for i in others),
                                  *([("all", others)] if len(others) > 1 else [])]:
                short = self.short(causes)
                rows.append({"equation": equation, "excluded": label, "short": self.tested(j, short),
                             "long": self.tested(j, [0]), "joint": self.tested(j, [0, *short])})
        return rows

    def cautions(self) -> list[str]:
        """What is known of the size of these tests in panels of this length and dependence."""
        said = []
        periods = int(np.median(self.long_run.valid.sum(1)))
        if self.data.lost and periods < 100:
            said.append(f"{periods} periods: within entities the coefficient of the error is drawn below zero: long "
                        "and joint reject true nulls too often (simulated at 5 %, one lag: long 0.85 at N=25, T=22, "
                        "0.44 at T=50); --variant gmm does not")
        elif self.apart and periods < 60:
            said.append(f"{periods} periods: with a long run of each entity, long and joint reject true nulls too "
                        "often (simulated at 5 %, one lag: long 0.12 at N=10, T=22, and 0.25 without cointegration); "
                        "--pooling pooled does not")
        elif periods < 15:
            said.append(f"{periods} periods: long and joint reject true nulls too often (simulated at 5 %, one lag: "
                        "long 0.15 at N=10, T=11, 0.05 at N=25, T=11; 0.22 and 0.12 without cointegration)")
        found = self.dependence
        cd, shared = found["CD"], found["pvalue"]
        if cd is not None and shared is not None and cd > 0 and shared < 0.05:         # less means, CD is negative
            said.append(f"the residuals of d.{self.names[0]} are correlated across entities (CD {cd:.2f}, p "
                        f"{shared:.3f}): the tests reject true nulls too often (simulated at 5 % with a factor of "
                        "weight 1: long 0.46 at N=25, T=22); --demean takes out what all share")
        if not self.lags:
            said.append("without lagged differences there is no short-run test")
        return said

    @property
    def dependence(self) -> Mapping[str, float | int | None]:
        """Pesaran's CD of the residuals of the equation of y."""
        resid = (self.data.y - self.data.x @ self.beta)[..., 0]
        return residual_dependence(resid, self.data.rows)

    def relation(self) -> list[dict[str, Any]]:
        """The relation y - slopes x, a row a variable."""
        return [{"relation": 1, "variable": self.names[0], "value": 1.0, "se": None},
                *({"relation": 1, "variable": n, "value": -float(v), "se": float(s)}
                  for n, v, s in zip(self.names[1:], self.long_run.value, self.long_run.se, strict=True))]


def fewest(options: Mapping[str, Any]) -> int:
    """Periods of every entity: one degree of freedom in the first step, two rows of deviations in the second."""
    lags = options["lags"] if isinstance(options["lags"], int) else max(options["max_lags"] or 1, 1)
    k, terms = len(options["x"]), TERMS[options["trend"]]
    first = {"fmols": k + terms + 3, "dols": 1 + 2 * AROUND + terms + k * (2 * AROUND + 2) + 1}
    if options["method"] == "pmg":
        first["pmg"] = fewest_pmg({"y_lags": lags + 1, "lags": lags + 1, "max_lags": None, "x": options["x"],
                                   "trend": options["trend"]})
    return max(first[options["method"] or "fmols"], lags + 4)


def corrected(asked: str, y: Panel, x: Panel, *, lags: int | str, max_lags: int | None, fewest_lags: int, trend: str,
              method: str, pooling: str, variant: str, demean: bool) -> Corrected:
    """Both steps.

    A criterion chooses K from ``fewest_lags`` on: ln det of the covariance of the within regressions of all changes
    plus c(n) K P^2 / n, on the rows that the largest K leaves.

    Raises
    ------
    InfeasibleError
        Too few rows or instruments for the coefficients, a perfect fit.
    """
    y, x = equilibrium.less_means(y, x, demean)
    wide = y.join(x).values
    criterion: dict[str, float] = {}
    relation = None if method == "pmg" else _long_run(asked, y, x, trend, method, pooling, 0)
    if isinstance(lags, str):
        largest = max(int(max_lags or 1), fewest_lags)
        first = relation or _long_run(asked, y, x, trend, method, pooling, largest)
        criterion = {str(k): _criterion(asked, wide, first, k, largest - k, lags)
                     for k in range(fewest_lags, largest + 1)}
        lags = int(min(criterion, key=lambda k: criterion[k]))
    relation = relation or _long_run(asked, y, x, trend, method, pooling, lags)
    left, level = (np.where(relation.valid, v, 0.0) for v in (relation.errors, y.series))
    left = np.where(relation.valid, left - left.sum(1, keepdims=True) / relation.valid.sum(1, keepdims=True), 0.0)
    if (left**2).sum() <= 1e-20 * (level**2).sum():
        raise InfeasibleError(f"{asked}: {y.name} is an exact linear function of the x in every entity; there are no "
                              "errors to correct")
    data, used = _system(asked, wide, relation, lags, 0, variant == "gmm")
    names = (y.name, *x.variables)
    labels = ("ec1", *(f"L{k}.d.{v}" for k in range(1, lags + 1) for v in names))
    count, n = len(labels), int(used.sum())
    if variant == "gmm" and data.z.shape[2] < count:
        raise InfeasibleError(f"{asked}: {data.z.shape[2]} instruments for {count} coefficients an equation; "
                              "take fewer --lags")
    if data.n - (n if data.lost else 0) <= count + len(names):
        raise InfeasibleError(f"{asked}: {data.n} rows of {n} entities leave too few degrees of freedom for {count} "
                              "coefficients an equation; fewer --lags need fewer")
    one = np.ones((1, n))
    fit = algebra.gmm(data, one, 1) if variant == "gmm" else algebra.least_squares(data, one, correct=False)
    assert fit.variance is not None
    resid = data.y - data.x @ fit.beta[0]
    if (exact := np.flatnonzero((resid**2).sum((0, 1)) <= 1e-24 * (data.y**2).sum((0, 1)))).size:
        raise InfeasibleError(f"{asked}: with {lags} lags the regression of d.{names[exact[0]]} fits exactly; "
                              "an identity is no causality")
    return Corrected(names, labels, fit.beta[0], fit.variance[0], lags, criterion, relation, data, used, data.n,
                     hansen(data, fit), method != "pmg" and pooling == "group")


def refuse(asked: str, rank: int, case: int | None) -> None:
    """What panels do not have.

    Raises
    ------
    UsageError
        More than one relation; a case.
    """
    if rank != 1:
        raise UsageError(f"{asked} --rank {rank}: a panel has one relation, that of y on the x (--rank 1)")
    if case is not None:
        raise UsageError(f"{asked} --case {case}: cases are of one time series; a panel takes --trend")


def _long_run(asked: str, y: Panel, x: Panel, trend: str, method: str, pooling: str, lags: int) -> LongRun:
    valid = y.complete & x.complete
    series, causes = np.where(valid, y.series, 0.0), np.where(valid[..., None], x.values, 0.0)
    if method == "pmg":
        return _pooled_mean(asked, y, x, trend, lags, valid)
    common, d = pooling != "group", TERMS[trend]
    if method == "dols":
        around = np.full(len(series), AROUND)
        fit = cointegrating.leads_and_lags(series, causes, trend, valid, around, around)
        products, theta = fit.products, fit.theta
        slopes = (np.linalg.solve(products.square.sum(0), products.cross.sum(0)) if common else theta[:, d:])
        left = products.y - np.einsum("ntk,nk->nt", products.x, np.broadcast_to(slopes, (len(series), x.n_variables)))
        omega = long_run(np.where(products.used, left, 0.0), products.used, "auto", "bartlett").omega[:, 0, 0]
    else:
        resid = cointegrating.first_stage(series, causes, trend, valid, common)
        with equilibrium.singular_named(asked, y):
            w, used, found = cointegrating.long_run_parts(resid, causes, trend, valid, "bartlett", "auto")
        omega = cointegrating.conditional_variance(found)
        taken = cointegrating.mean_covariance(found) if pooling == "pooled" else found
        products = cointegrating.fully_modified(series, causes, trend, unit_terms(trend, valid), w, used, taken)
        theta = products.theta
    if common:
        found_params, matrix, _ = equilibrium.together(x, products, omega, 0.05, "robust", pooling == "weighted")
        value = np.array([p.value for p in found_params])
    else:
        value, matrix = mean_group(theta[:, d:])
    each = np.broadcast_to(value, (len(series), len(value))) if common else theta[:, d:]
    return LongRun(_errors(series, causes, trend, valid, each), valid, value, np.sqrt(np.diagonal(matrix)))


def _errors(y: Array, x: Array, trend: str, valid: Mask, slopes: Array) -> Array:
    """y - slopes x (N, T), with ``ct`` less the trend of each entity, but not its mean."""
    left = np.where(valid, y - np.einsum("ntk,nk->nt", x, slopes), 0.0)
    if trend == "ct":
        terms = unit_terms(trend, valid)
        left = left - ols(left, terms, valid)[0][:, 1:] * terms[..., 1]
    return np.where(valid, left, 0.0)


def _pooled_mean(asked: str, y: Panel, x: Panel, trend: str, lags: int, valid: Mask) -> LongRun:
    """The likelihood's highest maximum in an ARDL of as many lags as the model in levels has."""
    model = error_correction(asked, y, x, lags + 1, lags + 1, None, trend)
    k = x.n_variables
    fixed = dynamic_fixed(asked, y, x, model, "entity", {"cov": "unadjusted"}).value[:k]
    m = moments(model.change, model.level, model.x, model.outer, model.valid)
    climbed, height, reached = maximise(starts(own_long_run(model)[0], fixed) * m.unit, m)
    if not reached.any():
        raise InfeasibleError(f"{asked} --method pmg: the likelihood has no maximum; there may be no long run of "
                              f"{y.name} on these x, or too few periods: --method fmols")
    top = climbed[int(np.argmax(np.where(reached, height, -np.inf)))]
    inverse = np.linalg.inv(curvatures(top, m).sum(0)) / np.outer(m.unit, m.unit)
    slopes = top / m.unit
    series, causes = np.where(valid, y.series, 0.0), np.where(valid[..., None], x.values, 0.0)
    each = np.broadcast_to(slopes, (len(series), k))
    return LongRun(_errors(series, causes, trend, valid, each), valid, slopes, np.sqrt(np.diagonal(inverse)))


def _system(asked: str, wide: Array, relation: LongRun, lags: int, skip: int,
            by_gmm: bool) -> tuple[algebra.System, Mask]:
    """Rows of the second step and which entities have some; the first ``skip`` further lags are lost too."""
    change = wide - dynamic.lagged(wide, 1)
    error = np.where(relation.valid, relation.errors, np.nan)
    reach = [dynamic.lagged(change, k) for k in range(1, lags + skip + 1)]
    x = np.concatenate([dynamic.lagged(error, 1)[..., None], *reach[:lags]], 2)
    valid: Mask = np.asarray(np.isfinite(np.concatenate([change, x, *reach[lags:]], 2)).all(2))
    used = valid.sum(1) > 1
    if not used.any():
        raise InfeasibleError(f"{asked}: no entity has two rows with {lags + skip} lags; take fewer")
    valid = valid[used]
    y, x = (np.where(valid[..., None], a[used], 0.0) for a in (change, x))
    if not by_gmm:
        return within_entities(y, x, valid), used
    root = dynamic.deviations(valid)
    rows: Mask = np.asarray(root.any(2))
    made = []
    for column in (error, *np.moveaxis(change, 2, 0)):
        scale = np.nanstd(column[used])
        made.append(dynamic.lag_instruments(column[used] / (scale if scale > 0 else 1.0), rows, *INSTRUMENTS, True))
    return algebra.System(root @ y, root @ x, np.concatenate(made, 2), rows), used


def _criterion(asked: str, wide: Array, relation: LongRun, lags: int, skip: int, name: str) -> float:
    data, used = _system(asked, wide, relation, lags, skip, False)
    fit = algebra.least_squares(data, np.ones((1, int(used.sum()))), correct=False)
    resid = data.y - data.x @ fit.beta[0]
    n, p = data.n, wide.shape[2]
    weight = {"aic": 2.0, "bic": np.log(n), "hqic": 2 * np.log(np.log(n))}[name]
    return float(np.linalg.slogdet(np.einsum("nrj,nrl->jl", resid, resid) / n)[1] + weight * p * p * lags / n)
