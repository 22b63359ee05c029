"""Make ``NotoSansSC-subset.otf`` from Noto Sans CJK; for maintainers, when the letters below change.

    python src/clustertrade/fonts/make_subset.py NotoSansCJK-Regular.ttc

The original (Noto Sans CJK 2.004, SIL Open Font License 1.1, see OFL.txt) is in Debian's fonts-noto-cjk and
among the releases of notofonts/noto-cjk; a collection (.ttc) or the face of simplified Chinese (.otf) will do.
The subset gets a family name of its own: a figure must not depend on whether the machine happens to have the
full font. The same original gives the same file.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

FACE = "Noto Sans CJK SC"
FAMILY = "Clustertrade Noto Sans SC"
TARGET = Path(__file__).with_name("NotoSansSC-subset.otf")
BLOCKS = (
    (0x0020, 0x024F),  # Latin
    (0x0300, 0x036F),  # combining marks
    (0x0370, 0x03FF),  # Greek
    (0x1E00, 0x1EFF),  # Latin with marks
    (0x2000, 0x209F),  # punctuation, superscripts, subscripts
    (0x20A0, 0x20CF),  # currencies
    (0x2100, 0x214F),  # letter-like
    (0x2150, 0x218F),  # numerals
    (0x2190, 0x22FF),  # arrows, mathematics
    (0x2460, 0x24FF),  # numbers in circles
    (0x2500, 0x27BF),  # boxes, blocks, shapes, ticks
    (0x3000, 0x303F),  # Chinese punctuation
    (0xFF00, 0xFFEF),  # full-width forms
)


def gb2312() -> set[int]:
    """The 6,763 Chinese letters and 682 signs of GB 2312-80."""
    cells = (bytes((row, cell)) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    return {ord(letter) for cell in cells for letter in cell.decode("gb2312", errors="ignore")}


def simplified(path: Path) -> TTFont:
    """The face of simplified Chinese in a font file or collection."""
    faces = TTCollection(path).fonts if path.suffix.lower() == ".ttc" else [TTFont(path)]
    for face in faces:
        if face["name"].getDebugName(1) in (FACE, f"{FACE} Regular"):
            return face
    sys.exit(f"{path} has no {FACE}; it has {', '.join(face['name'].getDebugName(1) for face in faces)}")


def make(source: Path, target: Path = TARGET) -> int:
    """Write the subset; the number of letters in it."""
    font = simplified(source)
    options = Options()
    options.layout_features = ["kern"]
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]
    options.name_languages = [0x409]
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=gb2312() | {code for first, last in BLOCKS for code in range(first, last + 1)})
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in (1, 3, 4):
            record.string = FAMILY
        elif record.nameID == 6:
            record.string = FAMILY.replace(" ", "") + "-Regular"
    compact = font["CFF "].cff
    compact.fontNames = [FAMILY.replace(" ", "") + "-Regular"]
    compact[0].FullName = compact[0].FamilyName = FAMILY
    font.recalcTimestamp = False  # the original's own date stays
    font.save(target)
    return len(font.getBestCmap())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(f"{TARGET.name}: {make(Path(sys.argv[1]))} letters, {TARGET.stat().st_size:,} bytes")
