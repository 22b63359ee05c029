"""Bootstrap variances with one-way clusters, without a column a draw: a diagonal and a matrix of low rank.

The score of cluster h in a draw w is

.. math:: r_h = \\sum_{i\\in h} v_i [Q(w\\circ u)]_i - V_h (x'x)^{-1}\\sum_g w_g s_g = d_h w_h + L_h\\cdot m(w)

since removing effects that are nested in the clusters keeps to a cluster, and the other effects, the mean and the
regressors are few columns.  The sum of squares over clusters, which the bootstrap variance is, then needs no more than
the products of the draws with these columns: 0.2 seconds for 10,000 clusters where columns of draws take 40.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clustertrade.panel import Array
from clustertrade.regression.effects import Effects
from clustertrade.regression.fit import Fit
from clustertrade.regression.many_effects import SEVERAL
from clustertrade.regression.rows import Codes, group_means
from clustertrade.regression.sandwich import score_sums


def other_effect(effects: Effects, cluster: str) -> tuple[Codes, Array] | None:
    """The effect that is not nested in the clusters: its codes and the (pseudo-)inverse C+ of its cross-product.

    None where there is none.  Two effects need the clusters to be the longer dimension (see ``applies``).
    """
    others = [i for i, name in enumerate(effects.names) if name != cluster]
    if not others:
        return None
    codes = effects.codes[others[0]]
    if len(effects.codes) == 2:
        return codes, effects.shorter_inverse
    return codes, np.diag(1.0 / np.bincount(codes))


def applies(effects: Effects, cluster: str) -> bool:
    """Whether the columns are few: not where periods are the clusters and entities the many other effects."""
    if effects.kind == SEVERAL or cluster == "both":
        return False
    return (len(effects.codes) < 2 or effects.names[0] == cluster) and (
        cluster == "entity" or effects.kind != "entity")


def squares(fit: Fit, v: Array, residuals: Sequence[Array], own: Codes, draws: Array, cluster: str,
            factor: float) -> tuple[Array, Array, Array]:
    """factor times the sums over clusters of r0 r0, r0 r1, r1 r1, each (B,), for two residual vectors (n,)."""
    groups = int(own.max()) + 1
    nested = cluster in fit.effects.names
    other = other_effect(fit.effects, cluster)

    def inside(z: Array) -> Array:
        return z - group_means(z[:, None], own)[0][own, 0] if nested else z

    def cells(z: Array) -> Array:
        """Sums (G, O) of z by cluster and other effect."""
        codes, width = other[0], other[1].shape[0]         # type: ignore[index]
        return np.asarray(np.bincount(own * width + codes, z, groups * width), dtype=float).reshape(groups, width)

    v_in = inside(v)
    left = [score_sums(v[:, None] * fit.x, own)]
    if other is not None:
        left.append(cells(v_in))
    if fit.effects.count:
        left.append(score_sums(v[:, None], own))
    low = np.concatenate(left, 1)                          # L (G, q)
    diagonal, moved = [], []
    for u in residuals:
        u_in = inside(u)
        diagonal.append(np.bincount(own, v_in * u_in))
        right = [-score_sums(u[:, None] * fit.x, own) @ fit.bread]
        if other is not None:
            right.append(-cells(u_in) @ other[1])
        if fit.effects.count:
            right.append(score_sums(u[:, None], own) / fit.n)
        moved.append(np.concatenate(right, 1))
    columns = np.concatenate([*moved, *(d[:, None] * low for d in diagonal)], 1)
    m0, m1, c0, c1 = np.split(draws @ columns, 4, 1)       # each (B, q)
    gram = low.T @ low
    plain = (draws**2) @ np.stack([diagonal[0] ** 2, diagonal[0] * diagonal[1], diagonal[1] ** 2], 1)
    s00 = plain[:, 0] + ((2 * c0 + m0 @ gram) * m0).sum(1)
    s01 = plain[:, 1] + (c1 * m0 + (c0 + m0 @ gram) * m1).sum(1)
    s11 = plain[:, 2] + ((2 * c1 + m1 @ gram) * m1).sum(1)
    return factor * s00, factor * s01, factor * s11
