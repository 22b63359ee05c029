"""A new study: commented, on data that is there, so that it runs before anything is changed."""

from __future__ import annotations

import re
from pathlib import Path

from clustertrade.errors import UsageError
from clustertrade.study.load import NAME_RULE, ROOT


def create(name: str) -> Path:
    """Write ``config/studies/NAME.yaml`` from the template; an existing study is never overwritten.

    Raises
    ------
    UsageError
        The name is not lower case letters, digits, hyphens; or the study is there already.
    """
    if not re.fullmatch(NAME_RULE, name):
        raise UsageError(f"a study's name has lower-case letters, digits and hyphens, as in my-panel; not {name!r}")
    path = ROOT / "config" / "studies" / f"{name}.yaml"
    if path.exists():
        raise UsageError(f"{path} is there already; take another name, or remove the file")
    text = (Path(__file__).parent / "template.yaml").read_text(encoding="utf-8").replace("NAME", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
