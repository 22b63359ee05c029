"""What is timed: ours, the peers, and the target that the case is held to."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

import clustertrade as ct
from bench.data import panel, stationary, walks
from clustertrade.registry import load

Work = Callable[[], object]


@dataclass(frozen=True)
class Case:
    """One line of the table.

    ``seconds`` is the most that ours may take; ``times`` how often the fastest peer must take longer.  ``r`` is an
    expression in R, on the data frame ``d`` (columns i, t, y, x1, ...).
    """

    name: str
    data: Callable[[], pd.DataFrame]
    ours: Callable[[pd.DataFrame], Work]
    peers: Mapping[str, Callable[[pd.DataFrame], Work]] = field(default_factory=dict)
    r: Mapping[str, str] = field(default_factory=dict)
    seconds: float | None = None
    times: float | None = None
    repeat: int = 3


def _test(name: str, x: tuple[str, ...] = (), **options: object) -> Callable[[pd.DataFrame], Work]:
    def make(frame: pd.DataFrame) -> Work:
        data, procedure = panel(frame), load(name, "test")
        given = [data["y"], data[list(x)]] if x else [data["y"]]
        return lambda: procedure(*given, **options)
    return make


def _estimate(name: str, x: tuple[str, ...], **options: object) -> Callable[[pd.DataFrame], Work]:
    def make(frame: pd.DataFrame) -> Work:
        data, procedure = panel(frame), load(name, "estimate")
        return lambda: procedure(data["y"], data[list(x)], **options)
    return make


def _adfuller(frame: pd.DataFrame) -> Work:
    from statsmodels.tsa.stattools import adfuller

    series = frame["y"].to_numpy().reshape(frame["i"].nunique(), -1)
    return lambda: [adfuller(row, maxlag=4, regression="c", autolag="AIC", result_object=False) for row in series]


def _correlations(frame: pd.DataFrame) -> Work:
    series = frame["y"].to_numpy().reshape(frame["i"].nunique(), -1)

    def pairs() -> float:
        n = len(series)
        return sum(np.corrcoef(series[i], series[j])[0, 1] for i in range(n) for j in range(i))
    return pairs


def _granger(frame: pd.DataFrame) -> Work:
    from statsmodels.api import OLS, add_constant

    y, x = (frame[c].to_numpy().reshape(frame["i"].nunique(), -1) for c in ("y", "x1"))

    def loop() -> list[float]:
        found = []
        for a, b in zip(y, x, strict=True):
            fit = OLS(a[1:], add_constant(np.column_stack([a[:-1], b[:-1]]))).fit()
            found.append(float(fit.wald_test(np.array([[0, 0, 1.0]]), scalar=True).statistic))
        return found
    return loop


def _augmented(frame: pd.DataFrame) -> Work:
    """Lag-augmented regressions: one lag tested, one more beside it."""
    from statsmodels.api import OLS, add_constant

    y, x = (frame[c].to_numpy().reshape(frame["i"].nunique(), -1) for c in ("y", "x1"))

    def loop() -> list[float]:
        found = []
        for a, b in zip(y, x, strict=True):
            fit = OLS(a[2:], add_constant(np.column_stack([a[1:-1], a[:-2], b[1:-1], b[:-2]]))).fit()
            found.append(float(fit.wald_test(np.array([[0, 0, 0, 1.0, 0]]), scalar=True, use_f=False).pvalue))
        return found
    return loop


def _linearmodels(frame: pd.DataFrame) -> Work:
    from linearmodels.panel import PanelOLS

    data = frame.set_index(["i", "t"])
    return lambda: PanelOLS(data["y"], data[["x1", "x2"]], entity_effects=True, time_effects=True).fit(
        cov_type="clustered", cluster_entity=True)


def _pyfixest(frame: pd.DataFrame, clusters: str = "i") -> Work:
    import pyfixest

    def fit() -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pyfixest.feols("y ~ x1 + x2 | i + t", data=frame, vcov={"CRV1": clusters})
    return fit


def _measure(name: str, **options: object) -> Callable[[pd.DataFrame], Work]:
    return lambda frame: lambda: ct.measure(name, frame, **options)


def regions_by_industries() -> pd.DataFrame:
    """One year of 3,000 regions x 500 industries."""
    rng = np.random.default_rng(7)
    n, k = 3000, 500
    return pd.DataFrame({"r": np.repeat(np.arange(n), k), "k": np.tile(np.arange(k), n),
                         "v": rng.gamma(0.5, 100, n * k)})


def units() -> pd.DataFrame:
    """500 decision-making units."""
    rng = np.random.default_rng(8)
    inputs = rng.uniform(1, 10, (500, 2))
    return pd.DataFrame({"u": np.arange(500), "a": inputs[:, 0], "b": inputs[:, 1],
                         "out": inputs.prod(1) ** 0.4 * rng.uniform(0.5, 1, 500)})


CASES = [
    Case("ips with AIC lags, N=500, T=100", lambda: walks(500, 100), _test("ips", lags="aic", max_lags=4),
         {"statsmodels loop": _adfuller},
         {"plm": 'plm::purtest(pseries, test = "ips", exo = "intercept", lags = "AIC", pmax = 4)'}, times=50),
    Case("cd of a variable, N=500, T=100", lambda: walks(500, 100), _test("cd"), {"numpy pair loop": _correlations},
         {"plm": 'plm::pcdtest(pseries, test = "cd")'}, times=20),
    Case("cips, N=500, T=100", lambda: walks(500, 100), _test("cips"), seconds=0.1),
    Case("cips, N=100, T=100", lambda: walks(100, 100), _test("cips"),
         r={"plm": 'plm::cipstest(pseries, lags = 1, type = "drift")'}),
    Case("pedroni, N=500, T=100", lambda: walks(500, 100), _test("pedroni", ("x1",)), seconds=0.2),
    Case("kao, N=500, T=100", lambda: walks(500, 100), _test("kao", ("x1",)), seconds=0.2),
    Case("westerlund, 800 bootstraps, N=31, T=22", lambda: walks(31, 22), _test("westerlund", ("x1",), bootstrap=800),
         seconds=5),
    Case("pmg, 3 regressors, N=31, T=22", lambda: walks(31, 22, 3), _estimate("pmg", ("x1", "x2", "x3")), seconds=0.1),
    Case("pmg, 3 regressors, N=500, T=100", lambda: walks(500, 100, 3), _estimate("pmg", ("x1", "x2", "x3")),
         seconds=2),
    Case("mg, 3 regressors, N=500, T=100", lambda: walks(500, 100, 3), _estimate("mg", ("x1", "x2", "x3")),
         r={"plm": 'plm::pmg(y ~ x1 + x2 + x3, data = pdata, model = "mg")'}),
    Case("cce-mg, 3 regressors, N=500, T=100", lambda: walks(500, 100, 3), _estimate("cce-mg", ("x1", "x2", "x3")),
         r={"plm": 'plm::pcce(y ~ x1 + x2 + x3, data = pdata, model = "mg")'}),
    Case("dumitrescu-hurlin, N=31, T=22, 999 bootstraps", lambda: stationary(31, 22),
         _test("dumitrescu-hurlin", ("x1",), bootstrap=999), seconds=0.2),
    Case("dumitrescu-hurlin, N=500, T=100, 999 bootstraps", lambda: stationary(500, 100),
         _test("dumitrescu-hurlin", ("x1",), bootstrap=999), seconds=10),
    Case("dumitrescu-hurlin, N=500, T=100", lambda: stationary(500, 100), _test("dumitrescu-hurlin", ("x1",)),
         {"statsmodels loop": _granger}, {"plm": "plm::pgrangertest(y ~ x1, data = pdata, order = 1L)"}),
    Case("juodis-karavias-sarafidis, N=31, T=22, 999 bootstraps", lambda: stationary(31, 22),
         _test("juodis-karavias-sarafidis", ("x1",), bootstrap=999)),
    Case("juodis-karavias-sarafidis, N=500, T=100", lambda: stationary(500, 100),
         _test("juodis-karavias-sarafidis", ("x1",))),
    Case("emirmahmutoglu-kose, N=31, T=22, 999 bootstraps", lambda: walks(31, 22),
         _test("emirmahmutoglu-kose", ("x1",), bootstrap=999)),
    Case("emirmahmutoglu-kose, N=500, T=100", lambda: walks(500, 100), _test("emirmahmutoglu-kose", ("x1",)),
         {"statsmodels loop": _augmented}),
    Case("granger-vecm of a panel, N=31, T=22", lambda: walks(31, 22), _test("granger-vecm", ("x1",))),
    Case("two-way effects, clustered, 100,000 rows", lambda: walks(1000, 100, 2),
         _estimate("twoway", ("x1", "x2"), cov="clustered", bootstrap=0),
         {"linearmodels": _linearmodels, "pyfixest": _pyfixest},
         {"plm": 'summary(plm::plm(y ~ x1 + x2, data = pdata, model = "within", effect = "twoways"), '
                 'vcov = function(m) plm::vcovHC(m, cluster = "group"))'}),
    Case("two-way effects, two-way clusters, 100,000 rows", lambda: walks(1000, 100, 2),
         _estimate("twoway", ("x1", "x2"), cov="clustered", cluster="both", bootstrap=0),
         {"pyfixest": lambda frame: _pyfixest(frame, "i + t")}),
    Case("wild cluster bootstrap, 9,999 draws, 31 clusters", lambda: walks(31, 8, 2),
         _estimate("fe", ("x1", "x2"), cov="wild", bootstrap=9999), seconds=2),
    Case("difference GMM, N=1,000, T=10", lambda: stationary(1000, 10), _estimate("gmm-diff", ("x1",)),
         r={"plm": 'plm::pgmm(y ~ lag(y, 1) + x1 | lag(y, 2:99), data = pdata, effect = "individual", '
                   'model = "twosteps", transformation = "d")'}, seconds=2),
    Case("two thresholds, 300 bootstraps, N=31, T=22", lambda: stationary(31, 22),
         lambda frame: lambda: ct.estimate("threshold", frame, entity="i", time="t", y="y", x=["x1"],
                                           threshold_var="x1", regimes=3, bootstrap=300), seconds=10, repeat=1),
    Case("panel VAR with 500 bootstrap bands, N=31, T=22", lambda: stationary(31, 22),
         _estimate("panel-var", ("x1",), bootstrap=500), seconds=20, repeat=1),
    Case("location quotient, 3,000 regions x 500 industries", regions_by_industries,
         _measure("location-quotient", region="r", industry="k", value="v")),
    Case("hhi, 3,000 regions x 500 industries", regions_by_industries,
         _measure("hhi", region="r", industry="k", value="v")),
    Case("gini, 3,000 regions x 500 industries", regions_by_industries,
         _measure("gini", region="r", industry="k", value="v")),
    Case("theil, 3,000 regions x 500 industries", regions_by_industries,
         _measure("theil", region="r", industry="k", value="v")),
    Case("DEA of 500 units", units, _measure("dea", unit="u", input=["a", "b"], output=["out"]), seconds=10),
]
