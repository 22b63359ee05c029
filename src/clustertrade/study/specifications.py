"""The specification curve: every combination of the choices that a study names, estimated at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import stdtr

from clustertrade.errors import ClustertradeError
from clustertrade.panel import Array
from clustertrade.references import reference
from clustertrade.regression.curve import Curve, Design, stouffer
from clustertrade.study.compute import panel_of, selected
from clustertrade.study.load import Study

if TYPE_CHECKING:
    import pandas as pd

LEVEL = 0.05
DRAWS = 999


@dataclass(frozen=True)
class Slice:
    """The designs of one sample and estimator, solved."""

    sample: str
    label: Any
    curve: Curve
    designs: list[Design]


def expand(spec: Mapping[str, Any]) -> list[Design]:
    """Every y, x and subset of the controls; a block of controls (a list) comes whole, ``always`` in all."""
    blocks = [[c] if isinstance(c, str) else list(c) for c in spec.get("controls", [])]
    always = list(spec.get("always", []))
    chosen = [[v for block in some for v in block] for size in range(len(blocks) + 1)
              for some in combinations(blocks, size)]
    return [Design(y, x, tuple(v for v in dict.fromkeys([*always, *some]) if v not in (x, y)))
            for y in spec["y"] for x in spec["x"] if x != y for some in chosen]


def samples(spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The samples of a curve, each with its restrictions and label."""
    return [{"sample": s, "label": s} if isinstance(s, str) else {"label": s["sample"], **s} for s in spec["samples"]]


def count(spec: Mapping[str, Any]) -> int:
    """How many specifications there are."""
    return len(set(expand(spec))) * len(spec["samples"]) * len(spec["estimators"]) * len(spec["cov"])


def variables(spec: Mapping[str, Any]) -> list[str]:
    """Every variable that a specification may have."""
    blocks = [[c] if isinstance(c, str) else c for c in spec.get("controls", [])]
    return list(dict.fromkeys([*spec["y"], *spec["x"], *spec.get("always", []), *(v for b in blocks for v in b)]))


def slices(spec: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]) -> Iterator[Slice]:
    """A curve for every sample and estimator, on the rows where all its variables are there."""
    designs = list(dict.fromkeys(expand(spec)))
    names = variables(spec)
    for sample in samples(spec):
        panel = panel_of(selected(frames[sample["sample"]], sample), names)
        for estimator in spec["estimators"]:
            yield Slice(sample["sample"], sample["label"], Curve(panel, spec["y"], names, estimator), designs)


def specifications(study: Study, name: str, frames: Mapping[str, pd.DataFrame],
                   say: Callable[[str], None]) -> dict[str, Any]:
    """Run a curve: ``{"entry", "sample", "results": [{"kind": "specifications", ...}]}``.

    ``rows`` hold a specification each, sorted by its standardised coefficient: choices, coefficient, standard error,
    interval, p, number of rows.  ``joint`` are the three statistics of Simonsohn, Simmons and Nelson (2020) over the
    designs (each once, with errors clustered by entity): median standardised coefficient, share that is significant
    with the expected sign, and Stouffer's Z; their p is that of samples in which x has no effect in any design: what
    the controls fit, plus residuals that keep or turn their sign entity by entity, by the same draw in every design.
    """
    spec = study.section("specifications")[name]
    sign = {"+": 1, "-": -1}[spec.get("sign", "+")]
    draws = int(spec.get("bootstrap", DRAWS))
    rows: list[dict[str, Any]] = []
    effect: list[Array] = []
    t_of: list[Array] = []
    null_effect: list[Array] = []
    null_t: list[Array] = []
    df: list[float] = []
    say(f"{count(spec)} specifications")
    entities = sorted({e for f in frames.values() for e in f["region_en"].unique()})
    turned = np.random.default_rng(study.seed).choice([-1.0, 1.0], size=(draws, len(entities)))
    try:
        for part in slices(spec, frames):
            curve = part.curve
            panel = curve.rows.panel
            mine = [entities.index(panel.entities[i]) for i in np.unique(curve.rows.entity)]
            for solved in curve.solve(part.designs):
                for cov in spec["cov"]:
                    found = curve.inference(solved, cov, LEVEL)
                    rows += _rows(part, solved, cov, found)
                clustered = curve.inference(solved, "clustered", LEVEL)
                effect.append(solved.beta * solved.scale)
                t_of.append(clustered["stat"])
                df.append(curve.groups - 1)
                if draws:
                    beta, t = curve.signs(solved, turned[:, mine])
                    null_effect.append(beta * solved.scale)
                    null_t.append(t)
    except ClustertradeError as wrong:
        raise type(wrong)(f"specifications/{name}: {wrong}") from None
    rows.sort(key=lambda r: (r["standardised"], r["y"], r["x"], r["controls"], r["estimator"], r["cov"]))
    right = [r for r in rows if r["coefficient"] * sign > 0]
    summary = {"specifications": len(rows), "median": float(np.median([r["standardised"] for r in rows])),
               "right_sign": len(right) / len(rows),
               "significant_right": sum(r["pvalue"] < LEVEL for r in right) / len(rows),
               "significant_wrong": sum(r["pvalue"] < LEVEL and r["coefficient"] * sign < 0 for r in rows) / len(rows)}
    result: dict[str, Any] = {
        "kind": "specifications", "name": name, "rows": rows, "summary": summary, "sign": spec.get("sign", "+"),
        "level": LEVEL, "designs": int(sum(len(e) for e in effect)),
        "joint": _joint(effect, t_of, null_effect, null_t, df, sign, draws), "draws": draws, "seed": study.seed,
        "choices": {k: list(spec[k]) for k in ("y", "x", "estimators", "cov")}, "options": {}, "warnings": [],
        "reference": reference("simonsohn2020")}
    return {"entry": f"specifications/{name}", "sample": samples(spec)[0]["sample"], "results": [result]}


def _rows(part: Slice, solved: Any, cov: str, found: Mapping[str, Array]) -> list[dict[str, Any]]:
    made = []
    for s, i in enumerate(solved.at):
        d = part.designs[i]
        made.append({"y": d.y, "x": d.x, "controls": list(d.controls), "sample": part.label,
                     "estimator": part.curve.estimator, "cov": cov, "coefficient": float(solved.beta[s]),
                     "standardised": float(solved.beta[s] * solved.scale[s]), "scale": float(solved.scale[s]),
                     **{k: float(found[k][s]) for k in ("se", "pvalue", "low", "high")}, "nobs": part.curve.n})
    return made


def _joint(effect: Sequence[Array], t: Sequence[Array], null_effect: Sequence[Array], null_t: Sequence[Array],
           df: Sequence[float], sign: int, draws: int) -> list[dict[str, Any]]:
    free = np.concatenate([np.full(len(e), d) for e, d in zip(effect, df, strict=True)])

    def statistics(e: Array, ratio: Array) -> dict[str, Array]:
        p = 2 * stdtr(free, -np.abs(ratio))
        return {"median": np.median(e, axis=-1), "share": ((p < LEVEL) & (ratio * sign > 0)).mean(-1),
                "stouffer": stouffer(ratio, free)}

    observed = statistics(np.concatenate(effect), np.concatenate(t))
    if not draws:
        return [{"statistic": k, "value": float(v), "pvalue": None} for k, v in observed.items()]
    null = statistics(np.concatenate(null_effect, 1), np.concatenate(null_t, 1))
    rows = []
    for key, value in observed.items():
        beyond = null[key] >= value if key == "share" else np.abs(null[key]) >= abs(value)
        rows.append({"statistic": key, "value": float(value), "pvalue": float((1 + beyond.sum()) / (draws + 1)),
                     "null_median": float(np.median(null[key]))})
    return rows
