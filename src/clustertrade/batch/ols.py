"""Least squares for a batch of regressions at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


class BatchError(Exception):
    """Rows of the batch that cannot be computed; the caller has the labels."""

    def __init__(self, rows: NDArray[np.int_]) -> None:
        super().__init__(rows)
        self.rows = rows


class TooShort(BatchError):
    """Rows with no more valid cells than regressors."""


class Collinear(BatchError):
    """Rows whose regressors are linearly dependent."""


def ols(y: Array, x: Array, valid: Mask) -> tuple[Array, Array, Array, Array]:
    """Least squares for every row of a batch at once.

    y (B, T), x (B, T, K), valid (B, T) bool  ->  beta (B, K), se (B, K), resid (B, T), df (B,)

    Cells where ``valid`` is False weigh nothing, so units of unequal length share one batch;
    what stands in them (NaN included) is never read.  ``se`` divides by ``df``, the valid cells less K.

    Raises
    ------
    TooShort, Collinear
        With the numbers of the rows concerned.
    """
    whole = bool(valid.all())
    if not whole:
        y, x = np.where(valid, y, 0.0), np.where(valid[..., None], x, 0.0)
    df = valid.sum(-1) - x.shape[-1]
    if (short := np.flatnonzero(df <= 0)).size:
        raise TooShort(short)
    size = np.sqrt(np.einsum("btk,btk->bk", x, x))         # columns to unit length: units of x must not decide the rank
    if (bad := np.flatnonzero((size == 0).any(-1))).size:
        raise Collinear(bad)
    q, r = np.linalg.qr(x / size[:, None, :])              # (B, T, K), (B, K, K)
    if (bad := np.flatnonzero((np.abs(np.diagonal(r, axis1=-2, axis2=-1)) <= 1e-10).any(-1))).size:
        raise Collinear(bad)
    r_inv = np.linalg.inv(r)
    scaled = (r_inv @ (q.swapaxes(-1, -2) @ y[..., None]))[..., 0]
    resid = y - (x @ (scaled / size)[..., None])[..., 0]
    resid = resid if whole else np.where(valid, resid, 0.0)
    s2 = np.einsum("bt,bt->b", resid, resid) / df
    return scaled / size, np.sqrt(s2[:, None] * (r_inv**2).sum(-1)) / size, resid, df
