"""Hostile data: every fault gets one message with file, place and remedy, an exit code, and never a number."""

from __future__ import annotations

import io
import json
import os
import re

import numpy as np
import pandas as pd
import pytest

import clustertrade as ct
from clustertrade.catalog import index
from clustertrade.cli import main
from clustertrade.errors import DataError, InfeasibleError, UsageError

HEAD, ROWS = "id,t,y,x", [f"u{i},{2001 + t},{(i * 7 + t * t) % 11 + 0.5},{(i + 3 * t) % 7}" for i in range(5)
                          for t in range(12)]
TEXT = "\n".join([HEAD, *ROWS]) + "\n"


@pytest.fixture
def run(tmp_path, capsys):
    """Runs a procedure on bytes as a file; exit code, output, message."""
    def of(content, *argv, suffix=".csv"):
        path = tmp_path / f"data{suffix}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        words = argv or ("test", "cd", "--entity", "id", "--time", "t", "--y", "y")
        code = main([*words, "--data", str(path), "--format", "json"])
        out, err = capsys.readouterr()
        return code, out, err

    return of


@pytest.mark.parametrize(("content", "message"), [
    (TEXT.replace(",", ";"), "separated by semicolons"),
    (TEXT.replace(",", "\t"), "separated by tabs.*name it .tsv"),
    (TEXT.replace("y,x", "y,y", 1), "header has y more than once"),
    (TEXT.replace("\n", ",9\n").replace(",9\n", "\n", 1), "line 2: 5 fields, and the header has 4"),
    (TEXT + "u9,2001", "line 62: 2 fields"),
    (TEXT + '"u9,2001,1,2\n', "line 62: 1 fields"),
    (TEXT.encode("utf-16"), "neither UTF-8"), (TEXT.encode("utf-16-be"), "null bytes"), (bytes(range(256)), "UTF-8"),
    (HEAD + "\n", "no rows"), ("", "empty"), ("\n\n", "cannot be read"),
    (TEXT.replace("u0,2004", "u0,1e30"), "time"), (TEXT.replace("u0,2004", "u0," + "9" * 30), "is no period"),
    (TEXT + "u0,2001,1,2\n", "u0 2001 stands in the data more than once"),
    (TEXT.replace("u1,2001,7.5", 'u1,2001,"1,234.5"'), "column y, row 13 .u1 2001.: '1,234.5' is not a finite number")])
def test_what_cannot_be_read_is_said_with_the_file(run, content, message):
    code, out, err = run(content)
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert re.search(rf"^clustertrade: \S+data\.csv\b.*{message}", err), err


@pytest.mark.parametrize("content", [
    TEXT.encode("utf-8-sig"), TEXT.replace("u1", "北京").encode("gb18030"), TEXT.replace("\n", "\r\n"),
    TEXT.replace("\n", "\r"), TEXT.replace("u1", '"a, ""b"""'), TEXT.replace("u1", '"u\n1"'),
    TEXT.replace("id,t", " id , t ", 1), TEXT + "\n\n", TEXT.replace("id", "编号", 1).replace("编号", "id", 1)])
def test_what_can_be_read_gives_the_same_number(run, content):
    plain, odd = (json.loads(run(c)[1])["statistics"] for c in (TEXT, content))
    assert odd == plain


@pytest.mark.parametrize("suffix", [".xlsx", ".dta", ".parquet", ".feather"])
def test_a_file_of_another_kind_is_refused(run, suffix):
    code, out, err = run(TEXT, suffix=suffix)
    assert (code, out, err.count("\n")) == (3, "", 1) and f"cannot be read as {suffix}" in err


def test_of_a_workbook_the_one_sheet_that_holds_something_is_read(run, tmp_path):
    table, path = pd.read_csv(io.StringIO(TEXT)), tmp_path / "book.xlsx"
    for second, code in ((pd.DataFrame(), 0), (table.head(3), 3)):
        with pd.ExcelWriter(path) as book:
            pd.DataFrame().to_excel(book, sheet_name="empty", index=False)
            table.to_excel(book, sheet_name="data", index=False)
            second.to_excel(book, sheet_name="other", index=False)
        found, out, err = run(path.read_bytes(), suffix=".xlsx")
        assert found == code and bool(out) == (code == 0)
        assert code == 0 or "2 sheets hold something: data, other" in err


@pytest.mark.parametrize("scale", [1e300, 1e-300])
@pytest.mark.parametrize("name", ["kpss", "ips", "cd-star", "fe", "panel-var", "mg", "moran", "gmm-diff"])
def test_numbers_beyond_precision_are_refused(scale, name):
    rng = np.random.default_rng(20260101)
    frame = pd.DataFrame({"i": np.repeat(list("abcdefgh"), 30), "t": np.tile(np.arange(30), 8),
                          "y": rng.standard_normal(240) * scale, "x": rng.standard_normal(240)})
    options = {"neighbours": [(a, b) for a, b in zip("abcdefg", "bcdefgh", strict=True)]} if name == "moran" else {}
    call = ct.estimate if name in ("fe", "panel-var", "mg", "gmm-diff") else ct.test
    with pytest.raises(InfeasibleError, match=rf"{name}: y reaches .*take another unit"):
        call(name, frame[frame["i"] == "a"] if name == "kpss" else frame, y="y", time="t",
             **({} if name == "kpss" else {"entity": "i"}), x=["x"] if call is ct.estimate else [], **options)


def panel(**columns):
    """Eight entities over thirty periods; functions of entity number and period give the columns."""
    i, t = np.repeat(np.arange(8), 30), np.tile(np.arange(30), 8)
    noise = np.random.default_rng(20260101).standard_normal((2, 240))
    data = {"i": [f"u{k}" for k in i], "t": t + 2001, "y": noise[0], "x": noise[1]}
    return pd.DataFrame(data | {k: f(i, t) * 1.0 for k, f in columns.items()})


RING = [(f"u{k}", f"u{(k + 1) % 8}") for k in range(8)]


@pytest.mark.parametrize(("name", "columns", "options"), [
    ("hadri", {"y": lambda i, t: 2 + 3 * t}, {"trend": "ct"}), ("ips", {"y": lambda i, t: i + t}, {"trend": "ct"}),
    ("westerlund", {"y": lambda i, t: np.sin(t)}, {}), ("cd", {"y": lambda i, t: i}, {}),
    ("scaled-lm", {"y": lambda i, t: i}, {}), ("moran", {"y": lambda i, t: t}, {"neighbours": RING}),
    ("moran", {"y": lambda i, t: (i == 0) * t}, {"neighbours": RING}), ("be", {"y": lambda i, t: t}, {}),
    ("be", {"x": lambda i, t: np.sin(t)}, {}), ("spatial-durbin", {"y": lambda i, t: i}, {"neighbours": RING}),
    ("gmm-diff", {"y": lambda i, t: t}, {}), ("gmm-system", {"y": lambda i, t: i}, {}),
    ("panel-var", {"x": lambda i, t: i}, {}), ("harris-tzavalis", {"y": lambda i, t: i}, {"trend": "n"}),
    ("mg", {"x": lambda i, t: t}, {"demean": True}), ("ips", {"y": lambda i, t: np.sin(t)}, {"demean": True}),
    ("fisher-johansen", {"x": lambda i, t: np.sin(t)}, {"lags": 1})])
def test_what_is_not_defined_has_no_number(name, columns, options):
    """Lines without error, what differs nowhere, regressions that fit exactly."""
    call = ct.estimate if index()[name]["kind"] == "estimate" else ct.test
    xs = ["x"] if call is ct.estimate or name in ("westerlund", "fisher-johansen") else []
    with pytest.raises(InfeasibleError, match=f"^{name}: ") as caught:
        call(name, panel(**columns), entity="i", time="t", y="y", x=xs, **options)
    assert len(str(caught.value)) > 40


def test_a_regression_without_error_is_refused():
    """y is x and a constant for each entity, which no check of the whole columns sees."""
    frame = panel()
    frame["y"] = 2 * frame["x"] + frame["i"].str[1:].astype(int) ** 2
    for name, reason in (("fmols", "a regression of this data fits without error"), ("vecm", "no errors to correct"),
                         ("dols", "a regression of this data fits without error")):
        with pytest.raises(InfeasibleError, match=f"{name}: .*{reason}"):
            ct.estimate(name, frame, entity="i", time="t", y="y", x=["x"])


@pytest.mark.parametrize(("name", "columns", "message"), [
    ("hhi", {"value": [1.0, 1e308]}, "beyond 1e.60"), ("hhi", {"value": [1e-300, 2e-300]}, "below 1e-60"),
    ("theil", {"value": [1.0, 1e200]}, "take another unit")])
def test_measures_refuse_what_cannot_be_squared(name, columns, message):
    frame = pd.DataFrame({"region": ["a", "b"], **columns})
    with pytest.raises(InfeasibleError, match=message):
        ct.measure(name, frame, region="region", value="value") if name == "theil" else ct.measure(
            name, frame.assign(i="steel"), region="region", industry="i", value="value")


@pytest.mark.parametrize("convert", [pd.to_datetime, pd.to_timedelta])
def test_dates_are_no_numbers(convert):
    frame = panel().assign(y=convert(np.arange(240)))
    with pytest.raises(DataError, match="column y holds d"):
        ct.test("cd", frame, entity="i", time="t", y="y")
    with pytest.raises(DataError, match="column y holds d"):
        ct.measure("hhi", frame, region="i", time="t", value="y")


def test_a_frame_with_two_columns_of_one_name_is_refused():
    frame = panel()
    frame.columns = ["i", "t", "y", "y"]
    with pytest.raises(DataError, match="y names several columns"):
        ct.test("cd", frame, entity="i", time="t", y="y")
    with pytest.raises(DataError, match="y names several columns"):
        ct.measure("hhi", frame, region="i", time="t", value="y")


@pytest.mark.parametrize("option", ["lags", "max_lags", "bandwidth", "bootstrap", "seed"])
@pytest.mark.parametrize("value", ["-1", "1e99", "nan", "inf", "1.5", "abc", ""])
def test_options_out_of_range_are_wrong_usage(option, value):
    name = "llc" if option in ("lags", "max_lags", "bandwidth") else "cips"
    with pytest.raises(UsageError, match=f"--{option.replace('_', '-')}"):
        ct.test(name, panel(), entity="i", time="t", y="y", **{option: value})


def test_a_long_lag_order_is_refused_at_once():
    with pytest.raises(InfeasibleError, match=r"at least .* periods.*With --lags"):
        ct.test("llc", panel(), entity="i", time="t", y="y", lags="aic", max_lags=9_999)


def test_whatever_goes_wrong_is_one_message(run, monkeypatch, capsys):
    """An error that nobody foresaw is said to be the program's, without a traceback; --debug shows it."""
    import clustertrade.data.frames as frames

    def broken(path):
        raise RuntimeError("the unforeseen")

    monkeypatch.setattr(frames, "read_frame", broken)
    code, out, err = run(TEXT)
    assert (code, out, err.count("\n")) == (1, "", 1) and "fault of clustertrade" in err and "the unforeseen" in err
    assert main(["test", "cd", "--data", "x.csv", "--y", "y", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("words", [
    ["power", "cd", "--seed", "x"], ["power", "cd", "--seed", "-1"], ["power", "dumitrescu-hurlin", "--rho", "inf"]])
def test_power_refuses_what_is_out_of_range(run, words):
    x = ["--x", "x"] if "dumitrescu-hurlin" in words else []
    code, out, err = run(TEXT, *words, *x, "--entity", "id", "--time", "t", "--y", "y")
    assert (code, out, err.count("\n")) == (2, "", 1) and words[2] in err


def test_a_panel_that_no_machine_holds_is_not_drawn(capsys, tmp_path):
    out = tmp_path / "o.csv"
    assert main(["simulate", "granger", "--n", "99999999", "--t", "99999", "--seed", "1", "--out", str(out)]) == 2
    assert "more than 50,000,000 rows" in capsys.readouterr().err and not out.exists()


@pytest.mark.parametrize("suffix", [".xlsx", ".tsv", ".feather", ".dta", ".csv", ".parquet"])
def test_a_measure_is_written_as_its_name_says(run, tmp_path, suffix):
    from clustertrade.data.frames import read_frame

    path = tmp_path / f"out{suffix}"
    argv = ["measure", "hhi", "--region", "id", "--time", "t", "--value", "y", "--out", str(path)]
    (tmp_path / "in.csv").write_text(TEXT)
    assert main([*argv, "--data", str(tmp_path / "in.csv")]) == 0
    assert list(read_frame(path).columns) == ["t", "value"] and [*tmp_path.glob(".*")] == []


def test_a_device_does_not_become_a_file(run, tmp_path):
    os.mkfifo(tmp_path / "device")
    code, out, err = run(TEXT, "measure", "hhi", "--region", "id", "--time", "t", "--value", "y",
                         "--out", str(tmp_path / "device"))
    assert (code, out) == (2, "") and "device" in err and not (tmp_path / "device").is_file()


def test_an_output_that_cannot_be_written_is_wrong_usage(run, tmp_path):
    (tmp_path / "taken").write_text("a file, not a folder")
    code, out, err = run(TEXT, "measure", "hhi", "--region", "id", "--time", "t", "--value", "y",
                         "--out", str(tmp_path / "taken" / "o.csv"))
    assert (code, out, err.count("\n")) == (2, "", 1) and "taken" in err
