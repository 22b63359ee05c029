"""Many small linear programs that share their columns: one simplex iteration for all of them at once.

A program of data envelopment analysis has a handful of rows and a column for every unit, and there is one for each
unit; a solver called once for each spends its time on the calls.  Here the bases of all programs are a stack of small
matrices, and one matrix product prices the shared columns for all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
OPTIMAL, INFEASIBLE, UNSOLVED = 0, 1, 2
TOLERANCE = 1e-9
NUDGE = 1e-8                                               # of the right-hand side, so that no two rows tie
REFRESH = 25                                               # iterations between inversions of the bases


@dataclass(frozen=True)
class Solved:
    """Programs (P): status, value, and values of the shared (P, n) and own (P, q) columns."""

    status: NDArray[np.int64]
    value: Array
    shared: Array
    own: Array


def minimise(a: Array, own: Array, own_cost: Array, b: Array, relax: Array, banned: NDArray[np.int64] | None = None,
             ) -> Solved:
    """Minimise own_cost' w subject to a v + own w = b, v >= 0, w >= 0, for each of P programs.

    a (r, n), own (P, r, q), own_cost (P, q), b (P, r), relax (r,), banned (P,) -> Solved

    ``relax`` says in which direction (+1, -1) a row may be moved by the nudge without making the program infeasible.
    ``banned`` is a shared column that a program may not use.  The vertex is found for the nudged right-hand side and
    evaluated at the exact one; where it is not feasible there, or too many iterations are needed, the program goes to
    the HiGHS solver.
    """
    n_programs, r, q = own.shape
    n = a.shape[1]
    step = np.random.default_rng(20260101).uniform(1, 2, r) * NUDGE * relax
    moved = b + step
    sign = np.where(moved >= 0, 1.0, -1.0)
    basis = np.tile(n + q + np.arange(r), (n_programs, 1))
    inverse = np.zeros((n_programs, r, r))
    inverse[:, np.arange(r), np.arange(r)] = sign
    level = np.abs(moved)
    status = np.full(n_programs, UNSOLVED)
    for phase in (1, 2):
        live = np.flatnonzero(status == UNSOLVED)
        for iteration in range(60 * (r + 2)):
            if not live.size:
                break
            rows = np.arange(live.size)
            cost = _costs(basis[live], own_cost[live], n, q, phase)
            dual = np.einsum("pi,pij->pj", cost, inverse[live])
            shared = -dual @ a
            if banned is not None:
                shared[rows, banned[live]] = 0.0
            mine = (own_cost[live] if phase == 2 else 0.0) - np.einsum("pr,prq->pq", dual, own[live])
            best_shared, best_own = shared.argmin(1), mine.argmin(1)
            low_shared, low_own = shared[rows, best_shared], mine[rows, best_own]
            enters = np.where(low_shared <= low_own, best_shared, n + best_own)
            done = np.minimum(low_shared, low_own) > -TOLERANCE
            if phase == 1:                                 # artificial columns at zero: feasible already
                done |= ((basis[live] < n + q) | (level[live] < 1e-12)).all(1)
            status[live[done]] = OPTIMAL
            live, enters = live[~done], enters[~done]
            if not live.size:
                break
            column = np.where((enters < n)[:, None], a.T[np.minimum(enters, n - 1)],
                              own[live, :, np.clip(enters - n, 0, q - 1)])
            u = np.einsum("pij,pj->pi", inverse[live], column)
            # An artificial column that is left at zero must go out as soon as a step would move it.
            stuck = (basis[live] >= n + q) & (level[live] < 1e-12) & (np.abs(u) > TOLERANCE) & (phase == 2)
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.where(u > TOLERANCE, level[live] / u, np.inf)
            ratio = np.where(stuck, -1.0, ratio)
            leaves = ratio.argmin(1)
            rows = np.arange(live.size)
            endless = ~np.isfinite(ratio[rows, leaves])
            if endless.any():                              # cannot happen in exact arithmetic; left to HiGHS
                keep = ~endless
                live, enters, u, leaves = live[keep], enters[keep], u[keep], leaves[keep]
                rows = np.arange(live.size)
            pivot = u[rows, leaves]
            top = inverse[live, leaves] / pivot[:, None]
            inverse[live] -= u[:, :, None] * top[:, None, :]
            inverse[live, leaves] = top
            basis[live, leaves] = enters
            if iteration % REFRESH == REFRESH - 1:
                inverse[live] = np.linalg.pinv(_columns(a, own, sign, basis, live))
            level[live] = np.einsum("pij,pj->pi", inverse[live], moved[live])
        if phase == 1:
            left = np.where(basis >= n + q, np.abs(level), 0.0).sum(1)
            bad = (status == OPTIMAL) & (left > 1e-6)
            fine = (status == OPTIMAL) & ~bad
            status[bad], status[fine] = INFEASIBLE, UNSOLVED
    return _evaluated(a, own, own_cost, b, banned, basis, sign, status)


def _costs(basis: NDArray[np.int64], own_cost: Array, n: int, q: int, phase: int) -> Array:
    """Cost of the basic columns: (P, r)."""
    if phase == 1:
        return np.where(basis >= n + q, 1.0, 0.0)
    mine = np.take_along_axis(own_cost, np.clip(basis - n, 0, q - 1), 1)
    return np.where((basis >= n) & (basis < n + q), mine, 0.0)


def _columns(a: Array, own: Array, sign: Array, basis: NDArray[np.int64], live: NDArray[np.int64]) -> Array:
    """Matrices of the bases of some programs: (P, r, r)."""
    r, n = a.shape
    q = own.shape[2]
    found = np.empty((live.size, r, r))
    at = basis[live]
    for k in range(r):
        j = at[:, k]
        artificial = np.zeros((live.size, r))
        artificial[np.arange(live.size), np.clip(j - n - q, 0, r - 1)] = sign[live, np.clip(j - n - q, 0, r - 1)]
        found[:, :, k] = np.where((j < n)[:, None], a.T[np.minimum(j, n - 1)],
                                  np.where((j < n + q)[:, None], own[live, :, np.clip(j - n, 0, q - 1)], artificial))
    return found


def _evaluated(a: Array, own: Array, own_cost: Array, b: Array, banned: NDArray[np.int64] | None,
               basis: NDArray[np.int64], sign: Array, status: NDArray[np.int64]) -> Solved:
    n_programs, r, q = own.shape
    n = a.shape[1]
    value, shared, mine = np.full(n_programs, np.nan), np.zeros((n_programs, n)), np.zeros((n_programs, q))
    fine = np.flatnonzero(status == OPTIMAL)
    if fine.size:
        matrix = _columns(a, own, sign, basis, fine)
        sound = np.abs(np.linalg.det(matrix)) > 1e-300
        level = np.full((fine.size, r), -np.inf)
        level[sound] = np.linalg.solve(matrix[sound], b[fine[sound], :, None])[..., 0]
        exact = (level > -1e-9).all(1)
        status[fine[~exact]] = UNSOLVED
        fine, level = fine[exact], np.maximum(level[exact], 0.0)
        for k in range(r):
            j, v = basis[fine, k], level[:, k]
            at = np.flatnonzero(j < n)
            shared[fine[at], j[at]] = v[at]
            at = np.flatnonzero((j >= n) & (j < n + q))
            mine[fine[at], j[at] - n] = v[at]
        value[fine] = (mine[fine] * own_cost[fine]).sum(1)
    for p in np.flatnonzero(status == UNSOLVED):
        status[p], value[p], shared[p], mine[p] = _by_highs(a, own[p], own_cost[p], b[p],
                                                            None if banned is None else int(banned[p]))
    return Solved(status, value, shared, mine)


def _by_highs(a: Array, own: Array, cost: Array, b: Array, banned: int | None) -> tuple[int, float, Array, Array]:
    from scipy.optimize import linprog

    n, q = a.shape[1], own.shape[1]
    bounds: list[tuple[float, float | None]] = [(0.0, None)] * (n + q)
    if banned is not None:
        bounds[banned] = (0.0, 0.0)
    found = linprog(np.concatenate([np.zeros(n), cost]), A_eq=np.hstack([a, own]), b_eq=b, bounds=bounds)
    if found.status != 0:
        return INFEASIBLE, np.nan, np.zeros(n), np.zeros(q)
    return OPTIMAL, float(found.fun), found.x[:n], found.x[n:]
