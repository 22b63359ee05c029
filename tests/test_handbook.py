"""The reference pages hold every procedure, its options and where it comes from, and are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clustertrade import handbook
from clustertrade.catalog import index
from clustertrade.options import OPTIONS
from clustertrade.registry import FAMILIES, collect

FOLDER = Path(__file__).parents[1] / "docs" / "reference"


@pytest.fixture(scope="module")
def pages():
    return handbook.pages(collect())


def test_the_committed_pages_are_the_generated_ones(pages):
    assert {p.name: p.read_text(encoding="utf-8") for p in FOLDER.iterdir()} == pages, "run: make index"


def test_every_procedure_has_its_options_hypotheses_and_reference(pages):
    assert set(handbook.FAMILIES) == set(FAMILIES)
    for name, row in index().items():
        assert f"(`{name}`" not in pages["README.md"] and f"[`{name}`]({row['family']}.md#{name})" in pages["README.md"]
        own = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", pages[f"{row['family']}.md"], re.M | re.S)[1]
        assert all(f"| `{OPTIONS[o].flag}`" in own for o in row["options"])
        assert all(row[k] in own for k in ("title", "null", "alternative"))
        assert re.search(r"^Reference: .{20}", own, re.M)
        assert not row["checked"] or "\nChecked: " in own


def test_formulas_are_those_of_markdown(pages):
    text = "".join(pages.values())
    assert not re.search(r"\.\. math::|:math:|:func:|``|Examples\n---|>>>", text)
    assert all(line.count("$$") % 2 == 0 for line in text.splitlines())
    assert text.count("$$") > 100
