"""Johansen's tests of the number of cointegrating relations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import ndtr

from clustertrade.batch.ols import Collinear
from clustertrade.batch.reducedrank import ReducedRank, error_correction, reduced_rank, relations, var_criterion
from clustertrade.distributions import doornik
from clustertrade.errors import UsageError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression.integration import stationary_levels
from clustertrade.results import Statistic, TestResult

CASES = {1: "no deterministic terms", 2: "a constant in the relations",
         3: "a constant outside of the relations (levels may trend)",
         4: "a constant, and a trend in the relations", 5: "a constant and a trend"}
CASE_OF_TREND = {"n": 1, "c": 3, "ct": 5}


def case_of(options: Mapping[str, Any]) -> int:
    """The deterministic case that ``case`` or ``trend`` asks for."""
    return int(options["case"]) if options["case"] is not None else CASE_OF_TREND[options["trend"]]


def fewest_periods(options: Mapping[str, Any]) -> int:
    """Periods that the largest number of lags needs."""
    p, case = 1 + len(options["x"]), case_of(options)
    lags = options["lags"] if isinstance(options["lags"], int) else options["max_lags"] or 0
    restricted = p + (case in (2, 4))
    short_run = p * lags + (case >= 3) + (case == 5)
    return int(lags + 1 + short_run + p + restricted + 2)


@procedure(
    "johansen",
    family="cointegration",
    title="Johansen cointegration rank tests",
    null="at most k cointegrating relations",
    alternative="more than k relations (trace), k + 1 relations (max-eig)",
    reference="johansen1995",
    scope="series",
    needs=lambda options: Needs(t=fewest_periods(options), within=True, x_max=11),
    choices={"lags": ("aic", "bic", "hqic")},
    conventions={"gretl": {}, "urca": {}},
    checked="72 cases of urca ca.jo (statistics, eigenvectors, loadings: 1e-6) and 40 of gretl coint2 (statistics and "
            "p-values, asymptotic and for the sample size: 1e-8); critical values within 1 % of those of MacKinnon, "
            "Haug and Michelis (1999) at 5 %. Size of the trace test at 5 %, two walks with drift, one lag: 0.07 at "
            "T=100, 0.10 at T=50, 0.17 at T=23 (with the p for the sample size 0.06, 0.09, 0.12); power against an "
            "error with root 0.5: 0.99, 0.59, 0.31.",
)
def johansen(y: Panel, x: Panel, *, trend: str = "c", case: int | None = None, lags: int | str = "aic",
             max_lags: int | None = None, rank: int | None = None, level: float = 0.05,
             convention: str = "paper") -> TestResult:
    r"""Number of cointegrating relations between y and the x, by maximum likelihood.

    .. math:: \Delta z_t = \alpha\beta' z_{t-1} + \sum_{j=1}^{k}\Gamma_j\Delta z_{t-j} + \Phi d_t + \epsilon_t,\qquad
        \text{trace}(r) = -T\sum_{i>r}\ln(1-\hat\lambda_i),\quad \text{max-eig}(r) = -T\ln(1-\hat\lambda_{r+1})

    Parameters
    ----------
    y : Panel of one time series
    x : Panel of one to eleven further series on the same periods
        The system is z = (y, x) in this order.
    trend : n, c or ct
        Cases 1, 3 and 5, unless ``case`` is given.
    case : 1 to 5, optional
        Deterministic terms, in the numbering of EViews: 1 none, 2 a constant in the relations, 3 a constant outside,
        4 a constant and a trend in the relations, 5 a constant and a trend.  ``ecdet`` none, const, trend of urca are
        3, 2, 4; nc, rc, uc, crt, ct of gretl are 1 to 5.
    lags : int, or aic, bic, hqic
        Lagged differences k (the VAR in levels has k + 1 lags); a criterion of the VAR in levels chooses it on the
        sample that ``max_lags`` leaves.
    max_lags : int, optional
        Largest number of lagged differences that a criterion may choose.
    rank : int, optional
        Relations to report; by default the rank that the trace test finds at ``level``.
    level : float
        Level at which the trace and max-eig tests find the rank.
    convention : paper, gretl or urca
        The statistics are the same in all three; gretl also stores the p-value for the sample size, which stands in
        ``details.small_sample`` here.

    Returns
    -------
    TestResult
        ``trace r<=k`` and ``max-eig r<=k`` for k = 0 .. number of series - 1, with p and critical values from the
        gamma approximation of Doornik (1998).  Details: ``eigenvalues``; ``eigenvectors`` and ``loadings``, normalised
        on y; ``rank`` that either test finds; ``beta`` and ``alpha`` with standard errors, a row a coefficient,
        normalised on the first variables (beta as rows of the relation = 0); ``small_sample``: p-values of the trace
        test corrected for the sample size; ``loglik`` by rank; ``criterion`` by lags; ``case``; ``convention``.

    Raises
    ------
    InfeasibleError
        Too few periods for the lags; collinear series.
    UsageError
        A rank above the number of series.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> walk = rng.standard_normal(100).cumsum()
    >>> frame = pd.DataFrame({"y": walk + rng.standard_normal(100), "x": walk})
    >>> panel = Panel.from_frame(frame)
    >>> result = johansen(panel["y"], panel["x"], lags=1)
    >>> result["trace r<=0"].pvalue < 0.01, result.details["rank"]["trace"]
    (True, 1)
    """
    number = case_of({"trend": trend, "case": case})
    levels = np.concatenate([y.values, x.values], -1)[0]                          # (T, P)
    names = [*y.variables, *x.variables]
    p = levels.shape[1]
    criterion: dict[str, float] = {}
    if isinstance(lags, str):
        criterion = var_criterion(levels, number, lags, int(max_lags or 0))
        lags = int(min(criterion, key=lambda k: criterion[k]))
    z0, before, inside, z2, _ = error_correction(levels, names, lags, number)
    z1 = np.hstack([before, inside])
    fit = reduced_rank(z0[None], z1[None], z2[None], np.ones((1, len(z0)), dtype=bool))
    nobs = len(z0)
    eigenvalues = fit.eigenvalues[0]
    max_eig = -nobs * np.log1p(-eigenvalues)                                      # Johansen (1995) chapter 6
    trace = np.cumsum(max_eig[::-1])[::-1]
    statistics = [Statistic(name=f"{kind} r<={r}", value=float(value),
                            pvalue=doornik.pvalue(float(value), number, kind, p - r),
                            critical={f"{a:g}": doornik.critical(a, number, kind, p - r) for a in (0.1, 0.05, 0.01)})
                  for kind, values in (("trace", trace), ("max-eig", max_eig)) for r, value in enumerate(values)]
    size = nobs - z1.shape[1] - z2.shape[1]                                       # less the parameters of an equation
    small = [doornik.pvalue(float(value), number, "trace", p - r, size) for r, value in enumerate(trace)]
    found = {kind: next((r for r in range(p) if (s := statistics[start + r].pvalue) is not None and s > level), p)
             for kind, start in (("trace", 0), ("max-eig", p))}
    if rank is not None and rank > p:
        raise UsageError(f"johansen --rank {rank}: at most {p}, the number of series")
    chosen = found["trace"] if rank is None else rank
    rows = [*names, *({2: ["const"], 4: ["trend"]}.get(number, []))]
    warnings = []
    if nobs < 50 and (shrunk := next((r for r in range(p) if small[r] > level), p)) != found["trace"]:
        warnings.append(f"{nobs} periods: asymptotic p-values find rank {found['trace']} at {level:g}, those corrected "
                        f"for the sample size (details.small_sample) rank {shrunk}")
    details = {
        "case": number, "deterministic": CASES[number],
        "convention": "Maximum likelihood on the periods after the lags; T is their number; p and critical values are "
                      "asymptotic (Doornik 1998); statistics as in urca and gretl",
        "eigenvalues": eigenvalues, "rank": found, "small_sample": {"periods": size, "trace_pvalues": small},
        "loglik": _loglik(fit, nobs), "criterion": criterion, **_eigenvectors(fit, rows, names, p),
        **_relations(fit, chosen, size, rows, names, warnings),
    }
    return TestResult(statistics=tuple(statistics), nobs=nobs, n_periods=len(levels), lags=lags, details=details,
                      warnings=(*warnings, *stationary_levels(y.join(x), trend)))


def _loglik(fit: ReducedRank, nobs: int) -> list[float]:
    p = fit.s00.shape[-1]
    _, logdet = np.linalg.slogdet(fit.s00[0])
    gain = np.concatenate([[0.0], np.cumsum(np.log1p(-fit.eigenvalues[0]))])      # rank 0 .. p
    return [float(-nobs / 2 * (p * (1 + math.log(2 * math.pi)) + logdet + g)) for g in gain]


def _eigenvectors(fit: ReducedRank, rows: list[str], names: list[str], p: int) -> dict[str, Any]:
    """Every eigenvector with the coefficient of y set to one, and the loadings that go with it."""
    scale = fit.vectors[0, 0, :p]
    vectors, loadings = fit.vectors[0, :, :p] / scale, fit.loadings[0, :, :p] * scale
    return {"eigenvectors": [{"variable": name, **{f"v{j + 1}": row[j] for j in range(p)}}
                             for name, row in zip(rows, vectors, strict=True)],
            "loadings": [{"equation": f"d.{name}", **{f"v{j + 1}": row[j] for j in range(p)}}
                         for name, row in zip(names, loadings, strict=True)]}


def _relations(fit: ReducedRank, rank: int, df: int, rows: list[str], names: list[str],
               warnings: list[str]) -> dict[str, Any]:
    p = len(names)
    if not 0 < rank < p:
        return {"relations": 0 if rank <= 0 else p, "beta": [], "alpha": [],
                "normalisation": "none: no relation" if rank <= 0 else "none: the levels are stationary"}
    try:
        est = relations(fit, rank, df + len(rows) - rank)
    except Collinear:
        warnings.append(f"the {rank} relations cannot be normalised on {', '.join(names[:rank])}: these are not in "
                        "them; put other variables first")
        return {"relations": rank, "beta": [], "alpha": [], "normalisation": "not possible"}
    beta, beta_se, alpha, alpha_se = (a[0] for a in (est.beta, est.beta_se, est.alpha, est.alpha_se))
    return {
        "relations": rank, "normalisation": f"on {', '.join(names[:rank])}",
        "beta": [{"relation": r + 1, "variable": name, "value": beta[i, r],
                  "se": beta_se[i, r] if i >= rank else None,
                  "stat": beta[i, r] / beta_se[i, r] if i >= rank else None}
                 for r in range(rank) for i, name in enumerate(rows)],
        "alpha": [{"relation": r + 1, "equation": f"d.{name}", "value": alpha[i, r], "se": alpha_se[i, r],
                   "stat": alpha[i, r] / alpha_se[i, r],
                   "pvalue": float(2 * ndtr(-abs(alpha[i, r] / alpha_se[i, r])))}
                  for r in range(rank) for i, name in enumerate(names)],
    }
