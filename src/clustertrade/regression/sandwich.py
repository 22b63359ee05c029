"""Covariances of the coefficients of one regression, and the distribution that inference takes from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clustertrade.batch.longrun import kernel_weights
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.panel import Array
from clustertrade.regression.fit import Fit
from clustertrade.regression.rows import Codes, group_sums

CLUSTERED = ("clustered", "wild")


@dataclass(frozen=True)
class Inference:
    """A covariance (K, K), the degrees of freedom of t (None: normal), and what is to be said about both."""

    matrix: Array
    df: float | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def covariance(fit: Fit, options: Mapping[str, Any]) -> Inference:
    """The covariance that the options ask for.

    ``cov``: unadjusted, robust (``hc``), clustered and wild (``cluster``), driscoll-kraay and newey-west (``kernel``,
    ``bandwidth``), pcse; ``convention``: paper, plm, gretl or stata, which differ in small-sample factors alone.
    """
    kind = options["cov"]
    if kind in CLUSTERED:
        return clustered(fit, options["cluster"], options["convention"])
    if kind == "robust":
        return robust(fit, options["hc"], options["convention"])
    if kind in ("driscoll-kraay", "newey-west"):
        return kernel_robust(fit, kind, options["kernel"], options["bandwidth"], options["convention"])
    if kind == "pcse":
        return panel_corrected(fit)
    return Inference(fit.sigma2 * fit.bread, None if fit.normal else fit.df)


def sandwich(fit: Fit, meat: Array) -> Array:
    """(x'x)^-1 meat (x'x)^-1."""
    return fit.bread @ ((meat + meat.T) / 2) @ fit.bread


def robust(fit: Fit, hc: int, convention: str) -> Inference:
    """White's covariance with the corrections of MacKinnon and White (1985), HC4 of Cribari-Neto (2004).

    Parameters and leverages are those of the regression with its effects as dummies; ``plm`` takes those of the
    transformed regressors alone.
    """
    used = fit.n - fit.df
    leverage = np.einsum("ij,jk,ik->i", fit.x, fit.bread, fit.x)
    if fit.effects.count:
        leverage = leverage - 1 / fit.n                                          # the constant is one of the effects
        if convention == "plm":
            used = fit.k - 1
        else:
            leverage = leverage + fit.effects.leverage
    leverage = np.clip(leverage, 0.0, 1.0)                                       # up to rounding
    open_ = 1 - leverage
    fitted = open_ < 1e-10                                                       # rows that a dummy of their own fits
    open_ = np.where(fitted, 1.0, open_)
    scale = {0: 1.0, 1: fit.n / (fit.n - used), 2: 1 / open_, 3: 1 / open_**2,
             4: open_ ** -np.minimum(4.0, leverage * fit.n / used)}[hc]
    weight = np.where(fitted & (hc >= 2), 0.0, fit.resid**2 * scale)
    return Inference(sandwich(fit, fit.x.T @ (fit.x * weight[:, None])), None if fit.normal else fit.df, {"hc": hc})


def score_sums(scores: Array, codes: Codes) -> Array:
    """Sums (G, K) of the scores (n, K) of each cluster."""
    return group_sums(scores, codes)


def cluster_codes(fit: Fit, cluster: str) -> list[Codes]:
    """Cluster numbers without holes: entity, time, or both and their intersection."""
    entity = np.unique(fit.entity, return_inverse=True)[1]
    time = np.unique(fit.time, return_inverse=True)[1]
    if cluster == "both":
        return [entity, time, np.unique(entity * (int(time.max()) + 1) + time, return_inverse=True)[1]]
    return [entity if cluster == "entity" else time]


def counted(fit: Fit, cluster: str, convention: str) -> int:
    """k of the factor (n-1)/(n-k): slopes and constant; gretl and stata also count effects not nested in clusters."""
    if convention not in ("gretl", "stata") or fit.effects.kind is None:
        return fit.k
    nested = {"entity": ("entity",), "time": ("time",), "both": ("entity", "time")}[cluster]
    if fit.effects.kind in nested:
        return fit.k
    if fit.effects.kind == "twoway":                                             # one of the two is nested
        kept = [c for c, name in ((fit.entity, "entity"), (fit.time, "time")) if name in nested]
        return fit.k if len(kept) == 2 else fit.k + fit.effects.count - int(np.unique(kept[0]).size)
    return fit.k + fit.effects.count - 1


def cluster_factor(fit: Fit, codes: Codes, cluster: str, convention: str) -> float:
    """G/(G-1) (n-1)/(n-k); 1 for plm."""
    groups = int(codes.max()) + 1
    if convention == "plm":
        return 1.0
    return groups / (groups - 1) * (fit.n - 1) / (fit.n - counted(fit, cluster, convention))


def clustered(fit: Fit, cluster: str, convention: str) -> Inference:
    """One-way (Liang and Zeger 1986) or two-way (Cameron, Gelbach and Miller 2011) clustering; p from t(G - 1).

    Two-way: V(entity) + V(time) - V(both), each with its factor, G the smaller number of clusters.  Where a variance
    of a slope is not positive, negative eigenvalues are set to zero, as these authors do.
    """
    listed = cluster_codes(fit, cluster)
    sizes = [int(c.max()) + 1 for c in listed[:2]]
    if min(sizes) < 2:
        raise InfeasibleError(f"{fit.asked}: one cluster ({cluster}); clustered errors need at least 2")
    scores = fit.x * fit.resid[:, None]
    meat = np.zeros((fit.k, fit.k))
    for sign, codes in zip((1, 1, -1), listed, strict=False):
        sums = score_sums(scores, codes)
        meat += sign * cluster_factor(fit, codes, cluster, convention) * (sums.T @ sums)
    matrix, warnings = sandwich(fit, meat), []
    if cluster == "both" and (np.diagonal(matrix)[fit.slopes] <= 0).any():
        matrix = positive(matrix)
        warnings.append("a two-way clustered variance is not positive; negative eigenvalues of the covariance are set "
                        "to zero (Cameron, Gelbach and Miller 2011)")
    if min(sizes) <= int(fit.slopes.sum()):
        warnings.append(f"{min(sizes)} clusters for {int(fit.slopes.sum())} regressors: "
                        "their joint covariance is singular")
    return Inference(matrix, min(sizes) - 1, {"clusters": sizes if cluster == "both" else sizes[0]}, tuple(warnings))


def positive(matrix: Array) -> Array:
    """The matrix without its negative eigenvalues, found at a diagonal of +-1 so that units do not matter."""
    scale = np.sqrt(np.abs(np.diagonal(matrix)))
    scale[scale == 0] = 1.0
    value, vector = np.linalg.eigh(matrix / np.outer(scale, scale))
    return (vector * np.maximum(value, 0.0)) @ vector.T * np.outer(scale, scale)


def kernel_robust(fit: Fit, kind: str, kernel: str, bandwidth: int | str, convention: str) -> Inference:
    """Driscoll and Kraay (1998) over the sums of each period, or Newey and West (1987) within entities.

    Lags are steps of the calendar: over a gap nothing is paired.  ``auto`` is the integer part of 4 (T/100)^(2/9), of
    T^(1/4) for plm.  Factors: T/(T-1) (n-1)/(n-k) with p from t(T-1) for Driscoll-Kraay, as Hoechle's xtscc; n/(n-k)
    with all parameters counted for Newey-West; 1 for plm.
    """
    periods = int(np.unique(fit.time).size)
    if bandwidth == "auto":
        bandwidth = math.floor(periods**0.25 if convention == "plm" else 4 * (periods / 100) ** (2 / 9))
        bandwidth = min(bandwidth, periods - 1)
    if not isinstance(bandwidth, int):
        raise UsageError(f"--bandwidth {bandwidth}: a whole number or auto")
    if bandwidth >= periods or periods < 2:
        raise InfeasibleError(f"{fit.asked} --cov {kind}: bandwidth {bandwidth} needs more than {bandwidth} periods; "
                              f"there are {periods}")
    entity, time = np.unique(fit.entity, return_inverse=True)[1], fit.time - fit.time.min()
    span = int(time.max()) + 1
    grid = np.zeros((1 if kind == "driscoll-kraay" else int(entity.max()) + 1, span, fit.k))
    np.add.at(grid, (entity * (kind == "newey-west"), time), fit.x * fit.resid[:, None])
    weight = kernel_weights(kernel, np.array([float(bandwidth)]), span - 1)[0]
    meat = np.zeros((fit.k, fit.k))
    for lag in np.flatnonzero(weight):
        product = np.einsum("gtk,gtl->kl", grid[:, lag:], grid[:, : span - lag], optimize=True)
        meat += weight[lag] * (product if lag == 0 else product + product.T)
    facts = {"kernel": kernel, "bandwidth": bandwidth}
    if kind == "newey-west":
        factor = 1.0 if convention == "plm" else fit.n / fit.df
        return Inference(factor * sandwich(fit, meat), None if fit.normal else fit.df, facts)
    factor = 1.0 if convention == "plm" else periods / (periods - 1) * (fit.n - 1) / (fit.n - fit.k)
    said = (f"Driscoll-Kraay errors rest on many periods; there are {periods}",) if periods < 20 else ()
    return Inference(factor * sandwich(fit, meat), periods - 1, facts, said)


def panel_corrected(fit: Fit) -> Inference:
    """Beck and Katz (1995): errors correlated between entities of one period, independent over time.

    Covariances of two entities are means over the periods that both have.
    """
    entity, time = np.unique(fit.entity, return_inverse=True)[1], np.unique(fit.time, return_inverse=True)[1]
    shape = (int(entity.max()) + 1, int(time.max()) + 1)
    resid, there, x = np.zeros(shape), np.zeros(shape), np.zeros((*shape, fit.k))
    resid[entity, time], there[entity, time], x[entity, time] = fit.resid, 1.0, fit.x
    sigma = resid @ resid.T / np.maximum(there @ there.T, 1.0)
    meat = np.einsum("itk,ij,jtl->kl", x, sigma, x, optimize=True)
    return Inference(sandwich(fit, meat), None if fit.normal else fit.df)
