"""Which sources are held against one another, and how far they may differ."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from clustertrade.data.reconcile import Rule, compare, nation, series, total

if TYPE_CHECKING:
    import pandas as pd

RULES = (
    Rule("S01-S60-exports", "exports by origin: sum of provinces (S01) against goods exports (S60)",
         "境内货源地出口分省合计（S01）与货物出口额（S60）", ("S01", "exports_goods_by_origin"), ("S60", "goods_exports_usd"), 0.005, sum=True),
    Rule("S03-S06-trade-2024", "trade by location in 2024, by province: S03 against customs (S06)",
         "2024年分省进出口总额：S03与海关（S06）", ("S03", "trade_total_by_location_rmb"), ("S06", "trade_total_by_location_rmb"), 0.02),
    Rule("S03-S06-trade-2024-sum", "trade by location in 2024: sum of provinces (S03) against customs (S06)",
         "2024年进出口总额：分省合计（S03）与海关全国（S06）", ("S03", "trade_total_by_location_rmb"),
         ("S06", "trade_total_by_location_rmb"), 0.002, sum=True),
    Rule("S04-S42-industry", "value added of industry by province: S04 against the statistical office (S42)",
         "分省工业增加值：S04与国家统计局（S42）", ("S04", "va_industry"), ("S42", "va_industry_nbs"), 0.10),
    Rule("S04-S42-secondary", "value added of secondary industry by province: S04 against the statistical office (S42)",
         "分省第二产业增加值：S04与国家统计局（S42）", ("S04", "va_secondary_compiled"), ("S42", "va_secondary_nbs"), 0.10),
    Rule("S44-S42-secondary", "value added of secondary industry by province: workbooks (S44) against S42",
         "分省第二产业增加值：各省工作簿（S44）与S42", ("S44", "va_secondary_nbs_2016_2024"), ("S42", "va_secondary_nbs"), 1e-6),
    Rule("S05-S02-employment", "urban employment by province: S05 against S02", "分省城镇单位就业人员：S05与S02",
         ("S05", "employment_urban_nonprivate"), ("S02", "employment_urban_units"), 501.0, absolute=True),  # 0.05 of 10,000
    Rule("S04-S02-gdp", "gross regional product: S04 against the statistical office (S02)",
         "地区生产总值：S04与国家统计局（S02）", ("S04", "gdp_compiled"), ("S02", "gdp_nominal"), 0.15),
    Rule("S03-S02-gdp", "gross regional product: another vintage (S03) against S02", "地区生产总值：另一版本（S03）与S02",
         ("S03", "gdp_nominal_vintage"), ("S02", "gdp_nominal"), 0.15,
         info="S03 stands before the revisions of the economic census: another vintage"),
    Rule("S04-S01-population", "population by province: S04 against S01", "分省人口：S04与S01",
         ("S04", "population"), ("S01", "population_compiled_b"), 0.05,
         info="S04 mixes registered and resident population in 2001-2014 (flagged)"),
    Rule("S01-S03-urbanisation", "urbanisation by province, points: S01 against S03", "分省城镇化率（百分点）：S01与S03",
         ("S01", "urbanisation_share"), ("S03", "urbanisation_rate"), 1.5, absolute=True,
         info="S01 prints two digits, and older vintages were revised after the census"),
    Rule("S03-S07-patents", "invention patent applications by province: S03 against S07", "分省发明专利申请：S03与S07",
         ("S03", "invention_patent_applications"), ("S07", "patent_applications_invention"), 0.01,
         info="the science yearbook counts applications, the office in some years only accepted ones"),
    Rule("S42-S29-retail", "retail sales 2021: sum of provinces (S42) against the nation (S29)",
         "2021年社会消费品零售总额：分省合计（S42）与全国（S29）", ("S42", "retail_sales_consumer_goods"),
         ("S29", "retail_sales_consumer_goods"), 0.01, sum=True),
    Rule("S60-S61-rate", "yuan per dollar: World Bank (S60) against the Federal Reserve (S61)",
         "人民币对美元汇率：世界银行（S60）与美联储（S61）", ("S60", "exchange_rate_official_cny_per_usd"),
         ("S61", "exchange_rate_fed_cny_per_usd"), 0.01),
    Rule("S60-S63-rate", "yuan per dollar: World Bank (S60) against the statistical office (S63)",
         "人民币对美元汇率：世界银行（S60）与国家统计局（S63）", ("S60", "exchange_rate_official_cny_per_usd"),
         ("S63", "exchange_rate_nbs_cny_per_100_usd"), 0.002),
    Rule("S60-S62-deflator", "GDP deflator inflation, points: newest (S60) against the earlier release (S62)",
         "GDP平减指数涨幅（百分点）：最新（S60）与较早版本（S62）", ("S60", "gdp_deflator_inflation"),
         ("S62", "gdp_deflator_inflation_earlier_release"), 0.2, absolute=True),
    Rule("S60-S20-exports", "goods exports 2019: World Bank (S60) against customs (S20)", "2019年货物出口额：世界银行（S60）与海关（S20）",
         ("S60", "goods_exports_usd"), ("S20", "goods_exports_usd"), 0.002),
    Rule("S60-S28-exports", "goods exports 2001 and 2013: World Bank (S60) against the press (S28)",
         "2001、2013年货物出口额：世界银行（S60）与报刊（S28）", ("S60", "goods_exports_usd"), ("S28", "goods_exports_usd"), 0.002),
    Rule("S45-T2-villages", "Taobao villages 2014: list (S45) against the press (T2)", "2014年淘宝村：名单（S45）与报刊（T2）",
         ("S45", "taobao_villages"), ("T2", "taobao_villages"), 0.005, sum=True),
    Rule("S45-T3-villages", "Taobao villages 2015: list (S45) against the press (T3)", "2015年淘宝村：名单（S45）与报刊（T3）",
         ("S45", "taobao_villages"), ("T3", "taobao_villages"), 0.0, sum=True),
    Rule("S45-T4-villages", "Taobao villages 2016: list (S45) against the press (T4)", "2016年淘宝村：名单（S45）与报刊（T4）",
         ("S45", "taobao_villages"), ("T4", "taobao_villages"), 0.0, sum=True),
)


def derived(tidy: pd.DataFrame) -> Iterable[dict[str, Any] | None]:
    """Checks that need arithmetic first: two flows added, a currency converted, sectors added."""
    goods = nation(tidy, "goods_exports_usd", "S60") + nation(tidy, "goods_imports_usd", "S60")
    yield compare("S03-S60-trade-usd", "trade by location in dollars: sum of provinces (S03) against exports plus imports (S60)",
                  "进出口总额（美元）：分省合计（S03）与进出口（S60）", total(tidy, "trade_total_by_location_usd", "S03"),
                  goods.dropna(), 0.005)
    rate = nation(tidy, "exchange_rate_official_cny_per_usd", "S60")
    yield compare("S03-S60-trade-rmb", "trade by location in renminbi: sum of provinces (S03) against S60 at its exchange rate",
                  "进出口总额（人民币）：分省合计（S03）与S60按年平均汇率折算", total(tidy, "trade_total_by_location_rmb", "S03"),
                  (goods * rate).dropna(), 0.015)
    codes = [series(tidy, f"VA_{s}", "S40", "country").filter(like="CHN", axis=0) for s in ("MIN", "MAN", "PU")]
    china = sum(c.droplevel("region_code") for c in codes) if all(len(c) for c in codes) else codes[0]
    yield compare("S04-S40-industry", "value added of industry: sum of provinces (S04) against the national figure (S40)",
                  "工业增加值：分省合计（S04）与全国（S40）", total(tidy, "va_industry", "S04"), china, 0.05,
                  info="provincial accounts add to more than the national account; 1990-2011")
