"""plm::purtest (Levin-Lin-Chu, Im-Pesaran-Shin, Fisher) and plm::cipstest."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy.special import ndtri

import clustertrade as ct
from clustertrade.unitroot.choi import combined
from tests.goldens.harness import Case, Check, disagreements, entities, panel_frame, pvalue, raw_cases, statistic

GROUP = "20_panel_unitroot"
FISHER = {"madwu": "P", "Pm": "Pm", "invnormal": "Z", "logit": "L*"}
IPS = {"Wtbar": "W-t-bar", "Ztbar": "Z-t-bar", "tbar": "t-bar"}
METHODS = {"Levin-Lin-Chu", "Im-Pesaran-Shin", "CIPS / CADF", *(f"Fisher-type {name}" for name in FISHER)}
NOT_OFFERED = {
    "CIPS / CADF, p": "linear between three critical values on a grid that is not that of the table, clipped to "
                      "[0.01, 0.10]; ours is simulated for N, T and the lags",
    "CIPS / CADF, model mg or dmg without deterministic terms": "an average of statistics that has no law: refused",
    "CIPS / CADF, model mg or dmg truncated or unbalanced": "averages of truncated t, and of regressions less their "
                                                           "means by period, are not ips",
    "Im-Pesaran-Shin, tbar_crit": "plm reads table 2 of the paper one column to the left; ours are the printed values",
}
TRENDS = {"none": "n", "intercept": "c", "trend": "ct", "drift": "c"}
CRITERIA = {"AIC": "aic", "SIC": "bic", "Hall": "t"}


def to_case(raw: dict[str, Any]) -> Case | None:
    """Statistic and p of the panel, and what plm reports of each entity."""
    entity, time = raw["input"]["index"]
    run = partial(ct.test, data=panel_frame(raw["input"]), entity=entity, time=time, y=raw["input"]["column"])
    if raw["method"] == "CIPS / CADF":
        return _cips(raw, run)
    options, want = raw["options"], raw["expected"]
    run = partial(run, trend=TRENDS[options["exo"]], convention="plm", **_lags(options))
    if options.get("dfcor"):
        run = partial(run, dfcor=True)
    checks = _entity_checks(want)
    if raw["method"] == "Levin-Lin-Chu":
        if options.get("q") is not None:
            run = partial(run, bandwidth=options["q"])
        checks += [Check("t*", statistic("t*"), want["statistic"]),
                   Check("t* p", pvalue("t*"), want["p_value"], "pvalue"),
                   Check("mean adjustment", lambda r: r.details["mean_adjustment"], want["adjval"]["mu"]),
                   Check("sd adjustment", lambda r: r.details["sd_adjustment"], want["adjval"]["sigma"]),
                   _column("short-run variances", lambda r: entities("short_run_sd")(r) ** 2, want["sigma2"]["short"]),
                   _column("long-run variances", lambda r: entities("long_run_sd")(r) ** 2, want["sigma2"]["long"])]
        return Case(raw["id"], raw["call"], partial(run, "llc"), tuple(checks))
    if raw["method"] == "Im-Pesaran-Shin":
        if want["statistic"] is None:                        # plm has no moments there; table 3 ends
            return None
        name = IPS[options["ips.stat"]]
        checks += [Check(name, statistic(name), want["statistic"])]
        if want["p_value"] is not None:
            checks += [Check(f"{name} p", pvalue(name), want["p_value"], "pvalue")]
        if name == "W-t-bar":
            checks += [_column("means", entities("mean"), want["adjval"]["mean"]),
                       _column("variances", entities("variance"), want["adjval"]["var"])]
        return Case(raw["id"], raw["call"], partial(run, "ips"), tuple(checks))
    return Case(raw["id"], raw["call"], partial(run, "fisher-adf"), (*checks, *_fisher_checks(raw)))


def _lags(options: dict[str, Any]) -> dict[str, Any]:
    lags = options["lags"]
    return {"lags": CRITERIA[lags], "max_lags": options["pmax"]} if isinstance(lags, str) else {"lags": lags}


def _column(label: str, get: Callable[[Any], Any], theirs: list[float], kind: str = "algebraic") -> Check:
    return Check(f"{label} that differ", disagreements(get, theirs, kind), 0.0)


def _entity_checks(want: dict[str, Any]) -> list[Check]:
    columns = {"unit_t": ("t", "algebraic"), "unit_lags": ("lags", "algebraic"), "unit_p": ("pvalue", "mackinnon"),
               "unit_rho": ("coef", "algebraic")}
    return [_column(theirs, entities(ours), want[theirs], kind) for theirs, (ours, kind) in columns.items()
            if theirs in want]


def _fisher_checks(raw: dict[str, Any]) -> list[Check]:
    """The combination of the program's own p-values by ours, and the statistic (which inherits other p-values)."""
    name, want = FISHER[raw["method"].split()[-1]], raw["expected"]
    if "unit_p" not in want:
        twin = raw["id"].replace(raw["id"].split("/")[1], "madwu", 1)
        want = {**want, "unit_p": next(c for c in raw_cases(GROUP) if c["id"] == twin)["expected"]["unit_p"]}
    p = np.array(want["unit_p"], dtype=float)
    kind = "algebraic" if (p < 1 - 1e-9).all() else "iterated"           # their p has 15 digits: 1 - p has fewer

    def of_their_p(_: Any) -> float | None:
        return {s.name: s.value for s in combined(ndtri(p))}[name]

    # the law behind the p of entities differs: the first cases are listed in differences/, of more the t are compared
    checks = [] if raw.get("more") else [Check(name, statistic(name), want["statistic"]),
                                         Check(f"{name} p", pvalue(name), want["p_value"], "pvalue")]
    if "parameter" in want:
        checks.append(Check(f"{name} df", lambda r: r[name].df, want["parameter"]["df"]))
    if (p > 1 - 1e-12).any():
        return checks
    return [Check(f"{name} of their p", of_their_p, want["statistic"], kind), *checks]


def _cips(raw: dict[str, Any], run: Callable[..., Any]) -> Case | None:
    """cmg is CIPS; mg the average of IPS; dmg that of demeaned data, from which plm takes the trend with the means."""
    options, want = raw["options"], raw["expected"]
    trend, model = TRENDS[options["type"]], options["model"]
    if model == "cmg":
        name = "CIPS*" if options["truncated"] else "CIPS"
        run = partial(run, "cips", trend=trend, lags=options["lags"], convention="plm")
    elif trend == "n" or options["truncated"] or not raw["input"].get("balanced", True):
        return None
    else:
        name, demean = "t-bar", model == "dmg"
        run = partial(run, "ips", trend="c" if demean else trend, demean=demean, lags=options["lags"])
    return Case(raw["id"], raw["call"], run, (Check(name, statistic(name), want["statistic"]),
                                             _column("unit_t", entities("t"), want["unit_t"])))
