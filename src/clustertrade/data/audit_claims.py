"""Verdicts on the claims of the reference paper; their words in both languages stand in ``codebooks/claims.csv``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from clustertrade.data.codebook import rows

if TYPE_CHECKING:
    from clustertrade.data.audit import Figures


def claims(f: Figures, n: dict[str, Any]) -> list[dict[str, Any]]:
    """Every claim with its verdict, in the order of the codebook.

    Parameters
    ----------
    f : Figures
        The printed figures.
    n : dict
        What :func:`clustertrade.data.audit.numbers` recomputes from them.

    Returns
    -------
    list of dict
        As :func:`clustertrade.data.audit.audit`.
    """
    words = {r["id"]: r for r in rows("claims")}
    found = {c["id"]: c for c in [*_references(f), *_shares(f, n), *_growth(f, n), *_clusters(f, n), *_further(f, n)]}
    out = []
    for key, text in words.items():
        c = found[key]
        alternative = "detail_alt" if c["alternative"] else "detail"
        out.append({
            "id": key, "statement": {"en": text["statement_en"], "zh": text["statement_zh"]}, "printed": c["printed"],
            "recomputed": c["recomputed"], "status": c["status"],
            "detail": {lang: text[f"{alternative}_{lang}"].format(**c["fill"]) for lang in ("en", "zh")},
            "figures": c["figures"],
        })
    return out


def _claim(key: str, figures: str, printed: str, recomputed: str, status: str | bool, alternative: bool = False,
           **fill: str) -> dict[str, Any]:
    verdict = status if isinstance(status, str) else "PASS" if status else "FAIL"
    return {"id": key, "figures": figures.split(), "printed": printed, "recomputed": recomputed, "status": verdict,
            "alternative": alternative, "fill": fill}


def _near(value: float, f: Figures, key: str) -> bool:
    """Within half a unit of the last printed digit."""
    return abs(value - f[key]) <= f.half_unit(key) + 1e-9


def _references(f: Figures) -> Iterator[dict[str, Any]]:
    for key, left, right in (("A01", "S003", "S004"), ("A02", "S005", "S006")):
        same = f[left] == f[right]
        yield _claim(key, f"{left} {right}", f.text(left), f.text(right), same, alternative=same)
    text, title = f.rows["S007"]["region"], f.rows["S008"]["region"]
    yield _claim("A03", "S007 S008", text, title, text == title, alternative=text == title,
                 text_zh=f.rows["S007"]["quote_zh"], title_zh=f.rows["S008"]["quote_zh"])
    yield _claim("A04", "S010", "", "", "INFO")
    yield _claim("A05", "S012", f"{f['S012']:,.0f}", "", "INFO")
    note, address = f.rows["S070"]["year"], f.rows["S071"]["year"]  # dates stand where other figures have their year
    yield _claim("A17", "S070 S071", note, address, note == address, alternative=note == address)
    same = f.text("S072") == f.text("S073")
    yield _claim("A18", "S072 S073", f.text("S072"), f.text("S073"), "INFO" if same else "PASS", alternative=not same)


def _shares(f: Figures, n: dict[str, Any]) -> Iterator[dict[str, Any]]:
    exports, imports = n["A06_export_share_2015"], n["A06_import_share_2015"]
    yield _claim("A06", "S020 S021 S022 S023 S024", f"{f.text('S022')} %, {f.text('S024')} %",
                 f"{exports:.2f} %, {imports:.2f} %", _near(exports, f, "S022") and _near(imports, f, "S024"),
                 exports=f.text("S021"), imports=f.text("S023"), total=f.text("S020"), sum=f"{n['A06_sum_2015']:.4f}",
                 share_of_sum=f"{n['A06_export_share_2015_of_sum']:.2f}")
    exports, imports = n["A07_export_share_2016"], n["A07_import_share_2016"]
    off = max(abs(exports - f["S027"]), abs(imports - f["S029"]))
    yield _claim("A07", "S025 S026 S027 S028 S029", f"{f.text('S027')} %, {f.text('S029')} %",
                 f"{exports:.4f} %, {imports:.4f} %", _near(exports, f, "S027") and _near(imports, f, "S029"),
                 alternative=off > 4 * f.half_unit("S027"))


def _growth(f: Figures, n: dict[str, Any]) -> Iterator[dict[str, Any]]:
    average = n["A08_cagr_2015_2017"]
    yield _claim("A08", "S013 S014 S020 S025", f"{f.text('S014')} %",
                 f"{n['A08_growth_2016']:.2f} %, {n['A08_growth_2017']:.2f} %",
                 abs(average - f["S014"]) < 2.5, average=f"{average:.2f}")  # "near 30 %": from 27.5 to 32.5
    change = n["A09_implied_total_change"]
    yield _claim("A09", "S013 S018 S019 S025", f"{f.text('S018')} %, {f.text('S019')} %",
                 f"{n['A09_implied_total_2016']:.2f}, {n['A09_implied_total_2017']:.2f}",
                 # With "about 34 %" read as 33.5 to 34.5, an unchanged total would leave 3 %; 15 % is generous.
                 abs(change) < 15, change=f"{change:.1f}")
    yield _claim("A10", "S013 S014 S015 S016", f"{f.text('S015')}, {f.text('S016')}",
                 f"{n['A10_growth_2018f']:.2f} %, {n['A10_cagr_2017_2020f']:.2f} %, {n['A10_cagr_2018_2020f']:.2f} %",
                 "INFO", claim=f.text("S014"))
    yield _claim("A11", "S020 S025 S035", f"{f.text('S035')} %", f"{n['A08_growth_2016']:.2f} %", "INFO")
    yield _claim("A12", "S018 S038 S039 S040 S041", f"{f.text('S040')}, +{f.text('S041')} %",
                 f"{n['A12_zhejiang_share']:.2f} %", "INFO", national=f.text("S018"),
                 exports=f"{n['A12_zhejiang_cbec_2015']:.2f}", trade=f"{n['A12_zhejiang_trade_2015']:.4f}")


def _clusters(f: Figures, n: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield _claim("A13", "S047 S048 S051", f.text("S051"),
                 f"{n['A13_counties_from_601']:.1f}, {n['A13_counties_from_285']:.1f}", "INFO",
                 many=f.text("S047"), few=f.text("S048"))
    three = n["A14_three_provinces"]
    yield _claim("A14", "S052 S053 S054 S055", " + ".join(f.text(k) for k in ("S053", "S054", "S055")), f"{three:.0f}",
                 three <= f["S052"], all=f.text("S052"), left=f"{f['S052'] - three:.0f}")
    yield _claim("A15", "S056 S057", f.text("S056"), f.text("S057"), "INFO", listed=f.text("S057"), all=f.text("S056"))
    outputs = [f[k] for k in ("S059", "S061", "S063", "S065", "S067")]
    above = sum(y > 1000 for y in outputs)
    yield _claim("A16", "S047 S057 S058 S059 S060 S061 S062 S063 S064 S065 S066 S067", f.text("S057"),
                 f"{n['A16_blocks']:.0f}, {n['A16_output']:.0f}", above == f["S057"] and n["A16_blocks"] <= f["S047"],
                 above=str(above), n=str(len(outputs)), share=f"{n['A16_block_share']:.1f}",
                 means=", ".join(f"{v:.2f}" for v in n["A16_mean_output_per_block"]))


def _further(f: Figures, n: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for key, total, amount, figures in (("B01", "S020", n["A06_sum_2015"], "S020 S021 S023"),
                                        ("B02", "S025", n["A07_sum_2016"], "S025 S026 S028")):
        holds = _near(amount, f, total)
        yield _claim(key, figures, f.text(total), f"{amount:.4f}", holds, alternative=not holds)
    holds = abs(n["B2B_plus_B2C"] - 100) < 1e-9
    yield _claim("B03", "S031 S032", f"{f.text('S031')} + {f.text('S032')}", f"{n['B2B_plus_B2C']:.1f}", holds,
                 alternative=not holds)
    classes = [f[k] for k in ("S047", "S048", "S049", "S050")]
    holds = all(a > b for a, b in pairwise(classes))
    yield _claim("B04", "S047 S048 S049 S050", ", ".join(f"{c:.0f}" for c in classes),
                 (" > " if holds else ", ").join(f"{c:.0f}" for c in classes), holds, alternative=not holds)
    yield _claim("B05", "S045", f.text("S045"), "", "INFO")
    shares = ("S033", "S034", "S068")
    yield _claim("B06", " ".join(shares), ", ".join(f"{f.text(k)} %" for k in shares),
                 str(sum(f.rows[k]["year"] == "unspecified" for k in shares)), "INFO")
