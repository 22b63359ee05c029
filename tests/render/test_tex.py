from __future__ import annotations

import pytest

from clustertrade.render import Cell, Column, Row, Table, to_tex
from clustertrade.render.tex_letters import escape
from tests.render.tables import audit, regression


def test_a_row_in_latex():
    tex = to_tex(regression())
    assert r"ln location\_quotient & $-$0.123\rlap{$^{**}$} & $-$0.247\rlap{$^{***}$}" in tex
    assert r" & (0.050) & (0.100) & (0.150) & (0.200) \\" in tex
    assert r"R\&D share, 100 \% & -- & -- & 1.2$\times10^{-6}$\rlap{$^{***}$} & -- \\" in tex
    assert r"\cmidrule(lr){2-3}\cmidrule(lr){4-5}" in tex
    assert tex.count(r"\toprule" "\n") == tex.count(r"\bottomrule" "\n") == 1
    assert r"\caption{Trade by location \& agglomeration, two\_way}\label{tab:t08-baseline}" in tex


def test_every_special_letter_is_escaped():
    printed = escape('\\ { } % _ & # $ ~ ^ < > | " − – ² β Ω → ≤ é')
    assert printed == (
        r"\textbackslash{} \{ \} \% \_ \& \# \$ \textasciitilde{} \textasciicircum{} $<$ $>$ $|$ '' $-$ -- $^2$ $\beta$"
        r" $\Omega$ $\rightarrow$ $\leq$ é"
    )


def test_chinese_is_kept_apart_in_english_and_plain_in_chinese():
    assert escape("LQ 区位商 x") == r"LQ \han{区位商} x"
    assert escape("“区位商”—x_1", "zh") == r"“区位商”—x\_1"


@pytest.mark.parametrize("letter", ["☂", "\u0302", "я"])
def test_a_letter_that_latex_lacks_is_named(letter):
    with pytest.raises(ValueError, match=f"U\\+{ord(letter):04X}"):
        escape(f"a{letter}")


@pytest.mark.parametrize("label", ["*starred", "[bracket]"])
def test_a_label_is_no_option_of_the_line_before(label):
    made = Table("t1", "T", [Column("a", "A")], [Row("r", label)], {("r", "a"): Cell(1.0)})
    assert "\n  {}" + label in to_tex(made)


def test_a_long_table_goes_to_several_floats_of_one_number(lang):
    tex = to_tex(audit(), lang)
    floats = tex.count(r"\begin{table}[p]")
    assert floats == tex.count(r"\end{table}") > 1
    assert tex.count(r"\addtocounter{table}{-1}") == floats - 1
    assert tex.count(r"\label{tab:t22-audit}") == 1 and tex.count("PASS" if lang == "en" else "通过") == 25


def test_braces_and_conditionals_are_balanced(table, lang):
    tex = to_tex(table, lang)
    plain = tex.replace(r"\{", "").replace(r"\}", "")
    assert plain.count("{") == plain.count("}")
    assert tex.endswith("\\clustertradeends\n") and tex.count(r"\documentclass") == 2
