"""What a two-way difference in differences averages: pairs of cohorts, and weights of treated rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from clustertrade.panel import Array
from clustertrade.regression.fit import Fit
from clustertrade.regression.rows import Rows

NEVER, EARLIER, LATER, ALWAYS = ("treated against never treated", "earlier against later", "later against earlier",
                                 "treated against always treated")


def decomposition(rows: Rows, dose: Array) -> list[dict[str, Any]] | None:
    """Goodman-Bacon's (2021, theorem 1) pairs of a balanced panel: treated, control, kind, weight, estimate.

    The weighted estimates sum to the two-way coefficient.  None where a treatment ends or is the same for all.
    """
    entity, time = (np.unique(c, return_inverse=True)[1] for c in (rows.entity, rows.time))
    n, t = int(entity.max()) + 1, int(time.max()) + 1
    y, d = np.zeros((n, t)), np.zeros((n, t))
    y[entity, time], d[entity, time] = rows.y, dose
    if (np.diff(d, axis=1) < 0).any():
        return None
    first = np.where(d.any(1), d.argmax(1), t)             # t: never
    groups = np.unique(first)
    if groups.size < 2:
        return None
    size = np.array([(first == g).sum() for g in groups]) / n
    share = 1 - groups / t                                 # of periods under treatment
    mean = np.stack([y[first == g].mean(0) for g in groups])
    labels = [rows.panel.times[int(np.unique(rows.time)[g])] if g < t else None for g in groups]
    total = d - d.mean(1, keepdims=True) - d.mean(0) + d.mean()
    variance = float((total**2).mean())
    found = []

    def add(a: int, b: int, kind: str, weight: float, before: slice, after: slice) -> None:
        change = mean[:, after].mean(1) - mean[:, before].mean(1)
        found.append({"treated": labels[a], "control": labels[b], "kind": kind, "weight": weight / variance,
                      "estimate": float(change[a] - change[b])})

    for a in range(groups.size):
        for b in range(groups.size):
            both = size[a] + size[b]
            spread = size[a] * size[b] / both**2
            g = int(groups[a])
            if a == b or not 0 < share[a] < 1:
                continue
            if share[b] in (0.0, 1.0):                     # never treated, or always
                add(a, b, NEVER if share[b] == 0 else ALWAYS, both**2 * spread * share[a] * (1 - share[a]),
                    slice(0, g), slice(g, t))
            elif share[a] > share[b]:                      # a is treated first; b waits
                h = int(groups[b])
                left = 1 - share[b]
                add(a, b, EARLIER, (both * left) ** 2 * spread * (share[a] - share[b]) / left * (1 - share[a]) / left,
                    slice(0, g), slice(g, h))
            else:                                          # a is treated later; b is treated throughout
                h = int(groups[b])
                add(a, b, LATER, (both * share[b]) ** 2 * spread * share[a] / share[b]
                    * (share[b] - share[a]) / share[b], slice(h, g), slice(g, t))
    return found


def weights_of_cells(fit: Fit, dose: Array) -> dict[str, Any]:
    """Weights of the treated rows' effects in the coefficient (de Chaisemartin and D'Haultfoeuille 2020).

    They sum to one; a row whose treatment the effects and the other regressors predict above one has a negative weight.
    """
    others = np.delete(fit.x, 1, 1)
    scale = np.sqrt((others**2).sum(0))
    q = np.linalg.qr(others / np.where(scale > 0, scale, 1.0))[0]
    left = fit.x[:, 1] - q @ (q.T @ fit.x[:, 1])
    weight = left[dose == 1] / left[dose == 1].sum()
    return {"treated_rows": int(weight.size), "negative": int((weight < 0).sum()),
            "sum_of_negative": float(weight[weight < 0].sum())}
