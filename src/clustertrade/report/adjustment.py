"""How fast an estimate returns to its long run: the speed, and what is left of a deviation over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Result = Mapping[str, Any]


def speed(r: Result) -> tuple[Result | None, Mapping[str, Any] | None]:
    """The error-correction coefficient of an estimate and its half-life, where it has them."""
    details = r["details"]
    if step := details.get("error_correction"):
        return step, step["half_life"]
    rows = [*r["params"], *(details.get("long_run") or [])]
    return next((p for p in rows if p["name"] == "ec"), None), details.get("half_life")


def own_speeds(r: Result) -> dict[str, float]:
    """The speed of every entity that has one."""
    found = {row["entity"]: row.get("ec", row.get("coefficients", {}).get("ec"))
             for row in r["details"].get("entities") or []}
    return {e: float(v) for e, v in found.items() if v is not None}


def path(ec: float, periods: int) -> Array:
    """What is left of a unit deviation after 0 to that many periods: (1 + ec)^h, the x at rest.

    >>> path(-0.5, 3).tolist()
    [1.0, 0.5, 0.25, 0.125]
    """
    return np.asarray((1.0 + ec) ** np.arange(periods + 1))


def band(ends: Sequence[float], periods: int) -> tuple[Array, Array]:
    """The image of an interval of the speed: the least and the most that is left, period by period.

    >>> low, high = band((-1.5, -0.5), 2)
    >>> low.tolist(), high.tolist()
    ([1.0, -0.5, 0.0], [1.0, 0.5, 0.25])
    """
    first, last = path(ends[0], periods), path(ends[1], periods)
    low, high = np.minimum(first, last), np.maximum(first, last)
    if ends[0] < -1 < ends[1]:                             # even powers of an interval around zero begin at zero
        low = np.where(np.arange(periods + 1) > 0, np.minimum(low, 0.0), low)
    return low, high
