"""The example of data/raw/README.md works as it is printed."""

from __future__ import annotations

import re

from clustertrade.data import datapackage
from clustertrade.data.clean import clean_source

from .folders import FOLDERS, RAW

README = (RAW / "README.md").read_text(encoding="utf-8")


def test_example(tmp_path):
    target = tmp_path / "Y01-my-survey"
    target.mkdir()
    spec = re.search(r"```json\n(.*?)```", README, re.DOTALL)[1]
    (target / "datapackage.json").write_text(spec, encoding="utf-8")
    (target / "source.bib").write_text("@misc{Y01,\n  title = {My survey},\n}\n", encoding="utf-8")
    rows = ["province,year,variable,value,unit", "Nei Mongol,2023,my_sales,12.5,万元", "广东省,2023,my_sales,-,万元",
            "粤,2022,my_sales,99,万元"]
    (target / "survey.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert datapackage.main(["--update", str(target)]) == 0
    assert datapackage.main(["--check", str(target)]) == 0
    cleaned = clean_source(target)
    assert cleaned.tidy[["region_code", "value", "unit"]].values.tolist() == [
        ["150000", 125_000.0, "yuan"], ["440000", 990_000.0, "yuan"]]
    assert len(cleaned.quality["missing"]) == 1 and cleaned.quarantine.empty


def test_counts_in_the_readme():
    packages = [datapackage.load(f) for f in FOLDERS]
    files = [r for p in packages for r in p.resources]
    assert f"{len(packages)}, {len(files)}, {sum(r.spec['cells'] for r in files):,}" in README
