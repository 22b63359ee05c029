"""What a job depends on besides its files: the code it runs and the libraries that code delegates to.

The digest of a module covers every module of clustertrade that it imports, at any depth, inside functions too; it is
read from the source text, so nothing is imported to compute it.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
DATA = {"clustertrade.distributions": ("distributions/data/*",), "clustertrade.render.words": ("render/words/*.yaml",),
        "clustertrade.references": ("references.bib",), "clustertrade.sizes": ("sizes.csv",),
        "clustertrade.data.codebook": ("data/codebooks/*.csv",),
        "clustertrade.render.fonts": ("fonts/*",), "clustertrade.report.document": ("report/templates/*",)}
LIBRARIES = ("arch", "esda", "libpysal", "linearmodels", "matplotlib", "numpy", "pandas", "pyfixest", "python-docx",
             "scipy", "spreg", "statsmodels")
NOT_IN_JOBS = frozenset({"clustertrade.present"})          # what summary() prints; no job does
IMPORT_NAMES = {"docx": "python-docx"}


@cache
def _file(module: str) -> Path | None:
    base = PACKAGE.joinpath(*module.split(".")[1:])
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


@cache
def _imports(module: str) -> tuple[frozenset[str], frozenset[str]]:
    """(modules of clustertrade, libraries) that a module's text names."""
    path = _file(module)
    assert path is not None
    own: set[str] = set()
    libraries: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            top = name.split(".")[0]
            if top == "clustertrade":
                own |= {name} if _file(name) else set()
            else:
                libraries |= {IMPORT_NAMES.get(top, top)} & set(LIBRARIES)
    return frozenset(own - {module}), frozenset(libraries)


@cache
def closure(modules: frozenset[str]) -> frozenset[str]:
    """The modules and everything of clustertrade that they import, at any depth."""
    seen: set[str] = set()
    todo = set(modules)
    while todo:
        module = todo.pop()
        seen.add(module)
        todo |= _imports(module)[0] - seen - NOT_IN_JOBS
    return frozenset(seen)


@cache
def _digest_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def code_digest(modules: frozenset[str]) -> str:
    """A short digest of the modules' closure and of the data files that belong to it."""
    files: set[Path] = set()
    for module in closure(modules):
        path = _file(module)
        assert path is not None
        files.add(path)
        for owner, patterns in DATA.items():
            if module == owner or module.startswith(owner + "."):
                files |= {f for pattern in patterns for f in PACKAGE.glob(pattern) if f.is_file()}
    lines = [f"{path.relative_to(PACKAGE).as_posix()} {_digest_file(path)}" for path in sorted(files)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@cache
def library_versions(modules: frozenset[str]) -> dict[str, str]:
    """The versions of the libraries that the closure delegates to."""
    named = {library for module in closure(modules) for library in _imports(module)[1]}
    return {library: metadata.version(library) for library in sorted(named)}


def fingerprint(modules: Iterable[str]) -> dict[str, object]:
    """Code digest and library versions of some modules."""
    chosen = frozenset(modules)
    return {"code": code_digest(chosen), "libraries": library_versions(chosen)}
