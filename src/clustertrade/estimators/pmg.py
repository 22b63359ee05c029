"""The pooled mean group estimator."""

from __future__ import annotations

from typing import Any

import numpy as np

from clustertrade.batch.ols import Array, ols
from clustertrade.batch.pooledlongrun import curvatures, distinct, maximise, moments, sandwich, starts
from clustertrade.errors import InfeasibleError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression import heterogeneous as units
from clustertrade.regression.dynamicfixed import dynamic_fixed
from clustertrade.regression.errorcorrection import (
    ErrorCorrection,
    contrast,
    error_correction,
    fewest,
    half_life,
    own_long_run,
)
from clustertrade.results import Estimate


@procedure(
    "pmg",
    family="estimators",
    title="Pooled mean group estimator",
    reference="pesaran_shin_smith1999",
    needs=lambda options: Needs(n=2, t=fewest(options), gaps=True, within=True),
    choices={"lags": ("aic", "bic", "hqic"), "cov": ("unadjusted", "robust")},
    checked="PooledMeanGroup (3 cases of theta, speeds, short run and their standard errors, 1e-4; it stops at the "
            "second of five maxima in one) and another optimiser. Coverage of 95 % intervals with regressors that "
            "answer to the error: 0.67 at N=25, T=22, 0.84 at N=20, T=50, 0.68 at N=10, T=22; with --cov robust 0.86, "
            "0.89, 0.79.",
)
def pmg(y: Panel, x: Panel, *, trend: str = "c", y_lags: int = 1, lags: int | str = 1, max_lags: int | None = None,
        demean: bool = False, cov: str = "unadjusted", level: float = 0.05) -> Estimate:
    r"""One long run for all entities, with a short run, a speed and an error variance of each.

    .. math:: \Delta y_{it} = \phi_i\,(y_{i,t-1} - \theta' x_{it}) + \sum_{j=1}^{p-1} \lambda_{ij} \Delta y_{i,t-j}
        + \sum_{j=0}^{q-1} \delta_{ij}' \Delta x_{i,t-j} + \mu_i + \varepsilon_{it}, \qquad
        \varepsilon_{it} \sim N(0, \sigma_i^2)

    Maximum likelihood by Newton steps from several starting points: the long runs of the entities (at most 40 of
    them), their mean and median, that of dynamic fixed effects, and zero.  The likelihood can have several maxima; the
    highest is reported, and ``details.maxima`` lists all that were found.  Speeds and the short run are means over
    entities with their dispersion, as of ``mg``.

    Parameters
    ----------
    y : Panel of one variable
        Unbalanced data and gaps are allowed; rows without the lags that they need fall out.
    x : Panel of regressors
        Each must vary within every entity.
    trend : n, c or ct
        Deterministic terms of each entity, unrestricted; the trend is 1 in an entity's first period.
    y_lags : int
        p, lags of y in the ARDL; at least 1.
    lags : int, or aic, bic, hqic
        q, lags of each x; a criterion chooses one for all entities, over their own regressions together.
    max_lags : int, optional
        Largest that a criterion may choose.
    demean : bool
        Subtract the mean of all entities in each period first.
    cov : unadjusted or robust
        Of theta: the inverse of the information matrix, as in the paper, or the sandwich of the Hessian and the scores
        of entities, whose intervals miss the true value less often in short panels, but are too short where one entity
        carries most of the information (see ``share``).
    level : float
        1 - level is the coverage of the intervals.

    Returns
    -------
    Estimate
        Long-run slopes under the names of the x, ``ec`` (mean of phi), the short run (``d.x``, ``L1.d.y``), ``const``,
        ``trend``.  The covariance of the first and that of the others stand apart.  Details: ``half_life`` (of the mean
        phi; value and interval for one between -1 and 0), ``order`` (p, q), ``maxima`` (log-likelihood, theta and
        number of climbs of each), ``unique``, ``starts``, ``converged`` (climbs), ``hausman`` (mg-pmg and mg-dfe),
        ``mean_group`` and ``dfe`` (their long run and speed), ``entities`` (ec, short run, standard errors that allow
        for those of theta, sigma, half-life, ``share`` of the information about theta), ``residual_cd``,
        ``inference``.  A warning names an entity whose share is more than one half.

    Raises
    ------
    UsageError
        ``y_lags`` below 1; a regressor that is called const or trend.
    InfeasibleError
        Where an entity has too few periods or collinear regressors; no climb reaches a maximum.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x = rng.standard_normal((20, 60)).cumsum(1)
    >>> y = np.zeros((20, 60))
    >>> for t in range(1, 60):
    ...     y[:, t] = y[:, t - 1] - 0.3 * (y[:, t - 1] - 2 * x[:, t]) + rng.standard_normal(20)
    >>> frame = pd.DataFrame({"i": np.repeat(range(20), 60), "t": list(range(60)) * 20, "y": y.ravel(), "x": x.ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> r = pmg(panel["y"], panel["x"])
    >>> abs(r["x"].value - 2) < 0.1, r.details["unique"], r.details["half_life"]["adjustment"]
    (True, True, 'returns')
    """
    model = error_correction("pmg", y, x, y_lags, lags, max_lags, trend, demean)
    own, own_beta, _ = own_long_run(model)
    fixed = dynamic_fixed("pmg", y, x, model, "entity", {"cov": "unadjusted"})
    k, n = x.n_variables, y.n_entities
    m = moments(model.change, model.level, model.x, model.outer, model.valid)
    begun = starts(own, fixed.value[:k])
    climbed, value, reached = maximise(begun * m.unit, m)
    if not reached.any():
        raise InfeasibleError(f"pmg: the likelihood has no maximum that any of {len(begun)} climbs reaches: there may "
                              f"be no long run of {y.name} on these x, or too few periods; see mg and dfe")
    tops = distinct(climbed[reached], value[reached])
    peaks, heights = climbed[reached][tops], value[reached][tops]
    theta, loglik = peaks[0] / m.unit, float(heights[0])
    information = curvatures(peaks[0], m)
    inverse = np.linalg.inv(information.sum(0))
    shares = np.einsum("kl,nlk->n", inverse, information) / k
    v_theta = (sandwich(peaks[0], m) if cov == "robust" else inverse) / np.outer(m.unit, m.unit)

    ec = np.where(model.valid, model.level - model.x @ theta, 0.0)
    short, se, resid, sigma2 = _short_run(model, ec, v_theta)
    names = ("ec", *model.outer_names)
    mean, spread = units.mean_group(short)
    covariance = np.zeros((k + len(names), k + len(names)))
    covariance[:k, :k], covariance[k:, k:] = v_theta, spread
    parameters = (*units.coefficients(x.variables, theta, v_theta, level),
                  *units.coefficients(names, mean, spread, level, n - 1))

    used = k + n * (len(names) + 1)
    rows = int(model.valid.sum())
    quality = units.goodness(np.where(model.valid, model.change, 0.0), resid, model.valid, rows - used + n)
    quality |= {"loglik": loglik, "aic": 2 * used - 2 * loglik, "bic": float(np.log(rows)) * used - 2 * loglik}
    counts = _counts(climbed[reached], peaks)
    return Estimate(
        coefficients=parameters, fit=quality, cov_type=cov, nobs=rows, n_entities=n,
        n_periods=int(model.valid.any(0).sum()), covariance=covariance,
        observations=units.observed(y, resid, model.valid, model.change - resid),
        details={
            "half_life": half_life(parameters[k].value, parameters[k].se, level, n - 1),
            "order": list(model.order),
            "maxima": [{"loglik": float(h), **dict(zip(x.variables, (p / m.unit).tolist(), strict=True)), "climbs": c}
                       for h, p, c in zip(heights, peaks, counts, strict=True)],
            "unique": len(tops) == 1, "starts": len(begun), "converged": int(reached.sum()),
            **_comparison(x, own, own_beta, theta, v_theta, fixed.value, fixed.matrix, level),
            "entities": [{"entity": e, "nobs": int(model.valid[i].sum()),
                          "coefficients": dict(zip(names, short[i].tolist(), strict=True)),
                          "se": dict(zip(names, se[i].tolist(), strict=True)), "sigma": float(np.sqrt(sigma2[i])),
                          "half_life": half_life(float(short[i, 0]), float(se[i, 0]), level), "share": float(shares[i])}
                         for i, e in enumerate(y.entities)],
            "residual_cd": units.residual_dependence(resid, model.valid), "inference": {"df": n - 1}},
        warnings=(*model.warnings, *_cautions(heights, value[~reached], len(begun)), *_dominant(y, shares),
                  *units.without_error(parameters)))


def _short_run(model: ErrorCorrection, ec: Array, v_theta: Array) -> tuple[Array, Array, Array, Array]:
    """Coefficients and standard errors (N, 1 + S + d), residuals (N, T) and variances (N,), given theta.

    V = sigma^2 (Z'Z)^-1 + D V(theta) D' with D = phi (Z'Z)^-1 Z'X, from the inverse of the whole information matrix.
    """
    z = np.concatenate([ec[..., None], model.outer], -1)
    beta, se, resid, df = ols(model.change, z, model.valid)
    n = model.valid.sum(1)
    sigma2 = (resid**2).sum(1) / n
    d = np.stack([ols(model.x[..., j], z, model.valid)[0] for j in range(model.x.shape[-1])], -1) * beta[:, :1, None]
    variance = se**2 * (df / n)[:, None] + np.einsum("nak,kl,nal->na", d, v_theta, d)
    return beta, np.sqrt(variance), resid, sigma2


def _counts(climbed: Array, peaks: Array) -> list[int]:
    """How many climbs ended at each peak."""
    gap = np.abs(climbed[:, None, :] - peaks[None]).max(-1)
    return np.bincount(gap.argmin(1), minlength=len(peaks)).tolist()


def _comparison(x: Panel, own: Array, own_beta: Array, theta: Array, v_theta: Array, fixed: Array, v_fixed: Array,
                level: float) -> dict[str, Any]:
    """Mean group and dynamic fixed effects of the same model, and Hausman tests between the three."""
    k, df = x.n_variables, len(own) - 1
    mean, spread = units.mean_group(np.concatenate([own, own_beta[:, :1]], 1))
    labels = (*x.variables, "ec")
    return {
        "mean_group": [p.to_dict() for p in units.coefficients(labels, mean, spread, level, df)],
        "dfe": [p.to_dict() for p in units.coefficients(labels, fixed[: k + 1], v_fixed[: k + 1, : k + 1], level)],
        "hausman": [{"compared": "mg-pmg", **contrast(x.variables, mean[:k], spread[:k, :k], theta, v_theta)},
                    {"compared": "mg-dfe", **contrast(x.variables, mean[:k], spread[:k, :k], fixed[:k],
                                                      v_fixed[:k, :k])}]}


def _cautions(heights: Array, elsewhere: Array, starts: int) -> list[str]:
    said = []
    if len(heights) > 1:
        said.append(f"the likelihood has {len(heights)} maxima: {heights[0]:.6g} is reported, the next is "
                    f"{heights[1]:.6g}")
    if elsewhere.size:
        higher = np.isfinite(elsewhere).any() and np.nanmax(elsewhere) > heights[0]
        said.append(f"{elsewhere.size} of {starts} climbs run off to infinity"
                    + (", where the likelihood is higher than at any maximum" if higher else ""))
    return said


def _dominant(y: Panel, shares: Array) -> list[str]:
    """Whose long run the common one is, where one entity outweighs all others."""
    top = int(np.argmax(shares))
    if shares[top] <= 0.5:
        return []
    return [f"{y.entities[top]} alone carries {shares[top]:.0%} of the information about the common long run"]
