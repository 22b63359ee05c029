r"""The laws that PANIC needs besides those of Dickey and Fuller, by simulation.

``python -m clustertrade.distributions.panic_simulation [mq bridge]`` writes ``data/panic_mq.csv`` and
``data/panic_bridge.csv``.

mq: T (nu - 1), nu the smallest eigenvalue of 0.5 sum(Y_t Y_{t-1}' + Y_{t-1} Y_t') (sum Y_{t-1} Y_{t-1}')^{-1}, for m
independent Gaussian random walks of T periods less their means (c) or trends (ct): the law of MQ_c and MQ_f of Bai and
Ng (2004) where nothing is serially correlated.  A case is the deterministic terms with m.

bridge: the t of a Dickey-Fuller regression without deterministic terms on the cumulated deviations of T white noise
values from their mean, which is what PANIC tests with a trend; its limit is -1/2 (integral of a squared Brownian
bridge)^(-1/2).  A case is the lags: given and their number, or the criterion with max_lags.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clustertrade.distributions.dickey_fuller_selection import CRITERIA, orders
from clustertrade.distributions.unitroot_simulation import PROBABILITIES, projected, terms

Array = NDArray[np.float64]
FOLDER = Path(__file__).parent / "data"
SEED, BATCH = 20260101, 2_000
TRENDS = {"c": 1, "ct": 2}
MOST = 8                                                   # common trends, and lagged differences
MQ_DRAWS, MQ_SIZES = 40_000, (8, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100, 150, 250, 500)
BRIDGE_DRAWS, BRIDGE_SIZES = 200_000, (7, 8, 10, 12, 15, 18, 22, 28, 36, 50, 75, 120, 250)
ERRORS_AT = (0.01, 0.05, 0.1)


def smallest_root(y: Array) -> Array:
    """The smallest eigenvalue nu of a batch of processes: y (B, m, T)  ->  (B,)."""
    now, before = y[..., 1:], y[..., :-1]
    cross = now @ np.swapaxes(before, 1, 2)
    lower = np.linalg.inv(np.linalg.cholesky(before @ np.swapaxes(before, 1, 2)))
    both = (cross + np.swapaxes(cross, 1, 2)) / 2
    return np.asarray(np.linalg.eigvalsh(lower @ both @ np.swapaxes(lower, 1, 2))[:, 0])


def mq(trend: str, m: int, t: int, draws: int = MQ_DRAWS) -> Array:
    """Draws of the statistic of m walks."""
    rng = np.random.default_rng([SEED, TRENDS[trend], m, t])
    on, found = terms(trend, t), []
    for _ in range(draws // BATCH):
        walks = rng.standard_normal((BATCH * m, t)).cumsum(1)
        found.append(t * (smallest_root(projected(walks, on).reshape(BATCH, m, t)) - 1))
    return np.concatenate(found)


def bridge(t: int, draws: int = BRIDGE_DRAWS) -> dict[str, Array]:
    """Draws of the t by case, from the same series."""
    rng = np.random.default_rng([SEED, t])
    most = min(MOST, (t - 5) // 2)                         # leaves three degrees of freedom
    found: dict[str, list[Array]] = {}
    for _ in range(draws // BATCH):
        e = rng.standard_normal((t, BATCH))
        e -= e.mean(0)
        for rule, p, value in orders(e[1:], np.cumsum(e, 0)[:-1], 0, most):
            found.setdefault(f"{rule}{p}", []).append(value)
    return {case: np.concatenate(values) for case, values in found.items()}


def _write(name: str, about: list[str], drawn: dict[tuple[str, int], Array]) -> None:
    """Quantiles by case and T, with the largest standard errors from ten parts."""
    errors = [np.quantile(v.reshape(10, -1), ERRORS_AT, axis=1).std(1, ddof=1) / np.sqrt(10) for v in drawn.values()]
    largest = " ".join(f"{v:.3f}" for v in np.max(errors, axis=0))
    lines = [*about, f"# Largest standard errors of the quantiles at 0.01 0.05 0.1: {largest}",
             ",".join(["case", "T", *(f"{p:g}" for p in PROBABILITIES)]),
             *(f"{case},{t}," + ",".join(f"{v:.5g}" for v in np.quantile(values, PROBABILITIES))
               for (case, t), values in drawn.items())]
    (FOLDER / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(names: list[str]) -> None:
    """Write the tables of that name, both by default."""
    if not names or "mq" in names:
        _write("panic_mq", [f"# Simulated by panic_simulation.py (mq): {MQ_DRAWS} draws a row, seed {SEED}."],
               {(f"{trend}{m}", t): mq(trend, m, t) for trend in TRENDS for m in range(1, MOST + 1) for t in MQ_SIZES
                if t >= 2 * m + 4})
    if not names or "bridge" in names:
        by_size = {t: bridge(t) for t in BRIDGE_SIZES}
        cases = [f"given{p}" for p in range(MOST + 1)] + [f"{c}{p}" for c in CRITERIA for p in range(1, MOST + 1)]
        about = [f"# Simulated by panic_simulation.py (bridge): {BRIDGE_DRAWS} draws a row, seed {SEED}."]
        _write("panic_bridge", about,
               {(case, t): by_size[t][case] for case in cases for t in BRIDGE_SIZES if case in by_size[t]})


if __name__ == "__main__":
    main(sys.argv[1:])
