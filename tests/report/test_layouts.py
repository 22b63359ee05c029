from __future__ import annotations

import csv
import io
import json
import re

import numpy as np
import pytest

from clustertrade.errors import DataError, UsageError
from clustertrade.options import LAYOUTS
from clustertrade.render import to_csv, to_text, write_all
from clustertrade.report import layouts
from clustertrade.report.layouts import tests_by_statistic
from clustertrade.report.layouts.correlations import factors, pvalues
from clustertrade.report.layouts.descriptives import moments
from clustertrade.report.layouts.regressions import numbered
from tests.report import simulated

TABLES = simulated.RAW["tables"]


def cell(table, row, column):
    return table.cells[row, column]


def test_every_layout_has_a_module_and_a_simulated_table():
    assert {spec["layout"] for spec in TABLES.values()} == set(LAYOUTS)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_written_in_every_format(inputs, tmp_path, name):
    table = layouts.build(inputs, name)
    files = write_all(table, tmp_path / name)
    assert len(files) == 10 and all(f.stat().st_size > 100 for f in files)
    for lang in ("en", "zh"):
        assert not re.search(r"\bnan\b", to_text(table, lang).lower())


@pytest.mark.parametrize("name", [n for n in TABLES if n[:3] not in ("t21", "t22")])
def test_every_table_of_data_names_its_sources(inputs, name):
    table = layouts.build(inputs, name)
    assert table.sources and table.citation
    assert all(str(source).startswith(("[S91]", "[S30]")) for source in table.sources)


def test_unknown_tables_and_missing_results_are_said(inputs, tmp_path):
    with pytest.raises(UsageError, match="toy has no table t99-nothing; it has t01-variables"):
        layouts.build(inputs, "t99-nothing")
    other = simulated.write(tmp_path / "other")
    (other.plan.results / "tests" / "roots.json").unlink()
    with pytest.raises(DataError, match=r"roots\.json is not there: run toy --only tests/roots"):
        layouts.build(other, "t05-roots")


def test_notes_of_the_study_keep_their_place(inputs):
    first = layouts.build(inputs, "t06-relation").notes
    assert first[0]["en"] == "Said first." and sum("Said first" in str(n) for n in first) == 1
    assert layouts.build(inputs, "t05-roots").notes[-1]["en"] == "Said last."


def test_notes_say_sample_null_lags_and_proxies(inputs):
    en = " | ".join(n if isinstance(n, str) else n["en"] for n in layouts.build(inputs, "t05-roots").notes)
    assert "31 provinces, 2001–2010: N = 31, T = 10, balanced, 310 observations" in en
    assert "Null hypothesis (LLC" in en and "lags chosen by AIC, at most 2" in en and "CIPS: 1 lag" in en
    assert "Simulated lnY stands for output; Simulated lnX stands for input" in en
    assert en.count("Something that nobody foresaw") == 1


def test_a_missing_cell_makes_the_sample_unbalanced(inputs):
    notes = layouts.build(inputs, "t03-correlations").notes
    assert any("309 of 310 rows complete" in n["en"] for n in notes if not isinstance(n, str))


def test_variables(inputs):
    table = layouts.build(inputs, "t01-variables")
    assert [row.key for row in table.rows] == ["y", "x", "z"]     # y and x stand with the first sample only
    assert cell(table, "z", "n").value == 309 and cell(table, "z", "of").value == 310
    assert cell(table, "x", "sources").value == "S91" and ("z", "proxy") not in table.cells


def test_descriptives_agree_with_their_definitions(inputs):
    frame = inputs.sample("all")
    found = moments(frame, "z")
    z = frame.pivot(index="entity", columns="time", values="z").to_numpy()
    assert found["nobs"] == 309 and found["n"] == 31
    assert found["overall"] == pytest.approx(np.nanstd(z, ddof=1))
    assert found["between"] == pytest.approx(np.nanmean(z, axis=1).std(ddof=1))
    spread = z - np.nanmean(z, axis=1, keepdims=True)
    assert found["within"] == pytest.approx(np.sqrt(np.nansum(spread**2) / 308))
    one = moments(inputs.sample("one"), "y")
    assert one["between"] is None and one["within"] is None and one["nobs"] == 10


def test_correlations_and_variance_inflation(inputs):
    table = layouts.build(inputs, "t03-correlations")
    data = inputs.sample("all")[["y", "x", "z"]].dropna().to_numpy()
    r = np.corrcoef(data, rowvar=False)
    assert cell(table, "z", "x").value == pytest.approx(r[2, 1])
    assert cell(table, "y", "x").value == "" and cell(table, "y", "y").value == pytest.approx(1.0)
    assert cell(table, "x", "vif").value == pytest.approx(1 / (1 - r[1, 2] ** 2))
    assert cell(table, "mean vif", "vif").value == pytest.approx(1 / (1 - r[1, 2] ** 2))


def test_correlation_pvalues_are_those_of_scipy():
    from scipy.stats import pearsonr

    rng = np.random.default_rng(20260101)
    x = rng.standard_normal((40, 2)) @ [[1, 0.3], [0, 1]]
    expected = pearsonr(x[:, 0], x[:, 1])
    assert pvalues(np.corrcoef(x, rowvar=False), 40)[0, 1] == pytest.approx(expected.pvalue, rel=1e-9)


def test_variance_inflation_of_a_combination_is_refused():
    rng = np.random.default_rng(20260101)
    x = rng.standard_normal((30, 2))
    with pytest.raises(Exception, match="a regressor is a combination of the others"):
        factors(np.column_stack([x, x.sum(1)]), ["a", "b", "c"])


def test_integration_is_concluded_only_where_all_tests_agree(inputs):
    table = layouts.build(inputs, "t05-roots")
    assert cell(table, "c y", "conclusion").value == "I(1)"
    assert cell(table, "c x", "conclusion").value["en"].startswith("disagree: 1/2, 2/2")
    assert cell(table, "c d.y", "conclusion").value == ""         # it belongs to the conclusion of its level
    assert cell(table, "c d.y", "llc").below["p"] == 0.001
    assert [row.panel["en"] for row in table.rows][::4] == ["Deterministic terms: constant",
                                                            "Deterministic terms: constant and trend"]


def test_statistics_without_pvalue_show_their_critical_value(inputs):
    table = layouts.build(inputs, "t06b-rank")
    keys = [row.key for row in table.rows]
    assert "johansen trace r<=0 critical" in keys and "engle-granger t critical" in keys
    assert cell(table, "johansen trace r<=1", "y x").pvalue is None
    assert not any("critical" in row.key for row in layouts.build(inputs, "t06-relation").rows)


def test_a_variable_that_most_unit_root_tests_call_stationary_is_warned_of_in_both_languages(tmp_path):
    toy = simulated.write(tmp_path / "toy")
    path = toy.plan.results / "tests" / "roots.json"
    entry = json.loads(path.read_text(encoding="utf-8"))
    for r in entry["results"]:
        if r["options"]["y"] == "x":
            r["statistics"][0]["pvalue"] = 0.001
    path.write_text(json.dumps(entry), encoding="utf-8")
    spec = simulated.RAW["tables"]["t06-relation"]
    for asked, warned in (([], False), (["tests/roots"], True)):
        table = tests_by_statistic.tests_by_statistic(toy, "t06-relation", {**spec, "orders": asked})
        en, zh = (" | ".join(n if isinstance(n, str) else n[lang] for n in table.notes) for lang in ("en", "zh"))
        assert ("4 of 4 unit root tests call lnX stationary in its level" in en) == warned
        assert ("4 个单位根检验中有 4 个认为lnX的水平序列平稳" in zh) == warned
        assert "call lnY stationary" not in en


def test_regressions(inputs):
    table = layouts.build(inputs, "t08-base")
    keys = [row.key for row in table.rows]
    assert keys.index("const") > keys.index("west:x") and keys.index("x wild") == keys.index("x") + 1
    below = dict(cell(table, "x", "m2").below)
    assert below.pop("ci") == pytest.approx((0.05, 0.45)) and below == {"se": 0.1, "t": 2.5, "p": 0.013}
    assert cell(table, "x wild", "m2").value == 0.02
    assert cell(table, "x wild", "m3").value == ""                # not drawn there: neither a number nor a dash
    assert [cell(table, "fe time", f"m{i}").value["en"] for i in (1, 2, 3, 4)] == ["No", "No", "Yes", "Yes"]
    assert cell(table, "check mundlak", "m2").value == 0.03 and cell(table, "difference", "m4").value == 0.053
    assert cell(table, "west:x", "m1").value == ""                # not a regressor of the column
    assert cell(table, "nobs", "m1").value == 310
    label = next(row.label for row in table.rows if row.key == "west:x")
    assert label == {"en": "West × lnX", "zh": "西部 × lnX"}
    assert table.below_note["en"] == ("Standard errors (clustered by entity in (1)-(2), (4), Driscoll-Kraay in (3)) in "
                                      "parentheses")


def test_parentheses_follow_the_table_s_own_style(inputs):
    table = layouts.build(inputs, "t08t-base")
    assert table.style.paren == "t" and table.below_note["en"].startswith("t statistics")
    assert "(2.500)" in to_text(table, "en")


def test_causality_is_decided_after_holm(inputs):
    table = layouts.build(inputs, "t15-granger")
    forth, back = (row.key for row in table.rows)
    assert table.rows[0].label["en"] == "ΔlnX helps to predict ΔlnY"
    assert cell(table, forth, "bootstrap").value == 0.012 and cell(table, forth, "p").value == pytest.approx(0.022)
    assert cell(table, forth, "holm").value == pytest.approx(0.024)
    assert cell(table, forth, "decision").value["en"] == "rejected"
    assert cell(table, back, "decision").value["en"] == "not rejected"


def test_published_figures_stay_under_their_definitions(inputs):
    table = layouts.build(inputs, "t20-points")
    assert [cell(table, row.key, "value").value for row in table.rows] == [1.0, 2.0, 3.0]
    assert cell(table, table.rows[0].key, "published").value == "1.0 trillion yuan"


def test_quality_lists_what_the_samples_use(inputs):
    table = layouts.build(inputs, "t21-quality")
    assert [row.key for row in table.rows][:3] == ["S91:output province", "S91:input province", "S91:other province"]
    assert cell(table, "S91:other province", "missing").value == 1


def test_reconciliation_lists_what_is_between_sources_or_fails(inputs):
    table = layouts.build(inputs, "t21b-reconciliation")
    assert len(table.rows) == 3                            # the fourth passes within its source
    assert [cell(table, row.key, "status").value["en"] for row in table.rows] == ["PASS", "FAIL", "INFO"]


def test_audit_counts_its_verdicts(inputs):
    table = layouts.build(inputs, "t22-audit")
    assert any("3 claims: PASS 1, FAIL 1, INFO 1" in n["en"] for n in table.notes)


def test_a_cross_section_has_one_period(inputs):
    table = layouts.build(inputs, "t17-year")
    year = inputs.sample("year")
    assert cell(table, "x", "spearman").value == pytest.approx(year["y"].corr(year["x"], method="spearman"))
    spec = {**TABLES["t17-year"], "sample": "all"}
    from clustertrade.report.layouts.cross_section import cross_section

    with pytest.raises(UsageError, match="for one period; all has 10"):
        cross_section(inputs, "t17-year", spec)


def test_the_machine_twin_has_every_pvalue(inputs):
    table = layouts.build(inputs, "t08-base")
    rows = list(csv.DictReader(io.StringIO(to_csv(table, "en").lstrip("\ufeff"))))
    x = next(r for r in rows if r["Variable"] == "Simulated lnX")
    assert [v for k, v in x.items() if k.endswith("(p-value)")] == ["0.21", "0.013", "0.0004", "0.02"]


def test_column_numbers_are_drawn_together():
    assert numbered([0, 1, 2, 4, 6, 7]) == "(1)-(3), (5), (7)-(8)"


@pytest.mark.parametrize(("p", "warned"), [((0.01, 0.02, 0.6), True), ((0.01, 0.3, 0.99), False)])
def test_cointegration_of_stationary_levels_is_warned_of(inputs, p, warned):
    from types import SimpleNamespace

    from clustertrade.report.layouts.tests_by_statistic import _stationary

    def result(name, y, value, x=()):
        statistic = {"name": "s", "value": 1.0, "pvalue": value, "df": None, "critical": {}}
        return {"name": name, "statistics": [statistic], "options": {"y": y, "x": list(x)}}

    roots = [result(name, "a", value) for name, value in zip(("ips", "llc", "hadri"), (*p[:2], 1 - p[2]), strict=True)]
    roots += [result(name, "b", 0.5) for name in ("ips", "llc")]
    given = SimpleNamespace(study=inputs.study, results=lambda ref: roots)
    found = _stationary(given, [result("kao", "a", 0.001, ["b"])], ["tests/unit-roots"])
    assert len(found) == warned
    if warned:
        assert found[0]["en"].startswith("3 of 3 unit root tests call a stationary") and "平稳" in found[0]["zh"]
    assert _stationary(given, [result("kao", "a", 0.001, ["b"])], []) == []


def test_the_long_run_has_its_speeds_and_tests(inputs):
    table = layouts.build(inputs, "t07-long")
    assert [cell(table, "x", c).value for c in ("m1", "m2", "m3")] == [0.625, 0.75, 0.875]    # the last by its long run
    assert [cell(table, "ec", c).value for c in ("m1", "m2", "m3")] == [-0.25, 0.125, -0.5]
    assert cell(table, "half-life", "m1").value == 2.5
    assert cell(table, "half-life", "m2").value["en"] == "does not return"
    assert cell(table, "hausman mg-pmg", "m2").value == 0.22 and cell(table, "hausman mg-dfe", "m2").value == ""
    assert cell(table, "cd p", "m3").value == 0.0124
    en = " | ".join(n if isinstance(n, str) else n["en"] for n in table.notes)
    assert "FMOLS: error correction by a second step" in en and "1 lag of y, 0 of x, 2 of the averages" in en


def test_a_timing_design_is_put_in_order(inputs):
    table = layouts.build(inputs, "t11-timing")
    keys = [r.key for r in table.rows]
    assert keys.index("event[-2]") < keys.index("event[0]") and keys.index("att") < keys.index("event[-2]")
    assert cell(table, "pretrend", "m2").value == 0.625 and cell(table, "placebo", "m2").value == 0.03
    assert cell(table, "already", "m1").value == 0.25
    assert table.rows[keys.index("event[-2]")].label["en"] == "2 periods before the treatment"
