"""The raw folders against their descriptions, and against the number of figures that were supplied."""

from __future__ import annotations

import json
import re

import pytest

from clustertrade.data import codebook, datapackage, regions, units
from clustertrade.data.digits import number_text

from .folders import FOLDERS, RAW, copy, describe, edit, folder

PACKAGES = [datapackage.load(f) for f in FOLDERS]

# Figures as supplied, by collection, counted before they were split by publication.  The counts of pilot zones (837)
# are computed here, 93 Taobao counts stood in two files, 243 national figures are sums of GGDC or customs rows.
SUPPLIED = {
    "provinces.csv": 38_283 - 837 - 93 - 186 + 2, "annual-2024.csv": 93, "counts-by-province.csv": 186,
    "monthly.csv": 57_972, "national-2024.csv": 3, "national.csv": 290 - 240 - 3 + 40, "facts.csv": 21,
    "china.csv": 196, "areas.csv": 31, "areas-from-map.csv": 31, "neighbours.csv": 69, "counts.csv": 118 - 93,
    "village-list.csv": 2_303, "zones.csv": 165, "batches.csv": 8, "two-provinces-together.csv": 1,
    "seed-figures.csv": 74, "sectors.csv": 46_942, "indicators.csv": 41_643,
}


@pytest.mark.parametrize("path", FOLDERS, ids=lambda p: p.name)
def test_description_holds(path):
    assert datapackage.check(path) == []


@pytest.mark.parametrize("name", SUPPLIED)
def test_every_supplied_figure_is_there(name):
    assert sum(r.spec["cells"] for p in PACKAGES for r in p.resources if r.spec["path"] == name) == SUPPLIED[name]


def test_no_other_figures():
    assert sum(r.spec["cells"] for p in PACKAGES for r in p.resources) == sum(SUPPLIED.values())


def test_sources_are_named():
    for package in PACKAGES:
        primary = [s for s in package.spec["sources"] if s["role"] == "primary"]
        assert [s["id"] for s in primary] == [package.id]
        assert primary[0]["title"] and primary[0]["publisher"] and primary[0]["address"] and primary[0]["how_seen"]
        assert package.spec["kind"] in ("dataset", "press") and package.spec["licence"]
        for resource in package.resources:
            assert all(f["description"] and f["type"] for f in resource.fields.values())
            assert all(v["definition"] and v["unit"] for v in resource.variables.values())


def test_raw_data_are_small_and_without_local_paths():
    files = [p for p in RAW.rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) < 12_000_000
    for path in files:
        if path.suffix in (".json", ".bib", ".md"):
            assert not re.search(r"/(work|home|root|tmp)/", path.read_text(encoding="utf-8")), path


def test_every_variable_has_both_names():
    entries = codebook.variables()
    for package in PACKAGES:
        for resource in package.resources:
            if resource.spec["role"] == "data":
                assert {v["name"] for v in resource.variables.values()} <= set(entries)
    for row in entries.values():
        assert row["name_en"] and re.search(r"[\u4e00-\u9fff]", row["name_zh"]) and row["definition_zh"], row
        assert bool(row["breaks"]) == bool(row["breaks_zh"]), row
        assert {u.dimension for u in units.table().values() if u.base == row["unit"]} == {row["dimension"]}, row


def test_codebook_of_regions():
    assert len(regions.provinces()) == 31
    groups = list(regions.groups().values())
    assert [groups.count(g) for g in ("east", "central", "west")] == [11, 8, 12]
    four = list(regions.groups("group4").values())
    assert [four.count(g) for g in ("east", "central", "west", "northeast")] == [10, 6, 12, 3]
    places = [(r, c) for r, c, _ in regions.tiles().values()]
    assert len(set(places)) == 31 and len({a for *_, a in regions.tiles().values()}) == 31
    assert units.conflicting() == []


def test_check_finds_an_edited_figure(tmp_path, capsys):
    target = copy(folder("S64"), tmp_path)
    assert datapackage.main(["--check", str(target)]) == 0
    edit(target, "areas.csv", lambda raw: raw.replace(b"16411", b"16412"))
    assert datapackage.main(["--check", str(target)]) == 3
    assert "sha256" in capsys.readouterr().err
    assert datapackage.main(["--update", str(target)]) == 0
    assert datapackage.main(["--check", str(target)]) == 0


def test_check_names_what_is_undescribed(tmp_path):
    target = copy(folder("S64"), tmp_path)
    (target / "notes.txt").write_text("stray", encoding="utf-8")
    (target / "source.bib").unlink()
    describe(target, lambda s: s["resources"][0]["variables"][0].update(unit="li"))
    faults = "\n".join(datapackage.check(target))
    assert "notes.txt" in faults and "source.bib" in faults and "unit 'li'" in faults
    describe(target, lambda s: s.pop("licence"))
    assert datapackage.main(["--check", str(target)]) == 3


def test_figures_are_strings_as_published():
    """Nothing was rounded on the way in: every figure of the long files is the number that its text says."""
    resource = datapackage.load(folder("S60")).resources[0]
    rows = [line.split(",") for line in resource.path.read_text(encoding="utf-8").splitlines()[1:]]
    assert rows[0][2] == "8.27896"
    assert all(number_text(r[2]) == (r[2], "") for r in rows)


def test_description_is_json_that_a_person_can_edit():
    text = (folder("S04") / "datapackage.json").read_text(encoding="utf-8")
    assert json.loads(text)["id"] == "S04" and text.count("\n") > 100
