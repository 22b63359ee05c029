"""Each raw file broken in ten ways: refused, or quarantined with file, row, column, value and remedy."""

from __future__ import annotations

import pytest

from clustertrade.data import datapackage
from clustertrade.data.clean import clean_source
from clustertrade.errors import DataError

from .breakages import BREAKAGES
from .folders import FOLDERS, cleaned, copy

FILES = [resource for folder in FOLDERS for resource in datapackage.load(folder).resources]
CASES = [(resource, breakage) for resource in FILES for breakage in BREAKAGES]
# Two of the ten a file in every run, others for each file, so that all ten meet every kind of file somewhere.
QUICK = [(resource, BREAKAGES[k % 10]) for i, resource in enumerate(FILES)
         for k in ((i, i + 5) if resource.spec["bytes"] < 500_000 else (i,))]


def name(value) -> str:
    return getattr(value, "name", "").replace("/", ":")


def answer(resource, breakage, tmp_path) -> None:
    target = copy(resource.folder, tmp_path)
    file = target / resource.spec["path"]
    broken = breakage.apply(file.read_bytes(), resource)
    if broken is None:
        return  # the file holds nothing of that kind, a list of names for example no unit
    assert broken != file.read_bytes()
    file.write_bytes(broken)
    if not breakage.rules:
        with pytest.raises(DataError) as refused:
            clean_source(target)
        message = str(refused.value)
        assert message.startswith(resource.name) and "Remedy: " in message, message
        assert "row " in message or "missing" in message, message
        return
    found, before = clean_source(target), cleaned(resource.folder.name.split("-")[0])
    new = found.quarantine.merge(before.quarantine, how="left", indicator=True).query("_merge == 'left_only'")
    assert len(new), f"{breakage.name} of {resource.name} went through"
    assert set(new["rule"]) <= set(breakage.rules), new
    assert (new["file"] == resource.name).all()
    assert (new["row"] >= 2).all() and new["column"].all() and new["remedy"].all(), new
    if resource.spec["role"] == "data" and resource.layout["kind"] in ("long", "wide"):
        lost = len(before.tidy) - len(found.tidy)
        assert lost == 0 if breakage.name == "duplicated-row" else lost > 0


@pytest.mark.parametrize(("resource", "breakage"), QUICK, ids=name)
def test_two_ways(resource, breakage, tmp_path):
    answer(resource, breakage, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("resource", "breakage"), CASES, ids=name)
def test_ten_ways(resource, breakage, tmp_path):
    answer(resource, breakage, tmp_path)
