from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

import clustertrade as ct
from clustertrade.cli import main
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.results import from_dict
from tests.causality.test_dumitrescu_hurlin import frame, panels

SERIES = ("granger", "toda-yamamoto", "granger-vecm")
PANEL = ("dumitrescu-hurlin", "juodis-karavias-sarafidis", "emirmahmutoglu-kose", "sur-granger")
FEW = {"sur-granger": {"bootstrap": 19}}


@pytest.fixture(scope="module")
def data():
    y, x = (a[0] for a in panels(1, 5, 40, beta=0.4))
    return frame(y, x).assign(z=np.random.default_rng(2).standard_normal(200).cumsum())


def run(name, data, **options):
    if name in SERIES:
        return ct.test(name, data[data["id"] == "u01"], time="year", **FEW.get(name, {}), **options)
    return ct.test(name, data, entity="id", time="year", **FEW.get(name, {}), **options)


@pytest.mark.parametrize("name", SERIES + PANEL)
def test_every_pair_in_both_directions_is_the_test_alone(data, name):
    ours = run(name, data, y="y", x=["x", "z"], pairwise=True)
    pairs = [("x", "y"), ("z", "y"), ("y", "x"), ("z", "x"), ("y", "z"), ("x", "z")]
    alone = [run(name, data, y=effect, x=cause) for cause, effect in pairs]
    assert [s.name for s in ours] == [f"{c} -> {e}" for c, e in pairs]
    assert [(s.value, s.pvalue) for s in ours] == [(r.statistic, r.pvalue) for r in alone]
    rows = ours.details["pairs"]
    assert [(r["cause"], r["effect"]) for r in rows] == pairs
    for key, method in (("pvalue_holm", "holm"), ("pvalue_bh", "fdr_bh")):
        assert [r[key] for r in rows] == pytest.approx(multipletests([r.pvalue for r in alone], method=method)[1])
    assert [r["statistics"] for r in rows] == [[s.to_dict() for s in r.statistics] for r in alone]
    assert [r["nobs"] for r in rows] == [r.nobs for r in alone]
    assert ours.options["pairwise"] is True and ours.options["x"] == ["x", "z"]
    assert alone[0].options["pairwise"] is False
    assert set(ours.warnings) == {w for r in alone for w in r.warnings}


def test_json_and_text(data, tmp_path, capsys):
    data.to_csv(tmp_path / "d.csv", index=False)
    words = ["test", "dumitrescu-hurlin", "--data", str(tmp_path / "d.csv"), "--entity", "id", "--time", "year", "--y",
             "y", "--x", "x", "--pairwise"]
    assert main([*words, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert from_dict(told).to_dict() == told and [s["name"] for s in told["statistics"]] == ["x -> y", "y -> x"]
    assert set(told["details"]["pairs"][0]) >= {"pvalue", "pvalue_holm", "pvalue_bh"}
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "p (Holm)" in text and "p (BH)" in text and "x -> y" in text


def test_where_a_pair_has_no_p(data):
    """Without lagged differences granger-vecm has joint tests only; the adjustment counts what has a p."""
    from clustertrade.pairwise import adjusted

    assert adjusted([None, None]) == ([None, None], [None, None])
    holm, bh = adjusted([0.01, None, 0.02, 0.5])
    assert holm[1] is None and holm[0] == pytest.approx(0.03) and bh[2] == pytest.approx(0.03)


def test_what_is_refused(data):
    with pytest.raises(UsageError, match="--pairwise"):
        ct.test("ips", data, entity="id", time="year", y="y", pairwise=True)
    with pytest.raises(InfeasibleError, match="both y and x"):
        run("granger", data, y="y", x="y", pairwise=True)
    with pytest.raises(InfeasibleError, match="constant"):
        run("granger", data.assign(c=1.0), y="y", x=["x", "c"], pairwise=True)
    assert isinstance(run("granger", data, y="y", x="x", pairwise=True).to_frame(), pd.DataFrame)
