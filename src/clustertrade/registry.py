"""The registry of procedures: facts for machines in one decorator, checks of the data in one place.

``list``, the command line and the study checker read ``registry_index.json``, which ``make index`` writes from the
decorators (``python -m clustertrade.registry``) and a test holds to them.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import keyword
import pkgutil
import sys
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from clustertrade import handbook
from clustertrade.batch.ols import BatchError, Collinear
from clustertrade.catalog import INDEX, elsewhere, find, panel_names
from clustertrade.checks import Needs, clean_sample, default_max_lags
from clustertrade.errors import InfeasibleError, UsageError, first_of
from clustertrade.neighbours import Neighbours
from clustertrade.options import OPTIONS, beside, flags, option
from clustertrade.pairwise import all_pairs
from clustertrade.panel import Panel
from clustertrade.references import reference as cite
from clustertrade.results import Estimate, Measure, TestResult

FAMILIES = ("unitroot", "dependence", "cointegration", "causality", "specification", "estimators", "measures")
INFINITE = 1e12                                            # no ratio of a coefficient and its error is so large
KINDS = {"estimators": "estimate", "measures": "measure"}


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """A procedure that can be called with Panels: options and data are checked before it, its result labelled after."""

    function: Callable[..., Any]
    name: str
    family: str
    title: str
    null: str = ""
    alternative: str = ""
    reference: str
    needs: Callable[[Mapping[str, Any]], Needs] = lambda options: Needs()
    scope: str = "panel"                                             # panel | series | both
    invariant: bool = True                                           # to the units of y and x
    why_not_invariant: str = ""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)          # narrower than the vocabulary
    conventions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)    # name -> options that it fills in
    checked: str = ""                                                # how it was checked, where no reference exists
    __doc__: str | None = None

    @property
    def kind(self) -> str:
        """test, estimate or measure."""
        return KINDS.get(self.family, "test")

    @functools.cached_property
    def defaults(self) -> dict[str, Any]:
        """The options that it takes, with their defaults."""
        taken = {p.name.rstrip("_"): None if p.default is p.empty else p.default
                 for p in inspect.signature(self.function).parameters.values()
                 if p.kind is p.KEYWORD_ONLY}                                # --break is the parameter break_
        if self.kind != "measure" and self.scope != "series":
            taken["balanced"] = "allow"
        if self.family == "causality":
            taken["pairwise"] = False
        return taken

    @property
    def required(self) -> tuple[str, ...]:
        """The options without which it cannot run: those that have no default."""
        return tuple(p.name for p in inspect.signature(self.function).parameters.values()
                     if p.kind is p.KEYWORD_ONLY and p.default is p.empty)

    @property
    def x_role(self) -> str:
        """none, optional or required."""
        x = inspect.signature(self.function).parameters.get("x")
        return "none" if x is None else "required" if x.default is inspect.Parameter.empty else "optional"

    def resolve(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Every option in force: what was given, then the convention's, then the defaults."""
        given = {k.replace("-", "_").rstrip("_"): v for k, v in given.items() if v is not None}
        if unknown := [k for k in given if k not in self.defaults]:
            raise UsageError(f"{self.name} does not take {first_of('--' + u.replace('_', '-') for u in unknown)}; "
                             f"it takes {flags([d for d in self.defaults if d in OPTIONS])}"
                             + elsewhere("--" + u.replace("_", "-") for u in unknown))
        if missing := [name for name in self.required if name not in given]:
            raise UsageError(f"{self.name} needs {flags(missing)}")
        for name, allowed in self.choices.items():
            if (word := given.get(name)) is not None and str(word) not in allowed and not _is_number(word, name):
                raise UsageError(f"{self.name} {option(name).flag} {word}: "
                                 + (f"one of {', '.join(allowed)}" if allowed else "a whole number"))
        parsed = {name: value if isinstance(value, Panel) else option(name).parse(value)
                  for name, value in given.items()}
        convention = parsed.get("convention", "paper")
        if convention != "paper" and convention not in self.conventions:
            raise UsageError(f"{self.name} has no verified convention {convention}: "
                             f"one of {', '.join(['paper', *self.conventions])}")
        return {**self.defaults, **self.conventions.get(str(convention), {}), **parsed}

    def __call__(self, *data: Any, **given: Any) -> Any:
        """Check, compute, label.  Panels y and x for tests and estimators; a data frame for measures."""
        if self.kind == "measure":
            options = self.resolve(given)
            return self._label(self.function(*data, **options), options)
        y, x = self._panels(*data, **{k: given.pop(k) for k in ("y", "x") if k in given})
        options = self.resolve(given)
        given.pop("pairwise", None)
        names = {"y": y.name, "x": list(x.variables) if x is not None else [], "entity": y.entity_name,
                 "time": y.time_name}
        if options.pop("pairwise", False):
            return self._label(all_pairs(functools.partial(self, **given, pairwise=False), y.join(x)),
                               {**options, "pairwise": True, **names})
        panels = self._beside(options)
        names |= {k: p.name if option(k).kind == "column" else list(p.variables) for k, p in panels.items()}
        files = {k: Neighbours.of(options[k]) for k in options if k == "neighbours" and options[k] is not None}
        names |= {k: found.source for k, found in files.items()}
        sample, warnings = clean_sample(self, y, x, options, names, _others(y, x, panels.values()))
        if options.get("max_lags", 0) is None and isinstance(options.get("lags", options.get("order")), str):
            options["max_lags"] = default_max_lags(sample)
        y, x = sample[y.name], sample[list(x.variables)] if x is not None else None
        call = {k + "_" * keyword.iskeyword(k): v for k, v in options.items() if k != "balanced"}
        call |= {**{k: sample[list(p.variables)] for k, p in panels.items()}, **files}
        try:
            result = self.function(*([y] if self.x_role == "none" else [y, x]), **call)
        except BatchError as wrong:
            who = [y.entities[i] for i in wrong.rows if i < y.n_entities]
            what = "regressors are collinear" if isinstance(wrong, Collinear) else "there are too few periods"
            label = f" for {first_of(who)} ({len(who)} of {y.n_entities} entities)" if who and not y.is_series else ""
            raise InfeasibleError(f"{self.name}: {what} in the regression{label}; "
                                  "leave them out, or take fewer lags or x") from wrong
        except np.linalg.LinAlgError as wrong:
            raise InfeasibleError(f"{self.name}: a matrix of the estimation is singular on this data: columns are "
                                  "collinear, or do not vary within or between entities as the method needs; leave "
                                  "some out, or take fewer lags or instruments") from wrong
        self._refuse_exact(result)
        full = {**options, **({"pairwise": False} if "pairwise" in self.defaults else {}), **names}
        sizes = {"n_entities": result.n_entities if result.n_entities > 1 else y.n_entities,
                 "n_periods": result.n_periods or y.n_periods, "nobs": result.nobs or int(sample.complete.sum())}
        return self._label(replace(result, **sizes, warnings=(*warnings, *result.warnings)), full)

    def _refuse_exact(self, result: Any) -> None:
        """Numbers that are none, unsaid; ratios that only rounding keeps finite: a fit without error tells nothing."""
        values = ([(p.name, p.value) for p in result.coefficients] if isinstance(result, Estimate) else
                  [(s.name, s.value) for s in result.statistics])
        ratios = ([(p.name, p.stat) for p in result.coefficients] if isinstance(result, Estimate) else
                  [(s.name, s.value) for s in result.statistics if s.pvalue is not None or s.critical])
        undefined = [name for name, value in values if value is None or value != value]
        if undefined and not result.warnings and "results" not in result.details:
            raise InfeasibleError(f"{self.name}: {first_of(undefined)} cannot be computed on this data: what it "
                                  "divides by is zero, as the series do not vary in the way that it needs")
        if exact := [f"{name} {value:.0e}" for name, value in ratios if value is not None and abs(value) > INFINITE]:
            raise InfeasibleError(f"{self.name}: a regression of this data fits without error, so that its statistics "
                                  f"mean nothing ({first_of(exact)}): y follows exactly from the other terms; look for "
                                  "columns that are computed from each other")

    def _panels(self, y: Panel, x: Panel | None = None) -> tuple[Panel, Panel | None]:
        if not isinstance(y, Panel) or not (x is None or isinstance(x, Panel)):
            raise UsageError(f"{self.name} takes Panels (Panel.from_frame); clustertrade.test takes a data frame")
        if self.x_role == "required" and (x is None or not x.n_variables):
            raise UsageError(f"{self.name} needs --x")
        if self.x_role == "none" and x is not None:
            raise UsageError(f"{self.name} does not take --x: it looks at one variable")
        if y.n_variables != 1:
            raise UsageError(f"{self.name} takes one --y, not {first_of(y.variables)}")
        if self.scope == "series" and y.n_entities > 1:
            raise UsageError(f"{self.name} is for one time series and the data has {y.n_entities} entities; "
                             f"for panels there are {first_of(panel_names(self.family), 20)}")
        if self.scope == "panel" and y.is_series:
            raise UsageError(f"{self.name} is for panels: say --entity")
        return y, x

    def _beside(self, options: Mapping[str, Any]) -> dict[str, Panel]:
        """The options that are data: columns beside y and x."""
        found = {k: options[k] for k in beside(options) if options[k] is not None}
        for name, value in found.items():
            if not isinstance(value, Panel):
                raise UsageError(f"{self.name} {option(name).flag} takes a Panel here, such as panel[{value!r}]; "
                                 "clustertrade.estimate takes the name of a column")
            if option(name).kind == "column" and value.n_variables != 1:
                raise UsageError(f"{self.name} takes one {option(name).flag}, not {first_of(value.variables)}")
        return found

    def _label(self, result: Any, options: Mapping[str, Any]) -> Any:
        facts = {"name": self.name, "title": self.title, "options": dict(options), "reference": cite(self.reference)}
        if isinstance(result, TestResult):
            facts |= {"null": self.null, "alternative": self.alternative}
        return replace(result, **facts)

    def index_row(self) -> dict[str, Any]:
        """What the command line and the study checker must know without importing the module."""
        return {"name": self.name, "family": self.family, "title": self.title, "null": self.null,
                "alternative": self.alternative, "invariant": self.invariant, "kind": self.kind, "scope": self.scope,
                "x": self.x_role if self.kind != "measure" else "none", "module": self.function.__module__,
                "function": self.function.__name__, "checked": self.checked,
                "conventions": ["paper", *self.conventions] if "convention" in self.defaults else [],
                "required": list(self.required),
                "options": {k: {"default": list(v) if isinstance(v, tuple) else v,
                                "choices": list(self.choices.get(k, option(k).choices))}
                            for k, v in self.defaults.items() if k in OPTIONS}}


def _others(y: Panel, x: Panel | None, panels: Iterable[Panel]) -> Panel | None:
    """The columns that are neither y nor x, each once."""
    seen = {y.name, *(x.variables if x is not None else ())}
    found: Panel | None = None
    for panel in panels:
        fresh = [v for v in panel.variables if v not in seen]
        seen |= {*fresh}
        if fresh:
            found = panel[fresh] if found is None else found.join(panel[fresh])
    return found


def procedure(name: str, *, family: str, title: str, reference: str,
              **facts: Any) -> Callable[[Callable[..., Any]], Procedure]:
    """Register a function under its name; null, alternative and reference are appended to its docstring."""
    if family not in FAMILIES:
        raise ValueError(f"{name}: no family {family}")

    def decorate(function: Callable[..., TestResult | Estimate | Measure]) -> Procedure:
        source = cite(reference)
        parts = [inspect.cleandoc(function.__doc__ or "")]
        if facts.get("null"):
            parts.append(f"Null hypothesis: {facts['null']}.\nAlternative: {facts['alternative']}.")
        if facts.get("checked"):
            parts.append(f"Checked: {facts['checked']}")
        parts.append(f"Reference: {source['text']}" + (f" doi:{source['doi']}" if source["doi"] else ""))
        made = Procedure(function=function, name=name, family=family, title=title, reference=reference,
                         __doc__="\n\n".join(parts), **facts)
        object.__setattr__(made, "__name__", function.__name__)
        object.__setattr__(made, "__module__", function.__module__)
        object.__setattr__(made, "__signature__", inspect.signature(function))
        return made

    return decorate


class FamilyPackage(types.ModuleType):
    """A family's package: ``unitroot.ips`` is the procedure, imported on first use, not the file of that name."""

    def __setattr__(self, key: str, value: Any) -> None:
        if isinstance(value, types.ModuleType) and isinstance(found := value.__dict__.get(key), Procedure):
            value = found
        super().__setattr__(key, value)

    def __getattr__(self, key: str) -> Any:
        if key.startswith("_") or not any(m.name == key for m in pkgutil.iter_modules(self.__path__)):
            raise AttributeError(f"module {self.__name__!r} has no attribute {key!r}")
        importlib.import_module(f"{self.__name__}.{key}")
        return self.__dict__[key]

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(m.name for m in pkgutil.iter_modules(self.__path__))})


def family_package(name: str) -> None:
    """Make the package of that name a FamilyPackage; called by its ``__init__``."""
    sys.modules[name].__class__ = FamilyPackage


def load(name: str, kind: str | None = None) -> Procedure:
    """The procedure of that name; imports its one module.

    Raises
    ------
    UsageError
        For a name that is not there, or is of another kind.
    """
    row = find(name, kind)
    return importlib.import_module(row["module"]).__dict__[row["function"]]


def collect() -> list[Procedure]:
    """Every procedure of every family, in the order of families and names; imports all modules."""
    found = []
    for family in FAMILIES:
        package = importlib.import_module(f"clustertrade.{family}")
        for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
            space = importlib.import_module(f"clustertrade.{family}.{module}").__dict__
            found += [p for p in space.values()
                      if isinstance(p, Procedure) and p.function.__module__ == space["__name__"]]
    return found


def index_text() -> str:
    """The text of ``registry_index.json``."""
    rows = [json.dumps(p.index_row(), ensure_ascii=False) for p in collect()]
    return "[\n" + ",\n".join(rows) + "\n]\n"


def _is_number(word: object, name: str) -> bool:
    return option(name).kind in ("int", "float") and isinstance(option(name).parse(word), (int, float, np.number))


if __name__ == "__main__":
    from clustertrade import registry  # the module under its own name, so that classes agree

    INDEX.write_text(registry.index_text(), encoding="utf-8")
    if (documents := INDEX.parents[2] / "docs").is_dir():                    # of a clone, not of an installed package
        for page, text in handbook.pages(registry.collect()).items():
            (documents / "reference").mkdir(exist_ok=True)
            (documents / "reference" / page).write_text(text, encoding="utf-8")
