"""Fixed effects of entities, of periods, or of both, projected out exactly for balanced and unbalanced panels."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from clustertrade.panel import Array
from clustertrade.regression.rows import Codes, group_means, group_sums


class Effects:
    """The projection off the dummies D of the effects.

    For two effects, with a the longer and b the shorter dimension,

    .. math:: M_D = M_a - \\tilde D_b (\\tilde D_b'\\tilde D_b)^{+} \\tilde D_b', \\qquad \\tilde D_b = M_a D_b

    (Wansbeek and Kapteyn 1989), so that nothing iterates and only a matrix of the shorter dimension is
    inverted.
    """

    def __init__(self, kind: str | None, entity: Codes, time: Codes, weight: Array | None = None) -> None:
        self.kind = kind
        self.weight = weight                               # of weighted least squares: D'WD in place of D'D
        listed = [(name, np.unique(codes, return_inverse=True)[1])
                  for name, codes in (("entity", entity), ("time", time)) if kind in (name, "twoway")]
        listed.sort(key=lambda item: -int(item[1].max()))  # the longer dimension first
        self.names = [name for name, _ in listed]
        self.codes = [codes for _, codes in listed]
        self.n = entity.size

    @cached_property
    def _shorter(self) -> tuple[Array, Array, int]:
        """N_ab / n_a (A, B), the pseudo-inverse C+ (B, B) of D~'D~, and its rank."""
        a, b = self.codes
        size_a, size_b = np.bincount(a, self.weight), np.bincount(b, self.weight)
        cells = np.zeros((size_a.size, size_b.size))
        np.add.at(cells, (a, b), 1.0 if self.weight is None else self.weight)
        share = cells / size_a[:, None]
        value, vector = np.linalg.eigh(np.diag(size_b.astype(float)) - cells.T @ share)
        kept = value > 1e-10 * value.max()
        return share, (vector[:, kept] / value[kept]) @ vector[:, kept].T, int(kept.sum())

    @property
    def shorter_inverse(self) -> Array:
        """The pseudo-inverse C+ (B, B) of the shorter of two effects without the longer."""
        return self._shorter[1]

    @property
    def count(self) -> int:
        """Parameters that the effects use: the rank of D."""
        if not self.codes:
            return 0
        first = int(self.codes[0].max()) + 1
        return first + (self._shorter[2] if len(self.codes) == 2 else 0)

    def remove(self, z: Array) -> Array:
        """M_D z for the columns of z (n, M)."""
        if not self.codes:
            return z
        z = self._demeaned(z, self.codes[0])
        if len(self.codes) == 1:
            return z
        a, b = self.codes
        share, inverse, _ = self._shorter
        weighted = z if self.weight is None else z * self.weight[:, None]
        total = group_sums(weighted, b, share.shape[1])
        weight = inverse @ total                           # coefficients of the D~
        z = z - weight[b] + (share @ weight)[a]
        return self._demeaned(z, a)                        # once more, against rounding

    def _means(self, z: Array, codes: Codes) -> Array:
        if self.weight is None:
            return group_means(z, codes)[0]
        total = group_sums(z * self.weight[:, None], codes)
        return total / np.bincount(codes, self.weight)[:, None]

    def _demeaned(self, z: Array, codes: Codes) -> Array:
        return z - self._means(z, codes)[codes]

    def keep_mean(self, z: Array) -> Array:
        """Q z: effects removed and the mean added back, so that the constant is the mean of the effects."""
        return self.remove(z) + z.mean(0) if self.codes else z

    @cached_property
    def leverage(self) -> Array:
        """The diagonal (n,) of the projection on D."""
        if not self.codes:
            return np.zeros(self.n)
        a = self.codes[0]
        own = 1.0 / np.bincount(a)[a]
        if len(self.codes) == 1:
            return own
        b = self.codes[1]
        share, inverse, _ = self._shorter
        cross = share @ inverse                            # (A, B)
        return own + np.diagonal(inverse)[b] - 2 * cross[a, b] + (cross * share).sum(1)[a]

    def values(self, total: Array) -> dict[str, Array]:
        """The effects of entities and periods behind their sum (n,) in every row; each has mean zero over the rows."""
        if len(self.codes) == 1:
            return {self.names[0]: self._means(total[:, None], self.codes[0])[:, 0]}
        a, b = self.codes
        _, inverse, _ = self._shorter
        deviation = self._demeaned(total[:, None], a)[:, 0]
        short = inverse @ np.bincount(b, deviation if self.weight is None else deviation * self.weight)
        short = short - np.average(short[b], weights=self.weight)
        return {self.names[0]: self._means((total - short[b])[:, None], a)[:, 0], self.names[1]: short}
