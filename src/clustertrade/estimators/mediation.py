"""Mediation in three regressions: what a mediator could carry of the effect of x on y."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from clustertrade.errors import InfeasibleError
from clustertrade.panel import Array, Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression import models
from clustertrade.regression.estimate import estimate_of
from clustertrade.regression.fit import Fit
from clustertrade.regression.products import entity_products
from clustertrade.regression.rows import Rows, rows_of
from clustertrade.results import Estimate, Param

RHOS = np.arange(-9, 10) / 10


@procedure(
    "mediation",
    family="estimators",
    title="Mediation analysis",
    reference="baron_kenny1986",
    needs=lambda options: Needs(n=3, t=2, gaps=True, longest=True),
    checked="each step is the fixed-effects regression on the same rows (1e-9), each bootstrap sample the regressions "
            "on the drawn entities (1e-8).  No independent reference of the bootstrap; 250 samples of 25 x 22 and 20 x "
            "50, 299 draws: the interval of ab = 0.2 covers in 94.4 % and 93.2 %; of true nulls at 5 % the bootstrap "
            "rejects 4.0 % and 4.4 % where a = 0 (Sobel 4.0 % and 5.6 %), 0.4 % and 0.8 % where b = 0 too, as is "
            "known of products; 47 % and 64 % are found where a = 0.08, b = 0.4",
)
def mediation(y: Panel, x: Panel, *, mediator: Panel, effects: str = "entity", cov: str = "unadjusted", hc: int = 1,
              cluster: str = "entity", bootstrap: int = 999, seed: int = 20260101, level: float = 0.05) -> Estimate:
    r"""The effect of x on y with and without a mediator, and the product of the paths through it.

    .. math:: y = c\,x + \gamma_1'z + \mu + e_1,\qquad m = a\,x + \gamma_2'z + \mu + e_2,\qquad
        y = c'x + b\,m + \gamma_3'z + \mu + e_3

    On the same rows :math:`c = c' + ab`.  The standard error of ab is Sobel's (1982),
    :math:`\sqrt{b^2 s_a^2 + a^2 s_b^2}`; its interval, which need not be symmetric, is that of a bootstrap that draws
    whole entities, as a product of estimates is not normal (MacKinnon, Lockwood and Williams 2004).

    The three steps do not identify a mechanism.  They take for granted that nothing unobserved moves mediator and
    outcome together given x, controls and effects; ``details.sensitivity`` says how strong a correlation of the two
    errors would do away with the indirect effect (Imai, Keele and Yamamoto 2010).

    Parameters
    ----------
    y : Panel of one variable
        The outcome.
    x : Panel of regressors
        The first is the cause, the others are controls in all three regressions.
    mediator : Panel of one variable
        m.
    effects : entity, time or twoway
        Fixed effects of all three regressions.
    cov, hc, cluster : as for ``fe``
        Covariance of the coefficients.
    bootstrap : int
        Replications of the bootstrap of ab over entities; 0 for none, the interval is Sobel's then.
    seed : int
        Seed of the bootstrap.
    level : float
        1 - level is the coverage of the intervals.

    Returns
    -------
    Estimate
        ``total`` (c), ``direct`` (c'), ``indirect`` (ab; se, stat and p are Sobel's, ``pvalue_bootstrap`` and the
        interval the bootstrap's), ``a`` and ``b``.  ``fit`` is that of the regression with the mediator.  Details:
        ``steps``, the three regressions whole; ``share`` mediated ab/c with its interval, missing where ab and c
        differ in sign; ``bootstrap``; ``sensitivity``.

    Raises
    ------
    InfeasibleError
        The mediator is y or among x, or the effects absorb a regressor.

    References
    ----------
    Sobel (1982), doi:10.2307/270723; MacKinnon, Lockwood and Williams (2004), doi:10.1207/s15327906mbr3901_4; Imai,
    Keele and Yamamoto (2010), doi:10.1214/10-STS321

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x, e, u = rng.standard_normal((3, 30, 10))
    >>> m = 0.5 * x + 0.5 * e
    >>> frame = pd.DataFrame({"i": np.repeat(range(30), 10), "t": np.tile(range(10), 30), "m": m.ravel(),
    ...                       "x": x.ravel(), "y": (0.2 * x + 0.6 * m + 0.5 * u).ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> found = mediation(panel["y"], panel["x"], mediator=panel["m"], bootstrap=199)
    >>> round(found["indirect"].value, 2), round(found["total"].value, 2)
    (0.32, 0.47)
    """
    m = mediator.name
    if m == y.name or m in x.variables:
        raise InfeasibleError(f"mediation: the mediator {m} is y or among x already")
    full = rows_of(y, x.join(mediator))                    # the same rows in all three regressions
    options = {"cov": cov, "hc": hc, "cluster": cluster, "kernel": "bartlett", "bandwidth": "auto", "bootstrap": 0,
               "seed": seed, "level": level, "convention": "paper"}
    cause = x.variables[0]
    fits = _three(full, effects)
    parts = [estimate_of(fit, options) for fit in fits]
    total, path, outcome = parts
    a, b = path[cause], outcome[m]
    if any(p.se is None for p in (a, b, total[cause], outcome[cause])):
        raise InfeasibleError("mediation: a standard error is not positive; take another --cov")
    product = a.value * b.value
    se = math.hypot(b.value * (a.se or 0.0), a.value * (b.se or 0.0))                     # Sobel (1982), eq. 7
    draws = _bootstrap(full, effects, bootstrap, seed) if bootstrap else np.empty((0, 3))
    indirect = _indirect(product, se, draws, level)
    share, warnings = _share(product, total[cause].value, draws, level)
    sensitivity = _sensitivity(*fits, product)
    warnings.append(f"the three steps do not identify a mechanism: an unobserved cause of {m} and {y.name} together "
                    f"that correlates their errors by {sensitivity['rho']:.2f} would leave no indirect effect")
    details = {
        "steps": [{"step": n, "y": dependent, "params": [p.to_dict() for p in part.coefficients], "fit": part.fit}
                  for n, (part, dependent) in enumerate(zip(parts, (y.name, m, y.name), strict=True), 1)],
        "share": share, "sensitivity": sensitivity,
        "bootstrap": {"replications": bootstrap, "used": len(draws), "clusters": full.n_entities, "seed": seed},
        "inference": outcome.details["inference"]}
    named = (("total", total[cause]), ("direct", outcome[cause]), ("indirect", indirect), ("a", a), ("b", b))
    coefficients = tuple(Param(name=name, value=p.value, se=p.se, stat=p.stat, pvalue=p.pvalue, ci=p.ci, extra=p.extra)
                         for name, p in named)
    said = [w for part in parts for w in part.warnings]
    return Estimate(coefficients=coefficients, fit=outcome.fit, cov_type=cov, nobs=full.n,
                    n_entities=full.n_entities, n_periods=outcome.n_periods, observations=outcome.observations,
                    details=details, warnings=tuple(dict.fromkeys([*said, *warnings])))


def _three(full: Rows, effects: str) -> tuple[Fit, Fit, Fit]:
    """The regressions of y on x, of m on x, and of y on x and m; the mediator is the last column."""
    x, names = full.x[:, :-1], full.names[:-1]
    of_y = Rows(full.y, x, names, full.entity, full.time, full.panel)
    of_m = Rows(full.x[:, -1], x, names, full.entity, full.time, full.panel.with_values(full.panel.values,
                                                                                      [full.names[-1]]))
    return (models.within("mediation", of_y, effects), models.within("mediation", of_m, effects),
            models.within("mediation", full, effects))


def _bootstrap(full: Rows, effects: str, replications: int, seed: int) -> Array:
    """(ab, c, c') (B, 3) of samples of whole entities, drawn in the order of their sums of squares, not of names."""
    gram, scale = cross_products(full, effects)
    rank = np.argsort(gram[:, 0, 0] + gram[:, 1, 1], kind="stable")
    n = len(gram)
    weight = np.zeros((replications, n))
    weight[:, rank] = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), replications)
    return paths(np.tensordot(weight, gram, 1), scale)


def cross_products(full: Rows, effects: str) -> tuple[Array, float]:
    """Cross-products (N, K, K) of y, x, m, the controls and period dummies of each entity; the scale of y to x."""
    order = [0, full.x.shape[1] - 1, *range(1, full.x.shape[1] - 1)]
    return entity_products(Rows(full.y, full.x[:, order], tuple(full.names[j] for j in order), full.entity, full.time,
                                full.panel), effects)


def paths(gram: Array, scale: float) -> Array:
    """(ab, c, c') (B, 3) from cross-products (B, K, K); a period that a sample lacks drops out by the inverse."""

    def slopes(dependent: int, regressors: Sequence[int]) -> Array:
        at = np.array(regressors)
        inverse = np.linalg.pinv(gram[:, at[:, None], at], rcond=1e-10, hermitian=True)
        return np.asarray(np.einsum("bij,bj->bi", inverse, gram[:, at, dependent]))

    rest = range(3, gram.shape[-1])
    outcome = slopes(0, [1, 2, *rest])
    return scale * np.column_stack([slopes(2, [1, *rest])[:, 0] * outcome[:, 1], slopes(0, [1, *rest])[:, 0],
                                    outcome[:, 0]])


def _indirect(product: float, se: float, draws: Array, level: float) -> Param:
    """The product with Sobel's standard error, and the bootstrap's interval where there is one."""
    ratio = product / se
    extra = {}
    ci = (float(product + ndtri(level / 2) * se), float(product - ndtri(level / 2) * se))
    if len(draws):
        low, high = np.quantile(draws[:, 0], [level / 2, 1 - level / 2])
        ci = (float(low), float(high))
        below = min(int((draws[:, 0] <= 0).sum()), int((draws[:, 0] >= 0).sum()))
        extra = {"pvalue_bootstrap": min(1.0, 2 * (1 + below) / (len(draws) + 1))}
    return Param(name="indirect", value=product, se=se, stat=ratio, pvalue=float(2 * ndtr(-abs(ratio))), ci=ci,
                 extra=extra)


def _share(product: float, total: float, draws: Array, level: float) -> tuple[dict[str, Any], list[str]]:
    """ab / c, which is a share only where both have one sign and c is not about zero."""
    if product * total <= 0 or abs(product) > abs(total):
        return {"value": None, "low": None, "high": None}, [
            "no share mediated: the indirect and the direct effect differ in sign, so neither is a part of the total"]
    low = high = None
    if len(draws):
        low, high = (float(v) for v in np.quantile(draws[:, 0] / draws[:, 1], [level / 2, 1 - level / 2]))
    return {"value": product / total, "low": low, "high": high}, []


def _sensitivity(total: Fit, path: Fit, outcome: Fit, product: float) -> dict[str, Any]:
    r"""The indirect effect where the errors of mediator and outcome are correlated by rho.

    :math:`\delta(\rho) = a\,\frac{\sigma_1}{\sigma_2}\{\tilde\rho - \rho\sqrt{(1-\tilde\rho^2)/(1-\rho^2)}\}` with
    sigma_1, sigma_2 and rho~ the standard deviations and the correlation of the errors of the first two regressions
    (Imai, Keele and Yamamoto 2010, theorem 4); zero at rho~.
    """
    e1, e2 = total.resid, path.resid
    rho = float(e1 @ e2 / math.sqrt((e1 @ e1) * (e2 @ e2)))
    a = float(path.beta[1])
    scale = a * math.sqrt(float(e1 @ e1) / float(e2 @ e2))
    curve: list[Mapping[str, float]] = [
        {"rho": float(r), "indirect": scale * (rho - r * math.sqrt((1 - rho**2) / (1 - r**2)))} for r in RHOS]
    return {"rho": rho, "curve": curve}
