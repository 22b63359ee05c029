from __future__ import annotations

import hashlib

import numpy as np
import pytest

from clustertrade.errors import UsageError
from clustertrade.options import FIGURES
from clustertrade.render.figure import house_style
from clustertrade.report import adjustment, figures
from clustertrade.report.figures import (
    adjustment_paths,
    coefficients,
    directions,
    entity_coefficients,
    equilibrium_errors,
    event_study,
    scatter,
    small_multiples,
    tile_grid,
)
from tests.report import simulated

DRAWN = simulated.RAW["figures"]


def texts_of(fig):
    from matplotlib.text import Text

    return [t.get_text() for t in fig.findobj(Text) if t.get_text()]


def draw(kind, inputs, spec, lang="en"):
    with house_style():
        return kind.draw(inputs, spec, lang)


def test_every_kind_has_a_module_and_a_simulated_figure():
    assert {spec["kind"] for spec in DRAWN.values()} == set(FIGURES)


@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_is_written_in_both_languages(inputs, drawn, name):
    files = drawn[name]
    assert sorted(f.suffix for f in files) == [".pdf"] * 2 + [".png"] * 2 + [".svg"] * 2
    assert {f.name for f in files} == {f"{name}{mark}.{e}" for mark in ("", ".zh") for e in ("pdf", "svg", "png")}
    assert figures.notes(inputs, name) and set(figures.source_ids(inputs, name)) <= {"S91", "S30"}


def test_the_same_bytes_every_time(inputs, drawn):
    once = [hashlib.sha256(f.read_bytes()).hexdigest() for f in drawn["f04-scatter"]]
    again = [hashlib.sha256(f.read_bytes()).hexdigest() for f in figures.build(inputs, "f04-scatter")]
    assert once == again


def test_the_slope_is_that_of_two_way_effects_with_clustered_errors(inputs):
    import statsmodels.formula.api as smf

    frame = inputs.sample("all").dropna(subset=["y", "z"])
    found = scatter.fitted(scatter.within(frame, "y"), scatter.within(frame, "z"), frame["entity"].to_numpy())
    full = smf.ols("y ~ z + C(entity) + C(time)", frame).fit(
        cov_type="cluster", cov_kwds={"groups": frame["entity"].astype("category").cat.codes}, use_t=True)
    assert found.value == pytest.approx(full.params["z"], rel=1e-9)
    n, k = len(frame), len(full.params)                    # statsmodels counts the dummies, the figure does not
    scale = np.sqrt((n - 2) / (n - k))
    half = (found.high - found.low) / 2
    low, high = full.conf_int().loc["z"]
    assert (high - low) / 2 == pytest.approx(half * scale, rel=1e-6)


def test_small_multiples_have_a_panel_a_region(inputs):
    said = texts_of(draw(small_multiples, inputs, DRAWN["f02-over-time"], "zh"))
    assert {"北京", "新疆"} <= set(said) and any("右轴" in t for t in said)
    with pytest.raises(UsageError, match="one or two variables"):
        draw(small_multiples, inputs, {**DRAWN["f02-over-time"], "variables": ["y", "x", "z"]})


def test_tiles_print_ratios_of_logarithms(inputs):
    said = texts_of(draw(tile_grid, inputs, DRAWN["f03-grid"], "zh"))
    assert {"京", "粤", "2001", "2010"} <= set(said)
    frame = inputs.sample("all")
    value = np.exp(frame.loc[(frame["entity"] == "110000") & (frame["time"] == "2010"), "x"].item())
    assert tile_grid._short(value) in said
    with pytest.raises(UsageError, match="a tile grid is of provinces"):
        draw(tile_grid, inputs, {**DRAWN["f03-grid"], "sample": "one"})


def test_directions_count_what_chance_gives(inputs):
    said = " ".join(n["en"] for n in directions.said(inputs, DRAWN["f06-directions"]) if not isinstance(n, str))
    forth, back = directions.pair(inputs, DRAWN["f06-directions"])
    every = [row["pvalue"] for r in (forth, back) for row in r["details"]["entities"]]
    assert f"Of 62 tests 3.1 reject by chance where nothing is there; {sum(p < 0.05 for p in every)} do" in said
    with pytest.raises(UsageError, match="no two results are each other's reverse"):
        directions.pair(inputs, {"from": ["tests/relation"]})


def test_coefficients_are_sorted(inputs):
    points = coefficients.found(inputs, DRAWN["f05-coefficients"])
    assert [p.value for p in points] == [0.5, 0.375, 0.25, 0.125] and [p.column for p in points] == [4, 3, 2, 1]
    with pytest.raises(UsageError, match="no column estimates a coefficient of w"):
        coefficients.found(inputs, {**DRAWN["f05-coefficients"], "variables": ["w"]})


@pytest.mark.parametrize(("item", "number"), [("t08-base", "T8"), ("f05b-x", "F5b"), ("t15-granger", "T15")])
def test_numbers_of_items(item, number):
    assert coefficients.number(item) == number


def test_unknown_figures_are_said(inputs):
    with pytest.raises(UsageError, match="toy has no figure f99; it has f01-coverage"):
        figures.build(inputs, "f99")


def test_coefficients_of_regions_are_sorted_and_coloured_by_group(inputs):
    spec = DRAWN["f05b-long"]
    panels = entity_coefficients.found(inputs, spec)
    assert [p.result["name"] for p in panels] == ["fmols"]     # pmg has none, those of cce-mg with lags are short-run
    fig = draw(entity_coefficients, inputs, spec)
    names = [t.get_text() for t in fig.axes[0].get_yticklabels()]
    assert names == sorted(names, key=lambda e: -panels[0].value[e]) and len(names) == 31
    assert {"East", "Central", "West"} <= set(texts_of(fig))
    with pytest.raises(UsageError, match="no estimate has a coefficient of z for every region"):
        entity_coefficients.found(inputs, {**spec, "variables": ["z"]})


def test_event_studies_have_a_panel_each_with_the_reference_at_zero(inputs):
    (label, points), = event_study.found(inputs, DRAWN["f05c-timing"])
    assert label["en"] == "Imputation" and [p.event for p in points] == [-2, -1, 0]
    assert points[1].value == 0 and points[1].interval is None and points[0].band is None
    assert points[2].band == (-0.0625, 0.5625)
    said = " ".join(t["en"] for t in event_study.said(inputs, DRAWN["f05c-timing"]))
    assert "joint p of the periods before 0.625, p of random assignment 0.030" in said
    with pytest.raises(UsageError, match="no column is an event study"):
        event_study.found(inputs, {"from": ["estimates/base"]})


def test_equilibrium_errors_are_those_of_the_coefficients(inputs, monkeypatch):
    seen = {}

    def kept(frame, centred, legends, lang):
        seen.update(frame=frame, value=centred["y"].to_numpy(), legends=legends)

    monkeypatch.setattr(equilibrium_errors, "multiples", kept)
    equilibrium_errors.draw(inputs, DRAWN["f05d-errors"], "en")
    own = {r["entity"]: r["coefficients"]["x"] for r in inputs.results("estimates/long")[0]["details"]["entities"]}
    frame = seen["frame"]
    assert np.allclose(seen["value"], frame["y"] - frame["region_en"].map(own) * frame["x"]) and len(frame) == 310
    assert "FMOLS" in seen["legends"][0]
    with pytest.raises(UsageError, match="no estimate has a long run of every region"):
        equilibrium_errors.found(inputs, {"from": ["estimates/base"]})


def test_paths_back_to_the_long_run_begin_at_one_and_are_halved_at_the_half_life(inputs):
    spec = DRAWN["f05e-paths"]
    panels = adjustment_paths.found(inputs, spec)
    assert [(p.result["name"], p.ec, p.half_life["value"]) for p in panels] == [
        ("fmols", -0.25, 2.5), ("pmg", 0.125, None), ("cce-mg", -0.5, 2.5)]
    assert panels[1].groups == dict.fromkeys(("east", "central", "west"), -0.5) and not panels[0].groups
    fig = draw(adjustment_paths, inputs, spec)
    lines = [next(line for line in ax.get_lines() if line.get_label() == "All regions") for ax in fig.axes[:3]]
    assert np.allclose(lines[0].get_ydata()[:3], [1, 0.75, 0.5625]) and np.allclose(lines[1].get_ydata()[1], 1.125)
    said = texts_of(fig)
    assert "FMOLS: half-life 2.5 (1.0 to ∞)" in said and "PMG: does not return" in said
    assert {"PMG：不回归", "FMOLS：半衰期 2.5（1.0 至 ∞）", "全部地区", "东部"} <= set(
        texts_of(draw(adjustment_paths, inputs, spec, "zh")))
    with pytest.raises(UsageError, match="no estimate has a speed of adjustment"):
        adjustment_paths.found(inputs, {"from": ["estimates/base"]})


def test_bands_of_paths_hold_every_speed_of_the_interval():
    for ends in ((-0.6, -0.1), (-1.4, -0.7), (-1.9, -1.2), (-0.2, 0.1)):
        low, high = adjustment.band(ends, 7)
        every = np.array([adjustment.path(ec, 7) for ec in np.linspace(*ends, 401)])
        assert np.allclose(every.min(0), low, atol=1e-5) and np.allclose(every.max(0), high, atol=1e-5), ends


def test_regions_that_do_not_return_by_their_own_speed_are_counted(inputs, monkeypatch):
    speeds = {"Beijing": 0.1, "Tianjin": -0.5, "Hebei": -1.2}
    monkeypatch.setattr(adjustment, "own_speeds", lambda r: speeds if r["name"] == "pmg" else {})
    said = adjustment_paths.said(inputs, DRAWN["f05e-paths"])
    assert any(t["en"].endswith("swing: PMG 2 of 3") and "PMG 3 个中 2 个" in t["zh"] for t in said)
