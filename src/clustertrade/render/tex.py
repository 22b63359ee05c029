r"""LaTeX with booktabs rules: one file that compiles alone and that a paper takes in by ``\input``.

The file begins with a test. Inside a document LaTeX has made ``\documentclass`` an error message
(``\@notprerr``), so if the two are the same the preamble is skipped; otherwise the file brings its own.
Nothing but booktabs is asked of the paper, and without it the rules are ``\hline``.
"""

from __future__ import annotations

from clustertrade.render import number
from clustertrade.render.grid import DASH, Grid, Line, Printed, grid
from clustertrade.render.table import Column, Table
from clustertrade.render.tex_letters import escape
from clustertrade.render.widths import LETTERS_A_CM, cells_wide, is_wide, least_notes_width
from clustertrade.render.words import word

# a longer table goes to several floats, so that no longtable is asked of the paper
LINES_A_PAGE = {"en": 34, "zh": 28}  # fits an article at 12 pt

HEAD = r"""% {id}: by \input{{{id}{suffix}}} in a paper with \usepackage{{booktabs}}{also}, or alone with {engine}.
\expandafter\ifx\csname @notprerr\endcsname\documentclass
  \def\clustertradeends{{}}%
\else
  \documentclass[11pt,a4paper]{{article}}
  {preamble}
  \usepackage[margin=2cm{landscape}]{{geometry}}
  \usepackage{{booktabs}}
  \usepackage{{graphicx}}
  \pagestyle{{empty}}
  \def\clustertradeends{{\end{{document}}}}
  \begin{{document}}
\fi
"""

ENGLISH = (
    r"""\ifdefined\XeTeXversion\else\IfFileExists{lmodern.sty}{\usepackage[T1]{fontenc}\usepackage{lmodern}}{}\fi"""
)
# Han letters in an English table: whatever the engine has for them
ENGLISH_HAN = (
    ENGLISH
    + r"""
  \ifdefined\XeTeXversion\usepackage{xeCJK}\setCJKmainfont{FandolSong-Regular.otf}%
  \else\IfFileExists{CJKutf8.sty}{\usepackage{CJKutf8}}{}\fi"""
)
CHINESE = r"""\usepackage{ctex}"""
HAN = r"""  \providecommand\han[1]{\ifdefined\XeTeXversion#1\else\ifdefined\directlua#1\else\ifdefined\CJKfamily
    \begin{CJK}{UTF8}{gbsn}#1\end{CJK}\else\typeout{Chinese letters left out: use xelatex}\fi\fi\fi}%
"""
RAGGED = r"  \def\ragged{\raggedright\let\\\tabularnewline}%"  # array's \arraybackslash, without array
FALLBACKS = r"""  \providecommand\toprule{\hline}\providecommand\midrule{\hline}\providecommand\bottomrule{\hline}%
  \ifdefined\cmidrule\else\def\cmidrule(#1)#2{\cline{#2}}\fi
  \ifdefined\clustertradebox\else\newsavebox\clustertradebox\fi
"""


def to_tex(table: Table, lang: str = "en") -> str:
    """A LaTeX file; English compiles under pdfLaTeX and XeLaTeX, Chinese under XeLaTeX (ctex).

    A table longer than a page is set as several floats that repeat its head.

    Raises
    ------
    ValueError
        For a letter that an English file cannot hold under pdfLaTeX.
    """
    printed = grid(table, lang)
    parts = _parts(printed)
    body = "".join(_float(printed, part, first=part is parts[0], last=part is parts[-1]) for part in parts)
    han = lang == "en" and r"\han{" in body
    head = HEAD.format(
        id=table.id,
        suffix="" if lang == "en" else ".zh",
        also="" if lang == "en" else r" and \usepackage{ctex}",
        engine="pdflatex or xelatex" if lang == "en" else "xelatex",
        preamble=CHINESE if lang == "zh" else ENGLISH_HAN if han else ENGLISH,
        landscape=",landscape" if is_wide(printed) else "",
    )
    return head + body + "\\clustertradeends\n"


def typeset(printed: str) -> str:
    r"""A number with a real minus and a power of ten.

    >>> print(typeset("-3.2e-9"), typeset("<0.001"), typeset("12.3%"))
    $-$3.2$\times10^{-9}$ $<$0.001 12.3\%
    """
    sign, mantissa, exponent, unit = number.split(printed)
    sign = {"-": "$-$", "<": "$<$"}.get(sign, "")
    return sign + mantissa + (rf"$\times10^{{{exponent}}}$" if exponent else "") + unit.replace("%", r"\%")


def _parts(printed: Grid) -> list[list[Line]]:
    parts: list[list[Line]] = [[]]
    used = 0.0
    for line in printed.lines:
        height = _height(line, printed.table.columns)
        if parts[-1] and used + height > LINES_A_PAGE[printed.lang]:
            parts.append([])
            used = 0.0
        parts[-1].append(line)
        used += height
    return parts


def _height(line: Line, columns: tuple[Column, ...]) -> float:
    texts = zip(line.cells, columns, strict=True)
    wraps = [-(-cells_wide(cell.text) // int(c.width * LETTERS_A_CM)) for cell, c in texts if c.width is not None]
    gap = 0.2 * bool(wraps)
    return max([1, *wraps]) + gap + line.has_below + (line.panel is not None) + 0.3 * line.row.rule


def _float(printed: Grid, lines: list[Line], first: bool, last: bool) -> str:
    lang, table = printed.lang, printed.table
    more = "" if first else f" ({word('continued', lang)})"
    out = [
        r"\begin{table}[" + ("htbp" if first and last else "p") + "]",
        r"  \centering\small\belowcaptionskip=5pt",
        FALLBACKS.rstrip(),
    ]
    if not first:
        out.append(r"  \addtocounter{table}{-1}%")
    label = rf"\label{{tab:{table.id}}}" if first else ""
    out.append(rf"  \caption{{{escape(printed.title + more, lang)}}}{label}")
    rows = [*_head(printed), *(text for i, line in enumerate(lines) for text in _rows(line, printed, opens=i == 0))]
    if any(cell.stars for line in printed.lines for cell in line.cells):
        out.append(r"  \tabcolsep=9pt")  # stars hang over the edge of their column, which keeps the decimals in line
    if any(column.width is not None for column in table.columns):
        out.append(RAGGED)
    tabular = [rf"\begin{{tabular}}{{{_columns(printed)}}}", r"\toprule", *rows, r"\bottomrule", r"\end{tabular}"]
    out += [r"  \sbox\clustertradebox{%", *("  " + text for text in tabular), "  }%"]
    out += [
        r"  \dimen0=\wd\clustertradebox",
        r"  \ifdim\dimen0>\linewidth \dimen0=\linewidth  % too wide: shrink, where the paper has graphicx",
        r"    \ifdefined\resizebox\resizebox{\linewidth}{!}{\usebox\clustertradebox}\else\usebox\clustertradebox\fi",
        r"  \else\usebox\clustertradebox\fi",
    ]
    notes = [escape(paragraph, lang) for paragraph in (printed.notes, printed.sources) if paragraph]
    if last and notes:
        text = r"\par ".join(notes)
        least = f"{least_notes_width(printed):g}"
        out += [
            rf"  \par\smallskip\ifdim\dimen0<{least}\linewidth \dimen0={least}\linewidth\fi",
            rf"  \parbox{{\dimen0}}{{\footnotesize\raggedright {text}\par}}",
        ]
    body = "\n".join([*out, r"\end{table}"]) + "\n"
    return body.replace(FALLBACKS.rstrip(), FALLBACKS.rstrip() + "\n" + HAN.rstrip()) if r"\han{" in body else body


def _columns(printed: Grid) -> str:
    kinds = {"left": "l", "center": "c", "right": "r"}
    spec = [
        kinds[align] if column.width is None else rf"p{{{column.width:g}cm}}"
        for align, column in zip(printed.align, printed.table.columns, strict=True)
    ]
    starred = any(cell.stars for line in printed.lines for cell in line.cells)
    return "@{}l" + "".join(spec) + (r"@{\hspace{1.2em}}" if starred else "@{}")


def _head(printed: Grid) -> list[str]:
    lang = printed.lang
    out = []
    for level in printed.spanners:
        cells, rules, at = [""], "", 2
        for span in level:
            cells.append(rf"\multicolumn{{{span.width}}}{{c}}{{{escape(span.text, lang)}}}")
            if span.text:
                rules += rf"\cmidrule(lr){{{at}-{at + span.width - 1}}}"
            at += span.width
        out += [" & ".join(cells) + r" \\", rules]
    heads = [
        rf"\multicolumn{{1}}{{{'c' if align != 'left' else 'l'}}}{{{escape(heading, lang)}}}" if column.width is None
        else escape(heading, lang)
        for heading, align, column in zip(printed.headings, printed.align, printed.table.columns, strict=True)
    ]  # fmt: skip
    return [*out, " & ".join([_first(printed.stub, lang), *heads]) + r" \\", r"\midrule"]


def _rows(line: Line, printed: Grid, opens: bool) -> list[str]:
    lang = printed.lang
    out = [r"\midrule"] if line.row.rule and not opens else []
    if line.panel is not None:
        gap = "" if opens else r"\noalign{\smallskip}"
        heading = r"\textit{" + escape(line.panel, lang) + "}"
        out.append(rf"{gap}\multicolumn{{{1 + len(line.cells)}}}{{@{{}}l}}{{{heading}}} \\")
    elif not opens and not line.row.rule and any(column.width is not None for column in printed.table.columns):
        out.append(r"\noalign{\vskip2pt}")  # rows of several lines need a gap to be told apart
    label = r"\quad " * line.row.indent + _first(line.label, lang)
    cells = (
        (r"\ragged " if column.width is not None else "") + _cell(cell, lang)
        for cell, column in zip(line.cells, printed.table.columns, strict=True)
    )
    out.append(" & ".join([label, *cells]) + r" \\")
    if line.has_below:
        out += [" & ".join(["", *(_below(cell) for cell in line.cells)]) + r" \\", r"\noalign{\vskip1.5pt}"]
    return out


def _cell(cell: Printed, lang: str) -> str:
    text = typeset(cell.text) if cell.numeric else "--" if cell.text == DASH else escape(cell.text, lang)
    return text + (rf"\rlap{{$^{{{cell.stars}}}$}}" if cell.stars else "")


def _below(cell: Printed) -> str:
    inside = ", ".join(map(typeset, cell.below))
    return cell.brackets[0] + inside + cell.brackets[1] if inside else ""


def _first(text: str, lang: str) -> str:
    # a star or bracket at the start of a line would be read as an option of the \\ or the rule before it
    return ("{}" if text[:1] in ("*", "[") else "") + escape(text, lang)
