"""Whether instruments say anything about the endogenous regressors, and inference that does not depend on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.special import chdtrc, chndtrix, fdtrc, fdtri

from clustertrade.panel import Array
from clustertrade.regression.fit import Fit, least_squares
from clustertrade.regression.goodness import joint, wald
from clustertrade.regression.instruments import System, bare, meat
from clustertrade.regression.sandwich import Inference, covariance


def first_stages(s: System, options: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[Fit], float]:
    """The regression of each endogenous x on all instruments: rows for ``details``, the fits, the small-sample factor.

    ``F`` tests the excluded instruments by the covariance that is asked for; ``partial_r2`` is theirs.
    """
    exogenous = [n for n, a in zip(s.names, s.at, strict=True) if not a]
    names = (*exogenous, *s.instruments)
    z = np.column_stack([s.x[:, ~s.at], s.z])
    which = np.array([n in s.instruments for n in names])
    rows: list[dict[str, Any]] = []
    fits: list[Fit] = []
    factor = 1.0
    for name in s.endog:
        y = s.x[:, s.names.index(name)]
        fit = least_squares(s.asked, names, y, z, s.rows, effects=s.effects)
        inference = covariance(fit, options)
        f, pvalue = joint(fit, inference, which)
        left = s.without(y[:, None])
        se = np.sqrt(np.maximum(np.diagonal(inference.matrix), 0.0))
        rows.append({"name": name, "F": f, "df": [int(which.sum()), inference.df or fit.df], "pvalue": pvalue,
                     "partial_r2": 1 - fit.rss / float((left**2).sum()),
                     "coefficients": [{"name": n, "value": float(b), "se": float(e)}
                                      for n, b, e, w in zip(names, fit.beta, se, which, strict=True) if w]})
        if not fits and options["cov"] != "unadjusted":
            with_factor, without = (wald(fit, covariance(fit, o), which) for o in (options, bare(options)))
            factor = with_factor / without if with_factor and without else 1.0
        fits.append(fit)
    return rows, fits, factor


def identification(s: System, fits: list[Fit], factor: float, options: Mapping[str, Any]) -> dict[str, Any]:
    r"""Underidentification and weak identification.

    ``cragg_donald_f``, and the rk statistics of Kleibergen and Paap (2006) that the first stage has rank K - 1: with
    :math:`\hat\Theta = (Z'Z)^{1/2}\hat\Pi(X'X)^{-1/2} = USV'`, its last singular value against the variance of
    :math:`(V_2\otimes U_2)'\,\mathrm{vec}\,\hat\Theta`; the LM form takes that variance with the rank imposed, the Wald
    form F from the residuals of the first stage.  With one endogenous x, rk F is the F of the first stage.
    Homoskedastic errors: the LM form is Anderson's canonical correlation test, the F Cragg and Donald's.
    """
    x = s.without(s.x[:, s.at])
    x = x / np.sqrt((x**2).sum(0))
    k, count = x.shape[1], s.z.shape[1]
    value, vector = np.linalg.eigh(x.T @ x)
    root = (vector / np.sqrt(value)) @ vector.T                                   # (X'X)^-1/2
    u, single, vt = np.linalg.svd(s.excluded.T @ x @ root, full_matrices=True)
    smallest = float(single[-1])
    df, left = count - k + 1, fits[0].df
    found: dict[str, Any] = {"cragg_donald_f": smallest**2 / (1 - smallest**2) * left / count}
    name = "canonical_lm" if options["cov"] == "unadjusted" else "kp_rk_lm"
    if options["cov"] == "unadjusted":
        lm = s.n * smallest**2
    else:
        u2, v2 = u[:, k - 1:], root @ vt.T[:, k - 1]
        kept = (u[:, : k - 1] * single[: k - 1]) @ vt[: k - 1] @ np.linalg.inv(root)
        target = u2[:, 0] * smallest                                              # U2' Theta V2 = (smallest, 0, ...)
        moments = u2.T @ target

        def rk(resid: Array) -> float:
            variance = meat(s, (s.excluded @ u2) * (resid @ v2)[:, None], options)
            return float(moments @ np.linalg.pinv(variance, hermitian=True) @ moments)

        lm = rk(x - s.excluded @ kept)
        found["kp_rk_f"] = rk(x - s.excluded @ (s.excluded.T @ x)) * factor / count
    if k == 1:
        found["effective_f"] = effective(s, fits[0], factor, options)
    return {**found, name: {"value": lm, "df": df, "pvalue": float(chdtrc(df, lm))}}


def effective(s: System, fit: Fit, factor: float, options: Mapping[str, Any]) -> dict[str, Any]:
    r"""Effective F of the first stage of one endogenous x, with critical values (Montiel Olea and Pflueger 2013).

    .. math:: F_{eff} = \frac{\hat\pi'\hat\pi}{\mathrm{tr}\,\hat W}, \qquad c = \frac{1}{K}\,
        \chi^2_{K,\,1-\alpha}(K/\tau), \qquad
        K = \frac{(\mathrm{tr}\,\hat W)^2 (1 + 2/\tau)}
        {\mathrm{tr}\,\hat W^2 + 2\,\mathrm{tr}\,\hat W\,\lambda_{max}/\tau}

    for orthonormal instruments; their simplified values, which hold for every correlation of the errors: above c (5 %)
    the Nagar bias of 2SLS is at most a share tau of the worst one.
    """
    pi = s.excluded.T @ s.without(s.x[:, s.at])[:, 0]
    if options["cov"] == "unadjusted":
        variance = fit.sigma2 * np.eye(pi.size)
    else:
        variance = meat(s, s.excluded * fit.resid[:, None], options) / factor
    trace = float(np.trace(variance))
    largest = float(np.linalg.eigvalsh(variance).max())
    critical = {}
    for share in (0.05, 0.1, 0.2, 0.3):
        x = 1 / share
        df = trace**2 * (1 + 2 * x) / (float((variance**2).sum()) + 2 * x * trace * largest)
        critical[f"{share:g}"] = float(chndtrix(0.95, df, df * x) / df)
    return {"F": float(pi @ pi) / trace, "critical": critical}


def anderson_rubin(s: System, options: Mapping[str, Any], df: float | None, factor: float) -> dict[str, Any]:
    """Anderson and Rubin's (1949) F that the endogenous x have no coefficients, valid however weak the instruments are.

    With one endogenous x also ``interval``, the values that the test does not reject at ``level``: a list of pieces,
    an end of which is None where it is infinite, and which is empty where every value is rejected.
    """
    z, count = s.excluded, s.z.shape[1]
    left = s.df(s.x.shape[1] - len(s.endog) + count)
    both = np.column_stack([s.without(s.y[:, None]), s.without(s.x[:, s.at])])
    size = np.sqrt((both**2).sum(0))
    pi = z.T @ (both / size)                                                      # (L, 1 + K)
    resid = both / size - z @ pi
    freedom = df or left
    if options["cov"] == "unadjusted":
        cross = resid.T @ resid / left

        def statistic(b: Array) -> float:
            a = np.concatenate([[1.0], -b])
            return float((pi @ a) @ (pi @ a) / (a @ cross @ a)) / count
    else:
        stacked = (resid[:, :, None] * z[:, None, :]).reshape(s.n, -1)
        blocks = meat(s, stacked, options).reshape(resid.shape[1], count, resid.shape[1], count)

        def statistic(b: Array) -> float:
            a = np.concatenate([[1.0], -b])
            variance = np.einsum("i,ikjl,j->kl", a, blocks, a)
            return factor * float((pi @ a) @ np.linalg.pinv(variance, hermitian=True) @ (pi @ a)) / count

    f = statistic(np.zeros(len(s.endog)))
    found: dict[str, Any] = {"F": f, "df": [count, freedom], "pvalue": float(fdtrc(count, freedom, f))}
    if len(s.endog) == 1:
        critical = float(fdtri(count, freedom, 1 - options["level"]))
        found["interval"] = [[None if e is None else float(e * size[0] / size[1]) for e in piece]
                             for piece in _accepted(lambda b: statistic(np.array([b])) - critical, pi)]
    return found


def _accepted(above: Callable[[float], float], pi: Array) -> list[list[float | None]]:
    """Where a function of one value is not positive: by signs on a grid of angles, ends refined."""
    from scipy.optimize import brentq

    centre = float(pi[:, 1] @ pi[:, 0] / (pi[:, 1] @ pi[:, 1]))
    angles = np.linspace(-np.pi / 2, np.pi / 2, 603)[1:-1]
    inside = np.array([above(centre + np.tan(a)) <= 0 for a in angles])
    changes = np.flatnonzero(inside[1:] != inside[:-1])
    ends = [float(brentq(lambda a: above(centre + np.tan(a)), angles[c], angles[c + 1], xtol=1e-15)) for c in changes]
    points: list[float | None] = [centre + float(np.tan(e)) for e in ends]
    if inside[0]:
        points.insert(0, None)
    if inside[-1]:
        points.append(None)
    return [points[j:j + 2] for j in range(0, len(points), 2)]


def endogeneity(s: System, fits: list[Fit], options: Mapping[str, Any]) -> dict[str, Any]:
    """Are the x endogenous after all?  Residuals of the first stages, added to least squares, have no coefficients."""
    names = tuple(f"resid of {n}" for n in s.endog)
    fit = least_squares(s.asked, (*s.names, *names), s.y, np.column_stack([s.x, *(f.resid for f in fits)]), s.rows,
                        effects=s.effects)
    inference: Inference = covariance(fit, options)
    f, pvalue = joint(fit, inference, np.array([n in names for n in fit.names]))
    return {"F": f, "df": [len(names), inference.df or fit.df], "pvalue": pvalue}
