from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from clustertrade.files import write_whole
from clustertrade.render import write as write_module
from clustertrade.render import write_all
from tests.render.tables import regression

SUFFIXES = [f"{lang}{kind}" for lang in ("", ".zh") for kind in (".tex", ".docx", ".html", ".md", ".csv")]
ELSEWHERE = """
import sys
sys.path.insert(0, {tests!r})
from tests.render.tables import TABLES
from clustertrade.render import write_all
for make in TABLES.values():
    table = make()
    write_all(table, sys.argv[1] + "/" + table.id)
"""


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_all_formats_in_both_languages(tmp_path):
    written = write_all(regression(), tmp_path / "new" / "t08-baseline")
    assert [path.name for path in written] == [f"t08-baseline{suffix}" for suffix in SUFFIXES]
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == sorted(p.name for p in written)


def test_the_file_has_the_name_of_the_table(tmp_path):
    with pytest.raises(ValueError, match="t08-baseline"):
        write_all(regression(), tmp_path / "t09")


def test_the_same_bytes_in_another_process_place_and_zone(tmp_path, request):
    program = ELSEWHERE.format(tests=str(request.config.rootpath))
    for name, zone, seed in (("a", "UTC", "1"), ("b/deeper", "Asia/Shanghai", "2")):
        (tmp_path / name).mkdir(parents=True)
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / name)],
            check=True,
            env={"TZ": zone, "PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            cwd=tmp_path,
        )
    assert digests(tmp_path / "a") == digests(tmp_path / "b" / "deeper") != {}


def test_nothing_is_written_if_one_format_fails(tmp_path, monkeypatch):
    def fail(table, lang):
        raise RuntimeError("no")

    monkeypatch.setitem(write_module.FORMATS, "csv", fail)
    with pytest.raises(RuntimeError):
        write_all(regression(), tmp_path / "t08-baseline")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_rename_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    target = tmp_path / "x.md"
    target.write_text("old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_whole(target, "new")
    assert [path.name for path in tmp_path.iterdir()] == ["x.md"] and target.read_text() == "old"
