"""What tables and figures of a panel VAR share: the result, its variables, what is said about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clustertrade.errors import UsageError
from clustertrade.render.words import Text, both
from clustertrade.report import labels, notes
from clustertrade.study.inputs import Inputs

Result = Mapping[str, Any]
NAMES = {"aic": "AIC", "bic": "BIC", "hqic": "HQIC"}


def system(inputs: Inputs, refs: Sequence[str]) -> Result:
    """The panel VAR of the entries.

    Raises
    ------
    UsageError
        They estimate none.
    """
    for ref in refs:
        for r in inputs.results(ref):
            if r["name"] == "panel-var":
                return r
    raise UsageError(f"{', '.join(refs)}: no column estimates a panel-var")


def projection(inputs: Inputs, refs: Sequence[str], var: Result) -> Result | None:
    """The local projection that has the same shock as the first of the VAR's, if one is there."""
    first, *others = var["details"]["variables"]
    for ref in refs:
        for r in inputs.results(ref):
            if r["name"] == "local-projection" and labels.regressors(r["options"])[0] == first \
                    and r["options"]["y"] in others:
                return r
    return None


def said(inputs: Inputs, refs: Sequence[str], var: Result) -> list[Text]:
    """Symbols, sample, estimator and order."""
    options, details = var["options"], var["details"]
    used = notes.variables_of([var])
    text: list[Text] = [both(f"layout.var-estimator.{options['variant']}", lags=details.get("gmm_lags", ""))]
    if isinstance(options["order"], str):
        criterion = NAMES[options["order"]]
        name = criterion.replace("HQIC", "QIC") if options["variant"] == "gmm" else criterion
        text.append(both("layout.order-chosen", p=details["p"],
                         criterion=f"M{name}" if options["variant"] == "gmm" else name))
    else:
        text.append(both("layout.order-given", p=details["p"]))
    if options.get("demean"):
        text.append(both("layout.demeaned"))
    names = dict.fromkeys(inputs.json(ref)["sample"] for ref in refs)
    return [*notes.symbols_of(inputs, used), *(t for n in names for t in notes.sample(inputs, n, used)),
            *notes.methods([var]), labels.joined(text, "; ")]


def ordered(inputs: Inputs, var: Result) -> Text:
    """The order of the Cholesky factor in words."""
    names = labels.enumerated(labels.symbol(inputs.study, v) for v in var["details"]["variables"])
    return both("layout.cholesky", order=names)


def bands(var: Result) -> list[Text]:
    """Where the bands come from; nothing where there are none."""
    options = var["options"]
    if not options["bootstrap"]:
        return []
    return [both("layout.bands-entities", level=f"{100 * (1 - options['level']):g} %", b=options["bootstrap"],
                 seed=options["seed"])]
