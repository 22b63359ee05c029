from __future__ import annotations

import hashlib
import subprocess
import sys
import warnings

import pytest

from clustertrade.render.figure import PALETTE, figure, house_style, save_figure
from clustertrade.render.fonts import missing_glyphs, register

DRAW = r"""
import sys
from clustertrade.render.figure import *
with house_style():
    fig = figure(12, 7)
    ax = fig.subplots()
    for i in range(3):
        ax.plot(range(2016, 2024), [i + j**0.5 for j in range(8)], marker=MARKERS[i], label=f"广东 {i}")
    ax.set(title="集聚与出口 Agglomeration: ρ ≤ 0.05 → ✓", xlabel="年份", ylabel=r"$\hat\beta$ −1")
    ax.legend()
save_figure(fig, sys.argv[1])
"""


def test_the_same_bytes_in_another_process_zone_and_user_style(tmp_path):
    found = []
    for name, zone, seed in (("a", "UTC", "1"), ("b", "Asia/Shanghai", "2")):
        folder = tmp_path / name
        folder.mkdir()
        # a user's own settings must not show
        (folder / "matplotlibrc").write_text("lines.linewidth: 9\nfont.size: 30\n" if name == "b" else "")
        subprocess.run(
            [sys.executable, "-c", DRAW, str(folder / "f01.zh")],
            check=True,
            cwd=folder,
            env={"TZ": zone, "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONHASHSEED": seed},
        )
        found.append(
            {
                kind: hashlib.sha256((folder / f"f01.zh.{kind}").read_bytes()).hexdigest()
                for kind in ("pdf", "svg", "png")
            }
        )
    assert found[0] == found[1]
    pdf = (tmp_path / "a" / "f01.zh.pdf").read_bytes()
    assert b"/Type3" in pdf and b"CreationDate" not in pdf and b"Matplotlib" not in pdf
    svg = (tmp_path / "a" / "f01.zh.svg").read_text()
    assert "<text" not in svg and "<dc:date>" not in svg and 'href="http' not in svg


def test_a_letter_without_glyph_is_refused_before_anything_is_written(tmp_path):
    with house_style():
        fig = figure()
        fig.subplots().set_title("王喆")
    with pytest.raises(ValueError, match=r"喆.*王喆"):
        save_figure(fig, tmp_path / "f01")
    assert list(tmp_path.iterdir()) == []


def test_the_font_is_ours():
    from matplotlib import font_manager

    from clustertrade.render.fonts import FILE

    family = register()
    assert family == "Clustertrade Noto Sans SC"  # a name of its own: no font of the machine can stand in
    assert font_manager.findfont(family, fallback_to_default=False) == str(FILE)
    assert FILE.stat().st_size < 4_000_000
    assert "SIL OPEN FONT LICENSE Version 1.1" in FILE.with_name("OFL.txt").read_text()


def test_the_font_has_gb2312_latin_greek_and_signs():
    cells = (bytes((row, cell)) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    chinese = "".join(cell.decode("gb2312", "ignore") for cell in cells)
    assert len(chinese) == 6763 and missing_glyphs(chinese) == ""
    assert missing_glyphs("".join(map(chr, range(0x20, 0x7F)))) == ""
    assert (
        missing_glyphs("αβγδεζηθικλμνξοπρστυφχψωΔΣΩ ±×÷−≤≥≠≈∞∑√→←↑↓↔⇒✓■□▲△●○★§°‰²³éüñ“”‘’—–…《》、。，；：（）％") == ""
    )
    assert missing_glyphs("a✗b\n") == "✗"


def test_style_changes_nothing_outside():
    import matplotlib

    before = dict(matplotlib.rcParams)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with house_style():
            assert matplotlib.rcParams["axes.prop_cycle"].by_key()["color"][0] == PALETTE[0]
    assert dict(matplotlib.rcParams) == before
