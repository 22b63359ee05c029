"""The arithmetic of the reference paper, recomputed from the figures that it prints (source S30).

Every number is read by its id from ``seed-figures.csv``; only formulas and the rounding rule stand here.  PASS: the
printed figure follows from the others, within half a unit of its last printed digit.  FAIL: it does not, or two places
of the paper contradict each other.  INFO: something that a reader should know, but no contradiction.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clustertrade.data import clean, datapackage, lists
from clustertrade.data.audit_claims import claims
from clustertrade.data.quarantine import refuse
from clustertrade.errors import DataError

SOURCE = "S30"


class Figures:
    """The printed figures by id, each a row of strings."""

    def __init__(self, rows: dict[str, dict[str, str]]) -> None:
        self.rows = rows

    def text(self, key: str) -> str:
        """The figure as printed."""
        return self.rows[key]["value"]

    def __getitem__(self, key: str) -> float:
        try:
            return float(self.rows[key]["value"])
        except KeyError:
            raise DataError(f"the figures of the reference paper have no {key}") from None
        except ValueError:
            raise DataError(f"figure {key} of the reference paper is no number: {self.text(key)!r}") from None

    def half_unit(self, key: str) -> float:
        """Half a unit of the last printed digit."""
        return 0.5 * 10.0 ** -len(self.text(key).partition(".")[2])


def read(folder: Path) -> Figures:
    """The printed figures of the folder of source S30.

    Raises
    ------
    DataError
        The folder lacks them, or a row was rejected.
    """
    package = datapackage.load(Path(folder))
    resource = next((r for r in package.resources if r.layout["kind"] == "figures"), None)
    if resource is None:
        raise DataError(f"{Path(folder).name} holds no file of printed figures")
    found = clean.Collected(package.id)
    lists.figures(resource, found)
    if found.rejected.rows:
        file, row, column, value, rule, remedy = found.rejected.rows[0]
        raise refuse(file, row, column, value, rule, remedy)
    return Figures({r["id"]: r for r in found.tables["figures"]})


def numbers(f: Figures) -> dict[str, Any]:
    """Everything that is recomputed, unrounded, by name.

    Amounts are in the paper's units: trillion yuan for the country, 100 million yuan for Zhejiang, shares and rates in
    percent.
    """
    outputs = [f[k] for k in ("S059", "S061", "S063", "S065", "S067")]
    blocks = [f[k] for k in ("S058", "S060", "S062", "S064", "S066")]
    total_2016, total_2017 = f["S025"] / (f["S018"] / 100), f["S013"] / (f["S019"] / 100)
    trade_100_million = f["S038"] * 1e4  # trillion to 100 million
    return {
        "A06_export_share_2015": 100 * f["S021"] / f["S020"],
        "A06_export_share_2015_of_sum": 100 * f["S021"] / (f["S021"] + f["S023"]),
        "A06_import_share_2015": 100 * f["S023"] / f["S020"],
        "A06_sum_2015": f["S021"] + f["S023"],
        "A07_export_share_2016": 100 * f["S026"] / f["S025"],
        "A07_import_share_2016": 100 * f["S028"] / f["S025"],
        "A07_sum_2016": f["S026"] + f["S028"],
        "A08_growth_2016": 100 * (f["S025"] / f["S020"] - 1),
        "A08_growth_2017": 100 * (f["S013"] / f["S025"] - 1),
        "A08_cagr_2015_2017": 100 * ((f["S013"] / f["S020"]) ** (1 / 2) - 1),
        "A09_implied_total_2016": total_2016,
        "A09_implied_total_2017": total_2017,
        "A09_implied_total_change": 100 * (total_2017 / total_2016 - 1),
        "A10_growth_2018f": 100 * (f["S015"] / f["S013"] - 1),
        "A10_cagr_2017_2020f": 100 * ((f["S016"] / f["S013"]) ** (1 / 3) - 1),
        "A10_cagr_2018_2020f": 100 * ((f["S016"] / f["S015"]) ** (1 / 2) - 1),
        "A12_zhejiang_share": 100 * f["S040"] / trade_100_million,
        "A12_zhejiang_cbec_2015": f["S040"] / (1 + f["S041"] / 100),
        "A12_zhejiang_trade_2015": f["S038"] / (1 + f["S039"] / 100),
        "A13_counties_from_601": f["S047"] / f["S051"],
        "A13_counties_from_285": f["S048"] / f["S051"],
        "A14_three_provinces": f["S053"] + f["S054"] + f["S055"],
        "A16_blocks": sum(blocks),
        "A16_output": sum(outputs),
        "A16_block_share": 100 * sum(blocks) / f["S047"],
        "A16_mean_output_per_block": [y / n for y, n in zip(outputs, blocks, strict=True)],
        "B2B_plus_B2C": f["S031"] + f["S032"],
    }


def audit(folder: Path) -> list[dict[str, Any]]:
    """The claims of the reference paper with what its own figures give.

    Parameters
    ----------
    folder : Path
        ``data/raw/S30-...``.

    Returns
    -------
    list of dict
        ``id, statement {en, zh}, printed, recomputed, status`` (PASS, FAIL, INFO)``, detail {en, zh}, figures`` (ids
        of the printed figures that the row uses), in the order A01 to A18, then further checks B01 and on.

    Raises
    ------
    DataError
        The figures cannot be read.
    """
    figures = read(folder)
    return claims(figures, numbers(figures))
