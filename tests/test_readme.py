"""What the README tells a newcomer works: its commands, its Python, its links, in both languages."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clustertrade.catalog import index
from clustertrade.cli import main

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh.md")


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def data():
    rng = np.random.default_rng(20260101)
    panel = pd.DataFrame({"province": np.repeat([f"p{i}" for i in range(8)], 25),
                          "year": np.tile(range(1998, 2023), 8)})
    steps = rng.standard_normal((6, 8, 25)).cumsum(2).reshape(6, -1)
    return panel.assign(id=panel["province"].str[1:].astype(int), ln_export=steps[0], ln_lq=steps[1], y=steps[2],
                        x1=steps[3], x2=steps[4], manufacturing=rng.uniform(1, 5, 200), employment=10.0)


@pytest.mark.parametrize("name", READMES)
def test_its_commands_run(name, tmp_path, monkeypatch, capsys):
    commands = re.findall(r"^clustertrade (.+)$", text(name), re.M)
    assert len(commands) == 6
    monkeypatch.chdir(tmp_path)
    data().to_csv("panel.csv", index=False)
    data().to_csv("regions.csv", index=False)
    data().to_stata("panel.dta", write_index=False)
    for command in commands:
        words = shlex.split(command.split("  ")[0])
        if words[0] == "power":
            words += ["--replications", "10"]
        assert main(words) == 0, command
        out, err = capsys.readouterr()
        assert len(out) > 100 and not err


@pytest.mark.parametrize("name", READMES)
def test_its_python_runs(name):
    code = re.search(r"```python\n(.*?)```", text(name), re.S)[1]
    names = {"df": data()}
    exec(code, names)
    assert names["res"].pvalue is not None and len(names["est"].params) and len(names["lq"].rows) == 200


@pytest.mark.parametrize("name", [*READMES, "docs/reference/README.md"])
def test_its_links_are_there(name):
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text(name)) if not link.startswith("http")]
    assert len(links) > 4
    for link in links:
        assert ((ROOT / name).parent / link.partition("#")[0]).exists(), link


@pytest.mark.parametrize("name", READMES)
def test_its_table_has_every_family(name):
    rows = re.findall(r"^\| (?!family|类别|:---)([^|]+) \|[^|]+\|$", text(name), re.M)
    assert len(rows) == len({r["family"] for r in index().values()})


def test_its_table_of_results_is_the_first_part_of_the_whole_one():
    for name, whole in (("README.md", "docs/t15-granger.md"), ("README.zh.md", "docs/t15-granger.zh.md")):
        numbers = [re.findall(r"\| ([\d.]+) (?=\|)", line) for line in re.findall(r"^\| Δ.*$", text(name), re.M)]
        theirs = [re.findall(r"\| ([\d.]+) (?=\|)", line) for line in re.findall(r"^\| Δ.*$", text(whole), re.M)]
        assert numbers and numbers == theirs[: len(numbers)]
