"""Sums of squares of fixed-effects regressions whose slopes switch at a threshold, for every candidate at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]
CELLS = 3_000_000                                          # of the largest array of a bootstrap that is held at once


class ThresholdSearch:
    r"""Least squares of y (N, T) on controls and on x (N, T, K) whose slopes switch where q passes thresholds.

    With L(g) the columns of x where q <= g (q < g with ``strict``) and zero elsewhere, a candidate g adds L(g) to the
    regressors that are there already.  Everything that a candidate needs, :math:`L'ML`, :math:`L'MZ` and
    :math:`L'My` with M the removal of entity effects, is a running sum over the rows in the order of q, so that all
    candidates cost no more than one pass over the data; many y at once share it.

    ``dropped`` leaves the last period out after the effects are removed, as Hansen's program of 1999 does; M is then
    the symmetric M K M, K the rows that are kept.
    """

    def __init__(self, x: Array, z: Array, q: Array, candidates: Array, *, strict: bool = False,
                 dropped: bool = False) -> None:
        self.n, self.t, self.k = x.shape
        self.dropped = dropped
        self.candidates = candidates
        self.strict = strict
        rows = self.n * self.t
        scale = np.sqrt((x**2).mean((0, 1)))
        self.x = x / np.where(scale > 0, scale, 1.0)
        self.q = q
        self.order = np.argsort(q.reshape(rows), kind="stable")
        # How many rows each candidate has below it.
        self.below = np.searchsorted(q.reshape(rows)[self.order], candidates, side="left" if strict else "right")
        size = np.sqrt((z**2).mean((0, 1)))
        self.z = np.concatenate([self.x, z / np.where(size > 0, size, 1.0)], -1)
        self.gram = self._own()

    @property
    def rows(self) -> int:
        """Rows that sums of squares add over."""
        return self.n * (self.t - self.dropped)

    def metric(self, v: Array) -> Array:
        """M v for columns (N, T, ...): deviations from entity means; with ``dropped`` M K M v."""
        v = v - v.mean(1, keepdims=True)
        if not self.dropped:
            return v
        v[:, -1] = 0.0
        return v - v.mean(1, keepdims=True)

    def low(self, threshold: float) -> Array:
        """x (N, T, K) where q is on the lower side of a threshold, zero elsewhere."""
        side = self.q < threshold if self.strict else self.q <= threshold
        return self.x * side[..., None]

    def _running(self, v: Array) -> Array:
        """Sums of v (N, T, ...) over the rows below each candidate: (G, ...)."""
        flat = v.reshape(self.n * self.t, -1)[self.order]
        total = np.concatenate([np.zeros((1, flat.shape[1])), np.cumsum(flat, 0)])
        return total[self.below].reshape(-1, *v.shape[2:])

    def _own(self) -> Array:
        """L(g)'ML(g) for every candidate, (G, K, K).

        A row that comes in changes its entity's sum s of L, and the sum a over the rows that are kept: the increments
        of L'L - (a s' + s a')/T + m s s'/T^2 are known from both before it came.
        """
        within = np.argsort(self.q, axis=1, kind="stable")[..., None]
        kept = np.ones((self.n, self.t, 1))
        if self.dropped:
            kept[:, -1] = 0.0
        came = np.take_along_axis(self.x, within, 1)
        held = np.take_along_axis(self.x * kept, within, 1)
        s, a = np.empty_like(self.x), np.empty_like(self.x)
        np.put_along_axis(s, within, np.cumsum(came, 1) - came, 1)
        np.put_along_axis(a, within, np.cumsum(held, 1) - held, 1)
        x, k, t = self.x, kept[..., None], self.t

        def outer(u: Array, v: Array) -> Array:
            return np.asarray(u[..., :, None] * v[..., None, :])

        cross = outer(a, x) + k * outer(x, s) + k * outer(x, x)
        square = outer(s, x) + outer(x, s) + outer(x, x)
        step = k * outer(x, x) - (cross + cross.swapaxes(-1, -2)) / t + (t - self.dropped) / t**2 * square
        return self._running(step)

    def base(self, y: Array, thresholds: tuple[float, ...]) -> tuple[Array, Array]:
        """SSR (B,) and residuals in the metric (N, T, B) of y (N, T, B) with thresholds that are given."""
        z = self._regressors(thresholds)
        mz, my = self.metric(z), self.metric(y)
        flat = mz.reshape(-1, z.shape[-1])
        solved = np.linalg.solve(z.reshape(-1, z.shape[-1]).T @ flat, flat.T @ y.reshape(-1, y.shape[-1]))
        ssr = (y * my).sum((0, 1)) - ((flat.T @ y.reshape(-1, y.shape[-1])) * solved).sum(0)
        return np.asarray(ssr), my - mz @ solved

    def residuals(self, y: Array, thresholds: tuple[float, ...]) -> Array:
        """y (N, T, B) without entity effects and without what the regressors explain, in every period."""
        z = self._regressors(thresholds)
        flat = self.metric(z).reshape(-1, z.shape[-1])
        beta = np.linalg.solve(z.reshape(-1, z.shape[-1]).T @ flat, flat.T @ y.reshape(-1, y.shape[-1]))
        left = y - z @ beta
        return np.asarray(left - left.mean(1, keepdims=True))

    def _regressors(self, thresholds: tuple[float, ...]) -> Array:
        return np.concatenate([self.z, *(self.low(g) for g in thresholds)], -1)

    def ssr(self, y: Array, thresholds: tuple[float, ...] = ()) -> tuple[Array, Array]:
        """SSR without a further threshold (B,), and with each candidate (G, B); inf where it adds nothing."""
        ssr0, resid = self.base(y, thresholds)
        z = self._regressors(thresholds)
        mz = self.metric(z)
        cross = self._running(self.x[..., :, None] * mz[..., None, :])                        # L'MZ (G, K, M)
        flat = mz.reshape(-1, z.shape[-1])
        inverse = np.linalg.inv(z.reshape(-1, z.shape[-1]).T @ flat)
        schur = self.gram - cross @ inverse @ cross.swapaxes(-1, -2)                          # (G, K, K)
        moved = self._running(self.x[..., :, None] * resid[..., None, :])                     # L'e (G, K, B)
        size = np.sqrt(np.maximum(np.diagonal(self.gram, axis1=-2, axis2=-1), 0.0))
        size = np.where(size > 0, size, 1.0)
        scaled = schur / (size[:, :, None] * size[:, None, :])
        fine = np.linalg.eigvalsh(scaled)[:, 0] > 1e-10
        safe = np.where(fine[:, None, None], schur, np.eye(self.k))
        gain = (moved * np.linalg.solve(safe, moved)).sum(1)
        return ssr0, np.where(fine[:, None], ssr0 - gain, np.inf)


@dataclass(frozen=True)
class Found:
    """Thresholds in ascending order, the sum of squares with all of them, and the steps that led there.

    A step: ``null``, the thresholds before it; ``estimate``, the one that it adds; ``ssr0`` and ``ssr1``.
    """

    thresholds: tuple[float, ...]
    ssr: float
    steps: list[dict[str, Any]]


class Sequential:
    """Thresholds one after another, each but the last searched again with the others fixed (Bai 1997)."""

    def __init__(self, search: ThresholdSearch, apart: int) -> None:
        self.search = search
        self.apart = apart                                 # rows that must lie between two thresholds

    @property
    def sigma_df(self) -> int:
        """N (T - 1), by which Hansen divides a sum of squares."""
        return self.search.n * (self.search.t - 1)

    def curve(self, y: Array, fixed: tuple[float, ...]) -> Array:
        """SSR (G, B) with each candidate beside the fixed thresholds; inf where it leaves a regime too few rows."""
        total = self.search.ssr(y, fixed)[1]
        for other in fixed:
            at = self.search.below[np.searchsorted(self.search.candidates, other)]
            total[np.abs(self.search.below - at) < self.apart] = np.inf
        return total

    def _best(self, y: Array, fixed: Index) -> tuple[Index, Array]:
        """The best candidate (B,) and its SSR (B,) for columns y (N, T, B) whose fixed thresholds (B, J) differ."""
        best, ssr = np.empty(y.shape[-1], dtype=np.int64), np.empty(y.shape[-1])
        each, group = np.unique(fixed, axis=0, return_inverse=True)
        for g, row in enumerate(each):
            mine = np.flatnonzero(group.ravel() == g)
            total = self.curve(y[..., mine], tuple(self.search.candidates[row]))
            best[mine] = total.argmin(0)
            ssr[mine] = total[best[mine], np.arange(mine.size)]
        return best, ssr

    def steps(self, y: Array, count: int) -> tuple[list[tuple[Index, Index, Array, Array]], Index, Array]:
        """The steps to ``count`` thresholds for columns y (N, T, B): (before, added, SSR before, SSR with it); the end.

        Between two steps, and after the last, all but the newest are searched again.
        """
        fixed = np.empty((y.shape[-1], 0), dtype=np.int64)
        ssr = self.search.base(y, ())[0]
        taken = []
        for j in range(count):
            added, lower = self._best(y, fixed)
            taken.append((fixed, added, ssr, lower))
            fixed, ssr = np.column_stack([fixed, added]), lower
            for i in range(j):
                fixed[:, i], ssr = self._best(y, np.delete(fixed, i, 1))
        return taken, fixed, ssr

    def estimate(self, y: Array, count: int) -> Found | None:
        """The thresholds of one y (N, T, 1); None where the regimes would be too small."""
        taken, fixed, ssr = self.steps(y, count)
        if not np.isfinite(ssr[0]):
            return None
        value = self.search.candidates
        listed = [{"null": tuple(np.sort(value[before[0]]).tolist()), "estimate": float(value[added[0]]),
                   "ssr0": float(ssr0[0]), "ssr1": float(ssr1[0])} for before, added, ssr0, ssr1 in taken]
        return Found(tuple(np.sort(value[fixed[0]]).tolist()), float(ssr[0]), listed)

    def bootstrap(self, y: Array, null: tuple[float, ...], estimate: float, replications: int,
                  rng: np.random.Generator) -> Array:
        """F (B,) of one threshold more than ``null`` where there is none: Hansen (1999), sections 4.1 and 5.2.

        Residual vectors of whole entities, of the model with the further threshold, are drawn with replacement and
        added to what the null model fits.  Draws go to entities in the order of their residuals, so that names do not
        matter.
        """
        resid = self.search.residuals(y, (*null, estimate))[..., 0]                       # (N, T)
        fitted = y[..., 0] - self.search.residuals(y, null)[..., 0]
        order = np.argsort((resid**2).sum(1), kind="stable")
        n, t = resid.shape
        found = []
        chunk = max(CELLS // (n * t * self.search.k), 1)
        for start in range(0, replications, chunk):
            draws = rng.integers(0, n, (min(chunk, replications - start), n))
            source = np.empty_like(draws)
            source[:, order] = order[draws]
            star = fitted[..., None] + resid[source].transpose(1, 2, 0)                   # (N, T, B)
            _, _, ssr0, ssr1 = self.steps(star, len(null) + 1)[0][-1]
            found.append((ssr0 - ssr1) / (ssr1 / self.sigma_df))
        return np.concatenate(found)
