"""What a newcomer installs: locks, conda file, Makefile, schemas; and nothing that belongs to a machine."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import yaml

from clustertrade.study.schema import config_schema, study_schema

PROJECT = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = Path("requirements.lock").read_text(encoding="utf-8")
DEV = Path("requirements-dev.lock").read_text(encoding="utf-8")


def names(lock):
    return {re.sub(r"[-_.]+", "-", n).lower() for n in re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.M)}


def test_every_dependency_is_locked_with_hashes_and_no_address():
    wanted = {re.split(r"[ <>=;\[]", d)[0].lower() for d in PROJECT["dependencies"]}
    assert wanted <= names(LOCK)
    assert "flit-core" in names(LOCK), "the build backend is in the lock, so that the editable install needs no network"
    for lock in (LOCK, DEV):
        assert not re.search(r"https?:|--(extra-)?index-url|--find-links|file:", lock)
        entries = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.M)[1:]
        assert all("--hash=sha256:" in e for e in entries)


def test_the_locks_agree_where_both_name_a_package():
    versions = lambda lock: dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", lock, re.M))  # noqa: E731
    core, dev = versions(LOCK), versions(DEV)
    assert {n: (core[n], dev[n]) for n in core.keys() & dev.keys() if core[n] != dev[n]} == {}


def test_environment_yml_is_in_step():
    conda = yaml.safe_load(Path("environment.yml").read_text(encoding="utf-8"))
    python = next(d for d in conda["dependencies"] if isinstance(d, str) and d.startswith("python="))
    assert tuple(map(int, python.removeprefix("python=").split("."))) >= (3, 11)
    assert PROJECT["requires-python"] == ">=3.11"
    pip = next(d["pip"] for d in conda["dependencies"] if isinstance(d, dict))
    assert pip == ["-r requirements.lock"] and conda["variables"] == {"PYTHONPATH": "src"}


def test_committed_schemas_are_generated_ones():
    for name, schema in (("study", study_schema()), ("config", config_schema())):
        committed = json.loads(Path(f"workflow/schemas/{name}.schema.json").read_text(encoding="utf-8"))
        assert committed == schema, "run: make index"


def test_what_is_missing_is_said_in_one_line(tmp_path):
    """An interpreter that is not there, and one that is too old, stop the set-up with one clear line."""
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexec python3 -c 'import sys; sys.version_info = (3, 9); exec(sys.argv[2])' \"$@\"\n")
    old.chmod(0o755)
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_bytes(Path(name).read_bytes())
    for python, words in (("no-such-python", "needs python3 >= 3.11"), (str(old), "needs Python >= 3.11")):
        made = subprocess.run(["make", "-C", str(tmp_path), f"PYTHON={python}", ".venv/.ready"], capture_output=True,
                              text=True, check=False)
        assert made.returncode and words in made.stderr and not (tmp_path / ".venv").exists()


def test_nothing_of_a_machine_is_committed():
    """No address of a package index, no home folder, no file above 3 MB but those with a reason."""
    said = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True)
    listed = said.stdout.split("\0")[:-1]
    large = {"data/raw/S40-ggdc-10-sector/sectors.csv"}    # the whole published data set
    for name in listed:
        path = Path(name)
        if not path.exists():
            continue
        assert path.stat().st_size < 3_000_000 or name in large, name
        if path.suffix in (".py", ".md", ".yaml", ".yml", ".toml", ".lock", ".smk", ".json", ".cff", ".txt", ".R"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"/(home|root|work)/[a-z]|--(extra-)?index-url [^ ]|/simple\b", text) or \
                name == "tests/test_packaging.py", name
