"""urca::ca.po (Pu and Pz) and tseries::po.test (Za).

urca takes the second moments of the series as they are in Pz, which ``--convention urca`` does too; its short lag is
given as a bandwidth where it is the convention's own, so that the rule is compared.  Its critical values are those
printed in 1990.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame, statistic

GROUP = "11_ts_coint"
METHODS = {"Phillips-Ouliaris", "Phillips-Ouliaris Za (tseries)"}
NOT_OFFERED: dict[str, str] = {}
TREND = {"none": "n", "constant": "c", "trend": "ct"}


def to_case(raw: dict[str, Any]) -> Case:
    """One statistic a case."""
    options, want, columns = raw["options"], raw["expected"], raw["input"]["columns"]
    data = frame(raw["input"]["file"])[columns].dropna()
    run = partial(ct.test, "phillips-ouliaris", data, y=columns[0], x=columns[1:])
    if "tseries" in raw["method"]:
        return Case(raw["id"], raw["call"], partial(run, trend="c" if options["demean"] else "n",
                                                           bandwidth=want["parameter"]["Truncation lag parameter"]),
                    (Check("Za", statistic("Za"), want["statistic"]),))
    width = {} if options["lag"] == "short" else {"bandwidth": want["lag"]}
    run = partial(run, trend=TREND[options["demean"]], convention="urca", **width)
    return Case(raw["id"], raw["call"], run, (
        Check(options["type"], statistic(options["type"]), want["teststat"]),
        Check("lag", lambda r: r.details["bandwidths"]["autoregression"], want["lag"])))
