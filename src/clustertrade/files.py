"""A file appears whole or not at all: written under another name in the same folder, then renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clustertrade.errors import UsageError


@contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """A temporary path beside the file, moved onto it when the block ends well and removed when it does not."""
    target = Path(path)
    if target.exists() and not target.is_file():           # a folder, or a device, which must not become a file
        raise UsageError(f"{target}: is there and is no file that could be written anew")
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.chmod(0o644)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: str | Path, content: str | bytes) -> None:
    """Write a text (UTF-8, line ends as they are) or bytes; a killed run leaves no torn file."""
    with whole(path) as part:
        part.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
