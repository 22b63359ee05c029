"""What a procedure says: TestResult, Estimate and Measure, and their JSON both ways."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def plain(value: Any) -> Any:
    """The value as JSON knows it: numpy scalars and arrays to Python, what is not finite to None."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


@dataclass(frozen=True, kw_only=True)
class Statistic:
    """One statistic: value, p-value, degrees of freedom, critical values by level."""

    name: str
    value: float | None
    pvalue: float | None = None
    df: float | tuple[float, ...] | None = None
    critical: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The contract's JSON object."""
        return {"name": self.name, "value": plain(self.value), "pvalue": plain(self.pvalue), "df": plain(self.df),
                "critical": plain(self.critical)}


@dataclass(frozen=True, kw_only=True)
class Result:
    """What every result carries; the registry fills title, reference and options."""

    name: str = ""
    title: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    reference: Mapping[str, Any] = field(default_factory=dict)

    def _common(self) -> dict[str, Any]:
        return {"options": plain(self.options), "details": plain(self.details), "warnings": list(self.warnings),
                "reference": plain(self.reference)}

    def to_dict(self) -> dict[str, Any]:
        """The contract's JSON object."""
        raise TypeError(f"{type(self).__name__} is not a result that can be written")

    def summary(self) -> str:
        """The result as a text table."""
        from clustertrade.present import text

        return text(self.to_dict(), "text")


@dataclass(frozen=True, kw_only=True)
class TestResult(Result):
    """What a test says: one class for all of them."""

    __test__ = False                                       # pytest collects classes called Test*
    null: str = ""
    alternative: str = ""
    statistics: tuple[Statistic, ...] = ()                 # first: the one that the literature recommends
    nobs: int = 0
    n_entities: int = 1
    n_periods: int = 0
    lags: tuple[int, ...] | int | None = None              # of each entity where they differ

    def __getitem__(self, name: str) -> Statistic:
        for s in self.statistics:
            if s.name == name:
                return s
        raise KeyError(f"{self.name} reports {[s.name for s in self.statistics]}, not {name!r}")

    def __iter__(self) -> Iterator[Statistic]:
        return iter(self.statistics)

    @property
    def statistic(self) -> float | None:
        """The recommended statistic."""
        return self.statistics[0].value

    @property
    def pvalue(self) -> float | None:
        """The p-value of the recommended statistic."""
        return self.statistics[0].pvalue

    def to_dict(self) -> dict[str, Any]:
        """The contract's JSON object."""
        return {"kind": "test", "name": self.name, "title": self.title, "null": self.null,
                "alternative": self.alternative, "statistics": [s.to_dict() for s in self.statistics],
                "nobs": int(self.nobs), "n_entities": int(self.n_entities), "n_periods": int(self.n_periods),
                "lags": plain(self.lags), **self._common()}

    def to_frame(self) -> pd.DataFrame:
        """A row a statistic."""
        import pandas as pd

        return pd.DataFrame([{"statistic": s.name, "value": s.value, "pvalue": s.pvalue, "df": s.df,
                              **{f"critical_{k}": v for k, v in s.critical.items()}} for s in self.statistics])


@dataclass(frozen=True, kw_only=True)
class Param:
    """One coefficient with its inference."""

    name: str
    value: float
    se: float | None
    stat: float | None
    pvalue: float | None
    ci: tuple[float, float] | None
    extra: Mapping[str, float] = field(default_factory=dict)     # such as pvalue_wild

    def to_dict(self) -> dict[str, Any]:
        """The contract's JSON object."""
        return {"name": self.name, "value": plain(self.value), "se": plain(self.se), "stat": plain(self.stat),
                "pvalue": plain(self.pvalue), "ci": plain(self.ci), **plain(self.extra)}


@dataclass(frozen=True, kw_only=True)
class Estimate(Result):
    """What an estimator says; in Python with the names that linearmodels uses."""

    coefficients: tuple[Param, ...] = ()
    fit: Mapping[str, float | None] = field(default_factory=dict)
    cov_type: str = "unadjusted"
    nobs: int = 0
    n_entities: int = 1
    n_periods: int = 0
    covariance: Any = None                                 # (K, K) array
    observations: Any = None                               # DataFrame: entity, time, resid, fitted; never in the JSON

    def __getitem__(self, name: str) -> Param:
        for p in self.coefficients:
            if p.name == name:
                return p
        raise KeyError(f"{self.name} estimates {[p.name for p in self.coefficients]}, not {name!r}")

    def _series(self, what: str, title: str) -> pd.Series:
        import pandas as pd

        return pd.Series({p.name: getattr(p, what) for p in self.coefficients}, name=title, dtype=float)

    @property
    def params(self) -> pd.Series:
        """Coefficients by name."""
        return self._series("value", "parameter")

    @property
    def std_errors(self) -> pd.Series:
        """Standard errors by name."""
        return self._series("se", "std_error")

    @property
    def tstats(self) -> pd.Series:
        """Ratios of coefficient and standard error."""
        return self._series("stat", "tstat")

    @property
    def pvalues(self) -> pd.Series:
        """Two-sided p-values."""
        return self._series("pvalue", "pvalue")

    @property
    def cov(self) -> pd.DataFrame:
        """Covariance of the coefficients."""
        import pandas as pd

        names = [p.name for p in self.coefficients]
        return pd.DataFrame(np.asarray(self.covariance, dtype=float), index=names, columns=names)

    @property
    def resids(self) -> pd.Series:
        """Residuals, indexed as the data."""
        return self._observed("resid")

    @property
    def fitted_values(self) -> pd.Series:
        """Fitted values, indexed as the data."""
        return self._observed("fitted")

    def _observed(self, what: str) -> pd.Series:
        if self.observations is None:
            raise AttributeError(f"{self.name}: residuals are not part of a result read from JSON")
        keys = [c for c in self.observations.columns if c not in ("resid", "fitted")]
        return self.observations.set_index(keys)[what]

    def to_dict(self) -> dict[str, Any]:
        """The contract's JSON object; the covariance stands in ``details.covariance``."""
        common = self._common()
        if self.covariance is not None:
            common["details"] = {**common["details"], "covariance": plain(np.asarray(self.covariance))}
        return {"kind": "estimate", "name": self.name, "title": self.title,
                "params": [p.to_dict() for p in self.coefficients], "fit": plain(self.fit), "cov": self.cov_type,
                "nobs": int(self.nobs), "n_entities": int(self.n_entities), "n_periods": int(self.n_periods), **common}

    def to_frame(self) -> pd.DataFrame:
        """A row a coefficient."""
        import pandas as pd

        return pd.DataFrame([{"name": p.name, "value": p.value, "se": p.se, "stat": p.stat, "pvalue": p.pvalue,
                              "ci_low": p.ci[0] if p.ci else None, "ci_high": p.ci[1] if p.ci else None, **p.extra}
                             for p in self.coefficients])

    # The plug-in names of maketables, so that one table can hold these beside statsmodels, linearmodels, pyfixest.
    @property
    def __maketables_coef_table__(self) -> pd.DataFrame:
        frame = self.to_frame().set_index("name")
        return frame.rename(columns={"value": "b", "stat": "t", "pvalue": "p", "ci_low": "ci95l", "ci_high": "ci95u"})[
            ["b", "se", "t", "p", "ci95l", "ci95u"]]

    @property
    def __maketables_depvar__(self) -> str:
        return str(self.options.get("y", ""))

    @property
    def __maketables_vcov_info__(self) -> dict[str, str]:
        return {"vcov_type": self.cov_type}

    @property
    def __maketables_fixef_string__(self) -> str | None:
        effects = {"entity": [self.options.get("entity")], "time": [self.options.get("time")],
                   "twoway": [self.options.get("entity"), self.options.get("time")]}.get(
                       str(self.options.get("effects")), [])
        return "+".join(str(e) for e in effects) or None

    @property
    def __maketables_default_stat_keys__(self) -> list[str]:
        return ["N", "r2"]

    def __maketables_stat__(self, key: str) -> float | None:
        return self.nobs if key == "N" else self.fit.get(key)


@dataclass(frozen=True, kw_only=True)
class Measure(Result):
    """What a measure says: tidy columns and rows, the input's own names, ``value`` last."""

    columns: tuple[str, ...] = ()
    rows: Sequence[Mapping[str, Any]] = ()                 # a tuple, or rows that a data frame holds (as ``frame``)

    def to_dict(self) -> dict[str, Any]:
        """The contract's JSON object."""
        return {"kind": "measure", "name": self.name, "title": self.title, "columns": list(self.columns),
                "rows": [{c: plain(row.get(c)) for c in self.columns} for row in self.rows], **self._common()}

    def to_frame(self) -> pd.DataFrame:
        """The rows as a data frame."""
        import pandas as pd

        held = getattr(self.rows, "frame", None)
        if held is not None:
            return held.copy()
        return pd.DataFrame([dict(r) for r in self.rows], columns=list(self.columns))


def from_dict(data: Mapping[str, Any]) -> TestResult | Estimate | Measure:
    """The result that ``to_dict`` wrote."""
    common = {k: data[k] for k in ("name", "title", "options", "details", "reference")}
    common["warnings"] = tuple(data["warnings"])
    sizes = {k: data[k] for k in ("nobs", "n_entities", "n_periods") if k in data}
    if data["kind"] == "test":
        lags = data["lags"]
        statistics = tuple(Statistic(**{**s, "df": tuple(s["df"]) if isinstance(s["df"], list) else s["df"]})
                           for s in data["statistics"])
        return TestResult(**common, **sizes, null=data["null"], alternative=data["alternative"], statistics=statistics,
                          lags=tuple(lags) if isinstance(lags, list) else lags)
    if data["kind"] == "estimate":
        own = {f.name for f in fields(Param)} - {"extra", "ci"}
        params = tuple(Param(**{k: p[k] for k in own}, ci=tuple(p["ci"]) if p["ci"] else None,
                             extra={k: v for k, v in p.items() if k not in own | {"ci"}}) for p in data["params"])
        details = {k: v for k, v in data["details"].items() if k != "covariance"}
        cov = data["details"].get("covariance")
        return Estimate(**{**common, "details": details}, **sizes, coefficients=params, fit=data["fit"],
                        cov_type=data["cov"], covariance=None if cov is None else np.array(cov, dtype=float))
    return Measure(**common, columns=tuple(data["columns"]), rows=tuple(data["rows"]))
