"""The vector error-correction model of several series."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import stdtr, stdtrit

from clustertrade.batch.ols import Array, Collinear
from clustertrade.batch.reducedrank import error_correction, reduced_rank, relations, var_criterion
from clustertrade.distributions import doornik
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression import panel_vecm
from clustertrade.regression.gmm_estimate import normal_param
from clustertrade.regression.heterogeneous import refuse_reserved
from clustertrade.regression.var_system import observed
from clustertrade.results import Estimate, Param

CASE_OF_TREND = {"n": 1, "c": 3, "ct": 5}
INSIDE = {2: ("const",), 4: ("trend",)}


def _case(options: Mapping[str, Any]) -> int:
    return int(options["case"]) if options["case"] is not None else CASE_OF_TREND[options["trend"]]


def _needs(options: Mapping[str, Any]) -> Needs:
    if options["entity"] is not None:
        return Needs(n=3, t=panel_vecm.fewest(options), within=True, x_max=11)
    p, case = 1 + len(options["x"]), _case(options)
    lags = options["lags"] if isinstance(options["lags"], int) else options["max_lags"] or 0
    outside = p * lags + (case >= 3) + (case == 5)
    return Needs(t=lags + 2 + 2 * p + (case in (2, 4)) + outside, within=True, x_max=11)


@procedure(
    "vecm",
    family="estimators",
    title="Vector error-correction model",
    reference="johansen1995",
    scope="both",
    needs=_needs,
    choices={"lags": ("aic", "bic", "hqic"), "method": panel_vecm.METHODS, "variant": panel_vecm.VARIANTS},
    conventions={"urca": {}},
    checked="12 systems of urca cajorls (relations, coefficients, errors, p: 1e-6); statsmodels VECM. Panels: given "
            "the long run, the second step by linearmodels (ols) and by two-stage least squares written out (gmm); "
            "size of its Granger tests: granger-vecm.",
)
def vecm(y: Panel, x: Panel, *, rank: int = 1, trend: str = "c", case: int | None = None, lags: int | str = "aic",
         max_lags: int | None = None, method: str = "fmols", pooling: str = "pooled", variant: str = "gmm",
         demean: bool = False, level: float = 0.05, convention: str = "paper") -> Estimate:
    r"""Changes of y and the x on their own lags and on how far the levels are from their relations.

    .. math:: \Delta z_t = \alpha\beta' z_{t-1} + \sum_{j=1}^{k}\Gamma_j\Delta z_{t-j} + \Phi d_t + \epsilon_t,\qquad
        z = (y, x)

    The relations :math:`\beta` are those of Johansen's maximum likelihood for the rank; given them each equation is
    estimated by least squares, which is maximum likelihood too.

    A panel takes two steps: one relation of y on the x, and the changes of all variables on its error, with entity
    effects and coefficients common to all, by GMM in forward orthogonal deviations or within entities.

    Parameters
    ----------
    y : Panel of one variable
        One time series, or a panel; its equation is the one of ``params``.
    x : Panel of one to eleven further variables on the same periods
    rank : int
        Cointegrating relations, fewer than the series; a panel has one.
    trend : n, c or ct
        Cases 1, 3 and 5, unless ``case`` is given; of a panel, the terms of the relation in each entity.
    case : 1 to 5, optional
        Deterministic terms of one series, as in ``johansen``: inside the relations they are part of these.
    lags : int, or aic, bic, hqic
        Lagged differences k; a criterion of the VAR in levels (panels: of the within regressions of the second step)
        chooses it on the sample that ``max_lags`` leaves.
    max_lags : int, optional
        Largest number of lagged differences that a criterion may choose.
    method : fmols, dols or pmg
        Panels: the first step, as in ``granger-vecm``.
    pooling : group, pooled or weighted
        Panels: one slope for all entities, or each its own (group), as in ``fmols``; pmg has one.
    variant : gmm or ols
        Panels: the second step, as in ``granger-vecm``.
    demean : bool
        Panels: subtract the mean of all entities in each period first.
    level : float
        1 - level is the coverage of the intervals.
    convention : paper or urca
        In case 4 the trend of the relations is that of the explained period; urca (cajorls) takes that of the period
        before, as of the levels, which changes the constant alone.

    Returns
    -------
    Estimate
        The equation of y: ``ec1`` ... (alpha), ``L1.d.y``, ``L1.d.x`` ..., ``const``, ``trend``; p and intervals from
        Student's t with the residual variance divided by the periods less the coefficients.  Details: ``equations``
        of all series; ``beta``, a row a coefficient, normalised on the first series, with standard errors of the
        free ones; ``trace_pvalues`` of the rank test; ``roots``: moduli of the companion matrix, of which as many as
        series less rank are one; ``half_life`` of y's adjustment for one relation, ``half_life_note`` where it has
        none; ``criterion`` by lags; ``lags``.  Panels: p and intervals are normal; ``granger``, a row an equation and
        excluded variable: ``short``, ``long`` and ``joint`` Wald tests; ``hansen``: J of the second step by gmm; no
        trace test and no roots.  Residuals are those of deviations.

    Raises
    ------
    UsageError
        A rank of zero, or as large as the number of series; of a panel, rank 2 or a case.
    InfeasibleError
        Too few periods, collinear series, relations that cannot be normalised on the first series, an exact fit.

    Notes
    -----
    Standard errors take the relations as known, which holds in large samples.  A warning says where the trace test
    does not find the rank that is asked for.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> walk = rng.standard_normal(200).cumsum()
    >>> panel = Panel.from_frame(pd.DataFrame({"y": np.r_[0, walk[:-1]] + rng.standard_normal(200), "x": walk}))
    >>> result = vecm(panel["y"], panel["x"], lags=1)
    >>> result["ec1"].value < -0.5, round(result.details["beta"][1]["value"], 1)
    (True, -1.0)
    """
    refuse_reserved("vecm", x)
    if not y.is_series:
        if convention != "paper":
            raise UsageError(f"vecm --convention {convention} is for one time series")
        panel_vecm.refuse("vecm", rank, case)
        model = panel_vecm.corrected("vecm", y, x, lags=lags, max_lags=max_lags, fewest_lags=0, trend=trend,
                                     method=method, pooling=pooling, variant=variant, demean=demean)
        return _panel(y, model, variant, level)
    number = _case({"trend": trend, "case": case})
    names = (*y.variables, *x.variables)
    p = len(names)
    if not 0 < rank < p:
        raise UsageError(f"vecm --rank {rank}: between 1 and {p - 1}, fewer than the {p} series; rank 0 is a VAR in "
                         "differences, full rank one in levels")
    levels = np.concatenate([y.values, x.values], -1)[0]                          # (T, P)
    criterion: dict[str, float] = {}
    if isinstance(lags, str):
        criterion = var_criterion(levels, number, lags, int(max_lags or 0))
        lags = int(min(criterion, key=lambda k: criterion[k]))
    change, before, inside, outside, labels = error_correction(levels, names, lags, number)
    if convention == "urca" and number == 4:
        inside = inside - 1
    n, k = len(change), rank + outside.shape[1]
    fit = reduced_rank(change[None], np.hstack([before, inside])[None], outside[None], np.ones((1, n), dtype=bool))
    try:
        found = relations(fit, rank, n - k)
    except Collinear:
        raise InfeasibleError(f"vecm: the relations cannot be normalised on {', '.join(names[:rank])}, which are not "
                              "in them; put other series first") from None
    beta = found.beta[0]
    design = np.hstack([np.hstack([before, inside]) @ beta, outside])             # (n, k)
    gram = np.linalg.inv(design.T @ design)
    coefficients = gram @ design.T @ change                                       # (k, P)
    resid = change - design @ coefficients
    ssr = (resid**2).sum(0)
    if (exact := np.flatnonzero(ssr <= 1e-24 * (change**2).sum(0))).size:
        raise InfeasibleError(f"vecm: with {lags} lags the regression of d.{names[exact[0]]} fits exactly")
    terms = (*(f"ec{r + 1}" for r in range(rank)), *labels)
    errors = np.sqrt(np.diagonal(gram)[:, None] * ssr / (n - k))
    equations = [_equation(terms, coefficients[:, i], errors[:, i], n - k, level) for i in range(p)]
    gains = -n * np.log1p(-fit.eigenvalues[0])
    trace = [float(v) for v in np.cumsum(gains[::-1])[::-1]]
    pvalues = [doornik.pvalue(v, number, "trace", p - r) for r, v in enumerate(trace)]
    warnings = []
    if (weak := pvalues[rank - 1]) is not None and weak > 0.05:
        warnings.append(f"the trace test does not find {rank} cointegrating relations (p {weak:.3f} of at most "
                        f"{rank - 1})")
    centred = change[:, 0] - change[:, 0].mean() if number >= 3 else change[:, 0]
    _, logdet = np.linalg.slogdet(resid.T @ resid / n)
    loglik = -n / 2 * (p * (1 + math.log(2 * math.pi)) + float(logdet))
    count = p * k + rank * (beta.shape[0] - rank)                                 # free coefficients of the system
    speed = float(coefficients[0, 0])
    rows = [*names, *INSIDE.get(number, ())]
    return Estimate(
        coefficients=tuple(equations[0]), cov_type="unadjusted", nobs=n, n_periods=len(levels),
        covariance=gram * ssr[0] / (n - k), observations=_observed(y, n, resid[:, 0], change[:, 0] - resid[:, 0]),
        fit={"r2": float(1 - ssr[0] / (centred @ centred)), "sigma": math.sqrt(ssr[0] / (n - k)), "loglik": loglik,
             "aic": -2 * loglik + 2 * count, "bic": -2 * loglik + math.log(n) * count},
        details={
            "lags": lags, "rank": rank, "case": number, "criterion": criterion,
            "equations": [{"equation": f"d.{name}",
                           "coefficients": [{"name": q.name, "value": q.value, "se": q.se, "stat": q.stat,
                                             "pvalue": q.pvalue} for q in equations[i]]}
                          for i, name in enumerate(names)],
            "beta": [{"relation": r + 1, "variable": name, "value": float(beta[i, r]),
                      "se": float(found.beta_se[0, i, r]) if i >= rank else None}
                     for r in range(rank) for i, name in enumerate(rows)],
            "trace_pvalues": {f"r<={r}": v for r, v in enumerate(pvalues)},
            "roots": _roots(coefficients, beta[:p], rank, p, lags),
            **(_half_life(speed) if rank == 1 else {}),
        },
        warnings=tuple(warnings))


def _panel(y: Panel, model: panel_vecm.Corrected, variant: str, level: float) -> Estimate:
    """The equation of y first, all equations and the tests between them in the details."""
    k, p = len(model.labels), len(model.names)
    equations = [[normal_param(label, float(model.beta[i, j]), float(model.variance[j * k + i, j * k + i]), level)
                  for i, label in enumerate(model.labels)] for j in range(p)]
    ssr = float(((model.data.y - model.data.x @ model.beta)[..., 0] ** 2).sum())
    rows, n = model.data.rows, model.nobs
    lost = k + (len(rows) if model.data.lost else 0)
    return Estimate(
        coefficients=tuple(equations[0]), cov_type="robust" if variant == "gmm" else "unadjusted", nobs=n,
        n_entities=len(rows), n_periods=int(rows.any(0).sum()), covariance=model.variance[:k, :k],
        observations=observed(y, model.used, model.data, model.beta),
        fit={"r2": 1 - ssr / float((model.data.y[..., 0] ** 2).sum()), "sigma": math.sqrt(ssr / (n - lost)),
             "n_instruments": model.data.z.shape[2] or None, "n_groups": len(rows)},
        details={"lags": model.lags, "rank": 1, "criterion": model.criterion,
                 "equations": [{"equation": f"d.{name}",
                                "coefficients": [{"name": q.name, "value": q.value, "se": q.se, "stat": q.stat,
                                                  "pvalue": q.pvalue} for q in equations[j]]}
                               for j, name in enumerate(model.names)],
                 "beta": model.relation(), "granger": model.granger(), "hansen": model.hansen,
                 **_half_life(float(model.beta[0, 0]))},
        warnings=tuple(model.cautions()))


def _half_life(speed: float) -> dict[str, Any]:
    return {"half_life": math.log(0.5) / math.log1p(speed) if -1 < speed < 0 else None,
            "half_life_note": "" if -1 < speed < 0 else "oscillates" if -2 < speed <= -1 else "does not return"}


def _equation(terms: tuple[str, ...], value: Array, se: Array, df: int, level: float) -> list[Param]:
    reach = -float(stdtrit(df, level / 2))
    return [Param(name=t, value=float(b), se=float(s), stat=float(b / s), pvalue=float(2 * stdtr(df, -abs(b / s))),
                  ci=(float(b - reach * s), float(b + reach * s))) for t, b, s in zip(terms, value, se, strict=True)]


def _roots(coefficients: Array, beta: Array, rank: int, p: int, lags: int) -> list[float]:
    """Moduli of the companion matrix of the VAR in levels, largest first."""
    gamma = coefficients[rank : rank + p * lags].T.reshape(p, lags, p)            # equation, lag, series
    steps = [np.eye(p) + coefficients[:rank].T @ beta.T, *(np.zeros((p, p)) for _ in range(lags))]
    for j in range(lags):                                                         # d z(t-j) = z(t-j) - z(t-j-1)
        steps[j] = steps[j] + gamma[:, j]
        steps[j + 1] = steps[j + 1] - gamma[:, j]
    companion = np.zeros((p * (lags + 1), p * (lags + 1)))
    companion[:p] = np.hstack(steps)
    companion[p:, :-p] = np.eye(p * lags)
    return sorted((float(abs(v)) for v in np.linalg.eigvals(companion)), reverse=True)


def _observed(y: Panel, n: int, resid: Array, fitted: Array) -> Any:
    import pandas as pd

    return pd.DataFrame({"time": list(y.times)[-n:], "resid": resid, "fitted": fitted})
