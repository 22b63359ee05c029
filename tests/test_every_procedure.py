"""What every procedure must do, whatever it computes."""

from __future__ import annotations

import inspect
import json
import math
import re

import numpy as np
import pandas as pd
import pytest

import clustertrade as ct
from clustertrade.catalog import INDEX, index
from clustertrade.errors import ClustertradeError, DataError, InfeasibleError, UsageError
from clustertrade.options import OPTIONS
from clustertrade.panel import Panel
from clustertrade.registry import collect, index_text, load
from clustertrade.results import from_dict

COMPUTED = [p for p in collect() if p.kind in ("test", "estimate")]
MEASURES = [p for p in collect() if p.kind == "measure"]
NAMES = [p.name for p in COMPUTED]


def example(procedure, n=12, t=40):
    """A panel, or one series, on which every procedure can be computed."""
    rng = np.random.default_rng(20260101)
    x, z = rng.standard_normal((2, n, t)).cumsum(2)
    u = rng.standard_normal((n, t))
    for s in range(1, t):
        u[:, s] += 0.5 * u[:, s - 1]
    y = 1 + rng.standard_normal((n, 1)) + x + 0.5 * z + u
    start = np.array([2002, 2005, 2008, 9999])[np.arange(n) % 4]                # a treatment of three cohorts
    frame = pd.DataFrame({"on": (np.arange(2001, 2001 + t) >= start[:, None]).ravel() * 1.0,
                          "id": np.repeat([f"u{i:02d}" for i in range(n)], t),
                          "t": np.tile(np.arange(2001, 2001 + t), n), "y": y.ravel(), "x": x.ravel(), "z": z.ravel()})
    return frame[frame["id"] == "u00"] if procedure.scope == "series" else frame


# What stands for the options without which a procedure cannot run.
# The neighbours are a ring, under the names of the example and under those that turn their order.
RING = [(f"u{k:02d}", f"u{k + 1:02d}") for k in range(11)]
RING += [(f"v{99 - k}", f"v{98 - k}") for k in range(11)] + [("u00", "u11"), ("v99", "v88")]
REQUIRED = {"neighbours": RING, "mediator": "z", "moderator": "z", "threshold_var": "z"}
REQUIRED |= {"endog": "x", "instrument": "z", "treat": "on"}


def call(procedure, frame, **options):
    """Run a procedure by the public functions."""
    options = {**{name: REQUIRED[name] for name in (*procedure.required, *({"treat"} & set(procedure.defaults)))},
               **options}
    wants_x = procedure.x_role == "required" or procedure.family == "specification"
    entity = None if procedure.scope == "series" else "id"
    run = ct.test if procedure.kind == "test" else ct.estimate
    return run(procedure.name, frame, y="y", x=["x"] if wants_x else [], entity=entity, time="t", **options)


def numbers(result):
    """Statistics or coefficients by name."""
    data = result.to_dict()
    return {s["name"]: s["value"] for s in data.get("statistics", data.get("params"))}


def same(a, b, rtol):
    return a.keys() == b.keys() and all(
        (a[k] is None and b[k] is None) or math.isclose(a[k], b[k], rel_tol=rtol, abs_tol=rtol) for k in a)


@pytest.mark.parametrize("procedure", COMPUTED, ids=NAMES)
def test_order_of_rows_and_names_of_entities_change_nothing(procedure):
    frame = example(procedure)
    first = numbers(call(procedure, frame))
    assert same(first, numbers(call(procedure, frame.sample(frac=1, random_state=1))), 1e-10)
    turned = frame.assign(id="v" + (99 - frame["id"].str[1:].astype(int)).astype(str))   # the entities in reverse order
    assert same(first, numbers(call(procedure, turned)), 1e-10)


@pytest.mark.parametrize("procedure", [p for p in COMPUTED if p.kind == "test"],
                         ids=[p.name for p in COMPUTED if p.kind == "test"])
def test_units_change_no_statistic(procedure):
    if not procedure.invariant:
        assert procedure.why_not_invariant
        return
    frame = example(procedure)
    first = numbers(call(procedure, frame))
    for scaled in (frame.assign(y=frame["y"] * 1000), frame.assign(x=frame["x"] * 1000)):
        assert same(first, numbers(call(procedure, scaled)), 1e-8)


@pytest.mark.parametrize("procedure", COMPUTED, ids=NAMES)
def test_json_round_trips_without_nan(procedure):
    result = call(procedure, example(procedure))
    text = json.dumps(result.to_dict(), allow_nan=False)
    assert from_dict(json.loads(text)).to_dict() == json.loads(text)
    for value, pvalue in ((s.value, s.pvalue) for s in getattr(result, "statistics", ())):
        assert value is None or math.isfinite(value)
        assert pvalue is None or 0 <= pvalue <= 1
    assert result.options["y"] == "y" and result.reference["text"]
    assert {*procedure.defaults} <= {*result.options}
    assert result.summary()


@pytest.mark.parametrize("procedure", COMPUTED, ids=NAMES)
def test_needs_are_sharp(procedure):
    """What ``needs`` says runs; one period less is refused with the rule, the numbers and a remedy."""
    fixed = {k: 1 for k in ("lags", "order") if k in procedure.defaults and procedure.defaults[k] is not None}
    given = {**{name: REQUIRED[name] for name in procedure.required}, **fixed}
    options = {**procedure.resolve(given), "y": "y", "x": ["x"] if procedure.x_role == "required" or
               procedure.family == "specification" else [], "entity": "id", "time": "t"}
    frame = example(procedure)
    needs = procedure.needs({**options, "n_entities": frame["id"].nunique()})
    enough = frame[frame["t"] < 2001 + needs.t]
    call(procedure, enough, **fixed)
    if needs.t == 1:
        return                                             # nothing is less than one period
    with pytest.raises(InfeasibleError, match=rf"{procedure.name}.*at least {needs.t} periods"):
        call(procedure, frame[frame["t"] < 2001 + needs.t - 1], **fixed)


@pytest.mark.parametrize("procedure", COMPUTED, ids=NAMES)
def test_gaps_are_refused_or_reported(procedure):
    frame = example(procedure)
    holed = frame[~((frame["id"] == "u00") & (frame["t"] == 2015))]
    given = {name: REQUIRED[name] for name in procedure.required}
    needs = procedure.needs({**procedure.resolve(given), "y": "y", "x": ["x"], "entity": "id", "time": "t",
                             "max_lags": 1})
    if needs.gaps:
        call(procedure, holed)
    else:
        with pytest.raises(DataError, match=r"gaps in time.*2015"):
            call(procedure, holed)


@pytest.mark.parametrize("procedure", COMPUTED, ids=NAMES)
@pytest.mark.parametrize(("fault", "error"), [
    ("text", DataError), ("infinite", DataError), ("twice", DataError), ("constant", InfeasibleError),
    ("unknown option", UsageError), ("no such column", UsageError)])
def test_bad_input_gets_one_clear_error(procedure, fault, error):
    frame = example(procedure)
    options = {}
    if fault == "text":
        frame = frame.assign(y=frame["y"].astype(object).where(frame.index != frame.index[3], "abc"))
    elif fault == "infinite":
        frame = frame.assign(y=frame["y"].where(frame.index != frame.index[3], np.inf))
    elif fault == "twice":
        frame = pd.concat([frame, frame.iloc[[5]]])
    elif fault == "constant":
        frame = frame.assign(**{"x" if procedure.name == "vif" else "y": 1.0})
    elif fault == "unknown option":
        options = {"no_such_option": 1}
    else:
        frame = frame.rename(columns={"y": "q"})
    with pytest.raises(error) as caught:
        call(procedure, frame, **options)
    assert isinstance(caught.value, ClustertradeError) and len(str(caught.value)) > 20


@pytest.mark.parametrize("procedure", COMPUTED + MEASURES, ids=[p.name for p in COMPUTED + MEASURES])
def test_every_parameter_is_documented_and_known(procedure):
    text = inspect.getdoc(procedure.function)
    section = re.search(r"Parameters\n-+\n(.*?)(\n\n[A-Z]\w+\n-+|\Z)", text, re.S)
    assert section, "no Parameters section"
    heads = re.findall(r"^(\w[\w, ]*?) ?:", section[1], re.M)
    documented = {name.strip() for head in heads for name in head.split(",")}
    parameters = set(inspect.signature(procedure.function).parameters)
    assert parameters <= documented, f"not documented: {sorted(parameters - documented)}"
    assert set(procedure.defaults) <= set(OPTIONS)
    assert procedure.kind != "test" or (procedure.null and procedure.alternative)
    assert "Examples\n--------" in text


def test_the_index_is_in_step_with_the_decorators():
    assert INDEX.read_text(encoding="utf-8") == index_text(), "run: make index"


def test_a_family_gives_the_procedure_not_the_file():
    from clustertrade.dependence import cd

    frame = example(load("cd"))
    assert cd(Panel.from_frame(frame, entity="id", time="t")["y"]).name == "cd"
    assert index()["cd"]["family"] == "dependence"
