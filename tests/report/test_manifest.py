from __future__ import annotations

import hashlib
import json
from types import SimpleNamespace

import pytest

from clustertrade.errors import DataError
from clustertrade.report import manifest


def plan_of(*jobs):
    return SimpleNamespace(study=SimpleNamespace(name="toy", seed=7), jobs={j.stage + "/" + j.entry: j for j in jobs})


def job(stage, entry, inputs, outputs):
    print_ = json.dumps({"spec": {}, "code": "0123", "libraries": {"numpy": "2.0"}})
    return SimpleNamespace(stage=stage, entry=entry, inputs=inputs, outputs=outputs, fingerprint=print_)


def test_every_output_with_what_it_was_made_from(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("raw.csv", "tidy.json", "table.csv"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    plan = plan_of(job("clean", "a", ("raw.csv",), ("tidy.json",)), job("tables", "t", ("tidy.json",), ("table.csv",)))
    made = manifest.build(plan)
    assert made == manifest.build(plan)
    assert made["study"] == "toy" and made["seed"] == 7 and list(made["packages"]) == ["numpy"]
    table = made["outputs"]["table.csv"]
    assert table["sha256"] == hashlib.sha256(b"table.csv").hexdigest() and table["rule"] == "tables"
    assert table["inputs"] == {"tidy.json": hashlib.sha256(b"tidy.json").hexdigest()} and table["code"] == "0123"
    assert str(tmp_path) not in json.dumps(made)


def test_an_absent_output_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"needs table\.csv, which is not there"):
        manifest.build(plan_of(job("tables", "t", (), ("table.csv",))))
