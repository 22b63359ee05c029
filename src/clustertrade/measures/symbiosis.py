"""The symbiosis (Lotka-Volterra) model of two or more populations: growth, capacities, what each does to the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from clustertrade.errors import InfeasibleError, UsageError, first_of
from clustertrade.measures.dynamics import Fit, Paths, fit, read_paths
from clustertrade.measures.lotka_volterra import fit_solution
from clustertrade.measures.subsystems import parse
from clustertrade.measures.tidy import Array, Rows, read
from clustertrade.registry import procedure
from clustertrade.results import Measure

MODES = {("+", "+"): "mutualism", ("+", "0"): "commensalism", ("0", "+"): "commensalism", ("+", "-"): "parasitism",
         ("-", "+"): "parasitism", ("-", "-"): "competition", ("0", "0"): "independence", ("-", "0"): "amensalism",
         ("0", "-"): "amensalism"}
COLUMNS = ("population", "partner", "r", "self", "cross", "K", "alpha")


@procedure(
    "symbiosis",
    family="measures",
    title="Symbiosis model (Lotka-Volterra)",
    reference="volterra1926",
    choices={"variant": ("ols", "midpoint", "nls", "grey", "equilibrium")},
)
def symbiosis(data: pd.DataFrame, *, subsystem: Sequence[str] = (), indicator: Sequence[str] = (),
              unit: str | None = None, time: str | None = None, value: str | None = None, variant: str = "ols",
              level: float = 0.05, bootstrap: int = 999, seed: int = 20260101) -> Measure:
    r"""How populations grow, where each saturates, and whether they help or hinder each other.

    .. math:: \frac{dN_i}{dt}=N_i\Big(r_i+a_{ii}N_i+\sum_{j\ne i}a_{ij}N_j\Big)
        =r_iN_i\Big(1-\frac{N_i}{K_i}+\sum_{j\ne i}\alpha_{ij}\frac{N_j}{K_j}\Big),\qquad
        K_i=-\frac{r_i}{a_{ii}},\quad \alpha_{ij}=\frac{a_{ij}K_j}{r_i}

    Parameters
    ----------
    data : DataFrame
        A row a period; for ``equilibrium`` a row a population.
    indicator, subsystem : COL or NAME=COL, at least two together
        The populations.  For ``equilibrium`` the columns of :math:`\alpha`, in the order of the rows.
    unit : column name
        Units whose steps are pooled, with one set of coefficients (ols, midpoint; levels need one scale, such as 0 to
        1); for ``equilibrium`` the populations.
    time : column name
        Periods without a gap.
    value : column name
        For ``equilibrium``: the capacities K.
    variant : ols, midpoint, nls, grey or equilibrium
        ``ols``: :math:`\ln(N_{i,t}/N_{i,t-1})` on a constant and the levels of t-1; ``midpoint``: on the mean of the
        levels of t-1 and t; ``nls``: least squares of ln N around the solution of the differential equations; ``grey``:
        the grey model, x on the background values z of the accumulated series,
        :math:`x_i=a z_i+b z_i^2+c z_iz_j`; ``equilibrium``: nothing is estimated, the interior equilibrium of given K
        and :math:`\alpha` is computed.
    level : float
        Of intervals; a sign counts where its interval excludes 0.
    bootstrap : int
        Replications of the residual bootstrap (ols, midpoint, grey); 0 takes Student's t.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Measure
        A row an ordered pair: ``population``, ``partner``, ``r``, ``self`` (a_ii), ``cross`` (a_ij), ``K``, ``alpha``;
        for ``equilibrium`` the population and ``value``.  K and alpha are null, with a warning, where r is not above or
        a_ii not below 0: a population that does not grow and saturate by itself has no capacity.  Details:
        ``equations`` (standard errors, intervals, R2, degrees of freedom), ``modes`` (the mode by the signs of the
        estimates, and by those that the intervals leave no doubt about), ``equilibria`` with the eigenvalues of the
        Jacobian.

    Raises
    ------
    UsageError
        Fewer than two populations; what the variant needs and is not given.
    DataError
        What ``measures.tidy`` refuses; negative levels; a missing period.
    InfeasibleError
        Too few steps; populations that do not vary; no solution that the estimates of ``nls`` converge to.

    Notes
    -----
    Modes by the signs of (a_12, a_21): ++ mutualism, +0 commensalism, +- parasitism (predation), -- competition, -0
    amensalism, 00 independence.  Most published applications have some ten periods: three coefficients an equation
    then have wide intervals, and signs are seldom certain (docs/validation/coordination.md).  The grey model lives on
    accumulated series: its equilibrium is not one of the flow.  Intervals keep the regressors, which are lagged
    levels, as they are: they hold in large samples.

    References
    ----------
    Volterra, V. (1926), Fluctuations in the abundance of a species considered mathematically.
    https://doi.org/10.1038/118558a0

    Examples
    --------
    >>> n = [[1.0, 2.0]]
    >>> for t in range(11):
    ...     a, b = n[-1]
    ...     n.append([a * np.exp(0.5 - 0.05 * a + 0.01 * b), b * np.exp(0.4 - 0.04 * b + 0.02 * a)])
    >>> frame = pd.DataFrame(n, columns=["cluster", "cbec"]).assign(year=range(2010, 2022))
    >>> result = symbiosis(frame, indicator=["cluster", "cbec"], time="year", bootstrap=0)
    >>> [round(result.rows[0][s], 4) for s in ("r", "K", "alpha")], result.details["modes"][0]["mode"]
    ([0.5, 10.0, 0.2], 'mutualism')
    """
    if variant == "equilibrium":
        return _equilibrium(data, subsystem, indicator, unit, value)
    if value is not None:
        raise UsageError("symbiosis: --value, the capacities, belongs to --variant equilibrium")
    if unit is not None and variant in ("nls", "grey"):
        raise UsageError(f"symbiosis --variant {variant} follows one system over time and takes no --unit")
    paths = read_paths("symbiosis", data, subsystem, indicator, unit, time, signed=False)
    model, warnings = _estimate(paths, variant, 0 if variant == "nls" else bootstrap, seed)
    k = len(paths.names)
    r, a = model.beta[:, 0], _matrix(model.beta)
    with np.errstate(divide="ignore", invalid="ignore"):
        capacity = np.where((np.diag(a) < 0) & (r > 0), -r / np.diag(a), np.nan)
        alpha = a * capacity / r[:, None]
    if (open_ := np.flatnonzero(np.isnan(capacity))).size:
        warnings.append("no carrying capacity, which takes r > 0 and an own coefficient below 0: "
                        f"{first_of(paths.names[i] for i in open_)}; K and what is relative to it are not given")
    pairs = [(i, j) for i in range(k) for j in range(k) if i != j]
    rows = [{"population": paths.names[i], "partner": paths.names[j], "r": r[i], "self": a[i, i], "cross": a[i, j],
             "K": capacity[i], "alpha": alpha[i, j]} for i, j in pairs]
    counts = [int(d) + k + 1 for d in model.df]
    details = {"equations": _equations(paths.names, model, level), "modes": _modes(paths.names, model, level),
               "equilibria": _equilibria(paths.names, r, a), "steps": counts}
    if min(counts) < 20:
        warnings.append(f"{min(counts)} steps for {k + 1} coefficients an equation: signs whose interval holds 0 are "
                        "not known")
    return Measure(columns=COLUMNS, rows=Rows(pd.DataFrame(rows)), details=details, warnings=tuple(warnings))


def _estimate(paths: Paths, variant: str, replications: int, seed: int) -> tuple[Fit, list[str]]:
    """Equations with the coefficients r_i, a_ii and a_ij in the order of the populations (own first)."""
    k, m = len(paths.names), len(paths.unit)
    own_first = [[i, *(j for j in range(k) if j != i)] for i in range(k)]
    if variant == "grey":
        levels = np.vstack([paths.before[:1], paths.after])
        total = levels.cumsum(0)
        z = (total[1:] + total[:-1]) / 2
        x = np.stack([np.column_stack([z[:, i], *(z[:, i] * z[:, j] for j in own_first[i])]) for i in range(k)])
        return fit("symbiosis", paths.names, paths.after.T, x, np.ones((k, m), dtype=bool), replications, seed), []
    valid = ((paths.before > 0) & (paths.after > 0)).T     # (k, m): a logarithm of zero is not defined
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.where(valid, np.log(paths.after.T / paths.before.T), 0.0)
    at = paths.before if variant == "ols" else (paths.before + paths.after) / 2
    x = np.stack([np.column_stack([np.ones(m), *(at[:, j] for j in own_first[i])]) for i in range(k)])
    warnings = [f"{int((~valid[i]).sum())} steps of {paths.names[i]} fall out, where it is zero before or after: "
                f"{first_of(paths.label(int(s)) for s in np.flatnonzero(~valid[i]))}"
                for i in range(k) if not valid[i].all()]
    if variant == "nls":
        if warnings:
            raise InfeasibleError(f"symbiosis --variant nls needs levels above zero; {warnings[0]}. --variant ols "
                                  "leaves such steps out")
        start = fit("symbiosis", paths.names, growth, _midpoint(paths, own_first), valid, 0, seed)
        return fit_solution(paths, start), []
    return fit("symbiosis", paths.names, growth, x, valid, replications, seed), warnings


def _midpoint(paths: Paths, own_first: list[list[int]]) -> Array:
    at = (paths.before + paths.after) / 2
    return np.stack([np.column_stack([np.ones(len(at)), at[:, mine]]) for mine in own_first])


def _matrix(beta: Array) -> Array:
    """(k, k) interaction matrix from equations whose own coefficient stands first."""
    k = len(beta)
    a = np.empty((k, k))
    for i in range(k):
        a[i, [i, *(j for j in range(k) if j != i)]] = beta[i, 1:]
    return a


def _equations(names: Sequence[str], model: Fit, level: float) -> list[dict[str, Any]]:
    low, high = model.interval(level)
    found = []
    for i, name in enumerate(names):
        terms = ["r", name, *(other for other in names if other != name)]
        found.append({"population": name, "r2": float(model.r2[i]), "df": float(model.df[i]), "coefficients": [
            {"on": term, "value": float(model.beta[i, c]), "se": float(model.se[i, c]),
             "ci": [float(low[i, c]), float(high[i, c])]} for c, term in enumerate(terms)]})
    return found


def _modes(names: Sequence[str], model: Fit, level: float) -> list[dict[str, Any]]:
    """Mode of each pair by the signs of the estimates, and by the signs that are certain at the level."""
    low, high = model.interval(level)
    found = []
    for i, j in combinations(range(len(names)), 2):
        at = {(i, j): 2 + j - (j > i), (j, i): 2 + i - (i > j)}
        estimates = [model.beta[p, c] for (p, _), c in at.items()]
        certain = [low[p, c] > 0 or high[p, c] < 0 for (p, _), c in at.items()]
        signs = ["+" if e > 0 else "-" if e < 0 else "0" for e in estimates]
        found.append({"first": names[i], "second": names[j], "signs": "".join(signs), "mode": MODES[signs[0], signs[1]],
                      "certain": [bool(c) for c in certain],
                      "mode_certain": MODES[signs[0], signs[1]] if all(certain) else None})
    return found


def _equilibria(names: Sequence[str], r: Array, a: Array) -> list[dict[str, Any]]:
    """Each set of populations that may survive: its levels, and the eigenvalues of the Jacobian there."""
    k, found = len(names), []
    for size in range(k + 1) if k <= 3 else (k,):
        for alive in combinations(range(k), size):
            level, mine = np.zeros(k), list(alive)
            try:
                level[mine] = np.linalg.solve(a[np.ix_(mine, mine)], -r[mine]) if mine else []
            except np.linalg.LinAlgError:
                continue
            jacobian = level[:, None] * a + np.diag(r + a @ level)
            roots = np.linalg.eigvals(jacobian)
            found.append({"alive": [names[i] for i in mine], "levels": dict(zip(names, map(float, level), strict=True)),
                          "feasible": bool((level[mine] > 0).all()), "stable": bool((roots.real < 0).all()),
                          "eigenvalues": sorted([float(v.real), float(v.imag)] for v in roots)})
    return found


def _equilibrium(data: pd.DataFrame, subsystem: Sequence[str], indicator: Sequence[str], unit: str | None,
                 value: str | None) -> Measure:
    """x*/K = (I - alpha)^-1 1 of populations in rows."""
    found = parse("symbiosis", subsystem, indicator)
    if unit is None or value is None:
        raise UsageError("symbiosis --variant equilibrium needs --unit, the populations, and --value, their capacities")
    columns = [s.parameters[0].column for s in found]
    tidy = read("symbiosis", data, {"unit": unit}, {"value": value, **{c: c for c in columns}}, signed=columns)
    if len(columns) != tidy.n:
        raise UsageError(f"symbiosis --variant equilibrium: {tidy.n} populations and {len(columns)} columns of alpha; "
                         "there is one for each population, in the order of the rows")
    alpha = np.column_stack([tidy.numbers[c] for c in columns])
    if np.diag(alpha).any():
        raise UsageError("symbiosis --variant equilibrium: alpha of a population with itself is 0")
    capacity = tidy.numbers["value"]
    try:
        level = capacity * np.linalg.solve(np.eye(tidy.n) - alpha, np.ones(tidy.n))
    except np.linalg.LinAlgError:
        raise InfeasibleError("symbiosis: I - alpha is singular, there is no interior equilibrium") from None
    roots = np.linalg.eigvals(level[:, None] * (alpha - np.eye(tidy.n)) / capacity)
    stable = bool((roots.real < 0).all())
    warnings = [] if (level > 0).all() else ["the interior equilibrium has a level that is not above zero: not all "
                                             "populations live together"]
    if not stable:
        warnings.append("the interior equilibrium is not stable (equal growth rates): levels do not return to it")
    return tidy.by_row(level, details={"stable": stable, "eigenvalues": sorted([float(v.real), float(v.imag)]
                                                                              for v in roots)},
                       warnings=tuple(warnings))
