"""Tables, figures and sentences about coordination, on a simulated study."""

from __future__ import annotations

import numpy as np
import pytest

from clustertrade.errors import UsageError
from clustertrade.render.figure import house_style
from clustertrade.render.words import in_language
from clustertrade.report import coevolution, layouts
from clustertrade.report.figures import convergence, tile_grid
from clustertrade.report.layouts import interaction
from clustertrade.study.load import Study, _measures_fit
from clustertrade.study.plan import Plan
from tests.report import simulated


def rows(inputs, name):
    return inputs.json(f"measures/{name}")["rows"]


def test_orders_and_synergy_stand_where_they_belong(inputs):
    table = layouts.build(inputs, "t18-order")
    mine = [r for r in rows(inputs, "order") if r["year"] == "2010"]
    assert table.cells["mean 2010", "order_one"].value == pytest.approx(np.mean([r["order_one"] for r in mine]))
    assert table.cells["mean 2010", "advance"].value == pytest.approx(np.mean([r["synergy"] > 0 for r in mine]))
    assert ("mean 2001", "order") not in table.cells          # there is no synergy at the base
    beijing = next(r for r in mine if r["province"] == "110000")
    assert table.cells["110000", "order"].value == beijing["synergy"]
    assert next(r.label for r in table.rows if r.key == "110000") == {"en": "Beijing", "zh": "北京"}
    headings = [in_language(c.label, "en") for c in table.columns]
    assert headings[:4] == ["first system", "second system", "since 2001", "since the year before"]


def test_coupling_sorts_by_coordination_and_shows_both_definitions(inputs):
    table = layouts.build(inputs, "t19-even")
    order = [table.cells[r.key, "even D"].value for r in table.rows]
    assert order == sorted(order, reverse=True) and len(order) == 31
    first = {r["province"]: r["D"] for r in rows(inputs, "even") if r["year"] == "2001"}
    key = table.rows[0].key
    assert table.cells[key, "even change"].value == pytest.approx(order[0] - first[key])
    assert table.cells[key, "even_modified C"].value <= table.cells[key, "even C"].value
    assert in_language(table.cells[key, "level"].value, "zh").endswith("协调")


def test_models_with_intervals_and_no_capacity_without_one(inputs):
    table = layouts.build(inputs, "t20i-models")
    result = inputs.json("measures/symbiosis")
    cross = result["details"]["equations"][0]["coefficients"][2]
    cell = table.cells["symbiosis other", "1"]
    assert cell.value == cross["value"] and cell.below["ci"] == tuple(cross["ci"])
    growth, own = (c["ci"] for c in result["details"]["equations"][0]["coefficients"][:2])
    assert (("symbiosis K", "1") in table.cells) == (growth[0] > 0 and own[1] < 0)
    assert table.cells["haken lambda1", "2"].value == inputs.json("measures/haken")["rows"][1]["lambda1"]
    assert in_language(table.cells["haken q1", "2"].value, "zh") == "第二系统"


def test_the_sentences_follow_the_numbers(inputs):
    said = coevolution.sentences(inputs)
    last = [r["synergy"] for r in rows(inputs, "order") if r["year"] == "2010"]
    k = sum(s > 0 for s in last)
    assert f"positive in {k} of 31 regions in 2010" in in_language(said[0], "en")
    held = [in_language(s, "en") for s in said]
    # pedroni rejects in both variants and kao does not; one of two directions survives Holm
    assert any("2 of 3 tests reject" in s for s in held) and any("1 of 2 directions" in s for s in held)
    verdict = "agree: most" if k > 15 else "do not agree: the tests find a relation"
    assert any(verdict in s for s in held)


def test_a_study_without_synergy_has_no_such_section(inputs, monkeypatch):
    monkeypatch.setattr(coevolution, "_of", lambda inputs, procedure: [])
    assert coevolution.sentences(inputs) == []


def test_dispersion_and_the_map_of_coordination(inputs):
    spec = simulated.RAW["figures"]["f22-sigma"]
    with house_style():
        (ax,) = convergence.draw(inputs, spec, "en").axes
        grid = tile_grid.draw(inputs, simulated.RAW["figures"]["f19b-map"], "zh")
    expected = [r["value"] for r in rows(inputs, "sigma")]
    assert list(ax.lines[0].get_ydata()) == pytest.approx(expected) and ax.get_title(loc="left") == "first order"
    said = " ".join(in_language(t, "en") for t in convergence.said(inputs, spec))
    assert "first order: trend per year" in said
    last = {r["province"]: r["D"] for r in rows(inputs, "even") if r["year"] == "2010"}
    printed = [t.get_text() for t in grid.axes[1].texts]
    assert f"{last['110000']:.2f}" in printed
    with pytest.raises(UsageError, match="variant sigma; not even"):
        convergence.draw(inputs, {**spec, "from": ["measures/even"]}, "en")


def test_the_layout_refuses_other_measures(inputs):
    spec = {**simulated.RAW["tables"]["t20i-models"], "from": ["measures/even"]}
    with pytest.raises(UsageError, match="is of symbiosis and haken; not coupling"):
        interaction.interaction(inputs, "t20i-models", spec)


@pytest.mark.parametrize(("spec", "says"), [
    ({"measure": "synergy", "sample": "none", "subsystem": ["a=y:+", "b=x:+"]}, "no sample none"),
    ({"measure": "synergy", "sample": "all", "subsystem": ["a=y:+", "b=w:+"]}, "no variable in its sample w"),
    ({"measure": "haken", "of": "haken"}, "not itself of another"),
    ({"measure": "haken", "of": "order", "sample": "all"}, "exclude each other"),
])
def test_measures_of_samples_are_checked(spec, says):
    wrong = []
    _measures_fit({**simulated.RAW, "measures": {**simulated.RAW["measures"], "new": spec}}, wrong)
    assert len(wrong) == 1 and says in wrong[0]


def test_a_variable_cannot_come_from_a_measure_of_a_sample():
    wrong = []
    variables = {**simulated.RAW["variables"], "d": {"from": "order", "label": "d"}}
    _measures_fit({**simulated.RAW, "variables": variables}, wrong)
    assert "computed after the samples" in wrong[0]


def test_jobs_of_measures_stand_after_what_they_read(inputs, tmp_path):
    jobs = list(Plan(Study(simulated.RAW, tmp_path / "toy.yaml"), inputs.plan.root, inputs.plan.processed,
                     inputs.plan.results).jobs)
    assert jobs.index("samples/all") < jobs.index("measures/order") < jobs.index("measures/haken")
    assert jobs.index("measures/share") < jobs.index("samples/all")
