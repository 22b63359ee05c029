"""More than two effects: groups, groups by period, a trend of each entity; projected out exactly.

pyfixest has many effects but iterates to a tolerance, and has no trends of entities among them; here columns beside
those of entities are few enough for one matrix, and results hold to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from clustertrade.errors import InfeasibleError
from clustertrade.panel import Array, Panel
from clustertrade.regression.effects import Effects
from clustertrade.regression.rows import Codes, Rows

MOST = 3000                                                # columns beside those of entities
SEVERAL = "several"


class ManyEffects(Effects):
    r"""The projection off A, of entities, and S, all other dummies.

    .. math:: M = M_A - \tilde S(\tilde S'\tilde S)^{+}\tilde S', \qquad \tilde S = M_A S

    A has a dummy of each entity and with ``trends`` a trend of each, made orthonormal entity by entity; with weights
    W all products have W between.
    """

    def __init__(self, asked: str, rows: Rows, kind: str, trends: bool, others: Sequence[Codes]) -> None:
        super().__init__(None, rows.entity, rows.time, rows.weight)
        self.kind = SEVERAL
        entities = kind != "time" or trends
        w = np.ones(rows.n) if rows.weight is None else rows.weight
        self._w, self._rows, self._trends = w, rows, trends
        self._a: Any = self._of_entities(kind != "time") if entities else None
        columns = [*([rows.time] if kind != "entity" else []), *others]
        dense = [np.unique(c, return_inverse=True)[1] for c in columns]
        width = sum(int(c.max()) + 1 for c in dense)
        if width > MOST:
            raise InfeasibleError(f"{asked} --absorb: {width} groups and periods beside the entities; at most {MOST}")
        self._s: Any = _dummies(dense) if dense else None

    def _of_entities(self, means: bool) -> Any:
        """Sparse orthonormal columns (n, N or 2N): of each entity its mean, and its trend where it has two periods."""
        from scipy.sparse import csr_array, hstack

        entity = np.unique(self._rows.entity, return_inverse=True)[1]
        total = np.bincount(entity, self._w)
        at = np.arange(self.n)
        parts = [csr_array((1 / np.sqrt(total[entity]), (at, entity)), shape=(self.n, total.size))] if means else []
        if self._trends:
            time = self._rows.time.astype(float)
            if means:
                time = time - (np.bincount(entity, self._w * time) / total)[entity]
            size = np.bincount(entity, self._w * time**2)
            kept = size[entity] > 0
            number = np.cumsum(size > 0) - 1
            parts.append(csr_array((time[kept] / np.sqrt(size[entity][kept]), (at[kept], number[entity][kept])),
                                   shape=(self.n, int((size > 0).sum()))))
        return hstack(parts, format="csr")

    def _off_entities(self, z: Array) -> Array:
        return z if self._a is None else z - self._a @ (self._a.T @ (self._w[:, None] * z))

    @cached_property
    def _others(self) -> tuple[Array, int]:
        """The pseudo-inverse of S~'WS~ and its rank."""
        weighted = self._s.multiply(self._w[:, None]).tocsr()
        cross = (self._s.T @ weighted).toarray()
        if self._a is not None:
            shared = (self._a.T @ weighted).toarray()
            cross = cross - shared.T @ shared
        value, vector = np.linalg.eigh(cross)
        kept = value > 1e-10 * np.abs(self._s.multiply(self._w[:, None]).sum(0)).max()
        return (vector[:, kept] / value[kept]) @ vector[:, kept].T, int(kept.sum())

    @property
    def count(self) -> int:
        """Parameters that the effects use."""
        return (0 if self._a is None else self._a.shape[1]) + (0 if self._s is None else self._others[1])

    def remove(self, z: Array) -> Array:
        """M z for the columns of z (n, M)."""
        z = self._off_entities(z)
        if self._s is None:
            return z
        for _ in range(2):                                 # once more, against rounding
            z = self._off_entities(z - self._s @ (self._others[0] @ (self._s.T @ (self._w[:, None] * z))))
        return z

    def keep_mean(self, z: Array) -> Array:
        """Effects removed and the mean added back."""
        return self.remove(z) + (self._w @ z / self._w.sum())

    @cached_property
    def leverage(self) -> Array:
        """The diagonal (n,) of the projection on all effects."""
        found = np.zeros(self.n)
        if self._a is not None:
            found += np.asarray(self._a.multiply(self._a).sum(1)).ravel() * self._w
        if self._s is None:
            return found
        shared = None if self._a is None else (self._a.T @ self._s.multiply(self._w[:, None])).toarray()
        step = max(4_000_000 // self._s.shape[1], 1)
        for start in range(0, self.n, step):
            part = slice(start, start + step)
            own = self._s[part].toarray()
            if self._a is not None:
                own = own - self._a[part] @ shared
            found[part] += ((own @ self._others[0]) * own).sum(1) * self._w[part]
        return found


def _dummies(columns: Sequence[Codes]) -> Any:
    from scipy.sparse import csr_array, hstack

    at = np.arange(columns[0].size)
    return hstack([csr_array((np.ones(at.size), (at, c)), shape=(at.size, int(c.max()) + 1)) for c in columns],
                  format="csr")


def known(y: Panel, absorb: Panel) -> Panel:
    """y where every group is known; elsewhere missing."""
    return y.with_values(np.where(absorb.complete[..., None], y.values, np.nan))


def groups_absorbed(rows: Rows, absorb: Panel | None, kind: str) -> tuple[list[Codes], list[str]]:
    """The codes (n,) of each column's groups, and what they are called.

    Beside entity effects a group that does not change within entities says nothing; its effects then differ by period.
    """
    found, names = [], []
    for j, name in enumerate(absorb.variables if absorb is not None else ()):
        column = absorb.values[rows.entity, rows.time, j]  # type: ignore[union-attr]
        code = np.unique(column, return_inverse=True)[1]
        pairs = np.unique(np.column_stack([rows.entity, code]), axis=0)
        if kind != "time" and pairs.shape[0] == rows.n_entities:
            code, name = code * (int(rows.time.max()) + 1) + rows.time, f"{name} by period"
        found.append(np.asarray(code, dtype=np.int64))
        names.append(name)
    return found, names
