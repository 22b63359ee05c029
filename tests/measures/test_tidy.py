"""The rules for input that all measures share."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import clustertrade as ct
from clustertrade.errors import DataError, UsageError
from clustertrade.measures.tidy import Rows
from clustertrade.results import from_dict

CALLS = {
    "location-quotient": {"region": "r", "industry": "i", "time": "y", "value": "v"},
    "hhi": {"region": "r", "industry": "i", "time": "y", "value": "v"},
    "gini": {"region": "r", "industry": "i", "time": "y", "value": "v"},
    "hoover": {"region": "r", "industry": "i", "time": "y", "value": "v"},
    "krugman": {"region": "r", "industry": "i", "time": "y", "value": "v"},
    "density": {"region": "r", "industry": "i", "time": "y", "value": "v", "area": "a"},
    "entropy-weights": {"indicator": ["v:+", "a:+"], "unit": "r", "time": "y", "variant": "scores"},
}


@pytest.fixture
def data():
    rng = np.random.default_rng(20260101)
    rows = [(r, i, y) for r in ("Anhui", "Beijing", "Hebei") for i in ("steel",) for y in (2019, 2020)]
    return pd.DataFrame(rows, columns=["r", "i", "y"]).assign(v=rng.gamma(2, size=6), a=rng.gamma(3, size=6))


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(("fault", "error", "message"), [
    (lambda d: d.assign(v=d["v"].astype(object).where(d.index != 3, "1,234")), DataError,
     r"column v, row 4 \(Beijing.*'1,234' is not a finite number"),
    (lambda d: d.assign(v=d["v"].where(d.index != 3)), DataError, r"v is missing in 1 of 6 rows: Beijing.*no gap"),
    (lambda d: d.assign(v=d["v"].where(d.index != 3, np.inf)), DataError, r"row 4.*'inf' is not a finite"),
    (lambda d: d.assign(r=d["r"].where(d.index != 3)), DataError, "column r, row 4: the label is missing"),
    (lambda d: pd.concat([d, d.iloc[[1]]]), DataError, r"is not unique: Anhui.*2020 \(2 rows\)"),
    (lambda d: d.drop(columns="v"), UsageError, "no column v; there are r, i, y, a"),
    (lambda d: d.iloc[:0], DataError, "no rows"),
    (lambda d: d.rename(columns={"r": "value"}), UsageError, "cannot be called value")])
def test_bad_input(name, data, fault, error, message):
    options = dict(CALLS[name])
    frame = fault(data)
    if "value" in frame.columns:
        options = {k: "value" if v == "r" else v for k, v in options.items()}
    with pytest.raises(error, match=message) as caught:
        ct.measure(name, frame, **options)
    assert str(caught.value).startswith(name)


@pytest.mark.parametrize("name", [n for n in CALLS if n != "entropy-weights"])
def test_negative_amounts_and_missing_options(name, data):
    with pytest.raises(DataError, match=r"v is negative in 1 rows: Beijing steel 2020 \(-1\)"):
        ct.measure(name, data.assign(v=data["v"].where(data.index != 3, -1.0)), **CALLS[name])
    with pytest.raises(UsageError, match="--value"):
        ct.measure(name, data, **{k: v for k, v in CALLS[name].items() if k != "value"})
    with pytest.raises(UsageError, match="given twice"):
        ct.measure(name, data, **{**CALLS[name], "industry": "r"})
    with pytest.raises(UsageError, match="does not take --unknown"):
        ct.measure(name, data, **CALLS[name], unknown=1)


@pytest.mark.parametrize("name", CALLS)
def test_json_round_trips(name, data):
    result = ct.measure(name, data, **CALLS[name])
    text = json.dumps(result.to_dict(), allow_nan=False)
    assert from_dict(json.loads(text)).to_dict() == json.loads(text)
    assert result.columns[-1] == "value" and result.name == name and result.reference["text"]


def test_labels_come_back_as_they_were(data):
    """Numbers stay numbers, also where pandas read them as floats; dates and categories are texts."""
    dated = data.assign(y=pd.to_datetime(data["y"].astype(str) + "-06-30"), r=data["r"].astype("category"))
    row = ct.measure("density", dated, **CALLS["density"]).to_dict()["rows"][0]
    assert (row["r"], row["y"]) == ("Anhui", "2019-06-30")
    row = ct.measure("density", data.assign(y=data["y"].astype(float)), **CALLS["density"]).to_dict()["rows"][0]
    assert row["y"] == 2019 and isinstance(row["y"], int)
    mixed = data.assign(r=[1, 1, "Beijing", "Beijing", 2, 2])
    assert [r["value"] for r in ct.measure("hhi", mixed, region="r", time="y", value="v").rows] == pytest.approx(
        [r["value"] for r in ct.measure("hhi", data, region="r", time="y", value="v").rows])


def test_keys_may_stand_in_the_index(data):
    plain = ct.measure("density", data, region="r", time="y", value="v", area="a")
    indexed = ct.measure("density", data.set_index(["r", "y"]), region="r", time="y", value="v", area="a")
    assert indexed.to_frame().equals(plain.to_frame())


def test_duplicates_among_many_possible_keys(data):
    """Where combinations are many more than rows, too."""
    rng = np.random.default_rng(1)
    many = pd.DataFrame({"r": rng.permutation(3000), "y": rng.permutation(3000), "v": 1.0, "a": 1.0})
    call = {"region": "r", "time": "y", "value": "v", "area": "a"}
    assert len(ct.measure("density", many, **call).rows) == 3000
    with pytest.raises(DataError, match=r"is not unique.*\(2 rows\)"):
        ct.measure("density", pd.concat([many, many.iloc[[7]]]), **call)


def test_rows_are_a_sequence():
    rows = Rows(pd.DataFrame({"a": [1, 2, 3]}))
    assert len(rows) == 3 and rows[1] == {"a": 2} and list(rows[1:]) == [{"a": 2}, {"a": 3}] and rows[-1] == {"a": 3}


def test_spaces_around_a_label_do_not_make_another(data):
    spaced = data.assign(r=data["r"].where(data.index % 2 == 0, data["r"] + " "))
    found, plain = (ct.measure("hhi", d, **CALLS["hhi"]).to_frame() for d in (spaced, data))
    pd.testing.assert_frame_equal(found, plain)


def test_missing_periods_are_no_step():
    """Growth over a hole is not growth over a year; months are in the order of the calendar."""
    rng = np.random.default_rng(20260101)
    frame = pd.DataFrame([(r, i, t) for r in "abcde" for i in ("x", "y") for t in (2001, 2002, 2004, 2005)],
                         columns=["r", "i", "t"])
    frame = frame.assign(v=rng.gamma(3, size=len(frame)), w=rng.gamma(3, size=len(frame)))
    one = frame[frame["i"] == "x"]
    called = [ct.measure("location-quotient", frame, region="r", industry="i", time="t", value="v", variant="growth"),
              ct.measure("malmquist", one, unit="r", time="t", input=["v"], output=["w"]),
              ct.measure("synergy", one, subsystem=["A=v:+", "B=w:+"], unit="r", time="t", base="previous"),
              ct.measure("convergence", one, region="r", time="t", value="v")]
    assert all(any("2002 to 2004" in w for w in m.warnings) for m in called) and "trend" not in called[-1].details
    with pytest.raises(DataError, match="some are missing between 2002 to 2004"):
        ct.measure("convergence", one, region="r", time="t", value="v", variant="beta")
    even = one[one["t"] != 2002].assign(t=lambda d: d["t"].map({2001: 1990, 2004: 1995, 2005: 2000}))
    assert not ct.measure("convergence", even, region="r", time="t", value="v").warnings
    months = pd.DataFrame({"t": ["2001-9", "2001-10"] * 2, "r": ["a", "a", "b", "b"], "i": "x", "v": [1.0, 2, 3, 4]})
    found = ct.measure("hhi", months, region="r", industry="i", time="t", value="v")
    assert [row["t"] for row in found.rows][:2] == ["2001-9", "2001-10"]
