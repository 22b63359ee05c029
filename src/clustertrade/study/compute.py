"""From a sample to an entry of results: tests and estimates as the study lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import fdtrc

from clustertrade.data import regions
from clustertrade.errors import ClustertradeError, DataError, first_of
from clustertrade.neighbours import Neighbours
from clustertrade.options import beside
from clustertrade.panel import Panel
from clustertrade.registry import Procedure, load
from clustertrade.results import Estimate
from clustertrade.study.load import Study, split_prefix

if TYPE_CHECKING:
    import pandas as pd

REGIONS = ("group3", "group4")                             # columns of words that a sample has beside its variables
Say = Callable[[str], None]


def panel_of(frame: pd.DataFrame, names: list[str]) -> Panel:
    """The panel of some variables of a sample, prefixes (d. d2. l. l2.) resolved; entities by their English name."""
    bare = list(dict.fromkeys(split_prefix(n)[1] for n in names))
    if frame["entity"].nunique() == 1:
        panel = Panel.from_frame(frame, time="time", columns=bare, groups=REGIONS)
    else:
        panel = Panel.from_frame(frame, entity="region_en", time="time", columns=bare, groups=REGIONS)
    columns = [prefixed(panel, n) for n in names]
    return panel.with_values(np.concatenate(columns, -1), names)             # with the words of its groups


def prefixed(panel: Panel, name: str) -> np.ndarray:
    """The values (N, T, 1) of a variable with its prefix; differences and lags by the calendar."""
    prefix, bare = split_prefix(name)
    one = panel[bare]
    if prefix.startswith("d"):
        for _ in range(int(prefix[1:] or 1)):
            one = one.diff()
    elif prefix:
        one = one.lag(int(prefix[1:] or 1))
    return one.values


def directions(spec: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """The (y, x) of a tests entry: each variable alone, y on x, both directions, or listed pairs."""
    found: list[tuple[str, list[str]]] = [(v, []) for v in spec.get("variables", [])]
    found += [(pair[0], list(pair[1:])) for pair in spec.get("pairs", [])]
    if "y" in spec:
        found.append((spec["y"], list(spec.get("x", []))))
        if spec.get("both_directions"):
            found += [(x, [spec["y"]]) for x in spec.get("x", [])]
    return found


def planned(study: Study, spec: Mapping[str, Any]) -> Iterator[tuple[Procedure, str, list[str], dict[str, Any]]]:
    """Every run of a tests entry: procedure, y, x, options; a variant that changes nothing for a test runs once."""
    for y, x in directions(spec):
        for name in spec["procedures"]:
            procedure = load(name, "test")
            seen = []
            for variant in spec.get("variants", [{}]):
                given = {**spec.get("options", {}), **variant, **spec.get("options_for", {}).get(name, {})}
                options = {k: v for k, v in given.items() if k in procedure.defaults}
                allowed = procedure.choices
                if any(k in allowed and str(v) not in allowed[k] for k, v in variant.items() if k in options):
                    continue                               # such as a trend, where the test knows a constant only
                if "seed" in procedure.defaults:
                    options.setdefault("seed", study.seed)
                if options not in seen:
                    seen.append(options)
                    yield procedure, y, x, options


def tests(study: Study, name: str, samples: Mapping[str, pd.DataFrame], say: Say) -> dict[str, Any]:
    """Run a tests entry: ``{"entry", "sample", "results"}``, and ``power`` where the study asks for it."""
    spec = study.section("tests")[name]
    frame = samples[spec["sample"]]
    results = []
    for procedure, y, x, options in planned(study, spec):
        say(f"{procedure.name} {y}{' on ' + ' '.join(x) if x else ''} "
            + " ".join(f"{k}={v}" for k, v in options.items() if k != "seed"))
        panel = panel_of(frame, list(dict.fromkeys([y, *x, *columns_beside(options)])))
        results.append(_named(f"tests/{name}", procedure, panel[y], panel[x] if x else None,
                              with_columns(options, panel)).to_dict())
    entry = {"entry": f"tests/{name}", "sample": spec["sample"], "results": results}
    return {**entry, "power": _powers(study, name, frame, say)} if "power" in spec else entry


def _powers(study: Study, name: str, frame: pd.DataFrame, say: Say) -> list[dict[str, Any]]:
    """Simulated size and power of the tests that an entry names, each on every y (and x) of the entry."""
    from clustertrade.simulate.power import power

    spec = study.section("tests")[name]
    wanted = spec["power"]
    found = []
    for y, x in directions(spec):
        panel = panel_of(frame, [y, *x])
        for test in wanted["procedures"]:
            say(f"power of {test} {y}{' on ' + ' '.join(x) if x else ''}")
            with _of_entry(f"tests/{name}"):
                made = power(test, panel[y], panel[x] if x else None, wanted.get("options", {}), rhos=wanted.get("rho"),
                             replications=wanted.get("replications", 500), seed=study.seed)
            found.append({**made, "y": y, "x": x})
    return found


def columns_beside(options: Mapping[str, Any]) -> list[str]:
    """The variables that options name beside y and x, such as a threshold variable."""
    return [v for k in beside(options) for v in ([options[k]] if isinstance(options[k], str) else options[k])]


def with_columns(options: Mapping[str, Any], panel: Panel) -> dict[str, Any]:
    """The options with these variables as Panels and neighbours read, as a procedure takes them.

    A file of neighbours may have the codes of provinces, whose panels go by their English names.
    """
    found = {**options, **{k: panel[options[k]] for k in beside(options)}}
    if isinstance(path := options.get("neighbours"), str):
        found["neighbours"] = Neighbours.of(path).renamed({r.code: r.name_en for r in regions.provinces()})
    return found


def _named(entry: str, procedure: Procedure, y: Panel, x: Panel | None, options: Mapping[str, Any]) -> Any:
    with _of_entry(entry):
        return procedure(y, x, **options)


@contextmanager
def _of_entry(entry: str) -> Iterator[None]:
    """Errors are said with the entry that has them."""
    try:
        yield
    except ClustertradeError as wrong:
        raise type(wrong)(f"{entry}: {wrong}") from None


def selected(frame: pd.DataFrame, column: Mapping[str, Any]) -> pd.DataFrame:
    """The rows of a sample that a column of an estimates entry is restricted to."""
    keep = frame["entity"].notna()
    for key, negate in (("only", False), ("exclude", True)):
        if key in column:
            wanted = set(column[key])
            hit = frame[["entity", "region_en", "region_zh", "group3", "group4"]].isin(wanted)
            if unknown := [w for w in wanted if not (frame[list(hit.columns)] == w).any(axis=None)]:
                raise DataError(f"{key}: nothing in the sample is called {first_of(sorted(unknown))}")
            keep &= hit.any(axis=1) != negate
    if "from" in column:
        keep &= frame["time"] >= column["from"]
    if "to" in column:
        keep &= frame["time"] <= column["to"]
    return frame[keep]


def interacted(panel: Panel, frame: pd.DataFrame, how: Mapping[str, Any]) -> tuple[Panel, list[str], list[str]]:
    """The panel with variable x group columns; the first group is the reference.  Names are ``group:variable``."""
    group_of = dict(zip(frame["region_en"], frame[how["by"]], strict=True))
    groups = [g for g in ("east", "central", "west", "northeast") if g in set(group_of.values())]
    names = []
    for group in groups[1:]:
        member = np.array([group_of[e] == group for e in panel.entities], dtype=float)[:, None, None]
        for v in how["with"]:
            names.append(f"{group}:{v}")
            panel = panel.with_values(np.concatenate([panel.values, panel[v].values * member], -1),
                                      [*panel.variables, names[-1]])
    return panel, names, groups


def joint_zero(estimate: Estimate, names: list[str], groups: list[str]) -> dict[str, Any]:
    """Wald test in F form that some coefficients are zero together; denominator G - 1 with clustered errors."""
    at = [[p.name for p in estimate.coefficients].index(n) for n in names]
    b = estimate.params.to_numpy()[at]
    v = np.asarray(estimate.covariance)[np.ix_(at, at)]
    f = float(b @ np.linalg.solve(v, b)) / len(at)
    df = estimate.n_entities - 1 if estimate.cov_type == "clustered" else estimate.nobs - len(estimate.coefficients)
    return {"name": "F", "value": f, "df": [len(at), df], "pvalue": float(fdtrc(len(at), df, f)), "groups": groups}


def estimates(study: Study, name: str, samples: Mapping[str, pd.DataFrame],
              say: Say) -> tuple[dict[str, Any], pd.DataFrame]:
    """Run an estimates entry: the entry and its residuals (``column, entity, time, resid, fitted``)."""
    import pandas as pd

    spec = study.section("estimates")[name]
    results, residuals = [], []
    for number, column in enumerate(spec["columns"], 1):
        y, x = column.get("y", spec.get("y")), list(column["x"])
        frame = selected(samples[column.get("sample", spec["sample"])], column)
        procedure = load(column["estimator"], "estimate")
        options = {**{k: v for k, v in spec.get("options", {}).items() if k in procedure.defaults},
                   **column.get("options", {})}
        panel = panel_of(frame, list(dict.fromkeys([y, *x, *columns_beside(options)])))
        extra: list[str] = []
        if "interact" in column:
            panel, extra, groups = interacted(panel, frame, column["interact"])
        if "seed" in procedure.defaults:
            options.setdefault("seed", study.seed)
        say(f"({number}) {procedure.name} {y} on {' '.join([*x, *extra])}")
        place = f"estimates/{name} column {number}"
        options = with_columns(options, panel)
        result = _named(place, procedure, panel[y], panel[[*x, *extra]], options)
        details = dict(result.details)
        if extra:
            details["difference"] = joint_zero(result, extra, groups)
        for check in column.get("check", []):
            test = load(check, "test")
            own = {k: v for k, v in options.items() if k in test.defaults}
            details.setdefault("checks", []).append(_named(place, test, panel[y], panel[[*x, *extra]], own).to_dict())
        details["column"] = {k: column[k] for k in ("label", "only", "exclude", "sample") if k in column}
        results.append(replace(result, details=details).to_dict())
        observed = result.observations.rename(columns={result.options["entity"] or "entity": "entity",
                                                       result.options["time"] or "time": "time"})
        residuals.append(observed.assign(column=number)[["column", "entity", "time", "resid", "fitted"]])
    entry = {"entry": f"estimates/{name}", "sample": spec["sample"], "results": results}
    return entry, pd.concat(residuals, ignore_index=True)
