"""Bytes of a published file -> a table of strings, or a refusal that says what to do.

Encoding rule: a byte-order mark of UTF-8 is accepted and removed, UTF-16 and UTF-32 are refused; the encoding that
``datapackage.json`` declares must decode every byte; where none is declared (``auto``), UTF-8 is tried first and
GB18030 second, and GB18030 counts only if no control, private-use or replacement character results.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from clustertrade.data.quarantine import refuse

_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


@dataclass
class Table:
    """A file as strings: ``lines[i]`` is the line of ``rows[i]`` in the file, the first line being 1."""

    file: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    notes: list[str] = field(default_factory=list)
    complete: bool = True  # the last line ends with a line break
    formulas: bool = False  # some cell may begin with "="


def _suspicious(text: str) -> bool:
    strange = {c for c in set(text) - set("\r\n\t") if unicodedata.category(c) in ("Co", "Cn", "Cc")}
    return bool(strange) or "\ufffd" in text


def _gb18030(raw: bytes) -> str | None:
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return None
    return None if _suspicious(text) else text


def decode(raw: bytes, declared: str = "auto", file: str = "file") -> tuple[str, list[str]]:
    """Text of a file and notes on how it was read.

    Parameters
    ----------
    raw : bytes
    declared : {"auto", "utf-8", "gb18030"}
        Encoding in ``datapackage.json``; ``auto`` applies the rule of this module.
    file : str
        Name for messages.

    Returns
    -------
    (text, notes)

    Raises
    ------
    DataError
        Empty file, or bytes that are not in the declared encoding; the message names line and byte.

    Examples
    --------
    >>> decode("北京".encode("gb18030"))
    ('北京', ['read as GB18030'])
    """
    if not raw.strip():
        raise refuse(file, 1, "", "", "the file is empty", "put the published file back in its place")
    if raw.startswith(_WIDE_MARKS) or b"\x00" in raw[:4096]:
        raise refuse(file, 1, "", raw[:4].hex(" "), "the bytes are UTF-16, UTF-32 or not text at all",
                     "save the file as UTF-8")
    notes = []
    if raw.startswith(b"\xef\xbb\xbf"):
        raw, notes = raw[3:], ["byte-order mark removed"]
    wanted = declared.lower()
    if wanted == "gb18030":
        text = _gb18030(raw)
        if text is None:
            raise refuse(file, None, "", "", "the bytes are not GB18030, which datapackage.json declares",
                         "save the file as GB18030, or declare \"encoding\": \"utf-8\"")
        return text, notes
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        as_gb = _gb18030(raw)
        if wanted == "auto" and as_gb is not None:
            return as_gb, [*notes, "read as GB18030"]
        hint = "it reads as GB18030: save it as UTF-8, or declare \"encoding\": \"gb18030\" in datapackage.json"
        raise refuse(file, line, "", f"byte 0x{raw[error.start]:02x}", "wrong encoding, the text is not UTF-8",
                     hint if as_gb is not None else "save the file as UTF-8") from None
    if "\ufffd" in text:
        line = text.count("\n", 0, text.index("\ufffd")) + 1
        raise refuse(file, line, "", "U+FFFD", "characters were lost when the file was saved in a wrong encoding",
                     "put the published file back and save it as UTF-8")
    return text, notes


def grid(raw: bytes, file: str, encoding: str = "auto") -> Table:
    """Every line of a CSV, TSV or XLSX file as strings, without looking for a header.

    Returns
    -------
    Table
        ``header`` is empty; cells are stripped of nothing and converted to nothing.

    Raises
    ------
    DataError
        Unreadable, empty or cut within a quoted cell.
    """
    if file.lower().endswith((".xlsx", ".xlsm")):
        return _workbook(raw, file)
    text, notes = decode(raw, encoding, file)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if file.endswith(".tsv") else ",", strict=True)
    rows, lines, start = [], [], 1
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        raise refuse(file, reader.line_num, "", "", f"the file is truncated or a quote is not closed ({error})",
                     "put the published file back, or close the quote") from None
    return Table(file, [], rows, lines, notes, text.endswith(("\n", "\r")), any(c in text for c in (",=", "\n=", '"=')))


def _workbook(raw: bytes, file: str) -> Table:
    from openpyxl import load_workbook

    if not raw:
        raise refuse(file, 1, "", "", "the file is empty", "put the published file back in its place")
    try:
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=False)
        cells = [[("" if c is None else str(c)) for c in row] for row in book.worksheets[0].iter_rows(values_only=True)]
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise refuse(file, None, "", "", f"not a complete xlsx workbook ({error})",
                     "put the published file back, or save it as CSV in UTF-8") from None
    kept = [(n, row) for n, row in enumerate(cells, start=1) if any(row)]
    return Table(file, [], [row for _, row in kept], [n for n, _ in kept], [],
                 formulas=any(c.startswith("=") for _, row in kept for c in row))


def table(raw: bytes, file: str, encoding: str = "auto") -> Table:
    """A file with one header line.

    Raises
    ------
    DataError
        As :func:`grid`; also a file with a header and nothing below it, and a doubled column name.

    Examples
    --------
    >>> table(b"region,value\\n110000,5\\n", "x.csv").rows
    [['110000', '5']]
    """
    found = grid(raw, file, encoding)
    if len(found.rows) < 2:
        raise refuse(file, 1, "", "", "the file has a header at most and no rows", "put the published file back")
    header = [cell.strip() for cell in found.rows[0]]
    for name in header:
        if header.count(name) > 1:
            raise refuse(file, found.lines[0], name, name, "a column name stands twice", "give each its own name")
    return Table(file, header, found.rows[1:], found.lines[1:], found.notes, found.complete, found.formulas)


def file(path: Path, name: str | None = None, encoding: str = "auto") -> Table:
    """:func:`table` of a file on disk; ``name`` is what messages call it.

    Raises
    ------
    DataError
        As :func:`table`, and when the file is not there.
    """
    shown = name or path.name
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise refuse(shown, None, "", "", f"cannot be read: {error.strerror}", "put the published file back") from None
    return table(raw, shown, encoding)
