"""What is not accepted: a row goes to the quarantine, a file is refused; both say where, what and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clustertrade.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["file", "row", "column", "value", "rule", "remedy"]

# Rule -> what to do about it.  {detail} is filled by the check that found the fault.
REMEDIES = {
    "formula": "write the figure itself; a formula is not evaluated",
    "text-in-number": "write a plain number, or leave the cell empty if the figure is missing{detail}",
    "thousands-separator": "write the number without separators, or declare \"groupChar\": \",\" for the column in "
    "datapackage.json{detail}",
    "not-finite": "write a finite number, or leave the cell empty",
    "ragged-row": "the row has {detail}; quote a cell that contains the separator, or complete the row",
    "unknown-region": "use a GB/T 2260 code or a name of codebooks/regions.csv, or add the spelling to its aliases"
    "{detail}",
    "region-mismatch": "code and names of the row mean different regions: {detail}; correct one of them",
    "unknown-country": "use a code or name of codebooks/countries.csv{detail}",
    "unknown-level": "the level is national, province, city or zone",
    "year": "write a calendar year between 1900 and 2100 as four digits",
    "month": "write a month from 1 to 12",
    "date": "write the date as YYYY-MM-DD or YYYY-MM, in the year of the row",
    "empty-name": "write the name; an entry of a list needs one",
    "not-boolean": "write 0 or 1",
    "unknown-variable": "name a variable that datapackage.json declares, or declare it there{detail}",
    "unknown-unit": "use a unit of codebooks/units.csv, or add it there with its base unit and factor{detail}",
    "unit-changed": "datapackage.json declares {detail} for this variable; convert the figure, or declare the new unit "
    "for all rows",
    "wrong-dimension": "the codebook measures this variable in {detail}",
    "magnitude-jump": "{detail}: a unit slipped, or the figure is real; correct it, or list the cell under "
    "\"accepted\" in datapackage.json",
    "magnitude-of-variable": "{detail}: the unit of the whole variable seems to have changed; convert it, or update "
    "datapackage.json",
    "duplicate-row": "the same figure stands in row {detail}; delete one of the two",
    "conflicting-duplicate": "another figure for the same region, period and variable stands in row {detail}; "
    "keep the right one",
}


@dataclass
class Quarantine:
    """Rejected rows of one source, in the order in which they were met."""

    rows: list[tuple[str, int, str, str, str, str]] = field(default_factory=list)
    _seen: set[tuple[str, int, str, str]] = field(default_factory=set)

    def add(self, file: str, row: int, column: str, value: str, rule: str, detail: str = "") -> None:
        """Record one rejected row; the same fault of the same row is recorded once."""
        key = (file, row, column, rule)
        if key not in self._seen:
            self._seen.add(key)
            remedy = REMEDIES[rule].replace("{detail}", detail)
            self.rows.append((file, row, column, value[:200], rule, remedy))

    def frame(self) -> pd.DataFrame:
        """The quarantine as a table with the columns file, row, column, value, rule, remedy."""
        import pandas as pd

        ordered = sorted(self.rows, key=lambda r: (r[0], r[1], r[2], r[4]))
        return pd.DataFrame(ordered, columns=COLUMNS).astype(
            {"file": "str", "row": "int64", "column": "str", "value": "str", "rule": "str", "remedy": "str"}
        )

    def counts(self) -> dict[str, int]:
        """Rule -> number of rejected rows, in alphabetical order."""
        rules = sorted(r[4] for r in self.rows)
        return {rule: rules.count(rule) for rule in dict.fromkeys(rules)}


def refuse(file: str, row: int | None, column: str, value: str, problem: str, remedy: str) -> DataError:
    """The error for a file that cannot be used as a whole: file, row, column, value, remedy in one message."""
    where = file + (f", row {row}" if row is not None else "") + (f", column {column}" if column else "")
    shown = f" (found: {value[:120]!r})" if value else ""
    return DataError(f"{where}: {problem}{shown}. Remedy: {remedy}")
