"""The command line: results on standard output, one message on standard error, the exit code of the error's class."""

from __future__ import annotations

import json
import subprocess
import sys

import pandas as pd
import pytest

from clustertrade.cli import main

GRUNFELD = "tests/goldens/inputs/grunfeld.csv"
CD = ["test", "cd", "--data", GRUNFELD, "--entity", "firm", "--time", "year", "--y", "inv"]


def run(capsys, *argv):
    code = main(list(argv))
    out, err = capsys.readouterr()
    return code, out, err


def test_json_is_the_contract(capsys):
    code, out, err = run(capsys, *CD, "--format", "json")
    assert code == 0 and not err
    result = json.loads(out)
    assert result["kind"] == "test" and result["statistics"][0]["name"] == "CD"
    assert result["options"]["y"] == "inv" and result["options"]["entity"] == "firm"


@pytest.mark.parametrize("form", ["text", "md", "tex", "csv"])
def test_every_format_holds_the_statistic(capsys, form):
    code, out, _ = run(capsys, *CD, "--format", form)
    assert code == 0 and "22.92" in out


@pytest.mark.parametrize(("argv", "code", "word"), [
    (["test", "no-such-test", "--data", GRUNFELD, "--y", "inv"], 2, "no-such-test"),
    (["test", "cdd", "--data", GRUNFELD, "--y", "inv"], 2, "near it: cd"),
    ([*CD, "--no-such-option", "1"], 2, "--no-such-option"),
    ([*CD, "--balanced", "maybe"], 2, "require"),
    (["test", "cd", "--data", "absent.csv", "--entity", "firm", "--time", "year", "--y", "inv"], 3, "absent.csv"),
    (["test", "cd", "--data", GRUNFELD, "--y", "inv", "--time", "year"], 3, "not unique"),
    (["test", "cd", "--data", GRUNFELD, "--entity", "firm", "--time", "year", "--y", "nothing"], 2, "nothing"),
    (["estimate", "cd", "--data", GRUNFELD, "--y", "inv"], 2, "clustertrade test cd"),
    (["frobnicate"], 2, "frobnicate"),
    (["list", "--family", "nothing"], 2, "dependence"),
])
def test_errors(capsys, argv, code, word):
    got, out, err = run(capsys, *argv)
    assert got == code and out == "" and word in err and "Traceback" not in err
    assert err.count("\n") == 1


def test_list_is_instant():
    """It imports neither numpy nor pandas."""
    script = ("import sys; from clustertrade.cli import main; main(['list']); "
              "sys.exit(any(m in sys.modules for m in ('numpy', 'pandas', 'scipy')))")
    assert subprocess.run([sys.executable, "-c", script], stdout=subprocess.DEVNULL, check=False).returncode == 0


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".feather", ".xlsx", ".dta"])
def test_every_kind_of_file_gives_the_same_number(capsys, tmp_path, suffix):
    from clustertrade.data.frames import write_frame

    path = tmp_path / f"data{suffix}"
    write_frame(pd.read_csv(GRUNFELD), path, suffix)
    code, out, _ = run(capsys, "test", "cd", "--data", str(path), "--entity", "firm", "--time", "year", "--y", "inv",
                       "--format", "json")
    assert code == 0
    assert json.loads(out)["statistics"][0]["value"] == pytest.approx(22.9215881565412, rel=1e-6)


def test_a_file_in_gb18030_is_read(capsys, tmp_path):
    path = tmp_path / "data.csv"
    pd.read_csv(GRUNFELD).rename(columns={"inv": "投资"}).to_csv(path, index=False, encoding="gb18030")
    code, out, _ = run(capsys, "test", "cd", "--data", str(path), "--entity", "firm", "--time", "year", "--y", "投资",
                       "--format", "json")
    assert code == 0 and json.loads(out)["options"]["y"] == "投资"
