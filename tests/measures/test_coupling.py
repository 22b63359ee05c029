from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clustertrade as ct
from clustertrade.errors import DataError, UsageError
from tests.measures.goldens import golden


def run(data, **options):
    return ct.measure("coupling", data, **options)


def column(result, name):
    return [row[name] for row in result.to_dict()["rows"]]


def test_printed_two_systems():
    d = golden("ccd_urban_rural_logistics")
    data = pd.DataFrame({k: d["inputs"][k] for k in ("year", "Uu", "Ur")})
    result = run(data.assign(**{k: d["outputs"][k] for k in "CTD"}), indicator=["Uu:+", "Ur:+"], time="year",
                 printed=["C=C", "T=T", "D=D"])
    assert result.columns == ("year", "C", "T", "D")
    for symbol in "CTD":
        assert column(result, symbol) == pytest.approx(d["outputs"][symbol], abs=d["tolerance"])
    assert [row["agrees"] for row in result.details["audit"]] == [True, True, True] and not result.warnings


@pytest.mark.parametrize(("variant", "key", "share"), [("standard", "standard_equal_weights", None),
                                                       ("wang2021", "modified_wang2021_weights", (0.4, 0.3, 0.3))])
def test_printed_three_systems(variant, key, share):
    d = golden("ccd_mathmodels")
    data = pd.DataFrame(d["inputs"]["U"], columns=["u", "v", "w"]).assign(id=d["inputs"]["ids"])
    given = [] if share is None else [f"{n}={s}" for n, s in zip("uvw", share, strict=True)]
    result = run(data, indicator=["u:+", "v:+", "w:+"], unit="id", variant=variant, contribution=given)
    for symbol in "CTD":
        assert column(result, symbol) == pytest.approx(d["outputs"][key][symbol], abs=d["tolerance"])


def test_a_lost_coefficient_is_named():
    d = golden("ccd_audit_lost_coefficient")
    data = pd.DataFrame(d["inputs"]["u"], columns=["a", "b"])
    out = {k: d["outputs"][f"{k}_lost_coefficient"] for k in "CD"}
    result = run(data.assign(**{k: np.round(v, 6) for k, v in out.items()}), indicator=["a:+", "b:+"],
                 printed=["C=C", "D=D"])
    assert column(result, "C") == pytest.approx(d["outputs"]["C_correct"], abs=d["tolerance"])
    assert column(result, "D") == pytest.approx(d["outputs"]["D_correct"], abs=d["tolerance"])
    assert all(row["coefficient_lost"] for row in result.details["audit"])
    assert "coefficient 2 lost" in result.warnings[0] and "0.707" in result.warnings[1]


def test_a_table_that_follows_no_formula_is_named():
    d = golden("ccd_audit_nonreproducible")
    data = pd.DataFrame(d["inputs"]).assign(C=d["outputs"]["printed_C"], D=d["outputs"]["printed_D"])
    result = run(data, indicator=["U:+", "G:+"], time="year", printed=["C=C", "D=D"])
    assert column(result, "C") == pytest.approx(d["outputs"]["recomputed_C_standard"], abs=d["tolerance"])
    assert column(result, "D") == pytest.approx(d["outputs"]["recomputed_D_equal_weights"], abs=d["tolerance"])
    c, deg = result.details["audit"]
    assert (round(c["largest_difference"], 3), c["row"]) == (0.079, "2018") and not c["coefficient_lost"]
    assert (round(deg["largest_difference"], 3), deg["row"]) == (0.053, "2014") and not deg["agrees"]
    assert "0.079 (2018)" in result.warnings[0]


def test_indices_from_parameters_and_what_hinders():
    d = golden("ccd_mathmodels")
    u = np.array(d["inputs"]["U"])
    data = pd.DataFrame(np.c_[u, u[:, ::-1]], columns=list("abcdef"))
    systems = ["s=a:+,b:+,c:+", "t=d:+,e:+,f:+"]
    result = run(data, subsystem=systems, limits="0:1")
    found = np.array([[row[c] for c in "abc"] for row in result.details["obstacles"]])
    assert found == pytest.approx((1 - u) / (1 - u).sum(1, keepdims=True), abs=1e-12)
    # printed are w(1 - u), not yet divided by their sum
    printed = np.array(d["outputs"]["obstacle_equal"])
    assert found == pytest.approx(printed / printed.sum(1, keepdims=True), abs=2e-3)
    assert [row["s"] for row in result.details["index"]] == pytest.approx(u.mean(1), abs=1e-12)


def test_fan_is_one_minus_two_standard_deviations():
    data = pd.DataFrame({"a": [0.2, 0.0], "b": [0.8, 1.0], "c": [0.5, 1.0]})
    result = run(data, indicator=["a:+", "b:+", "c:+"], variant="fan2024")
    n, u = 3, data.to_numpy()
    expected = 1 - 2 * np.sqrt((n * (u**2).sum(1) - u.sum(1) ** 2) / n**2)
    assert column(result, "C") == pytest.approx(expected, abs=1e-12)


def test_levels_have_their_lower_bound():
    data = pd.DataFrame({"a": [0.25, 0.36, 0.01, 0.81], "b": [0.25, 0.36, 0.01, 0.81]})
    assert column(run(data, indicator=["a", "b"], levels="ten"), "level") == [
        "barely coordinated", "primary coordination", "severe imbalance", "quality coordination"]
    assert column(run(data, indicator=["a", "b"], levels="0.3,0.6"), "level") == ["0.3-0.6", "0.6-1", "0-0.3", "0.6-1"]
    assert column(run(data, indicator=["a", "b"], levels="ten"), "lagging") == [None] * 4


def test_systems_that_are_all_zero_have_no_coupling():
    result = run(pd.DataFrame({"a": [0.0, 0.5], "b": [0.0, 0.5]}), indicator=["a", "b"])
    assert column(result, "C") == [None, 1.0] and column(result, "D")[0] is None and column(result, "T")[0] == 0
    assert "row 1" in result.warnings[0]


@pytest.mark.parametrize(("options", "error", "says"), [
    ({"indicator": ["a"]}, UsageError, "at least two"),
    ({"indicator": ["a:-", "b:+"]}, UsageError, "--scale minmax"),
    ({"indicator": ["a", "c"]}, DataError, "c 3 "),
    ({"indicator": ["a", "b"], "levels": "0.5,0.3"}, UsageError, "rising"),
    ({"indicator": ["a", "b"], "printed": ["Z=a"]}, UsageError, "C=COL"),
])
def test_refusals(options, error, says):
    with pytest.raises(error, match=says):
        run(pd.DataFrame({"a": [0.2, 0.4], "b": [0.1, 0.3], "c": [3.0, 1.0]}), **options)
