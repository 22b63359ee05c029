"""The spatial Durbin model with fixed effects, by maximum likelihood, and its direct and indirect effects."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import chdtrc, ndtr, ndtri

from clustertrade.errors import InfeasibleError, first_of
from clustertrade.neighbours import Neighbours
from clustertrade.panel import Array, Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression.fit import absorbed, solve
from clustertrade.regression.goodness import squared_correlation
from clustertrade.regression.models import refuse_absorbed
from clustertrade.regression.rows import rows_of
from clustertrade.results import Estimate, Param


@procedure(
    "spatial-durbin",
    family="estimators",
    title="Spatial Durbin model",
    reference="elhorst2014",
    needs=lambda options: Needs(n=max(4, 2 * len(options.get("x") or ()) + 2), t=2, balanced=True),
    choices={"effects": ("entity", "twoway")},
    checked="spreg's maximum likelihood of the lag model with lagged regressors (slopes 2e-5, errors 2e-3, without the "
            "correction); effects against numerical derivatives (1e-6); the truth in simulations of 20 x 6, where "
            "intervals cover at least 85 % of 60 samples",
)
def spatial_durbin(y: Panel, x: Panel, *, neighbours: Neighbours, effects: str = "entity", dfcor: bool = True,
                   level: float = 0.05) -> Estimate:
    r"""What entities and their neighbours have to do with y: spatial lags of y and of every x.

    .. math:: y_{it} = \rho \sum_j w_{ij} y_{jt} + \beta' x_{it} + \theta' \sum_j w_{ij} x_{jt} + \mu_i (+ \lambda_t)
        + \epsilon_{it}

    W has the neighbours of an entity with equal weights that sum to one.  Maximum likelihood with the effects removed,
    :math:`\ln|I-\rho W|` from the eigenvalues of W; as each removal costs an observation, the likelihood is that of
    N (T - 1), with period effects (N - 1)(T - 1), errors (Lee and Yu 2010).  As y feeds back through W, the effects of
    an x are read off :math:`(I-\rho W)^{-1}(\beta_k I + \theta_k W)`: the mean of the diagonal is direct, of the
    row sums total, and the difference indirect (LeSage and Pace 2009).  Their standard errors are by the delta method.

    Parameters
    ----------
    y : Panel of one variable
        Every entity over the same periods.
    x : Panel of regressors
        All enter with their spatial lags.
    neighbours : file or pairs of labels
        A CSV with a header whose first two columns are neighbours; each pair once.  Each entity needs one.
    effects : entity or twoway
        Fixed effects.
    dfcor : bool
        Whether the likelihood is that of the errors that are left (yes), or of all NT deviations (no).
    level : float
        1 - level is the coverage of the intervals.

    Returns
    -------
    Estimate
        ``rho``, the x, and ``W.x`` for the spatial lags; z statistics.  Details: ``effects``, a row an x with
        ``direct``, ``indirect``, ``total``, their ``_se`` and ``_pvalue``; ``tests``, Wald tests of the spatial lag
        model (theta = 0) and of the spatial error model (theta + rho beta = 0); ``sigma2``; ``bounds`` of rho;
        ``pairs`` of neighbours.

    Raises
    ------
    InfeasibleError
        Unbalanced data; entities without a neighbour; regressors that the effects absorb.

    References
    ----------
    Lee and Yu (2010), doi:10.1016/j.jeconom.2009.08.001; LeSage and Pace (2009), doi:10.1201/9781420064254

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> w = (np.eye(12, k=1) + np.eye(12, k=-1) + np.eye(12, k=11) + np.eye(12, k=-11)) / 2
    >>> x, e = rng.standard_normal((2, 12, 30))
    >>> y = np.linalg.solve(np.eye(12) - 0.4 * w, x + 0.5 * w @ x + 0.3 * e)
    >>> frame = pd.DataFrame({"i": np.repeat(range(12), 30), "t": np.tile(range(30), 12), "x": x.ravel(),
    ...                       "y": y.ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> found = spatial_durbin(panel["y"], panel["x"], neighbours=[(k, (k + 1) % 12) for k in range(12)])
    >>> [round(found[name].value, 1) for name in ("rho", "x", "W.x")]
    [0.4, 1.0, 0.5]
    """
    w = neighbours.matrix("spatial-durbin", y.entities)
    if (alone := [e for e, row in zip(y.entities, w, strict=True) if not row.any()]):
        raise InfeasibleError(f"spatial-durbin: {first_of(alone)} {'has' if len(alone) == 1 else 'have'} no neighbour, "
                              "so that weights cannot sum to one; name one, or leave the entity out")
    w = w / w.sum(1, keepdims=True)
    rows = rows_of(y, x)
    lagged = np.einsum("ij,jtk->itk", w, x.values)
    names = (*x.variables, *(f"W.{v}" for v in x.variables))
    moved = _removed(np.concatenate([y.values, np.einsum("ij,jtk->itk", w, y.values), x.values, lagged], -1), effects)
    n, t = y.n_entities, y.n_periods
    flat = moved.reshape(n * t, -1)
    refuse_absorbed("spatial-durbin", rows, absorbed(rows.x, flat[:, 2: 2 + x.n_variables]), effects)
    z = flat[:, 2:]
    b0, b1 = (solve("spatial-durbin", names, v, z)[0] for v in (flat[:, 0], flat[:, 1]))
    e0, e1 = flat[:, 0] - z @ b0, flat[:, 1] - z @ b1
    if (flat[:, 0] ** 2).sum() <= 1e-24 * (y.series**2).sum():
        raise InfeasibleError(f"spatial-durbin: nothing of {y.name} is left after {effects} effects")
    kept_t = t - 1 if dfcor else t
    kept_n = n - 1 if dfcor and effects == "twoway" else n
    likelihood = _Likelihood(w, e0, e1, kept_n, kept_t)
    rho = likelihood.best()
    beta = b0 - rho * b1
    resid = e0 - rho * e1
    sigma2 = float(resid @ resid) / (kept_n * kept_t)
    if kept_n * kept_t <= len(beta) + 1:
        raise InfeasibleError(f"spatial-durbin: {n} entities over {t} periods leave no degrees of freedom for "
                              f"{len(beta) + 1} coefficients; leave regressors out")
    covariance = _covariance(w, z, beta, rho, sigma2, n, t, kept_n, kept_t, effects)
    estimate = np.concatenate([[rho], beta])
    params = _params(("rho", *names), estimate, np.sqrt(np.diagonal(covariance)), level)
    details = {"effects": _effects(w, estimate, covariance, x.variables), "sigma2": sigma2,
               "tests": _restrictions(estimate, covariance, x.n_variables), "bounds": list(likelihood.bounds),
               "pairs": int((w > 0).sum()) // 2}
    fitted = flat[:, 0] - resid
    loglik = likelihood.value(rho)
    k = len(estimate) + 1
    fit = {"r2": squared_correlation(np.column_stack([flat[:, 0], fitted])), "loglik": loglik,
           "aic": 2 * k - 2 * loglik, "bic": math.log(kept_n * kept_t) * k - 2 * loglik, "sigma": math.sqrt(sigma2),
           "n_groups": n}
    return Estimate(coefficients=params, fit=fit, cov_type="unadjusted", nobs=n * t, n_entities=n, n_periods=t,
                    covariance=covariance, observations=rows.observed(resid, rows.y - resid), details=details)


def _removed(v: Array, effects: str) -> Array:
    """Deviations (N, T, K) from the means of entities, and of periods."""
    v = v - v.mean(1, keepdims=True)
    return v - v.mean(0, keepdims=True) if effects == "twoway" else v


class _Likelihood:
    """The likelihood of rho with slopes and variance concentrated out."""

    def __init__(self, w: Array, e0: Array, e1: Array, n: int, t: int) -> None:
        # W is similar to the symmetric D^-1/2 A D^-1/2, so that its eigenvalues are real; the largest is 1.
        degree = 1 / w.max(1)
        symmetric = w * np.sqrt(degree)[:, None] / np.sqrt(degree)[None, :]
        self.omega = np.linalg.eigvalsh((symmetric + symmetric.T) / 2)
        self.products = (float(e0 @ e0), float(e0 @ e1), float(e1 @ e1))
        self.n, self.t, self.drops = n, t, n < len(w)
        self.bounds = (1 / float(self.omega.min()), 1.0)

    def value(self, rho: float) -> float:
        """The log-likelihood; with period effects the eigenvalue 1 falls out of the determinant (Lee and Yu 2010)."""
        a, b, c = self.products
        rss = a - 2 * rho * b + rho**2 * c
        jacobian = float(np.log(np.abs(1 - rho * self.omega)).sum()) - (math.log(1 - rho) if self.drops else 0.0)
        size = self.n * self.t
        return self.t * jacobian - size / 2 * (math.log(2 * math.pi * rss / size) + 1)

    def best(self) -> float:
        """The rho of the greatest likelihood within its bounds."""
        from scipy.optimize import minimize_scalar

        low, high = self.bounds
        edge = 1e-6 * (high - low)
        found = minimize_scalar(lambda r: -self.value(r), bounds=(low + edge, high - edge), method="bounded",
                                options={"xatol": 1e-12})
        return float(found.x)


def _covariance(w: Array, z: Array, beta: Array, rho: float, sigma2: float, n: int, t: int, kept_n: int, kept_t: int,
                effects: str) -> Array:
    """The inverse of the information of (rho, beta, sigma^2), without the row of sigma^2 (Elhorst 2014, eq. 3.16)."""
    g = w @ np.linalg.inv(np.eye(n) - rho * w)
    fitted = np.einsum("ij,jt->it", g, (z @ beta).reshape(n, t)).reshape(n * t)
    if kept_n < n:
        g = g - g.mean(0, keepdims=True)                   # without the period means
    k = len(beta)
    info = np.zeros((k + 2, k + 2))
    info[0, 0] = kept_t * (np.trace(g @ g) + (g**2).sum()) + fitted @ fitted / sigma2
    info[0, 1:-1] = info[1:-1, 0] = z.T @ fitted / sigma2
    info[1:-1, 1:-1] = z.T @ z / sigma2
    info[0, -1] = info[-1, 0] = kept_t * np.trace(g) / sigma2
    info[-1, -1] = kept_n * kept_t / (2 * sigma2**2)
    scale = np.sqrt(np.diagonal(info))
    return np.asarray(np.linalg.inv(info / np.outer(scale, scale)) / np.outer(scale, scale))[:-1, :-1]


def _effects(w: Array, estimate: Array, covariance: Array, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Direct, indirect and total effects with the delta method's standard errors."""
    n, k = len(w), len(names)
    rho, beta, theta = estimate[0], estimate[1: k + 1], estimate[k + 1:]
    a = np.linalg.inv(np.eye(n) - rho * w)
    aw = a @ w
    rows = []
    for j, name in enumerate(names):
        s = beta[j] * a + theta[j] * aw
        moved = aw @ s                                     # dS / d rho
        gradient = {}
        for kind, of in (("direct", lambda m: np.trace(m) / n), ("total", lambda m: m.sum() / n)):
            d = np.zeros(len(estimate))
            d[0], d[1 + j], d[1 + k + j] = of(moved), of(a), of(aw)
            gradient[kind] = (of(s), d)
        gradient["indirect"] = (gradient["total"][0] - gradient["direct"][0],
                                gradient["total"][1] - gradient["direct"][1])
        row: dict[str, Any] = {"variable": name}
        for kind in ("direct", "indirect", "total"):
            value, d = gradient[kind]
            se = float(d @ covariance @ d) ** 0.5
            row |= {kind: float(value), f"{kind}_se": se, f"{kind}_pvalue": float(2 * ndtr(-abs(value) / se))}
        rows.append(row)
    return rows


def _restrictions(estimate: Array, covariance: Array, k: int) -> list[dict[str, Any]]:
    """Whether the spatial lag (theta = 0) or the spatial error model (theta + rho beta = 0) would do."""
    rho, beta, theta = estimate[0], estimate[1: k + 1], estimate[k + 1:]
    lag = np.hstack([np.zeros((k, k + 1)), np.eye(k)])
    error = np.hstack([beta[:, None], rho * np.eye(k), np.eye(k)])
    rows = []
    for label, value, jacobian in (("spatial lag", theta, lag), ("spatial error", theta + rho * beta, error)):
        v = jacobian @ covariance @ jacobian.T
        statistic = float(value @ np.linalg.solve(v, value))
        rows.append({"model": label, "chi2": statistic, "df": k, "pvalue": float(chdtrc(k, statistic))})
    return rows


def _params(names: tuple[str, ...], estimate: Array, se: Array, level: float) -> tuple[Param, ...]:
    half = -ndtri(level / 2) * se
    return tuple(Param(name=name, value=float(b), se=float(s), stat=float(b / s), pvalue=float(2 * ndtr(-abs(b / s))),
                       ci=(float(b - h), float(b + h)))
                 for name, b, s, h in zip(names, estimate, se, half, strict=True))
