"""The pipeline as a user meets it: builds once, rebuilds what depends, survives a kill, gives the same bytes."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import time

import pytest

from clustertrade.study.load import load
from clustertrade.study.plan import Plan
from tests.pipeline.conftest import ROOT, checkout

AFTER = {"report/index", "report/paper", "manifest"}        # what every change of a table or figure reaches


def replace(checkout, file, old, new):
    path = checkout.folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_everything_is_built_and_nothing_is_left(built):
    plan = Plan(load(built.folder / "config/studies/mini.yaml"))
    assert {o for job in plan.jobs.values() for o in job.outputs} <= set(built.digests())
    assert built.waiting() == set()


def test_the_manifest_says_what_is_there(built):
    manifest = json.loads((built.folder / "results/mini/manifest.json").read_text(encoding="utf-8"))
    digests = built.digests()
    outputs = manifest["outputs"]
    for path, entry in outputs.items():
        assert entry["sha256"] == digests[path]
        assert entry["inputs"] and entry["rule"] and entry["code"]
        assert all(digests.get(i, digest) == digest for i, digest in entry["inputs"].items())
    assert "results/mini/tables/t05-unit-roots.tex" in outputs
    assert str(built.folder) not in json.dumps(manifest)


@pytest.mark.parametrize(("file", "old", "new", "expected"), [
    ("config/studies/mini.yaml", "layout: dependence,", "layout: dependence, style: {digits: 2},",
     {"tables/t04-dependence"} | AFTER),
    ("config/studies/mini.yaml", "options: {lags: 1}", "options: {lags: 2}",
     {"tests/unit-roots", "tables/t05-unit-roots"} | AFTER),
    ("src/clustertrade/dependence/cd.py", '"""Pesaran', '"""The Pesaran',
     {"tests/dependence", "tables/t04-dependence"} | AFTER),
    ("src/clustertrade/unitroot/ips.py", '"""', '"""The ', {"tests/unit-roots", "tables/t05-unit-roots"} | AFTER),
], ids=["option of a table", "option of a test", "source of cd", "source of ips"])
def test_a_change_reruns_exactly_its_dependents(copied, file, old, new, expected):
    replace(copied, file, old, new)
    assert copied.waiting() == expected


def test_a_raw_figure_reruns_exactly_its_dependents(copied):
    """A figure of S01 (exports) reaches the sample and all after it, not the quotient, which comes from S04."""
    path = next((copied.folder / "data/raw").glob("S01-*/provinces.csv"))
    text = path.read_text(encoding="utf-8")
    line = next(row for row in text.splitlines() if "exports_goods_by_origin" in row)
    value = re.search(r"exports_goods_by_origin,([\d.]+)", line)[1]
    path.write_text(text.replace(line, line.replace(value, str(float(value) + 1))), encoding="utf-8")
    waiting = copied.waiting()
    assert {"clean/S01", "clean/quality", "samples/long", "tests/dependence", "tests/unit-roots", "estimates/baseline",
            "tables/t04-dependence", "tables/t05-unit-roots", "tables/t08-baseline", "figures/f04-scatter",
            *AFTER} == waiting
    copied.build()
    assert copied.waiting() == set()


def test_one_table_is_rebuilt_alone(copied):
    target = copied.folder / "results/mini/tables/t05-unit-roots.tex"
    target.unlink()
    made = copied.snakemake("results/mini/tables/t05-unit-roots.tex")
    assert made.returncode == 0 and target.is_file()


def test_two_builds_give_the_same_bytes(built, tmp_path):
    other = checkout(tmp_path / "elsewhere" / "another name", zone="Asia/Shanghai")
    other.build()
    assert other.digests() == built.digests()


def kill_once(made, seconds, reference):
    """Kill the whole group of a build, look for torn files, finish it, compare."""
    process = made.start()
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    whole = reference.digests()
    for path, digest in made.digests().items():
        if "/." not in path:                               # a hidden temporary file is nobody's output
            assert digest == whole[path], f"{path} is torn after a kill at {seconds:.1f} s"
    made.snakemake("--unlock")
    made.build()
    assert {p: d for p, d in made.digests().items() if "/." not in p} == whole


def test_a_killed_build_leaves_no_torn_file_and_resumes(built, tmp_path):
    kill_once(checkout(tmp_path / "killed"), 7.0, built)


@pytest.mark.slow
def test_ten_kills(built, tmp_path):
    rng = random.Random(20260101)
    for k in range(10):
        kill_once(checkout(tmp_path / f"killed{k}"), rng.uniform(2, 20), built)


@pytest.mark.slow
def test_the_studies_give_the_same_bytes_twice(tmp_path):
    for study in sorted(p.stem for p in (ROOT / "config/studies").glob("*.yaml")):
        one = checkout(tmp_path / f"{study}-1", study=study)
        two = checkout(tmp_path / f"{study} 2", "Asia/Shanghai", study)
        one.build()
        two.build()
        assert one.digests() == two.digests()


def test_a_failed_job_names_its_log_and_the_reason_in_one_line(copied):
    path = next((copied.folder / "data/raw").glob("S01-*/provinces.csv"))
    path.write_bytes(b"")
    made = copied.snakemake()
    assert made.returncode
    log = (copied.folder / "logs/mini/clean/S01.log").read_text(encoding="utf-8")
    last = log.strip().splitlines()[-1]
    assert last.startswith("clustertrade: ") and "provinces.csv" in last and "empty" in last
    assert "logs/mini/clean/S01.log" in made.stdout + made.stderr


def test_a_study_with_a_fault_stops_before_anything_runs(copied):
    replace(copied, "config/studies/mini.yaml", "procedures: [ips]", "procedures: [ipss]")
    made = copied.snakemake("-n")
    assert made.returncode and "tests/unit-roots/procedures/0" in made.stderr + made.stdout
