"""A job of a study, from its inputs to its files: whole or not at all."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clustertrade.errors import DataError, UsageError, first_of
from clustertrade.files import whole, write_whole
from clustertrade.study.load import load
from clustertrade.study.plan import Job, Plan

if TYPE_CHECKING:
    import pandas as pd

Say = Callable[[str], None]


def write_json(path: str | Path, data: Any) -> None:
    """JSON in full precision, no NaN, UTF-8."""
    write_whole(path, json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def write_parquet(path: str | Path, frame: pd.DataFrame) -> None:
    """A parquet file without anything that changes between runs."""
    with whole(path) as part:
        frame.to_parquet(part, index=False, compression="zstd")


def write_csv(path: str | Path, frame: pd.DataFrame) -> None:
    """A CSV that spreadsheet programs open with the right characters."""
    with whole(path) as part:
        frame.to_csv(part, index=False, encoding="utf-8-sig", lineterminator="\n")


def run(name: str, only: str | None = None, say: Say = print) -> None:
    """The jobs of a study without Snakemake.

    Parameters
    ----------
    name : str
        A study in config/studies, or a path.
    only : str, optional
        A stage, or ``stage/entry``: its files are made anew; files of earlier stages are used as they are, and made
        where they are not there.
    say : function of a text
        Takes the lines of progress.

    Raises
    ------
    UsageError, DataError, InfeasibleError
        As the job says.
    """
    plan = Plan(load(name))
    if only is None:
        chosen = [*plan.jobs]
    elif only == "manifest":
        chosen = []
    elif "/" in only:
        chosen = [plan[only].id]
    else:
        chosen = [job.id for job in plan.jobs.values() if job.stage == only]
        if not chosen:
            stages = dict.fromkeys(job.stage for job in plan.jobs.values())
            raise UsageError(f"{plan.study.name} has no stage {only}; there are {first_of(stages, 12)}, manifest")
    makers = {output: job.id for job in plan.jobs.values() for output in job.outputs}
    done: set[str] = set()

    def make(job_id: str, forced: bool) -> None:
        job = plan.jobs[job_id]
        if job_id in done or not (forced or any(not Path(o).exists() for o in job.outputs)):
            return
        for maker in dict.fromkeys(makers[i] for i in job.inputs if i in makers):
            make(maker, forced=only is None)
        say(f"{plan.study.name} {job.id}")
        run_job(plan, job, lambda text: say(f"  {text}"))
        done.add(job_id)

    for job_id in chosen:
        make(job_id, forced=True)
    if only in (None, "manifest"):
        from clustertrade.report import manifest

        say(f"{plan.study.name} manifest")
        write_json(plan.manifest, manifest.build(plan))


def run_job(plan: Plan, job: Job, say: Say) -> None:
    """One job: reads its inputs, writes its outputs."""
    if missing := [i for i in job.inputs if not Path(i).exists()]:
        raise DataError(f"{job.id} of {plan.study.name} needs {first_of(missing)}, which is not there")
    STAGES[job.stage](plan, job, say)


def _clean(plan: Plan, job: Job, say: Say) -> None:
    from clustertrade.data import clean, derive

    if job.entry == "quality":
        return _quality(plan, job)
    cleaned = []
    for source in plan.bundles[job.entry]:
        say(f"{source.id} {source.title}")
        cleaned.append(clean.clean_source(source.folder))
        _write_cleaned(plan, cleaned[-1])
    if job.entry == "zones":
        _write_cleaned(plan, derive.zone_stock(cleaned))


def _write_cleaned(plan: Plan, cleaned: Any) -> None:
    stem = plan.tidy(cleaned.source_id).removesuffix(".parquet")
    write_csv(f"{stem}.quarantine.csv", cleaned.quarantine)
    write_json(f"{stem}.quality.json", cleaned.quality)
    write_parquet(f"{stem}.parquet", cleaned.tidy)


def _quality(plan: Plan, job: Job) -> None:
    import pandas as pd

    from clustertrade.data import audit, quality

    pieces = [json.loads(Path(i).read_text(encoding="utf-8")) for i in job.inputs if i.endswith(".quality.json")]
    tidy = pd.concat([pd.read_parquet(i) for i in job.inputs if i.endswith(".parquet")], ignore_index=True)
    rejected = [pd.read_csv(i, dtype=str, keep_default_na=False, encoding="utf-8-sig")
                for i in job.inputs if i.endswith(".quarantine.csv")]
    write_csv(plan.processed / "quarantine.csv", pd.concat(rejected, ignore_index=True))
    if plan.study.section("data").get("audit"):
        write_json(plan.processed / "audit.json", audit.audit(plan.sources[audit.SOURCE].folder))
    write_json(plan.result("clean/quality"), quality.summarise(pieces, tidy))


def _measures(plan: Plan, job: Job, say: Say) -> None:
    from clustertrade.study import build

    write_json(job.outputs[0], build.measure(plan, job.entry))


def _samples(plan: Plan, job: Job, say: Say) -> None:
    from clustertrade.study import build

    write_parquet(job.outputs[0], build.sample(plan, job.entry))


def _read_samples(plan: Plan, job: Job) -> dict[str, pd.DataFrame]:
    import pandas as pd

    return {Path(i).stem: pd.read_parquet(i) for i in job.inputs if i.endswith(".parquet")}


def _tests(plan: Plan, job: Job, say: Say) -> None:
    from clustertrade.study import compute

    write_json(job.outputs[0], compute.tests(plan.study, job.entry, _read_samples(plan, job), say))


def _estimates(plan: Plan, job: Job, say: Say) -> None:
    from clustertrade.study import compute

    entry, residuals = compute.estimates(plan.study, job.entry, _read_samples(plan, job), say)
    write_parquet(job.outputs[1], residuals)
    write_json(job.outputs[0], entry)


def _specifications(plan: Plan, job: Job, say: Say) -> None:
    from clustertrade.study import specifications

    write_json(job.outputs[0], specifications.specifications(plan.study, job.entry, _read_samples(plan, job), say))


def _tables(plan: Plan, job: Job, say: Say) -> None:
    from clustertrade.render.write import write_all
    from clustertrade.report import layouts
    from clustertrade.study.inputs import Inputs

    write_all(layouts.build(Inputs(plan), job.entry), plan.results / "tables" / job.entry)


def _figures(plan: Plan, job: Job, say: Say) -> None:
    from clustertrade.report import figures
    from clustertrade.study.inputs import Inputs

    figures.build(Inputs(plan), job.entry)


def _report(plan: Plan, job: Job, say: Say) -> None:
    from clustertrade.study.inputs import Inputs

    if job.entry == "paper":
        from clustertrade.report import paper

        paper.build(Inputs(plan))
    else:
        from clustertrade.report import document

        document.build(Inputs(plan))


STAGES: dict[str, Callable[[Plan, Job, Say], None]] = {
    "clean": _clean, "measures": _measures, "samples": _samples, "tests": _tests, "estimates": _estimates,
    "specifications": _specifications,
    "tables": _tables, "figures": _figures, "report": _report,
}


def to_stderr(text: str) -> None:
    """A line of progress."""
    print(text, file=sys.stderr, flush=True)
