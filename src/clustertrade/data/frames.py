"""A user's own table: .csv, .tsv, .parquet, .feather, .xlsx or .dta to a data frame and back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from clustertrade.errors import DataError, UsageError, first_of

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".tsv", ".parquet", ".feather", ".xlsx", ".dta")
MISSING = (".", "..", "…")                                 # besides pandas' own: Stata's and the yearbooks' marks


def read_frame(path: Path) -> pd.DataFrame:
    """The table of a file.

    Raises
    ------
    UsageError
        The file's kind is not known.
    DataError
        The file is not there, is empty, or cannot be read as what its name says.
    """
    import pandas as pd

    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(f"{path}: a data file ends in one of {', '.join(SUFFIXES)}")
    if path.is_dir():
        raise DataError(f"{path}: is a folder, not a file")
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    if path.stat().st_size == 0:
        raise DataError(f"{path}: the file is empty")
    try:
        if suffix in (".csv", ".tsv"):
            return _text(path, "\t" if suffix == ".tsv" else ",")
        if suffix == ".xlsx":
            return _workbook(path)
        readers = {".parquet": pd.read_parquet, ".feather": pd.read_feather, ".dta": pd.read_stata}
        return readers[suffix](path)
    except DataError:
        raise
    except Exception as wrong:                             # whatever a reader raises means: not a file of this kind
        reason = " ".join(str(wrong).split())[:200]
        raise DataError(f"{path}: cannot be read as {suffix}: {reason}") from wrong


def _workbook(path: Path) -> pd.DataFrame:
    """The one sheet of a workbook that is not empty."""
    import pandas as pd

    with pd.ExcelFile(path) as book:
        headers = {sheet: pd.read_excel(book, sheet_name=sheet, header=None, nrows=1) for sheet in book.sheet_names}
        filled = [sheet for sheet, header in headers.items() if not header.empty]
        if not filled:
            raise DataError(f"{path}: every sheet is empty")
        if len(filled) > 1:
            raise DataError(f"{path}: {len(filled)} sheets hold something: {first_of(map(str, filled))}. Which one is "
                            "the table? Save it alone")
        _refuse_twins(path, headers[filled[0]].iloc[:1].astype(object).values.ravel())
        return pd.read_excel(book, sheet_name=filled[0], na_values=list(MISSING))


def _text(path: Path, separator: str) -> pd.DataFrame:
    import pandas as pd

    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError as wrong:
            at = wrong.start
    else:
        raise DataError(f"{path}: neither UTF-8 nor GB18030 (byte {at}); save it as UTF-8")
    if "\0" in text:
        raise DataError(f"{path}: holds null bytes: it is UTF-16, or damaged; save it as UTF-8")
    _refuse_shape(path, text, separator)
    frame = pd.read_csv(path, sep=separator, encoding=encoding, na_values=list(MISSING), skipinitialspace=True)
    return frame.rename(columns=lambda name: str(name).strip())


def _refuse_shape(path: Path, text: str, separator: str) -> None:
    """A header that is no header, and rows of more or fewer fields: what pandas would fill or shift in silence."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    header = next((row for row in rows if any(row)), [])
    for other, name in ((";", "semicolons"), ("\t", "tabs"), (",", "commas"), ("|", "bars")):
        if len(header) == 1 and other != separator and other in header[0]:
            raise DataError(f"{path}: its columns are separated by {name}: {header[0][:60]!r}. "
                            f"Save it with {'tabs' if separator != ',' else 'commas'}, decimals with a point"
                            + (", or name it .tsv" if other == "\t" else ""))
    _refuse_twins(path, header)
    if _even(text, separator):
        return
    for row in rows:
        if len(row) != len(header) and any(row):
            raise DataError(f"{path}, line {rows.line_num}: {len(row)} fields, and the header has {len(header)}: "
                            f"{separator.join(row)[:60]!r}. Fill the row up, or take out what is too much")


def _even(text: str, separator: str) -> bool:
    """Whether every line, none quoted, has as many fields as the first: counted at once, as files may be long."""
    if '"' in text:
        return False
    signs = np.frombuffer(text.encode(), dtype=np.uint8)
    ends = np.flatnonzero(signs == 10)
    fields = np.diff(np.searchsorted(np.flatnonzero(signs == ord(separator)), ends), prepend=0)
    return ends.size > 1 and text.endswith("\n") and bool((fields == fields[0]).all())


def _refuse_twins(path: Path, header: Iterable[object]) -> None:
    names = [str(name).strip() for name in header if name == name and str(name).strip()]
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise DataError(f"{path}: the header has {first_of(twice)} more than once; give each column a name of its own")


def write_frame(frame: pd.DataFrame, path: Path, suffix: str) -> None:
    """Write a data frame as the kind that the suffix says."""
    suffix = suffix.lower()
    if suffix in (".csv", ".tsv"):
        frame.to_csv(path, index=False, sep="\t" if suffix == ".tsv" else ",", lineterminator="\n")
    elif suffix == ".parquet":
        frame.to_parquet(path, index=False)
    elif suffix == ".feather":
        frame.to_feather(path)
    elif suffix == ".xlsx":
        with path.open("wb") as handle:
            frame.to_excel(handle, index=False)
    elif suffix == ".dta":
        frame.to_stata(path, write_index=False)
    else:
        raise UsageError(f"a data file ends in one of {', '.join(SUFFIXES)}, not {suffix or 'nothing'}")
