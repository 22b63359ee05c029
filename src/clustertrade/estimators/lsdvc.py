"""Bias-corrected least squares with dummies for dynamic panels."""

from __future__ import annotations

from typing import Any

import numpy as np

from clustertrade.batch import lsdv_bias
from clustertrade.batch.bootstrap import batches
from clustertrade.batch.ols import Array, Mask
from clustertrade.errors import InfeasibleError, first_of
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression.gmm_estimate import normal_param
from clustertrade.results import Estimate, Param


@procedure(
    "lsdvc",
    family="estimators",
    title="Bias-corrected dynamic fixed effects estimator",
    reference="bruno2005",
    needs=lambda options: Needs(n=2, t=3, gaps=True, longest=True, history=True),
    choices={"effects": ("time",)},
    checked="the formulas written out with NT x NT matrices (1e-9), initial estimates by gmm-diff and gmm-system. "
            "Mean estimates of a lag of 0.5 at 25 x 22: 0.500 (uncorrected 0.447), of 0.9: 0.895 (0.833), of 0.8 at "
            "20 x 10: 0.780 (0.636); rejections at 5 % by the bootstrap's errors 0.050, 0.070, 0.080 (200 samples).",
)
def lsdvc(y: Panel, x: Panel | None = None, *, initial: str = "ab", terms: int = 3, effects: str | None = None,
          bootstrap: int = 999, seed: int = 20260101, level: float = 0.05) -> Estimate:
    r"""Fixed effects with a lag of y, less an approximation of their bias: for few entities, where GMM is erratic.

    .. math:: y_{it} = \gamma y_{i,t-1} + x_{it}'\beta + \mu_i + \epsilon_{it}, \qquad
        \hat\delta_c = \hat\delta_{LSDV} - \sum_{j=1}^{terms} c_j(\hat\gamma, \hat\sigma^2)

    with the terms of Bun and Kiviet (2003) for unbalanced panels, evaluated at a consistent estimate.  x is strictly
    exogenous and the errors are independent with one variance; standard errors come from a parametric bootstrap that
    keeps x and the first y of each entity.

    Parameters
    ----------
    y : Panel of one variable
        Unbalanced data and gaps are allowed.
    x : Panel of regressors, optional
        Strictly exogenous; each must vary within entities.
    initial : ab, bb or ah
        Arellano-Bond or Blundell-Bond in one step (all lags from the second, collapsed where that is more than the
        entities), or Anderson-Hsiao with y two periods before.
    terms : 1, 2 or 3
        Terms of the bias that are taken off: of order 1/T, 1/(NT), 1/(N T^2).
    effects : time, optional
        Effects of periods as further regressors; they go to ``details.periods``.
    bootstrap : int
        Replications; 0 leaves standard errors out.
    seed : int
        Seed of the draws.
    level : float
        1 - level is the coverage of the normal intervals.

    Returns
    -------
    Estimate
        ``L1.y`` and a coefficient a regressor.  Details: ``lsdv`` and ``initial`` (estimates by coefficient),
        ``bias`` (the terms, a row a coefficient), ``entities`` with their effects, ``periods``, ``replications``.

    Raises
    ------
    InfeasibleError
        Regressors that do not vary within entities or are collinear; too few rows.

    References
    ----------
    Kiviet (1995), Journal of Econometrics 68, doi:10.1016/0304-4076(94)01643-E; Bun and Kiviet (2003), Economics
    Letters 79, doi:10.1016/S0165-1765(02)00299-X.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> y = rng.standard_normal((30, 12))
    >>> for t in range(1, 12):
    ...     y[:, t] += 0.6 * y[:, t - 1]
    >>> frame = pd.DataFrame({"i": np.repeat(range(30), 12), "t": np.tile(range(12), 30), "y": y.ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> estimate = lsdvc(panel["y"], bootstrap=99)
    >>> estimate["L1.y"].value > estimate.details["lsdv"]["L1.y"], abs(estimate["L1.y"].value - 0.6) < 0.2
    (True, True)
    """
    level_y = y.series
    names = [f"L1.{y.name}", *(x.variables if x is not None else ())]
    own = x.values if x is not None else np.zeros((*level_y.shape, 0))
    valid = np.isfinite(level_y) & np.isfinite(own).all(-1)
    valid[:, 1:] &= np.isfinite(level_y[:, :-1])
    valid[:, 0] = False
    used = valid.sum(1) > 1
    if not used.any():
        raise InfeasibleError("lsdvc: no entity has two rows with the lag of y; use longer data")
    level_y, own, valid = level_y[used], own[used], valid[used]
    periods = np.flatnonzero(valid.any(0))
    if effects == "time":
        dummies = np.broadcast_to(np.eye(valid.shape[1])[:, periods[1:]], (*valid.shape, len(periods) - 1))
        own = np.concatenate([own, dummies], -1)
        names += [y.times[p] for p in periods[1:]]
    own = np.where(valid[..., None], own, 0.0)
    _refuse(names, level_y, own, valid)
    found = {k: v[0] for k, v in lsdv_bias.corrected(initial, terms, level_y[None], own, valid).items()}
    beta, sigma = found["beta"], float(found["sigma2"]) ** 0.5
    lag = np.concatenate([np.zeros((len(level_y), 1)), level_y[:, :-1]], 1)
    fitted = np.where(valid, beta[0] * lag + own @ beta[1:], 0.0)
    effect = np.where(valid, level_y - fitted, 0.0).sum(1) / valid.sum(1)
    warnings = []
    if abs(found["initial"][0]) >= 1:
        warnings.append(f"the initial estimate of {names[0]} is {found['initial'][0]:.3f}, outside (-1, 1): the "
                        "approximation of the bias is doubtful")
    draws, covariance = None, None
    if bootstrap < 2:
        warnings.append("no standard errors without at least 2 bootstrap replications (--bootstrap)")
    else:
        draws = _draws(initial, terms, level_y, own, valid, beta, effect, sigma, bootstrap, seed)
        if lost := int((~np.isfinite(draws).all(1)).sum()):
            warnings.append(f"{lost} of {bootstrap} bootstrap replications overflowed and are left out: some entities "
                            "are explosive under the null")
            draws = draws[np.isfinite(draws).all(1)]
        covariance = np.atleast_2d(np.cov(draws.T, ddof=1))
    shown = len(names) - (len(periods) - 1 if effects == "time" else 0)
    parameters = tuple(
        normal_param(names[j], float(beta[j]), float(covariance[j, j]), level) if covariance is not None else
        Param(name=names[j], value=float(beta[j]), se=None, stat=None, pvalue=None, ci=None) for j in range(shown))
    resid = np.where(valid, level_y - fitted - effect[:, None], 0.0)
    labels = [e for e, u in zip(y.entities, used, strict=True) if u]
    details: dict[str, Any] = {
        "lsdv": dict(zip(names[:shown], map(float, found["lsdv"]), strict=False)),
        "initial": dict(zip(names[:shown], map(float, found["initial"]), strict=False)),
        "bias": [{"name": names[j], **{f"c{k + 1}": float(found["bias"][k, j]) for k in range(3)}}
                 for j in range(shown)],
        "entities": [{"entity": e, "effect": float(v)} for e, v in zip(labels, effect, strict=True)],
        "replications": 0 if draws is None else len(draws)}
    if effects == "time":
        details["periods"] = [{"period": names[j], "effect": float(beta[j])} for j in range(shown, len(names))]
    return Estimate(coefficients=parameters, fit={"sigma": sigma, "n_groups": int(used.sum())}, cov_type="bootstrap"
                    if bootstrap > 1 else "none", nobs=int(valid.sum()), n_entities=int(used.sum()),
                    n_periods=len(periods), covariance=None if covariance is None else covariance[:shown, :shown],
                    observations=_observed(y, labels, valid, resid, fitted + effect[:, None]), details=details,
                    warnings=tuple(warnings))


def _draws(initial: str, terms: int, y: Array, x: Array, valid: Mask, beta: Array, effect: Array, sigma: float,
           replications: int, seed: int) -> Array:
    """Estimates (B, K) on samples drawn from the estimated model, x and the y before each run of rows kept."""
    rng = np.random.default_rng(seed)
    n, t = y.shape
    mean = x @ beta[1:] + effect[:, None]
    found = []
    with np.errstate(over="ignore", invalid="ignore"):
        for size in batches(replications, 8 * n * t * (t + x.shape[2])):
            sample = np.broadcast_to(y, (size, n, t)).copy()
            errors = sigma * rng.standard_normal((size, n, t))
            for s in range(1, t):
                made = beta[0] * sample[:, :, s - 1] + mean[:, s] + errors[:, :, s]
                sample[:, :, s] = np.where(valid[:, s], made, sample[:, :, s])
            found.append(lsdv_bias.corrected(initial, terms, sample, x, valid)["beta"])
    return np.concatenate(found)


def _refuse(names: list[str], y: Array, x: Array, valid: Mask) -> None:
    lag = np.concatenate([np.zeros((len(y), 1)), y[:, :-1]], 1)[..., None]
    columns = lsdv_bias.demeaned(np.concatenate([lag, x], -1)[None], valid)[0][valid]
    size = np.sqrt((columns**2).sum(0))
    scale = np.sqrt((np.concatenate([lag, x], -1)[valid] ** 2).sum(0))
    if (still := np.flatnonzero(size <= 1e-12 * scale)).size:
        raise InfeasibleError(f"lsdvc: {first_of([names[j] for j in still])} does not vary within entities; leave it "
                              "out")
    left = np.abs(np.diagonal(np.linalg.qr(columns / size, mode="r")))
    if len(left) < len(names) or (left <= 1e-9).any():
        j = int(np.flatnonzero(left <= 1e-9)[0]) if len(left) == len(names) else len(left)
        raise InfeasibleError(f"lsdvc: {names[j]} is an exact linear function of others within entities; leave it out")
    if valid.sum() - len(valid) <= len(names):
        raise InfeasibleError(f"lsdvc: {int(valid.sum())} rows of {len(valid)} entities leave no degrees of freedom "
                              f"for {len(names)} coefficients")


def _observed(y: Panel, labels: list[str], valid: Mask, resid: Array, fitted: Array) -> Any:
    import pandas as pd

    entity, time = np.nonzero(valid)
    return pd.DataFrame({y.entity_name or "entity": np.array(labels)[entity],
                         y.time_name or "time": np.array(y.times)[time], "resid": resid[entity, time],
                         "fitted": fitted[entity, time]})
