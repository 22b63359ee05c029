"""urca::ur.df and tseries::adf.test."""

from __future__ import annotations

from functools import partial
from typing import Any

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame, statistic

GROUP = "10_ts_unitroot"
METHODS = {"ADF", "ADF (IC lag choice)", "ADF (tseries)"}
NOT_OFFERED = {"ADF (tseries), p": "interpolated in a table of a few quantiles and clipped; the statistic is compared"}
TRENDS = {"none": "n", "drift": "c", "trend": "ct"}
TAU = {"none": "tau1", "drift": "tau2", "trend": "tau3"}


def to_case(raw: dict[str, Any]) -> Case:
    """The t of the lagged level, its coefficient, the observations and the critical values."""
    given, want, options = raw["input"], raw["expected"], raw["options"]
    data = frame(given["file"])[[given["column"]]].dropna()
    run = partial(ct.test, "adf", data, y=given["column"])
    if raw["method"] == "ADF (tseries)":
        return Case(raw["id"], raw["call"], partial(run, trend="ct", lags=options["k"]),
                    (Check("t", statistic("t"), want["statistic"]),))
    kind, criterion = options["type"], options["selectlags"]
    chosen = {"lags": options["lags"]} if criterion == "Fixed" else {"lags": criterion.lower(),
                                                                     "max_lags": options["lags"]}
    printed = want["cval"]["values"][0]
    checks = [Check("t", statistic("t"), want["teststat"][TAU[kind]]),
              Check("nobs", lambda r: r.nobs, want["nobs"]),
              *(Check(f"critical {level}", lambda r, level=level: r["t"].critical[level], printed[name])
                for level, name in (("0.01", "1pct"), ("0.05", "5pct"), ("0.1", "10pct")))]
    if "coef" in want:
        level = want["coef"]["z.lag.1"]
        checks += [Check("coefficient", lambda r: r.details["coefficient"], level["coef"]),
                   Check("se", lambda r: r.details["coefficient"] / r["t"].value, level["se"])]
    return Case(raw["id"], raw["call"], partial(run, trend=TRENDS[kind], convention="urca", **chosen), tuple(checks))
