"""Numbers printed in books and manuals (see tests/goldens/published.md), to the printed digits."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from tests.goldens.harness import agrees, frame

GRUNFELD = {"entity": "firm", "time": "year", "y": "inv", "x": ["value", "capital"]}
GASOLINE = {"entity": "country", "time": "year", "y": "lgaspcar", "x": ["lincomep", "lrpmg", "lcarpcap"]}


def printed(pairs):
    wrong = {f"{want}": got for got, want in pairs if not agrees(got, want, "algebraic")}
    assert not wrong, wrong


def test_grunfeld_pooled_in_stata():
    """Baltagi, table 2.1."""
    r = ct.estimate("pooled", frame("grunfeld.csv"), **GRUNFELD)
    printed([(r["value"].value, ".1155622"), (r["value"].se, ".0058357"), (r["capital"].value, ".2306785"),
             (r["capital"].se, ".0254758"), (r["const"].value, "-42.71437"), (r["const"].se, "9.511676"),
             (r.fit["f"], "426.58"), (r.fit["r2"], ".8124"), (r.fit["sigma"], "94.408")])


def test_grunfeld_between_in_stata():
    r = ct.estimate("be", frame("grunfeld.csv"), **GRUNFELD)
    printed([(r.fit["f"], "21.11"), (r.fit["r2_within"], ".4778"), (r.fit["r2_between"], ".8578"),
             (r.fit["r2_overall"], ".7551"), (r.fit["sigma"], "85.02366")])


def test_grunfeld_lm_of_random_effects():
    """Stata's xttest0."""
    details = ct.estimate("re", frame("grunfeld.csv"), **GRUNFELD).details
    printed([(details["breusch_pagan"]["LM"], "798.162")])


@pytest.mark.parametrize(("model", "want"), [("pooled", "51.59060"), ("fe", "28.3096"), ("twoway", "60.0821")])
def test_grunfeld_joint_tests_by_clustered_errors_in_gretl(model, want):
    r = ct.estimate(model, frame("grunfeld.csv"), **GRUNFELD, cov="clustered", convention="gretl", bootstrap=0)
    printed([(r.fit["f"], want)])
    assert r.details["inference"]["df"] == 9


def test_grunfeld_random_effects_joint_test_in_gretl():
    r = ct.estimate("re", frame("grunfeld.csv"), **GRUNFELD, cov="clustered", convention="gretl", bootstrap=0)
    printed([(2 * r.fit["f"], "70.1267")])


def test_grunfeld_two_way_hausman_in_eviews():
    r = ct.test("hausman", frame("grunfeld.csv"), **GRUNFELD, effects="twoway", convention="plm")
    printed([(r["chi2"].value, "13.460")])
    assert abs(r.pvalue - 0.00119449639795569) < 1e-9      # the p printed beside it has a slip; this is that of 13.460


def test_gasoline_hausman_and_covariance_of_the_slopes():
    """Baltagi: m1 = 302.8, though V_FE - V_RE is not positive definite; the covariances of FE and between."""
    r = ct.test("hausman", frame("gasoline.csv"), **GASOLINE, convention="plm")
    printed([(r["chi2"].value, "302.8")])
    assert any("not positive definite" in w for w in r.warnings)
    fixed = ct.estimate("fe", frame("gasoline.csv"), **GASOLINE).cov.iloc[1:, 1:].to_numpy() * 100
    between = ct.estimate("be", frame("gasoline.csv"), **GASOLINE).cov.iloc[1:, 1:].to_numpy() * 100
    upper = np.triu_indices(3)
    printed(zip(fixed[upper], [".539", ".029", "-.205", ".194", ".009", ".088"], strict=True))
    # The fourth digit differs throughout (2.422 printed, 2.4232 here), and the reason is not known.
    assert_allclose(between[upper], [2.422, -1.694, -1.056, 1.766, 0.883, 0.680], rtol=1.5e-3)


CONSUMPTION = {"entity": "id", "time": "year", "y": "c", "x": ["pi", "y"], "y_lags": 1, "lags": 1}


def test_consumption_functions_of_pesaran_shin_and_smith_in_stata():
    """Blackburne and Frank (2007), xtpmg: coefficients and errors of the long run, the mean short run, likelihood."""
    r = ct.estimate("pmg", frame("jasa2.csv"), **CONSUMPTION)
    want = {"pi": -0.4658438, "y": 0.9044336, "ec": -0.1998761, "d.pi": -0.0182588, "d.y": 0.3269355,
            "const": 0.1544507}
    assert_allclose([r[n].value for n in want], list(want.values()), atol=1.5e-7)
    assert_allclose([r["pi"].se, r["y"].se], [0.0567332, 0.0086815], atol=6e-8)
    printed([(r.fit["loglik"], "2327.075")])
    assert r.nobs == 767 and r.details["unique"]


def test_consumption_functions_with_common_dynamics_in_stata():
    """The same: xtpmg, dfe cluster(id)."""
    r = ct.estimate("dfe", frame("jasa2.csv"), **CONSUMPTION, cov="clustered", convention="stata")
    printed([(r["pi"].value, "-.266343"), (r["pi"].se, ".102506"), (r["y"].value, ".9120574"),
             (r["y"].se, ".0468008"), (r["ec"].value, "-.1794146"), (r["ec"].se, ".0434584"),
             (r["d.pi"].value, "-.0280826"), (r["d.pi"].se, ".0325622"), (r["d.y"].value, ".3811944"),
             (r["d.y"].se, ".070876"), (r["const"].value, ".1257634"), (r["const"].se, ".0805454")])
    paper = ct.estimate("dfe", frame("jasa2.csv"), **CONSUMPTION, cov="clustered")
    assert_allclose(paper["ec"].se * np.sqrt((767 - 6) / (767 - 6 - 23)), r["ec"].se, rtol=1e-12)


@pytest.mark.parametrize(("name", "want", "cd"), [
    ("mg", {"log_ck": (0.30529965, 0.037615321), "log_ngd": (0.27978271, 0.16962474),
            "const": (5.3917781, 0.52089780)}, 29.2685),
    ("cce-mg", {"log_ck": (0.31674256, 0.051751202), "log_ngd": (0.089054834, 0.11709394),
                "const": (1.1455387, 1.1721171)}, -1.0278)])
def test_growth_in_the_penn_tables_in_gauss(name, want, cd):
    """The validation output of dccelib (GAUSS 26), which agrees with plm: mean group and common correlated effects."""
    r = ct.estimate(name, frame("penn_growth.csv"), entity="id", time="year", y="log_rgdpo", x=["log_ck", "log_ngd"])
    for variable, (value, se) in want.items():
        assert_allclose([r[variable].value, r[variable].se], [value, se], rtol=2e-7)
    assert abs(r.details["residual_cd"]["CD"] - cd) < 6e-5
