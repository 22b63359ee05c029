"""Four tables that between them use everything a table can have."""

from __future__ import annotations

from clustertrade.render import BLANK, Cell, Column, Row, Style, Table, both


def regression(style: Style | None = None) -> Table:
    """Coefficients with standard errors, spanners, a rule, LaTeX's own letters in the words."""
    columns = [
        Column(
            f"m{i}", f"({i})", spanner={"en": "Exports", "zh": "出口额"} if i < 3 else {"en": "Trade", "zh": "贸易额"}
        )
        for i in range(1, 5)
    ]
    rows = [
        Row("lq", {"en": "ln location_quotient", "zh": "区位商（对数）"}),
        Row("tiny", {"en": "R&D share, 100 %", "zh": "研发占比，100 %"}),
        Row("fe", both("fixed-effects.entity"), rule=True),
        Row("n", both("observations")),
        Row("r2", both("r2-within")),
    ]
    cells = {("tiny", "m3"): Cell(1.23e-6, below={"se": 4e-7, "t": 3.075, "p": 0.0021}, pvalue=0.0021)}
    for i in range(1, 5):
        p = 0.2 / 10**i
        cells["lq", f"m{i}"] = Cell(
            -0.1234567 * i, below={"se": 0.05 * i, "t": -2.469, "p": p, "ci": (-0.2 * i, -0.05)}, pvalue=p
        )
        cells["fe", f"m{i}"] = Cell(both("yes" if i > 1 else "no"), kind="text")
        cells["n", f"m{i}"] = Cell(4960 * i, kind="integer")
        cells["r2", f"m{i}"] = Cell(0.155 * i)
    return Table(
        id="t08-baseline",
        title={"en": "Trade by location & agglomeration, two_way", "zh": "按所在地贸易与产业集聚"},
        columns=columns,
        rows=rows,
        cells=cells,
        notes=[{"en": "31 provinces, 2016–2023; 50% of $ #1", "zh": "31 个省份，2016—2023 年"}],
        sources=[{"en": "National Bureau of Statistics", "zh": "国家统计局"}],
        citation="Clustertrade (2026). doi:10.0000/none",
        style=style or Style(),
    )


def unit_roots() -> Table:
    """Statistics with p-values below, panels, two levels of headings, a missing cell."""
    tests = ["llc", "ips", "fisher-adf", "cips"]
    columns = [
        Column(
            f"{test}-{trend}",
            both(f"procedure.{test}.short"),
            spanner=(both("deterministic-terms"), both(f"trend.{trend}")),
        )
        for trend in ("c", "ct")
        for test in tests
    ]
    names = {"ex": {"en": "ln exports", "zh": "ln 出口额"}, "lq": {"en": "ln quotient", "zh": "ln 区位商"}}
    rows = [
        Row(f"{kind}.{key}", label, panel=both(kind))
        for kind in ("level", "first-difference")
        for key, label in names.items()
    ]
    cells = {}
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            p = min(1.0, 0.9 / 10 ** (i + j % 3))
            cells[row.key, column.key] = Cell(0.5 - i * 1.7 - 0.3 * j, below={"p": p}, pvalue=p)
    del cells["level.lq", "cips-ct"]
    return Table(
        id="t05-unit-roots",
        title={"en": "Panel unit roots", "zh": "面板单位根检验"},
        columns=columns,
        rows=rows,
        cells=cells,
        stub=both("variable"),
        notes=[{"en": "Null: every entity has a unit root", "zh": "原假设：所有个体均存在单位根"}],
    )


def variables() -> Table:
    """Running text that wraps, Chinese letters in the English table, an empty cell and a percentage."""
    columns = [
        Column("symbol", both("symbol")),
        Column("definition", both("definition"), width=6.5),
        Column("unit", both("unit")),
        Column("source", both("source"), width=4.5),
        Column("coverage", both("coverage")),
    ]
    long = {
        "en": "Share of manufacturing in a province's urban-unit employment over the national share (β ≥ 0, R² of Δx)",
        "zh": "某省城镇单位就业中制造业所占份额与全国相应份额之比（β ≥ 0，Δx 的 R²）；“区位商”大于 1 表示集聚",
    }
    rows = [Row(f"v{i}", {"en": f"Variable {i} 区位商", "zh": f"变量 {i}"}, indent=i % 2) for i in range(3)]
    cells = {}
    for i, row in enumerate(rows):
        cells[row.key, "symbol"] = Cell(f"ln_x{i}", kind="text")
        cells[row.key, "definition"] = Cell(long, kind="text")
        cells[row.key, "unit"] = Cell(both("unit-of.ratio"), kind="text") if i else BLANK
        cells[row.key, "source"] = Cell(
            {"en": "Statistical Yearbook, table 4-2", "zh": "《统计年鉴》表 4-2"}, kind="text"
        )
        cells[row.key, "coverage"] = Cell(0.98765 - i / 10, kind="percent")
    return Table(
        id="t01-variables",
        title={"en": "Variables", "zh": "变量说明"},
        columns=columns,
        rows=rows,
        cells=cells,
        stub=both("variable"),
    )


def audit() -> Table:
    """Longer than a page."""
    columns = [
        Column("claim", both("claim"), width=7),
        Column("printed", both("printed")),
        Column("recomputed", both("recomputed")),
        Column("status", "", align="center"),
    ]
    rows = [Row(f"c{i:02d}", f"C{i}", rule=i == 40) for i in range(1, 75)]
    claim = {
        "en": "The growth rate from one year to the next follows from the two figures",
        "zh": "增长率可由相邻两年的数值推出",
    }
    cells = {}
    for i, row in enumerate(rows):
        cells[row.key, "claim"] = Cell(claim, kind="text")
        cells[row.key, "printed"] = Cell(10.0 + i / 7, digits=1)
        cells[row.key, "recomputed"] = Cell(10.0 + i / 7)
        cells[row.key, "status"] = Cell(both(f"status.{('PASS', 'FAIL', 'INFO')[i % 3]}"), kind="text")
    return Table("t22-audit", {"en": "Audit", "zh": "论断核对"}, columns, rows, cells, stub="#", sources=["x_y"])


TABLES = {"regression": regression, "unit_roots": unit_roots, "variables": variables, "audit": audit}
