"""How often granger-vecm rejects at 5 %: true nulls and false ones, in single series and in panels.

    python -m tests.simulation.error_correction_size_power

writes ``docs/validation/error-correction-size-power.csv`` and ``.md``.  y and x have the relation y = x; their changes
have autoregressive coefficients of 0.3 and correlated shocks.  A cell draws the same panels for every test.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np

from clustertrade.causality.granger_vecm import granger_vecm
from clustertrade.panel import Panel
from clustertrade.simulate import power
from tests.simulation.rates import append, rows_of

ROOT = Path(__file__).parents[2] / "docs" / "validation"
FILE, PAGE = ROOT / "error-correction-size-power.csv", ROOT / "error-correction-size-power.md"
SEED, LEVEL, NAMES = 20260101, 0.05, ("joint", "short", "long")
TESTS = {"gmm": {}, "gmm, demean": {"demean": True}, "ols": {"variant": "ols"}, "chi2": {},
         "bootstrap": {"bootstrap": 99}}
SINGLE = ("chi2", "bootstrap")                             # of one series
# What y does about the gap, what it does about the past change of x, what all entities share; None: no relation.
CASES = {"null": (0.0, 0.0, 0.0), "null, factor": (0.0, 0.0, 1.0), "no relation": None,
         "y closes 0.1 of the gap": (0.1, 0.0, 0.0), "y follows 0.2 of the change of x": (0.0, 0.2, 0.0)}
PANELS = 200
FIELDS = ("test", "case", "n", "t", *NAMES, "replications", "seed")


def draw(case: str, n: int, t: int, seed: int) -> Panel:
    """A panel; x closes 0.3 of the gap."""
    rng = np.random.default_rng([SEED, n, t, seed])
    asked = CASES[case]
    closes, follows, factor = asked or (0.0, 0.0, 0.0)
    e = rng.standard_normal((2, n, t + 50)) + factor * rng.standard_normal((2, 1, t + 50))
    e[1] += 0.3 * e[0]
    level, change = np.zeros((2, n, t + 50)), np.zeros((2, n))
    for s in range(1, t + 50):
        gap = level[0, :, s - 1] - level[1, :, s - 1] if asked else 0.0
        change = np.stack([-closes * gap + 0.3 * change[0] + follows * change[1], 0.3 * gap + 0.3 * change[1]])
        change += e[:, :, s]
        level[:, :, s] = level[:, :, s - 1] + change
    values = level[:, :, 50:].transpose(1, 2, 0)
    return Panel(values, tuple(f"u{i:02d}" for i in range(n)), tuple(map(str, range(t))), ("y", "x"),
                 entity_name="i" if n > 1 else None, time_name="t", is_series=n == 1)


def cells() -> list[tuple[str, str, int, int]]:
    """Every cell in the order of the file."""
    asked = {"gmm": tuple(CASES), "gmm, demean": ("null, factor", "y closes 0.1 of the gap"), "ols": ("null",)}
    panels = [c for test, cases in asked.items() for c in product([test], cases, (10, 25), (11, 22, 50))]
    series = product(SINGLE, [c for c in CASES if "factor" not in c], (1,), (22, 50))
    return [*panels, *series]


def rates(test: str, case: str, n: int, t: int) -> dict[str, str]:
    """One row of the file."""
    count = dict.fromkeys(NAMES, 0)
    for i in range(PANELS):
        panel = draw(case, n, t, i)
        for s in granger_vecm.function(panel["y"], panel["x"], **TESTS[test]):
            count[s.name] += s.pvalue <= LEVEL
    found = [f"{count[k] / PANELS:.3f}" for k in NAMES]
    return dict(zip(FIELDS, (test, case, str(n), str(t), *found, str(PANELS), str(SEED)), strict=True))


def done() -> list[dict[str, str]]:
    """The rows that the file has."""
    return rows_of(FILE)


def interval(rate: float) -> tuple[float, float]:
    """Clopper and Pearson (1934), 95 %."""
    return power.interval(round(rate * PANELS), PANELS)


def main() -> None:
    found = {tuple(r[f] for f in FIELDS[:4]) for r in done()}
    for cell in cells():
        if tuple(map(str, cell)) in found:
            continue
        new = rates(*cell)
        append(FILE, FIELDS, [new])
        print(*new.values(), flush=True)
    PAGE.write_text(page(done()), encoding="utf-8")


def page(rows: list[dict[str, str]]) -> str:
    """The rates as a table: a row a test and size, a column a case: joint, short, long."""
    at = {tuple(r[f] for f in FIELDS[:4]): " ".join(r[k] for k in NAMES) for r in rows}
    lines = ["# Size and power of granger-vecm", "",
             f"Share of simulated samples in which the joint, the short-run and the long-run test reject at 5 %: "
             f"{PANELS} a cell, one lag, so that a true size of 0.05 is seen as 0.02 to 0.08. y and x have the "
             "relation y = x, to which x closes 0.3 of the gap; with a factor the shocks of all entities load on a "
             "common one with weight 1. N = 1 is one time series, its p from chi2 or a bootstrap of 99 draws; panels "
             "have the second step by gmm or ols. Script: `tests/simulation/error_correction_size_power.py`.", "",
             "| test | N | T | " + " | ".join(CASES) + " |", "|---|---|---|" + "---|" * len(CASES)]
    for test, n, t in dict.fromkeys((c[0], c[2], c[3]) for c in cells()):
        found = [at.get((test, c, str(n), str(t)), "–") for c in CASES]
        lines.append(f"| {test} | {n} | {t} | " + " | ".join(found) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
