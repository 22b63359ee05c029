"""How often the panel unit-root tests reject: size under the null, power against near alternatives.

``python -m tests.simulation.size_power`` computes what logs/size-power lacks, block by block, so that a stopped run
goes on where it was, and writes docs/validation/size-power.csv, .md and .png.  Simulated data throughout.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from clustertrade.files import write_whole
from clustertrade.panel import Panel
from clustertrade.registry import load
from clustertrade.simulate.power import interval
from clustertrade.sizes import BANDS, LEVEL, PATH

FOLDER, BLOCKS = Path("docs/validation"), Path("logs/size-power")
REPLICATIONS, SEED = 2000, 20260101
SIZES = ((10, 22), (10, 50), (25, 22), (25, 50))
NEAR, HALF = 0.9, 0.0                                      # roots: of the alternative; of hadri's stationary null
TRENDS = {"llc": ("n", "c", "ct"), "breitung": ("n", "c", "ct"), "harris-tzavalis": ("n", "c", "ct"),
          "ips": ("c", "ct"), "fisher-adf": ("n", "c", "ct"), "fisher-pp": ("c", "ct"), "hadri": ("c", "ct"),
          "cips": ("n", "c", "ct"), "panic": ("c", "ct"), "moon-perron": ("c", "ct")}
OF_FACTORS = ("MQc", "MQf")                                # of common factors, of which independent panels have none
ROBUST = ("cips", "panic", "moon-perron")                  # also without bootstrap


class Block(NamedTuple):
    """One cell of the table: rejections of all statistics of a test on one design."""

    name: str
    trend: str
    n: int
    t: int
    design: str
    root: float
    version: str

    @property
    def file(self) -> Path:
        return BLOCKS / f"{self.name}-{self.trend}-{self.n}-{self.t}-{self.design}-{self.root:g}-{self.version}.json"


def blocks() -> Iterator[Block]:
    """Every block, sizes before powers."""
    bootstrapped = [n for n in TRENDS if "bootstrap" in load(n, "test").defaults]
    for power in (False, True):
        for name, (n, t) in itertools.product(TRENDS, SIZES):
            stationary = name == "hadri"
            root = (1.0 if power else HALF) if stationary else (NEAR if power else 1.0)
            for trend in TRENDS[name]:
                yield Block(name, trend, n, t, "independent", root, "asymptotic")
                if name in ROBUST:
                    yield Block(name, trend, n, t, "factor", root, "asymptotic")
                if name in bootstrapped:
                    yield Block(name, trend, n, t, "independent", root, "bootstrap")
                    yield Block(name, trend, n, t, "factor", root, "bootstrap")


def draw(rng: np.random.Generator, block: Block) -> np.ndarray:
    """(N, T) series with the root; errors independent, or with one strong factor (loadings uniform from 1 to 3)."""
    warm = 50
    errors = rng.standard_normal((block.n, block.t + warm))
    if block.design == "factor":
        errors += rng.uniform(1, 3, (block.n, 1)) * rng.standard_normal(block.t + warm)
    if block.root == 1:
        return errors[:, warm:].cumsum(1)
    out = np.zeros_like(errors)
    for s in range(1, errors.shape[1]):
        out[:, s] = block.root * out[:, s - 1] + errors[:, s]
    return out[:, warm:]


def run(block: Block, replications: int = REPLICATIONS) -> dict[str, int]:
    """Rejections at 5 % by statistic; bootstrap versions by the warp-speed method of Giacomini, Politis and White.

    One bootstrap draw a replication; the critical value comes from the draws of all replications together.
    """
    name, trend, n, t, *_ = block
    rng = np.random.default_rng([SEED, list(TRENDS).index(name), n, t, len(trend), round(10 * block.root),
                                 len(block.design)])
    procedure = load(name, "test")
    names = [f"e{i:02d}" for i in range(n)]
    base = Panel.from_frame(pd.DataFrame({"e": np.repeat(names, t), "t": np.tile(np.arange(t), n),
                                          "y": np.tile(np.arange(n * t, dtype=float) ** 0.5, 1)}), entity="e", time="t")
    given = {"trend": trend, **({"bootstrap": 1} if block.version == "bootstrap" else {})}
    p: dict[str, list[float]] = {}
    observed: dict[str, list[float]] = {}
    drawn: dict[str, list[float]] = {}
    for i in range(replications):
        panel = base.with_values(draw(rng, block)[..., None], base.variables)
        seed = {"seed": i} if block.version == "bootstrap" else {}
        for s in procedure(panel["y"], **given, **seed):
            if s.pvalue is None or s.value is None:
                continue
            p.setdefault(s.name, []).append(s.pvalue)
            if block.version == "bootstrap":
                observed.setdefault(s.name, []).append(s.value)
                drawn.setdefault(s.name, []).append(next(iter(s.critical.values())))
    if block.version == "asymptotic":
        return {s: int(np.sum(np.array(v) < LEVEL)) for s, v in p.items()}
    found = {}
    for s, values in observed.items():
        left = tail_is_left(np.array(values), np.array(drawn[s]), np.array(p[s]))
        critical = np.quantile(drawn[s], LEVEL if left else 1 - LEVEL)
        found[s] = int(np.sum(np.array(values) < critical) if left else np.sum(np.array(values) > critical))
    return found


def tail_is_left(values: np.ndarray, drawn: np.ndarray, p: np.ndarray) -> bool:
    """With one draw p is smallest where the value lies beyond the draw on the side that rejects."""
    below = values < drawn
    return bool(p[below].mean() < p[~below].mean()) if below.any() and (~below).any() else bool(below.all())


def compute(block: Block) -> str:
    """The block's file, whole."""
    found = run(block)
    write_whole(block.file, json.dumps({**block._asdict(), "replications": REPLICATIONS, "rejections": found}))
    return block.file.name


def table() -> pd.DataFrame:
    """All blocks that are there, a row a statistic, in the order of ``blocks``."""
    rows: list[dict[str, Any]] = []
    for block in blocks():
        if not block.file.exists():
            continue
        made = json.loads(block.file.read_text(encoding="utf-8"))
        null = block.root == (HALF if block.name == "hadri" else 1.0)
        band = BANDS[block.version]
        for statistic, k in made["rejections"].items():
            absent = block.design == "independent" and statistic in OF_FACTORS
            judged = null and not absent and (block.version == "bootstrap" or block.t >= 50)
            low, high = interval(k, made["replications"])
            rate = k / made["replications"]
            rows.append({"test": block.name, "statistic": statistic, "trend": block.trend, "N": block.n, "T": block.t,
                         "errors": block.design, "version": block.version, "root": block.root,
                         "kind": "size" if null else "power", "rate": rate, "low": low, "high": high,
                         "replications": made["replications"],
                         "outside": int(judged and not (low <= band[1] and high >= band[0]))})
    return pd.DataFrame(rows)


def page(found: pd.DataFrame) -> str:
    """The sizes outside of their bands, and how the table was made."""
    size = found[found.kind == "size"]
    out = size[size.outside == 1]
    lines = ["# Size and power of the panel unit-root tests", "",
             f"Rejections at 5 % of {REPLICATIONS} simulated panels (seed {SEED}), defaults otherwise; all rates with "
             "exact 95 % intervals are in size-power.csv. Errors are independent, or share one strong factor (loadings "
             "uniform from 1 to 3). Bootstrap versions by the warp-speed method. Power is against a root of 0.9 "
             "(Hadri: of 1, the null being stationarity without serial correlation). Bands: asymptotic versions 0.02 "
             "to 0.10 at T = 50, bootstrap versions 0.03 to 0.075 everywhere; the MQ statistics of PANIC are not "
             "judged where there is no factor. Made by `python -m tests.simulation.size_power`.", "",
             "![sizes](size-power.png)", "",
             f"## Outside of the band: {len(out)} sizes", "",
             "Judged are sizes at T = 50, and those of bootstrap versions everywhere.",
             "", "| test | statistic | trend | N | T | errors | version | size | interval |",
             "|---|---|---|---:|---:|---|---|---:|---|"]
    lines += [f"| {r.test} | {r.statistic} | {r.trend} | {r.N} | {r.T} | {r.errors} | {r.version} | {r.rate:.3f} | "
              f"{r.low:.3f} to {r.high:.3f} |" for r in out.itertuples()]
    return "\n".join(lines) + "\n"


def picture(found: pd.DataFrame, path: Path) -> None:
    """Sizes of each test, a dot a statistic and cell; the bands shaded."""
    from clustertrade.render.figure import PALETTE, figure, house_style

    size = found[found.kind == "size"]
    kinds = list(dict.fromkeys(zip(size.version, size.errors, strict=True)))
    with house_style():
        fig = figure(height=4.5 * len(kinds))
        for ax, (version, errors) in zip(np.atleast_1d(fig.subplots(len(kinds), 1)), kinds, strict=True):
            part = size[(size.version == version) & (size.errors == errors)]
            tests = list(dict.fromkeys(part.test))
            low, high = BANDS[version]
            ax.axhspan(low, high, color="#eeeeee", linewidth=0)
            ax.axhline(LEVEL, color="black", linewidth=0.7)
            for i, (t, mark) in enumerate(((22, "o"), (50, "s"))):
                rows = part[part["T"] == t]
                at = [tests.index(name) + 0.12 * (2 * i - 1) for name in rows.test]
                ax.plot(at, rows.rate, linestyle="none", marker=mark, color=PALETTE[i + 1], alpha=0.6, label=f"T = {t}")
            ax.set_xticks(range(len(tests)), tests, rotation=20, ha="right")
            ax.set_title(f"{version}, {errors} errors")
            ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncol=2)
        fig.savefig(path, dpi=150, metadata={"Software": None})


def main(argv: list[str]) -> None:
    """Blocks that are not there, two at a time; ``--table`` only writes what is."""
    BLOCKS.mkdir(parents=True, exist_ok=True)
    left = [] if "--table" in argv else [b for b in blocks() if not b.file.exists()]
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with ProcessPoolExecutor(2) as pool:
        for i, name in enumerate(pool.map(compute, left), 1):
            print(f"{i} of {len(left)}: {name}", file=sys.stderr, flush=True)
    found = table()
    write_whole(FOLDER / "size-power.csv", found.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    off = found[found.outside == 1][["test", "statistic", "trend", "N", "T", "errors", "version", "rate"]]
    write_whole(PATH, off.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    write_whole(FOLDER / "size-power.md", page(found))
    picture(found, FOLDER / "size-power.png")


if __name__ == "__main__":
    main(sys.argv[1:])
