"""How often the specification tests of panel models reject at 5 %: true nulls, and one departure from each.

    python -m tests.simulation.specification_size_power

writes ``docs/validation/specification-size-power.csv`` and ``.md``.  Simulated data throughout.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from clustertrade.files import write_whole
from clustertrade.panel import Panel
from clustertrade.registry import load
from clustertrade.simulate.power import interval
from tests.simulation.rates import rows_of

ROOT = Path(__file__).parents[2] / "docs" / "validation"
FILE, PAGE = ROOT / "specification-size-power.csv", ROOT / "specification-size-power.md"
SEED, LEVEL, REPLICATIONS = 20260101, 0.05, 1000
STATIC, DYNAMIC = ((10, 8), (31, 8), (31, 22)), ((31, 8), (100, 8), (31, 22))
FIELDS = ("test", "statistic", "n", "t", "kind", "rate", "low", "high", "replications")


class Case(NamedTuple):
    """A test with options, what its panels are under the null, and how they depart from it."""

    name: str
    options: dict[str, Any]
    null: dict[str, float]
    departure: dict[str, float]
    shown: tuple[str, ...] = ()                            # statistics; all where there are none
    sizes: tuple[tuple[int, int], ...] = STATIC
    replications: int = REPLICATIONS


GMM: dict[str, Any] = {"collapse": True, "gmm_lags": "2:4"}
CASES = {
    "hausman": Case("hausman", {}, {"effects": 1}, {"effects": 1, "in_x": 0.5}),
    "hausman, plm": Case("hausman", {"convention": "plm"}, {"effects": 1}, {"effects": 1, "in_x": 0.5}),
    "hausman, robust": Case("hausman", {"cov": "clustered"}, {"effects": 1}, {"effects": 1, "in_x": 0.5}),
    "mundlak": Case("mundlak", {}, {"effects": 1}, {"effects": 1, "in_x": 0.5}),
    "bp-random": Case("bp-random", {}, {}, {"effects": 0.3}),
    "f-effects": Case("f-effects", {}, {}, {"effects": 0.3}),
    "wooldridge-ar": Case("wooldridge-ar", {}, {"effects": 1}, {"effects": 1, "ar": 0.3}),
    "modified-wald": Case("modified-wald", {}, {"effects": 1}, {"effects": 1, "spread": 0.5}),
    "modified-wald, bootstrap": Case("modified-wald", {"bootstrap": 99}, {"effects": 1}, {"effects": 1, "spread": 0.5},
                                     replications=300),
    "reset": Case("reset", {}, {}, {"square": 0.1}),
    "reset, clustered": Case("reset", {"cov": "clustered", "effects": "entity"}, {"effects": 1, "ar": 0.5},
                             {"effects": 1, "ar": 0.5, "square": 0.1}),
    "sargan": Case("sargan", GMM, {"effects": 1, "dynamic": 0.5}, {"effects": 1, "dynamic": 0.5, "ar": 0.5},
                   sizes=DYNAMIC, replications=500),
    "ar-abond": Case("ar-abond", GMM, {"effects": 1, "dynamic": 0.5}, {"effects": 1, "dynamic": 0.5, "ar": 0.5},
                     ("ar2",), DYNAMIC, 500),
}
MEANS: dict[str, Callable[[float], str]] = {
    "effects": lambda v: f"effects of standard deviation {v:g} times that of the errors",
    "in_x": lambda v: f"{v:g} of the effect in one x", "ar": lambda v: f"errors AR({v:g})",
    "spread": lambda v: f"log standard deviations of the entities' errors with standard deviation {v:g}",
    "square": lambda v: f"a slope of {v:g} on the square of one x", "dynamic": lambda v: f"y before with slope {v:g}"}


def panel(n: int, t: int, number: int, *, effects: float = 0, in_x: float = 0, ar: float = 0, spread: float = 0,
          square: float = 0, dynamic: float = 0) -> Panel:
    """y = 1 + x1 - 0.5 x2 + what is asked for + e; x AR(0.5) and apart; the number-th panel of its size."""
    rng = np.random.default_rng([SEED, n, t, number])
    before = 20
    shock = rng.standard_normal((3, n, t + before))
    effect = effects * rng.standard_normal((n, 1))
    scale = np.exp(spread * rng.standard_normal((n, 1)))
    x, e, y = np.zeros((2, n, t + before)), np.zeros((n, t + before)), np.zeros((n, t + before))
    for s in range(1, t + before):
        x[:, :, s] = 0.5 * x[:, :, s - 1] + shock[:2, :, s]
        e[:, s] = ar * e[:, s - 1] + shock[2, :, s]
    x[0] += in_x * effect
    fixed = 1 + x[0] - 0.5 * x[1] + square * x[0] ** 2 + effect + scale * e
    for s in range(1, t + before):
        y[:, s] = dynamic * y[:, s - 1] + fixed[:, s]
    values = np.stack([y, *x], -1)[:, before:]
    return Panel(values, tuple(f"e{i:03d}" for i in range(n)), tuple(str(2000 + s) for s in range(t)),
                 ("y", "x1", "x2"), "entity", "time", "A")


def cell(test: str, n: int, t: int, kind: str) -> list[dict[str, str]]:
    """A row a statistic: how often it rejects in panels of this size under the null or the departure."""
    case = CASES[test]
    procedure = load(case.name, "test")
    rejected: dict[str, int] = {}
    for number in range(case.replications):
        drawn = panel(n, t, number, **(case.null if kind == "size" else case.departure))
        for s in procedure(drawn["y"], drawn[["x1", "x2"]], **case.options):
            if s.pvalue is not None and (not case.shown or s.name in case.shown):
                rejected[s.name] = rejected.get(s.name, 0) + (s.pvalue < LEVEL)
    rows = []
    for statistic, k in rejected.items():
        low, high = interval(k, case.replications)
        rows.append(dict(zip(FIELDS, (test, statistic, str(n), str(t), kind, f"{k / case.replications:.3f}",
                                      f"{low:.3f}", f"{high:.3f}", str(case.replications)), strict=True)))
    return rows


def cells() -> list[tuple[str, int, int, str]]:
    """Every cell of the table, in its order."""
    return [(test, *size, kind) for test, case in CASES.items()
            for size, kind in product(case.sizes, ("size", "power"))]


def written() -> list[dict[str, str]]:
    """The rows of the file."""
    return rows_of(FILE)


def page(rows: list[dict[str, str]]) -> str:
    """Sizes and power side by side, a row a statistic and size of panel, and what the panels are."""
    lines = ["# Size and power of the specification tests", "",
             f"Rejections at 5 % in simulated panels (seed {SEED}), with exact 95 % intervals for the sizes: y on two "
             "x that are AR(0.5), normal errors of variance 1. Sizes whose interval misses 0.02 to 0.10 are marked. "
             "Made by `python -m tests.simulation.specification_size_power`.", "",
             "| test | statistic | N | T | size | interval | power | panels |",
             "|---|---|---:|---:|---:|---|---:|---:|"]
    at = {(r["test"], r["statistic"], r["n"], r["t"], r["kind"]): r for r in rows}
    for r in rows:
        if r["kind"] == "size":
            off = float(r["high"]) < 0.02 or float(r["low"]) > 0.10
            power = at[r["test"], r["statistic"], r["n"], r["t"], "power"]
            lines.append(f"| {r['test']} | {r['statistic']} | {r['n']} | {r['t']} | {r['rate']}{' (off)' * off} | "
                         f"{r['low']} to {r['high']} | {power['rate']} | {r['replications']} |")
    lines += ["", "## Panels", "", "| test | options | null | departure |", "|---|---|---|---|"]
    for test, case in CASES.items():
        options = ", ".join(f"{k} {v}" for k, v in case.options.items()) or "defaults"
        null, departure = ("; ".join(MEANS[k](v) for k, v in d.items()) or "no effects" for d in case[2:4])
        lines.append(f"| {test} | {options} | {null} | {departure} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Simulate every cell and write both files."""
    rows = []
    for i, at in enumerate(cells(), 1):
        rows += cell(*at)
        print(f"{i} of {len(cells())}: {' '.join(map(str, at))}", file=sys.stderr, flush=True)
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(FILE, text.getvalue())
    write_whole(PAGE, page(rows))


if __name__ == "__main__":
    main()
