"""Simulated null distributions of DF-GLS, the ERS point-optimal test, Zivot-Andrews and n(rho - 1).

``python -m clustertrade.distributions.unitroot_simulation [dfgls ers zivot_andrews dickey_fuller_rho]`` writes
``data/<name>.csv``.  The data are random walks of T periods with standard normal steps.  Zivot-Andrews and n(rho - 1)
have no lagged differences; a case of the other two, such as ``ct4``, is the deterministic terms with the number of
lagged differences, whose coefficients are zero.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
FOLDER = Path(__file__).parent / "data"
SEED, DRAWS, BATCH = 20260101, 200_000, 2_000
PROBABILITIES = np.array([0.0005, 0.001, 0.002, 0.003, 0.004, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.025, 0.03, 0.035,
                          0.04, 0.045, 0.05, 0.055, 0.06, 0.07, 0.08, 0.09, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.25,
                          0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99,
                          0.995, 0.999])
CBAR = {"c": -7.0, "ct": -13.5}


def terms(trend: str, t: int) -> Array:
    """Deterministic terms (t, d)."""
    return np.column_stack([np.ones(t), np.arange(1.0, t + 1)])[:, : {"n": 0, "c": 1, "ct": 2}[trend]]


def projected(x: Array, on: Array) -> Array:
    """Rows of x (R, T) less their projection on the columns of on (T, K)."""
    q = np.linalg.qr(on)[0]
    return x - (x @ q) @ q.T


def quasi(x: Array, a: float) -> Array:
    """x_1, x_2 - a x_1, ..., along the last axis."""
    return np.concatenate([x[..., :1], x[..., 1:] - a * x[..., :-1]], -1)


def gls(y: Array, trend: str) -> tuple[Array, Array, Array]:
    """GLS-detrended series (R, T), and sums of squares at a = 1 + c/T and at 1."""
    t = y.shape[1]
    a, z = 1 + CBAR[trend] / t, terms(trend, t)
    moved = quasi(z.T, a).T
    beta = np.linalg.lstsq(moved, quasi(y, a).T, rcond=None)[0]
    return (y - beta.T @ z.T, (projected(quasi(y, a), moved) ** 2).sum(1),
            (projected(quasi(y, 1.0), quasi(z.T, 1.0).T) ** 2).sum(1))


def augmented(y: Array, lags: int, constant: bool) -> tuple[Array, Array, Array]:
    """t of the lagged level, residual variance and sum of the coefficients of the lagged differences, each (R,)."""
    dy = np.diff(y)
    n = dy.shape[1] - lags
    z = np.stack([y[:, lags:-1], *(dy[:, lags - j: lags - j + n] for j in range(1, lags + 1)), dy[:, lags:]], 1)
    if constant:
        z = z - z.mean(2, keepdims=True)
    gram = z @ np.swapaxes(z, 1, 2)
    inverse = np.linalg.inv(gram[:, :-1, :-1])
    beta = (inverse @ gram[:, :-1, -1:])[..., 0]
    s2 = (gram[:, -1, -1] - (beta * gram[:, :-1, -1]).sum(1)) / (n - lags - 1 - constant)
    return beta[:, 0] / np.sqrt(s2 * inverse[:, 0, 0]), s2, beta[:, 1:].sum(1)


def dfgls(y: Array, case: str) -> Array:
    """t statistic of the regression of the detrended difference on the detrended lag and lagged differences."""
    trend, lags = case[:-1], int(case[-1])
    return augmented(gls(y, trend)[0], lags, constant=False)[0]


def ers(y: Array, case: str) -> Array:
    """(S(a) - a S(1)) / omega2, omega2 by the regression of the difference on a constant, the lag and its lags."""
    trend, lags = case[:-1], int(case[-1])
    _, ssr, ssr_one = gls(y, trend)
    _, s2, total = augmented(y, lags, constant=True)
    return (ssr - (1 + CBAR[trend] / y.shape[1]) * ssr_one) * (1 - total) ** 2 / s2


def dickey_fuller_rho(y: Array, trend: str) -> Array:
    """n (rho - 1) of the regression of the level on its lag and deterministic terms."""
    n = y.shape[1] - 1
    on = terms(trend, n)
    dy, lag = (projected(v, on) if trend != "n" else v for v in (np.diff(y), y[:, :-1]))
    return n * (lag * dy).sum(1) / (lag**2).sum(1)


def break_columns(kind: str, t: int, last: int) -> Array:
    """Columns (t, 1 or 2) of a break after period ``last``: step, ramp, or both."""
    time = np.arange(1.0, t + 1)
    step, ramp = (time > last).astype(float), np.maximum(time - last, 0.0)
    return {"level": step[:, None], "trend": ramp[:, None], "regime": np.column_stack([step, ramp])}[kind]


def zivot_andrews(y: Array, kind: str, trim: float = 0.15) -> Array:
    """Smallest t statistic of the lag over break periods from 15 to 85 % of the sample."""
    t = y.shape[1]
    base = np.linalg.qr(terms("ct", t)[1:])[0]
    dy, lag = (v - (v @ base) @ base.T for v in (np.diff(y), y[:, :-1]))
    yy, ll, ly = (dy**2).sum(1)[:, None], (lag**2).sum(1)[:, None], (lag * dy).sum(1)[:, None]
    lasts = range(int(np.ceil(trim * t)), int(np.floor((1 - trim) * t)) + 1)
    q = np.stack([np.linalg.qr((d := break_columns(kind, t, k)[1:]) - base @ (base.T @ d))[0] for k in lasts])
    for column in range(q.shape[2]):                       # orthonormal columns: sums of squares fall one by one
        a, b = lag @ q[:, :, column].T, dy @ q[:, :, column].T
        yy, ll, ly = yy - b**2, ll - a**2, ly - a * b
    df = t - 1 - 3 - q.shape[2]
    return (ly / np.sqrt(ll * (yy - ly**2 / ll) / df)).min(1)


SIZES = (15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 500, 1000)
LAGGED = tuple(f"{trend}{lags}" for trend in ("c", "ct") for lags in range(9))
TABLES: dict[str, tuple[Callable[[Array, str], Array], tuple[str, ...], tuple[int, ...]]] = {
    "dfgls": (dfgls, LAGGED, (10, *SIZES)),
    "ers": (ers, LAGGED, (10, *SIZES)),
    "dickey_fuller_rho": (dickey_fuller_rho, ("n", "c", "ct"), (8, 10, *SIZES)),
    "zivot_andrews": (zivot_andrews, ("level", "trend", "regime"), SIZES),
}


def simulate(name: str, case: str, t: int, draws: int = DRAWS) -> tuple[Array, Array]:
    """Quantiles (P,) at the probabilities, and standard errors at 1, 5 and 10 % (both tails) from ten parts."""
    function, cases, _ = TABLES[name]
    rng = np.random.default_rng([SEED, list(TABLES).index(name), cases.index(case), t])
    size = min(BATCH, draws)
    values = np.concatenate([function(rng.standard_normal((size, t)).cumsum(1), case) for _ in range(draws // size)])
    parts = np.quantile(values.reshape(10, -1), [0.01, 0.05, 0.1, 0.9, 0.95, 0.99], axis=1)
    return np.quantile(values, PROBABILITIES), parts.std(1, ddof=1) / np.sqrt(10)


def main(names: list[str]) -> None:
    """Write the tables of that name, all by default."""
    for name in names or list(TABLES):
        _, cases, sizes = TABLES[name]
        rows, errors = [], []
        for case in cases:
            lags = int(case[-1]) if case in LAGGED else 0
            for t in (t for t in sizes if t >= 2 * lags + 6 and (not lags or t not in (300, 1000))):
                quantiles, error = simulate(name, case, t, DRAWS // 2 if lags else DRAWS)
                rows.append(",".join([case, str(t), *(f"{v:.5g}" for v in quantiles)]))
                errors.append(error)
        largest = " ".join(f"{v:.4f}" for v in np.max(errors, axis=0))
        head = [f"# Simulated by unitroot_simulation.py: {DRAWS} random walks of T periods a row (half with lags), "
                f"seed {SEED}.",
                f"# Largest standard errors of the quantiles at 0.01 0.05 0.1 0.9 0.95 0.99: {largest}",
                ",".join(["case", "T", *(f"{p:g}" for p in PROBABILITIES)])]
        (FOLDER / f"{name}.csv").write_text("\n".join([*head, *rows]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
