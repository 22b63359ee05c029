"""Runs the cases, ours and the peers in turn, and writes docs/validation/bench.csv and .md.

Processor seconds, the least of a few runs after one that warms up; R times itself inside its own process, so that its
start does not count.  Without Rscript or plm the peers in R are left out, and the table says so.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd

from bench.cases import CASES, Case, Work
from clustertrade.catalog import index
from clustertrade.files import write_whole

FOLDER = Path("docs/validation")
LONG, MOST = 1.0, 50                                       # a fast one is run again until so many seconds or times
R = r"""
args <- commandArgs(TRUE)
suppressPackageStartupMessages(library(plm))
d <- read.csv(args[1])
pdata <- pdata.frame(d, index = c("i", "t"))
pseries <- pdata$y

expression <- parse(text = args[2])
runs <- replicate(as.integer(args[3]), { before <- proc.time(); invisible(suppressWarnings(eval(expression)));
  sum((proc.time() - before)[c(1, 2)]) })
cat(min(runs))
"""


def seconds(work: Work, repeat: int) -> float:
    """Least processor time of the runs; the first, which imports and compiles, does not count."""
    work()
    found: list[float] = []
    while len(found) < repeat or (sum(found) < LONG and len(found) < MOST):
        before = time.process_time()
        work()
        found.append(time.process_time() - before)
    return min(found)


def in_r(frame: pd.DataFrame, expression: str, repeat: int) -> float | None:
    """Least processor time in R; None where R or plm is not there or the call fails."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        frame.to_csv(Path(folder) / "data.csv", index=False)
        (Path(folder) / "peer.R").write_text(R, encoding="utf-8")
        done = subprocess.run(["Rscript", f"{folder}/peer.R", f"{folder}/data.csv", expression, str(repeat)],
                              capture_output=True, text=True, timeout=1800)
    if done.returncode:
        print(f"  R: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'failed'}", file=sys.stderr)
        return None
    return float(done.stdout)


def timed(case: Case) -> dict[str, Any]:
    """A row of the table."""
    frame = case.data()
    row: dict[str, Any] = {"case": case.name, "ours": seconds(case.ours(frame), case.repeat)}
    peers = {name: seconds(make(frame), case.repeat) for name, make in case.peers.items()}
    peers |= {f"R {name}": t for name, e in case.r.items() if (t := in_r(frame, e, case.repeat)) is not None}
    row["peers"] = "; ".join(f"{name} {t:.3g} s" for name, t in peers.items())
    row["times"] = min(peers.values()) / row["ours"] if peers else None
    row["target"] = (f"{case.seconds:g} s" if case.seconds is not None else "") + (
        f"{case.times:g} times" if case.times is not None else "")
    met = [row["ours"] <= case.seconds] if case.seconds is not None else []
    met += [row["times"] >= case.times] if case.times is not None and row["times"] is not None else []
    row["met"] = "" if not met else "yes" if all(met) else "no"
    return row


def main(argv: list[str]) -> int:
    """Cases whose name holds a word given, else all."""
    chosen = [c for c in CASES if not argv or any(word in c.name for word in argv)]
    rows = []
    for case in chosen:
        rows.append(timed(case))
        r = rows[-1]
        print(f"{r['case']}: {r['ours']:.4g} s" + (f"; {r['peers']} ({r['times']:.0f} times)" if r["peers"] else "")
              + (f"; target {r['target']}: {r['met']}" if r["target"] else ""), flush=True)
    if not argv:
        table = pd.DataFrame(rows)
        write_whole(FOLDER / "bench.csv", table.to_csv(index=False, float_format="%.4g", lineterminator="\n"))
        lines = ["# Processor time, beside peers", "",
                 f"{len(index())} procedures; times depend on the machine, ratios less. Made by `make bench`"
                 + ("." if shutil.which("Rscript") else "; R was not there."), "",
                 "| case | ours, s | peers | times | target | met |", "|---|---:|---|---:|---|---|"]
        lines += [f"| {r['case']} | {r['ours']:.3g} | {r['peers'] or '–'} | "
                  f"{'–' if r['times'] is None else format(r['times'], '.0f')} | {r['target'] or '–'} | "
                  f"{r['met'] or '–'} |" for r in rows]
        write_whole(FOLDER / "bench.md", "\n".join(lines) + "\n")
    return 0 if all(r["met"] != "no" for r in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
