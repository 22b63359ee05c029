"""A copy of the repository with one small study, built by Snakemake."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Checkout:
    """A folder with everything that a build needs."""

    folder: Path
    zone: str = "UTC"

    def environment(self) -> dict[str, str]:
        """Its own src first, its own time zone; the rest as it is."""
        return {**os.environ, "PYTHONPATH": str(self.folder / "src"), "TZ": self.zone, "PYTHONHASHSEED": "random",
                "XDG_CACHE_HOME": str(self.folder / "cache")}

    def snakemake(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """Run the Snakemake of this environment in the folder."""
        return subprocess.run([sys.executable, "-m", "snakemake", *argv], cwd=self.folder, env=self.environment(),
                              capture_output=True, text=True, check=False)

    def start(self, *argv: str) -> subprocess.Popen[bytes]:
        """The same in the background, in a process group of its own."""
        return subprocess.Popen([sys.executable, "-m", "snakemake", *argv], cwd=self.folder, env=self.environment(),
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def build(self) -> None:
        """A whole build, which must succeed."""
        made = self.snakemake()
        assert made.returncode == 0, made.stderr[-3000:] + made.stdout[-2000:]

    def waiting(self) -> set[str]:
        """What ``snakemake -n`` would run, as ``stage/entry``."""
        said = self.snakemake("-n", "-p", "--quiet", "progress")
        assert said.returncode == 0, said.stderr[-3000:]
        return set(re.findall(r"--only (\S+)", said.stdout + said.stderr))

    def digests(self) -> dict[str, str]:
        """sha256 of everything that was built."""
        files = [p for part in ("results", "data/processed") for p in (self.folder / part).rglob("*") if p.is_file()]
        name = lambda path: path.relative_to(self.folder).as_posix()  # noqa: E731
        return {name(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(files)}


def checkout(folder: Path, zone: str = "UTC", study: str = "mini") -> Checkout:
    """Copy what a build reads; the mini study is the only one unless another is named."""
    for name in ("Snakefile",):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name in ("src", "workflow", "profiles", "config", "data/raw"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    if study == "mini":
        for path in (folder / "config/studies").glob("*.yaml"):
            path.unlink()
        shutil.copy(Path(__file__).parent / "mini.yaml", folder / "config/studies/mini.yaml")
    (folder / "config/config.yaml").write_text(f"studies: [{study}]\n", encoding="utf-8")
    return Checkout(folder, zone)


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Checkout:
    """The mini study, built once a module."""
    made = checkout(tmp_path_factory.mktemp("built"))
    made.build()
    return made


@pytest.fixture
def copied(built, tmp_path) -> Checkout:
    """A copy of the built folder that a test may change."""
    folder = tmp_path / "copy"
    shutil.copytree(built.folder, folder, symlinks=True)
    return Checkout(folder)
