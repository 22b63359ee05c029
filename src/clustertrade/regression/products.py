"""Cross-products of whole entities, of which samples and groups of entities are sums."""

from __future__ import annotations

import numpy as np

from clustertrade.panel import Array
from clustertrade.regression.rows import Rows


def entity_products(rows: Rows, effects: str) -> tuple[Array, float]:
    """Cross-products (N, K, K) of y, the regressors and period dummies of each entity; the scale of y to the first x.

    A drawn entity keeps its own effect, so that the deviations from its means are those of the data and a sample is
    a weighted sum of these.  Entities stand in the order of their numbers; columns have unit standard deviation.
    """
    columns = [rows.y, *rows.x.T]
    scale = [float(np.std(c)) or 1.0 for c in columns]
    w = np.column_stack([(c - c.mean()) / s for c, s in zip(columns, scale, strict=True)])
    code = np.unique(rows.entity, return_inverse=True)[1]
    if effects != "entity":
        periods = np.unique(rows.time, return_inverse=True)[1]
        w = np.column_stack([w, np.eye(int(periods.max()) + 1)[periods]])
    size = np.bincount(code)
    if effects != "time":
        w = w - np.stack([np.bincount(code, c) for c in w.T], 1)[code] / size[code][:, None]
    starts = np.concatenate([[0], np.cumsum(size)[:-1]])   # rows stand by entity
    return np.add.reduceat(w[:, :, None] * w[:, None, :], starts, axis=0), scale[0] / scale[1]
