"""urca::ur.pp, ur.kpss, ur.ers, ur.za and tseries::pp.test, kpss.test.

The p-values of tseries are interpolated in short tables and clipped (0.01 to 0.10 for KPSS, 0.01 to 0.99 for PP); ours
are computed and are held to exact or simulated laws in tests/unitroot and tests/distributions.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame, statistic

GROUP = "10_ts_unitroot"
METHODS = {"KPSS", "Phillips-Perron", "ERS DF-GLS / P", "Zivot-Andrews", "PP (tseries)", "KPSS (tseries)"}
NOT_OFFERED: dict[str, str] = {}
TREND = {"mu": "c", "tau": "ct", "constant": "c", "trend": "ct"}
BREAK = {"intercept": "level", "trend": "trend", "both": "regime"}
LEVELS = {"1pct": "0.01", "2.5pct": "0.025", "5pct": "0.05", "10pct": "0.1"}


def critical(name: str, level: str):
    """A critical value of a statistic."""
    return lambda result: result[name].critical[level]


def printed(name: str, values: dict[str, float]) -> list[Check]:
    """Critical values that the program prints."""
    return [Check(f"critical {LEVELS[k]}", critical(name, LEVELS[k]), v) for k, v in values.items()]


def to_case(raw: dict[str, Any]) -> Case:
    """The series without its missing values."""
    options, want, method = raw["options"], raw["expected"], raw["method"]
    column = raw["input"]["column"]
    run = partial(ct.test, data=frame(raw["input"]["file"])[[column]].dropna(), y=column)
    if method == "KPSS":
        rule = {} if options["lags"] == "short" else {"bandwidth": want["lag"]}          # short is urca's own rule
        run = partial(run, "kpss", trend=TREND[options["type"]], convention="urca", **rule)
        checks = [Check("eta", statistic("eta"), want["teststat"]), *printed("eta", want["cval"])]
        if options["lags"] == "short":
            checks.append(Check("bandwidth", lambda r: r.details["bandwidth"], want["lag"]))
    elif method == "Phillips-Perron":
        name = {"Z-alpha": "Zrho", "Z-tau": "Zt"}[options["type"]]
        rule = {} if options["lags"] == "short" else {"bandwidth": want["lag"]}
        run = partial(run, "pp", trend=TREND[options["model"]], convention="urca", **rule)
        checks = [Check(name, statistic(name), want["teststat"])]
        if options["lags"] == "short":
            checks.append(Check("bandwidth", lambda r: r.details["bandwidth"], want["lag"]))
    elif method == "ERS DF-GLS / P":
        trend, gls = TREND[options["model"]], options["type"] == "DF-GLS"
        run = partial(run, "dfgls" if gls else "ers", trend=trend, lags=options["lag.max"], convention="urca")
        name = "t" if gls else "P-T"
        checks = [Check(name, statistic(name), want["teststat"]), *printed(name, want["cval"])]
    elif method == "Zivot-Andrews":
        run = partial(run, "zivot-andrews", **{"break": BREAK[options["model"]]}, lags=options["lag"],
                      convention="urca")
        checks = [Check("t", statistic("t"), want["teststat"]),
                  Check("break", lambda r: r.details["break_position"], want["breakpoint"]),
                  *printed("t", dict(zip(("1pct", "5pct", "10pct"), want["cval"], strict=True)))]
    elif method == "KPSS (tseries)":
        run = partial(run, "kpss", trend={"Level": "c", "Trend": "ct"}[options["null"]],
                      bandwidth=want["parameter"]["Truncation lag parameter"])
        checks = [Check("eta", statistic("eta"), want["statistic"])]
    else:
        name = "Zt" if options["type"] == "Z(t_alpha)" else "Zrho"
        run = partial(run, "pp", trend="ct", bandwidth=want["parameter"]["Truncation lag parameter"])
        checks = [Check(name, statistic(name), want["statistic"])]
    return Case(raw["id"], raw["call"], run, tuple(checks))
