"""``clustertrade check``: what stands in the way of a study, before anything is computed."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clustertrade.errors import ClustertradeError
from clustertrade.run import run_job
from clustertrade.study.load import Study, load
from clustertrade.study.plan import Plan

if TYPE_CHECKING:
    import pandas as pd


def check(name: str) -> list[str]:
    """Faults of the raw data, the samples and the needs of each entry; empty where all is well.

    Measures and samples are built in a temporary folder; tests and estimates stop where they would compute.

    Raises
    ------
    DataError, UsageError
        The study file itself is not there or is wrong.
    """
    from clustertrade.data import datapackage

    study = load(name)
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(study, processed=Path(folder) / "processed", results=Path(folder) / "results")
        faults = [f"{s.folder}: {fault}" for s in plan.sources.values() for fault in datapackage.check(s.folder)]
        samples = _samples(plan, faults)
    for entry, procedure, sample, column, y, x, options in _runs(study):
        if sample in samples:
            try:
                _stop_short(procedure, samples[sample], column, y, x, options)
            except ClustertradeError as wrong:
                faults.append(f"{entry}: {wrong}")
    return faults


def _samples(plan: Plan, faults: list[str]) -> dict[str, pd.DataFrame]:
    import pandas as pd

    needed = {i for job in plan.jobs.values() if job.stage in ("measures", "samples") for i in job.inputs}
    samples = {}
    for job in plan.jobs.values():
        try:
            if job.stage in ("measures", "samples") or (job.stage == "clean" and needed & set(job.outputs)):
                run_job(plan, job, lambda text: None)
            if job.stage == "samples":
                samples[job.entry] = pd.read_parquet(plan.sample(job.entry))
        except ClustertradeError as wrong:
            faults.append(f"{job.id}: {wrong}")
    return samples


def _runs(study: Study) -> Iterator[tuple[str, Any, str, Mapping[str, Any], str, list[str], Mapping[str, Any]]]:
    """(entry, procedure, sample, column, y, x, options) of everything that the study computes."""
    from clustertrade.registry import load as procedure
    from clustertrade.study import compute

    for name, spec in study.section("tests").items():
        for what, y, x, options in compute.planned(study, spec):
            yield f"tests/{name}", what, spec["sample"], {}, y, x, options
    for name, spec in study.section("estimates").items():
        for column in spec["columns"]:
            yield (f"estimates/{name}", procedure(column["estimator"], "estimate"),
                   column.get("sample", spec["sample"]), column, column.get("y", spec.get("y")), column["x"],
                   column.get("options", {}))


class _Feasible(Exception):
    """Raised in place of the computation: the checks before it have passed."""


def _stop_short(procedure: Any, sample: pd.DataFrame, column: Mapping[str, Any], y: str, x: list[str],
                options: Mapping[str, Any]) -> None:
    from clustertrade.study import compute

    @functools.wraps(procedure.function)
    def stop(*data: Any, **given: Any) -> None:
        raise _Feasible

    stopping: Callable[..., Any] = replace(procedure, function=stop)
    names = list(dict.fromkeys([y, *x, *compute.columns_beside(options)]))
    panel = compute.panel_of(compute.selected(sample, column), names)
    try:
        stopping(panel[y], panel[x] if x else None, **compute.with_columns(options, panel))
    except _Feasible:
        return
