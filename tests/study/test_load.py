"""A study file is checked before anything runs; every message names the place."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from clustertrade.errors import DataError, UsageError
from clustertrade.study.load import load, split_prefix
from clustertrade.study.template import create

STUDIES = sorted(Path("config/studies").glob("*.yaml"))
TEXT = Path("src/clustertrade/study/template.yaml").read_text(encoding="utf-8")
TEMPLATE = yaml.safe_load(TEXT.replace("NAME", "mini"))


@pytest.mark.parametrize("path", STUDIES, ids=lambda p: p.stem)
def test_committed_studies_are_in_order(path):
    study = load(path)
    assert study.name == path.stem and {"en", "zh"} <= set(study.title)


def written(tmp_path, raw):
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return path


def broken(change):
    raw = copy.deepcopy(TEMPLATE)
    change(raw)
    return raw


@pytest.mark.parametrize(("change", "words"), [
    (lambda r: r.update(tabels={}), "tabels"),
    (lambda r: r["samples"]["long"]["variables"].append("ln_no"), "samples/long: no variable ln_no"),
    (lambda r: r["tests"]["unit-roots"].update(procedures=["ipss"]), "tests/unit-roots/procedures/0"),
    (lambda r: r["tests"]["unit-roots"].update(sample="short"), "tests/unit-roots: no sample short"),
    (lambda r: r["tests"]["unit-roots"].update(options={"order": 1}), "option order is taken by none of ips, cips"),
    (lambda r: r["tests"]["unit-roots"].update(variants=[{"trend": "quadratic"}]), "tests/unit-roots/variants/0/trend"),
    (lambda r: r["tests"]["unit-roots"].update(variables=["ln_rd"]), "no variable in its sample ln_rd"),
    (lambda r: r["tests"]["unit-roots"]["options_for"].update(ips={"demaen": True}), "options_for/ips"),
    (lambda r: r["estimates"]["baseline"]["columns"][0].update(estimator="ols"), "estimates/baseline/columns/0"),
    (lambda r: r["tables"]["t05-unit-roots"].update({"from": ["tests/none"]}), "nothing is called tests/none"),
    (lambda r: r["tables"]["t05-unit-roots"].update(layout="free"), "tables/t05-unit-roots/layout"),
    (lambda r: r["tables"].update({"unit-roots": r["tables"]["t05-unit-roots"]}), "unit-roots"),
    (lambda r: r.update(report=["t99-none"]), "report: nothing is called t99-none"),
    (lambda r: r["variables"]["ln_ex"].pop("label"), "label"),
    (lambda r: r["study"].update(seed="now"), "study/seed"),
    (lambda r: [r["variables"][v].update(contains_trade=True) for v in ("ln_ex", "ln_lq")], "never explains trade"),
])
def test_faults_are_named_with_their_place(tmp_path, change, words):
    with pytest.raises(UsageError) as caught:
        load(written(tmp_path, broken(change)))
    assert words in str(caught.value) and "study.yaml" in str(caught.value)


def test_cointegration_tables_are_held_against_the_unit_root_tests_of_their_variables(tmp_path):
    """Without being asked; of the same sample where there are some, unless the table names others."""
    def change(r):
        roots = r["tests"]["unit-roots"]
        r["samples"]["other"] = copy.deepcopy(r["samples"]["long"])
        r["tests"]["other-roots"] = {**copy.deepcopy(roots), "sample": "other"}
        r["tests"]["together"] = {"sample": "long", "procedures": ["kao"], "y": "ln_ex", "x": ["ln_lq"]}
        title = {"en": "a", "zh": "b"}
        table = {"layout": "tests-by-statistic", "from": ["tests/together"], "title": title}
        r["tables"] = {"t06-own": table, "t06b-named": {**copy.deepcopy(table), "orders": ["tests/other-roots"]},
                       "t06c-roots": {**copy.deepcopy(table), "from": ["tests/unit-roots"]}}
        r["report"] = list(r["tables"])
    tables = load(written(tmp_path, broken(change))).section("tables")
    assert tables["t06-own"]["orders"] == ["tests/unit-roots"]
    assert tables["t06b-named"]["orders"] == ["tests/other-roots"] and "orders" not in tables["t06c-roots"]


@pytest.mark.parametrize(("text", "words"), [
    ("study: {name: a, name: b}", "stands twice"), ("on: 1", "read as True"), ("study: [", "line 1"), ])
def test_yaml_without_surprises(tmp_path, text, words):
    path = tmp_path / "s.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=words):
        load(path)


def test_a_missing_study_names_those_that_are_there():
    with pytest.raises(DataError, match="china-provinces, world"):
        load("no-such-study")


def test_init_writes_a_study_that_is_in_order_and_never_overwrites(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = create("my-panel")
    assert load(path).name == "my-panel"
    with pytest.raises(UsageError, match="there already"):
        create("my-panel")
    with pytest.raises(UsageError, match="lower-case"):
        create("My Panel")


@pytest.mark.parametrize(("name", "parts"), [("d.ln_ex", ("d", "ln_ex")), ("l2.x", ("l2", "x")), ("x", ("", "x")),
                                             ("S03:x.y", ("", "S03:x.y"))])
def test_prefixes(name, parts):
    assert split_prefix(name) == parts


def test_the_variables_that_a_measure_reads():
    """Whatever follows an indicator: what is best about it, and its weight."""
    from clustertrade.study.load import measured

    spec = {"value": "jobs", "population": "people", "input": ["staff"], "output": ["sales", "S03:exports"],
            "indicator": ["gdp:+", "S03:smoke:-:0.4", "ph:6.5..7.5", "plain", "S03:trade"],
            "subsystem": ["a=one:+,two:-", "b=three:1..2:0.3"]}
    assert measured(spec) == ["jobs", "people", "staff", "sales", "S03:exports", "gdp", "S03:smoke", "ph", "plain",
                              "S03:trade", "one", "two", "three"]
