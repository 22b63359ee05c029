"""A user's own table: .csv, .tsv, .parquet, .feather, .xlsx or .dta to a data frame and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clustertrade.errors import DataError, UsageError

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
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    if path.stat().st_size == 0:
        raise DataError(f"{path}: the file is empty")
    try:
        if suffix in (".csv", ".tsv"):
            return _text(path, "\t" if suffix == ".tsv" else ",")
        readers = {".parquet": pd.read_parquet, ".feather": pd.read_feather, ".dta": pd.read_stata,
                   ".xlsx": lambda p: pd.read_excel(p, na_values=list(MISSING))}
        return readers[suffix](path)
    except Exception as wrong:                             # whatever a reader raises means: not a file of this kind
        reason = " ".join(str(wrong).split())[:200]
        raise DataError(f"{path}: cannot be read as {suffix}: {reason}") from wrong


def _text(path: Path, separator: str) -> pd.DataFrame:
    import pandas as pd

    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            raw.decode(encoding)
            break
        except UnicodeDecodeError as wrong:
            at = wrong.start
    else:
        raise DataError(f"{path}: neither UTF-8 nor GB18030 (byte {at}); save it as UTF-8")
    return pd.read_csv(path, sep=separator, encoding=encoding, na_values=list(MISSING), skipinitialspace=True)


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
