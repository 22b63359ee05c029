"""How often the panel causality tests reject at 5 %: true nulls and false ones, in panels of the size of provinces.

    python -m tests.simulation.causality_size_power

writes ``docs/validation/causality-size-power.csv`` and ``.md``.  It goes on where it stopped: rows that the file has
are not simulated again.  A cell draws the same panels for every test.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
from scipy.special import chdtrc, ndtr

from clustertrade.causality.augmented import augmented_design
from clustertrade.causality.dumitrescu_hurlin import standardised
from clustertrade.causality.emirmahmutoglu_kose import _bootstrapped as augmented
from clustertrade.causality.emirmahmutoglu_kose import _fisher as fisher
from clustertrade.causality.jackknife import jackknife
from clustertrade.causality.regression import design, exclusion
from clustertrade.causality.resampling import resampled_panels, resampled_wald
from clustertrade.causality.seemingly_unrelated import seemingly_unrelated
from clustertrade.causality.sur_granger import _bootstrapped as unrelated
from clustertrade.causality.sur_granger import fisher_of_ranks
from clustertrade.simulate.power import interval
from tests.simulation.rates import append, rows_of

ROOT = Path(__file__).parents[2] / "docs" / "validation"
FILE, PAGE = ROOT / "causality-size-power.csv", ROOT / "causality-size-power.md"
SIZES = tuple(product((10, 25), (11, 22, 50)))
ERRORS = {"independent": 0.0, "factor": 1.0}               # loading of the errors of y and x on a shock common to all
SLOPES = ("none", "equal", "unequal")                      # of x: 0; 0.2; evenly spread from 0 to 0.4
RHO, SEED, LEVEL, DRAWS = 0.5, 20260101, 0.05, 99
PANELS = {"law": 500, "bootstrap": 200}
FIELDS = ("procedure", "statistic", "p", "n", "t", "errors", "slopes", "rate", "low", "high", "replications", "draws",
          "seed")
Pvalue = Callable[[np.ndarray, np.ndarray, int], float]


def panels(n: int, t: int, errors: str, slopes: str, replications: int) -> tuple[np.ndarray, np.ndarray]:
    """y and x (R, N, T): autoregressions with coefficient 0.5, x with lag 1 in y; panel i is the same for any R."""
    y, x = np.zeros((2, replications, n, t))
    beta = {"none": np.zeros(n), "equal": np.full(n, 0.2), "unequal": np.linspace(0.0, 0.4, n)}[slopes]
    for r in range(replications):
        rng = np.random.default_rng([SEED, n, t, list(ERRORS).index(errors), r])
        shock = rng.standard_normal((2, n, t + 50)) + ERRORS[errors] * rng.standard_normal((2, 1, t + 50))
        a, b = np.zeros((2, n, t + 50))
        for s in range(1, t + 50):
            b[:, s] = RHO * b[:, s - 1] + shock[1, :, s]
            a[:, s] = RHO * a[:, s - 1] + beta * b[:, s - 1] + shock[0, :, s]
        y[r], x[r] = a[:, 50:], b[:, 50:]
    return y, x


def everywhere(y: np.ndarray) -> np.ndarray:
    return np.ones(y.shape, dtype=bool)


def share(drawn: np.ndarray, own: float) -> float:
    return float((1 + (drawn >= own * (1 - 1e-12)).sum()) / (1 + len(drawn)))


def dh(y: np.ndarray, x: np.ndarray, seed: int) -> float:
    z = standardised(exclusion(design(y, x[..., None], everywhere(y), 1)).wald, 1, y.shape[1])["Z-bar-tilde"]
    return float(2 * ndtr(-abs(z)))


def dh_bootstrap(y: np.ndarray, x: np.ndarray, seed: int) -> float:
    lagged = design(y, x[..., None], everywhere(y), 1)
    z = standardised(exclusion(lagged).wald, 1, y.shape[1])["Z-bar-tilde"]
    others = standardised(resampled_wald(lagged, 1, DRAWS, seed), 1, y.shape[1])["Z-bar-tilde"]
    return share(np.abs(others), abs(z))


def jks(cov: str) -> Pvalue:
    return lambda y, x, seed: float(chdtrc(1, jackknife(y[None], x[..., None], everywhere(y), 1, cov).wald[0]))


def jks_bootstrap(y: np.ndarray, x: np.ndarray, seed: int) -> float:
    there = everywhere(y)
    drawn = [jackknife(p, x[..., None], there, 1).wald for p in resampled_panels(y, there, 1, DRAWS, seed)]
    return share(np.concatenate(drawn), jackknife(y[None], x[..., None], there, 1).wald[0])


def _augmented(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    levels = np.stack([y, x], -1)
    return levels, exclusion(augmented_design(levels, everywhere(y), 1, 1, "c")).wald


def ek(y: np.ndarray, x: np.ndarray, seed: int) -> float:
    return float(chdtrc(2 * len(y), fisher(chdtrc(1, _augmented(y, x)[1]))))


def ek_bootstrap(y: np.ndarray, x: np.ndarray, seed: int) -> float:
    levels, wald = _augmented(y, x)
    drawn = augmented(levels, everywhere(y), np.ones(len(y), dtype=int), 1, DRAWS, seed)
    return share(fisher(chdtrc(1, drawn)), fisher(chdtrc(1, wald)))


def sur(y: np.ndarray, x: np.ndarray, seed: int) -> float:
    values = np.stack([y, x], -1)
    z = np.concatenate([np.ones((*y[:, 1:].shape, 1)), values[:, :-1]], -1)
    wald = seemingly_unrelated(y[None, :, 1:], z[None], 1).wald[0]
    drawn = unrelated(values, 1, DRAWS, seed)
    p = (1 + (drawn >= wald).sum(0)) / (1 + DRAWS)
    return share(fisher_of_ranks(drawn), float(-2 * np.log(p).sum()))


TESTS: dict[tuple[str, str, str], Pvalue] = {
    ("dumitrescu-hurlin", "Z-bar-tilde", "normal"): dh,
    ("dumitrescu-hurlin", "Z-bar-tilde", "bootstrap"): dh_bootstrap,
    ("juodis-karavias-sarafidis", "Wald-HPJ", "chi2"): jks("unadjusted"),
    ("juodis-karavias-sarafidis", "Wald-HPJ", "chi2, driscoll-kraay"): jks("driscoll-kraay"),
    ("juodis-karavias-sarafidis", "Wald-HPJ", "bootstrap"): jks_bootstrap,
    ("emirmahmutoglu-kose", "Fisher", "chi2"): ek,
    ("emirmahmutoglu-kose", "Fisher", "bootstrap"): ek_bootstrap,
    ("sur-granger", "Fisher", "bootstrap"): sur,
}


def feasible(procedure: str, n: int, t: int) -> bool:
    """Whether the test can be computed: Konya's system needs more periods after the lag than entities."""
    return procedure != "sur-granger" or t - 1 > n


def rate(key: tuple[str, str, str], n: int, t: int, errors: str, slopes: str) -> dict[str, object]:
    """One row of the file."""
    many = PANELS["bootstrap" if key[2] == "bootstrap" else "law"]
    y, x = panels(n, t, errors, slopes, many)
    count = sum(TESTS[key](y[i], x[i], i) <= LEVEL for i in range(many))
    low, high = interval(count, many)
    return dict(zip(FIELDS, (*key, n, t, errors, slopes, f"{count / many:.3f}", f"{low:.3f}", f"{high:.3f}", many,
                             DRAWS if key[2] == "bootstrap" else "", SEED), strict=True))


def done() -> list[dict[str, str]]:
    """The rows that the file has."""
    return rows_of(FILE)


def cells() -> list[tuple[tuple[str, str, str], int, int, str, str]]:
    """Every cell in the order of the file."""
    return [(key, n, t, errors, slopes) for (n, t), errors, slopes, key in product(SIZES, ERRORS, SLOPES, TESTS)
            if feasible(key[0], n, t)]


def main() -> None:
    rows = done()
    found = {tuple(row[f] for f in FIELDS[:7]) for row in rows}
    for cell in cells():
        key, *where = cell
        if (*key, *map(str, where)) in found:
            continue
        new = rate(key, *where)
        append(FILE, FIELDS, [new])
        print(*new.values(), flush=True)
    PAGE.write_text(page(done()), encoding="utf-8")


def page(rows: list[dict[str, str]]) -> str:
    """The rates as a table: a row a test and size, a column a kind of errors and slopes."""
    at = {tuple(r[f] for f in FIELDS[:7]): r["rate"] for r in rows}
    said = {"none": "size", "equal": "power, slope 0.2", "unequal": "power, slopes 0 to 0.4"}
    columns = list(product(ERRORS, SLOPES))
    lines = ["# Size and power of the panel causality tests", "",
             f"Share of simulated panels in which the test rejects at 5 %. y and x are autoregressions with "
             f"coefficient {RHO}; with factor errors the shocks of all entities load on a common one with weight 1. "
             f"One lag. {PANELS['law']} panels, {PANELS['bootstrap']} with a bootstrap of {DRAWS} draws; "
             "intervals, seed: `causality-size-power.csv`; script: `tests/simulation/causality_size_power.py`.", "",
             "| test | p | N | T | " + " | ".join(f"{said[s]}, {e} errors" for e, s in columns) + " |",
             "|---|---|---|---|" + "---|" * len(columns)]
    for key, (n, t) in product(TESTS, SIZES):
        if feasible(key[0], n, t):
            rates = [at.get((*key, str(n), str(t), e, s), "") for e, s in columns]
            lines.append(f"| {key[0]} | {key[2]} | {n} | {t} | " + " | ".join(rates) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
