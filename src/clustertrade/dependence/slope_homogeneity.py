"""The delta tests of Pesaran and Yamagata: are the slopes of all entities the same?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import ndtr

from clustertrade.batch.longrun import long_run
from clustertrade.batch.ols import Array, Mask, ols
from clustertrade.errors import InfeasibleError, UsageError, first_of
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult


def _needs(options: Mapping[str, Any]) -> Needs:
    return Needs(n=2, t=len(options["x"]) + 2, within=True, gaps=options["cov"] != "newey-west")


@procedure(
    "slope-homogeneity",
    family="dependence",
    title="Pesaran-Yamagata test of slope homogeneity",
    null="the slopes are the same for every entity",
    alternative="the slopes differ between entities",
    reference="pesaran_yamagata2008",
    needs=_needs,
    choices={"cov": ("unadjusted", "newey-west")},
    checked="4 cases of a second implementation in R (1e-6). Simulated size of delta-adj at 5 %, errors of unequal "
            "variance: 0.05 at N=25, T=22, 0.04 at N=20, T=50; with AR(0.5) errors and x 0.36, 0.34, newey-west 0.07, "
            "0.04 (0.01, 0.02 without autocorrelation). Power against slopes with standard deviation 0.3: 0.95, 1.00.",
)
def slope_homogeneity(y: Panel, x: Panel, *, partial: Sequence[str] = (), cov: str = "unadjusted",
                      kernel: str = "bartlett", bandwidth: int | str = "auto") -> TestResult:
    r"""Whether one slope for all entities will do, as pooled estimators presume.

    .. math:: \tilde S = \sum_i (\hat\beta_i - \tilde\beta_{WFE})' \frac{X_i'M_iX_i}{\tilde\sigma_i^2}
        (\hat\beta_i - \tilde\beta_{WFE}), \qquad \tilde\Delta = \sqrt{N}\,\frac{\tilde S/N - k}{\sqrt{2k}}, \qquad
        \tilde\Delta_{adj} = \sqrt{N}\,\frac{\tilde S/N - k}{\sqrt{2k(T-k-1)/(T+1)}} \to N(0,1)

    M takes the constant (and the ``partial`` regressors) out of each entity; sigma^2 is the variance of its residuals
    from the fixed-effects slopes, divided by T - 1 (less the number of partial regressors); WFE weighs by it.
    In unbalanced panels each entity is standardised by its own T.

    Parameters
    ----------
    y : Panel of one variable
        The dependent variable.
    x : Panel
        The regressors, strictly exogenous.
    partial : names
        Regressors among x whose slopes may differ: they are taken out first, and k counts the others.  Cross-sectional
        averages put here allow for common factors.
    cov : str
        ``newey-west``: robust to heteroskedasticity and autocorrelation within entities, after Blomquist and
        Westerlund (2013): Q_i V_i^-1 Q_i with the long-run variance V of the scores takes the place of the weights.
        Gaps are refused.
    kernel : str
        Kernel of V.
    bandwidth : int or auto
        Bandwidth of V for every entity; ``auto`` is the rule of Newey and West (1994), entity by entity.

    Returns
    -------
    TestResult
        ``delta`` and ``delta-adj``, two-sided p.  Details: ``swamy`` (S), ``k``, ``beta`` (the weighted slopes),
        ``bandwidth`` (mean over entities), ``entities`` (the slopes of each, and its part ``s`` of S).

    Raises
    ------
    UsageError
        For a partial regressor that is not among x, or when none is left to test.
    InfeasibleError
        Where x explains y exactly, or the scores of an entity have a singular variance.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x = rng.standard_normal((10, 30))
    >>> y = np.linspace(0, 2, 10)[:, None] * x + rng.standard_normal((10, 30))
    >>> frame = pd.DataFrame({"i": np.repeat(range(10), 30), "t": list(range(30)) * 10, "y": y.ravel(), "x": x.ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> slope_homogeneity(panel["y"], panel["x"]).pvalue < 0.01
    True
    """
    tested = _tested(x, partial)
    valid = y.complete & x.complete
    length = valid.sum(1).astype(float)
    own = length - len(partial) - 1                        # what is left of an entity's periods: T - k1 - 1
    my, mx = _projected(y, x, tested, valid)
    beta, _, _, _ = ols(my, mx, valid)
    k = len(tested)
    pooled = np.einsum("itk,itl->kl", mx, mx)
    resid = my - mx @ np.linalg.solve(pooled, np.einsum("itk,it->k", mx, my))
    if ((resid**2).sum(1) <= 1e-20 * (my**2).sum(1)).any():
        raise InfeasibleError(f"slope-homogeneity: {first_of(tested)} explain {y.name} exactly in some entity")
    cross = np.einsum("itk,itl->ikl", mx, mx)
    widths = None
    if cov == "newey-west":
        weight, widths = _robust_weights(y, mx, resid, valid, kernel, bandwidth)
    else:
        weight = cross / ((resid**2).sum(1) / own)[:, None, None]
    common = np.linalg.solve(weight.sum(0), np.einsum("ikl,il->k", weight, beta))
    gap = beta - common
    part = np.einsum("ik,ikl,il->i", gap, weight, gap)
    root_n = np.sqrt(y.n_entities)
    delta = float((part - k).mean() * root_n / np.sqrt(2 * k))
    spread = 2 * k * (own - k) / (own + 2)                 # = 2 k (T - k1 - k - 1) / (T - k1 + 1)
    adjusted = float(((part - k) / np.sqrt(spread)).mean() * root_n)
    lost = int((np.isfinite(y.join(x).values).any(-1) & ~valid).sum())
    return TestResult(
        statistics=tuple(Statistic(name=name, value=value, pvalue=float(2 * ndtr(-abs(value))))
                         for name, value in (("delta", delta), ("delta-adj", adjusted))),
        nobs=int(valid.sum()),
        details={"swamy": float(part.sum()), "k": k, "beta": dict(zip(tested, common.tolist(), strict=True)),
                 "bandwidth": None if widths is None else float(widths.mean()),
                 "entities": [{"entity": e, **dict(zip(tested, b, strict=True)), "s": s} for e, b, s in
                              zip(y.entities, beta.tolist(), part.tolist(), strict=True)]},
        warnings=(f"{lost} rows fall out for missing values",) if lost else (),
    )


def _tested(x: Panel, partial: Sequence[str]) -> list[str]:
    if absent := [p for p in partial if p not in x.variables]:
        raise UsageError(f"slope-homogeneity: --partial {first_of(absent)} is not among --x, which are "
                         f"{first_of(x.variables, 12)}")
    tested = [v for v in x.variables if v not in partial]
    if not tested:
        raise UsageError("slope-homogeneity: --partial takes out every x, and no slope is left to test")
    return tested


def _projected(y: Panel, x: Panel, tested: list[str], valid: Mask) -> tuple[Array, Array]:
    """y (N, T) and the tested x (N, T, K) less what a constant and the other x explain within each entity."""
    other = x[[v for v in x.variables if v not in tested]].values
    basis = np.concatenate([np.ones((*valid.shape, 1)), other], -1)
    columns = np.concatenate([y.values, x[tested].values], -1)
    left = np.stack([ols(columns[..., k], basis, valid)[2] for k in range(columns.shape[-1])], -1)
    return left[..., 0], left[..., 1:]


def _robust_weights(y: Panel, mx: Array, resid: Array, valid: Mask, kernel: str,
                    bandwidth: int | str) -> tuple[Array, Array]:
    """T Q V^-1 Q of each entity (N, K, K), and its bandwidth (N,)."""
    score = mx * resid[..., None]
    length = valid.sum(1)
    size = np.sqrt((score**2).sum(1, keepdims=True))       # the bandwidth must not depend on the units of x
    found = long_run(score / np.where(size > 0, size, 1.0), valid, bandwidth, kernel)
    values = np.linalg.eigvalsh(found.omega)
    if (bad := np.flatnonzero(values[:, 0] <= 1e-10 * values[:, -1])).size:
        raise InfeasibleError("slope-homogeneity: the long-run variance of the scores is singular for "
                              f"{first_of(y.entities[i] for i in bad)}; take a smaller --bandwidth or fewer --x")
    q = np.einsum("itk,itl->ikl", mx, mx) / length[:, None, None] / np.swapaxes(size, 1, 2)
    return length[:, None, None] * np.swapaxes(q, 1, 2) @ np.linalg.solve(found.omega, q), found.bandwidth
