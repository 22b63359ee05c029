"""HTML: a fragment for a report and a page that stands alone, with no address outside the file."""

from __future__ import annotations

from html import escape

from clustertrade.render import number
from clustertrade.render.grid import Grid, Line, Printed, grid
from clustertrade.render.table import Table
from clustertrade.render.words import word

CSS = """\
.ct-table{margin:1.5em auto;width:fit-content;max-width:100%;overflow-x:auto;color:#111;
  font:15px/1.45 "Times New Roman",Times,"Noto Serif SC","Source Han Serif SC",SimSun,serif}
.ct-table table{border-collapse:collapse;border-top:2px solid #111;border-bottom:2px solid #111;
  font-variant-numeric:tabular-nums lining-nums}
.ct-table caption{caption-side:top;padding:0 0 .5em;font-weight:bold;text-align:center}
.ct-table th{font-weight:normal;text-align:left;vertical-align:top}
.ct-table th,.ct-table td{padding:.15em .7em}
.ct-table td.starred{padding-right:1.5em;padding-left:1.5em}
.ct-table thead th{text-align:center;vertical-align:bottom}
.ct-table thead th.span{position:relative}
.ct-table thead th.span::after{content:"";position:absolute;left:.4em;right:.4em;bottom:0;border-bottom:1px solid #111}
.ct-table thead tr:last-child th{border-bottom:1px solid #111}
.ct-table tr.rule>*{border-top:1px solid #111}
.ct-table th.panel{padding-top:.5em;font-style:italic}
.ct-table:lang(zh-Hans) th.panel{font-style:normal;font-weight:bold}
.ct-table td{white-space:nowrap;vertical-align:top}
.ct-table .left{text-align:left}.ct-table .center{text-align:center}.ct-table .right{text-align:right}
.ct-table td.text[style],.ct-table td.text.left{white-space:normal}
.ct-table thead th:first-child{white-space:nowrap}
.ct-table thead th.left{text-align:left}.ct-table thead th.right{text-align:right}
.ct-table sup.stars{display:inline-block;width:0;overflow:visible;line-height:0}
.ct-table .below{display:block}
.ct-table p{max-width:60em;margin:.4em 0 0;font-size:13px;width:0;min-width:100%}
"""

PAGE = """\
<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body{{margin:2em auto;padding:0 1em;max-width:75em;background:#fff}}
{css}</style>
</head>
<body>
{body}</body>
</html>
"""

HTML_LANG = {"en": "en", "zh": "zh-Hans"}


def to_html(table: Table, lang: str = "en") -> str:
    """A page with nothing but this table."""
    title = escape(grid(table, lang).title)
    return PAGE.format(lang=HTML_LANG[lang], title=title, css=CSS, body=to_fragment(table, lang))


def to_fragment(table: Table, lang: str = "en") -> str:
    """The table as a ``figure`` with the id ``<table id>-<lang>``; its style is :data:`CSS`.

    Each number carries its unrounded value in ``data-value`` (for sorting) and its p-value in ``title``.
    """
    printed = grid(table, lang)
    out = [f'<figure class="ct-table" id="{table.id}-{lang}" lang="{HTML_LANG[lang]}">', "<table>"]
    out += [f"<caption>{escape(printed.title)}</caption>", "<thead>", *_head(printed), "</thead>"]
    body = "<tbody>"
    for line in printed.lines:
        if line.panel is not None:
            out += [body] if body else ["</tbody>", "<tbody>"]
            body = ""
            heading = f'<th class="panel" scope="rowgroup" colspan="{1 + len(line.cells)}">{escape(line.panel)}</th>'
            out.append(f"<tr>{heading}</tr>")
        elif body:
            out.append(body)
            body = ""
        out.append(_row(line, printed))
    out += ["</tbody>", "</table>"]
    for name, paragraph in (("notes", printed.notes), ("sources", printed.sources), ("citation", printed.citation)):
        if paragraph:
            out.append(f'<p class="{name}">{escape(paragraph)}</p>')
    return "\n".join([*out, "</figure>"]) + "\n"


def _head(printed: Grid) -> list[str]:
    rows = []
    for level in printed.spanners:
        spans = (
            f'<th scope="colgroup" class="span" colspan="{span.width}">{escape(span.text)}</th>'
            if span.text
            else f'<td colspan="{span.width}"></td>'
            for span in level
        )
        rows.append("<tr><td></td>" + "".join(spans) + "</tr>")
    cells = (
        f'<th scope="col" class="{align}">{escape(heading)}</th>'
        for heading, align in zip(printed.headings, printed.align, strict=True)
    )
    return [*rows, f'<tr><th scope="col" class="left">{escape(printed.stub)}</th>' + "".join(cells) + "</tr>"]


def _row(line: Line, printed: Grid) -> str:
    rule = ' class="rule"' if line.row.rule else ""
    indent = f' style="padding-left:{0.7 + 1.2 * line.row.indent:.1f}em"' if line.row.indent else ""
    columns = zip(line.cells, printed.table.columns, printed.align, strict=True)
    cells = (_cell(cell, align, column.width, printed.lang) for cell, column, align in columns)
    return f'<tr{rule}><th scope="row"{indent}>{escape(line.label)}</th>' + "".join(cells) + "</tr>"


def _cell(printed: Printed, align: str, width: float | None, lang: str) -> str:
    wide = "" if width is None else f' style="min-width:{width:g}cm"'
    if not printed.numeric:
        return f'<td class="text {align}"{wide}>{escape(printed.text)}</td>'
    cell = printed.cell
    assert cell is not None
    p = "" if cell.pvalue is None else f' title="{escape(word("statistic.p", lang))} = {number.exact(cell.pvalue)}"'
    stars = f'<sup class="stars">{printed.stars}</sup>' if printed.stars else ""
    below = ""
    if printed.below:
        inner = ", ".join(map(typeset, printed.below))
        below = f'<span class="below">{printed.brackets[0]}{inner}{printed.brackets[1]}</span>'
    value = number.exact(cell.value)  # type: ignore[arg-type]
    starred = " starred" if stars else ""
    return f'<td class="{align}{starred}"{wide} data-value="{value}"{p}>{typeset(printed.text)}{stars}{below}</td>'


def typeset(printed: str) -> str:
    """A number with the minus sign and the powers of print.

    >>> typeset("-3.2e-9"), typeset("<0.001")
    ('−3.2 × 10<sup>−9</sup>', '&lt;0.001')
    """
    sign, mantissa, exponent, unit = number.split(printed)
    sign = {"-": "−", "<": "&lt;"}.get(sign, "")
    power = f" × 10<sup>{exponent.replace('-', '−')}</sup>" if exponent else ""
    return sign + mantissa + power + unit
