"""The font of the figures: Latin, Greek and Chinese in one committed face, no font of the machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FILE = Path(__file__).parents[1] / "fonts" / "NotoSansSC-subset.otf"


@cache
def register() -> str:
    """Make the face known to matplotlib.

    Returns
    -------
    str
        Its family, as the file says: the one thing to put into ``font.family``.
    """
    from matplotlib import font_manager

    font_manager.fontManager.addfont(FILE)
    return font_manager.FontProperties(fname=FILE).get_name()


def missing_glyphs(text: str) -> str:
    """The letters of a text that the face does not have, each once; "" if it can all be drawn.

    >>> missing_glyphs("Guangdong 广东省: ρ ≤ 0.05 → ✓"), missing_glyphs("王喆 ✗")
    ('', '✗喆')
    """
    letters = _letters()
    return "".join(sorted({letter for letter in text if not letter.isspace() and ord(letter) not in letters}))


@cache
def _letters() -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(FILE)).get_charmap())
