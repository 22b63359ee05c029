"""The plan: inputs, outputs, and a fingerprint that changes exactly with what an entry depends on."""

from __future__ import annotations

import copy

import pytest

from clustertrade.errors import UsageError
from clustertrade.study import digest
from clustertrade.study.load import Study, load
from clustertrade.study.plan import Plan

CHINA = load("china-provinces")


def changed(change):
    """Ids of the jobs whose fingerprint or files differ after a change of the study file."""
    raw = copy.deepcopy(dict(CHINA.raw))
    change(raw)
    before, after = Plan(CHINA).jobs, Plan(Study(raw, CHINA.path)).jobs
    return {j for j in before.keys() | after.keys() if before.get(j) != after.get(j)}


def test_every_input_is_made_by_a_job_or_is_raw():
    plan = Plan(CHINA)
    made = {o for job in plan.jobs.values() for o in job.outputs}
    for job in plan.jobs.values():
        assert job.outputs and len(set(job.outputs)) == len(job.outputs)
        assert all(i in made or i.startswith("data/raw/") for i in job.inputs), job.id
    assert len(made) == sum(len(job.outputs) for job in plan.jobs.values()), "two jobs write one file"


SHOWN = {"report/index", "report/paper"}


@pytest.mark.parametrize(("change", "expected"), [
    (lambda r: r["tables"]["t05-unit-roots"].update(style={"digits": 2}), {"tables/t05-unit-roots"} | SHOWN),
    (lambda r: r["tests"]["unit-roots"]["options"].update(lags="bic"),
     {"tests/unit-roots", "tables/t05-unit-roots", "tables/t06-cointegration"}),
    (lambda r: r["measures"]["gini_taobao"].update(variant="squared"),
     {"measures/gini_taobao", "tables/t16-concentration", "tables/t00-data-quality", "figures/f01-coverage"}),
    (lambda r: r["variables"]["ln_taobao"].update(label={"en": "villages", "zh": "村"}),
     {"tables/t01-variables", "tables/t08c-villages", "tables/t00-data-quality", "figures/f01-coverage"} | SHOWN),
    (lambda r: r["hypotheses"]["H1"].update(sign="-"), SHOWN),
])
def test_a_change_of_the_study_reaches_its_dependents_only(change, expected):
    assert changed(change) == expected


def test_a_method_reaches_its_entries_only(monkeypatch):
    """Another digest of dependence/cd.py changes the tests that run cd, and no other computation."""
    before = {j: job.fingerprint for j, job in Plan(CHINA).jobs.items()}
    path = digest._file("clustertrade.dependence.cd")
    original = digest._digest_file.__wrapped__
    for cached in (digest._digest_file, digest.code_digest):
        cached.cache_clear()
    monkeypatch.setattr(digest, "_digest_file", lambda p: "changed" if p == path else original(p))
    after = {j: job.fingerprint for j, job in Plan(CHINA).jobs.items()}
    digest.code_digest.cache_clear()
    assert {j for j in before if before[j] != after[j]} == {"tests/dependence"}


def test_the_closure_reaches_inside_functions():
    assert "clustertrade.registry" in digest.closure(frozenset({"clustertrade.study.build"}))
    assert "clustertrade.unitroot.ips" not in digest.closure(frozenset({"clustertrade.study.compute"}))
    assert "clustertrade.render.docx" not in digest.closure(frozenset({"clustertrade.study.compute"}))
    assert "numpy" in digest.library_versions(frozenset({"clustertrade.batch.ols"}))


def test_an_audit_without_its_source_is_refused():
    raw = copy.deepcopy(dict(CHINA.raw))
    raw["data"]["sources"] = ["S01", "S02"]
    with pytest.raises(UsageError, match="data/audit recomputes the figures of S30, which data/sources leaves out"):
        _ = Plan(Study(raw, CHINA.path)).jobs


@pytest.mark.parametrize("study", ["china-provinces", "world"])
def test_every_number_stands_for_one_table_or_figure(study):
    for section in ("tables", "figures"):
        numbers = [name.partition("-")[0] for name in load(study).section(section)]
        assert len(numbers) == len(set(numbers)), [n for n in numbers if numbers.count(n) > 1]
