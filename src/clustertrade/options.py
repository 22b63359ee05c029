"""The vocabulary of options: type, choices and one sentence each.

Command-line flags, the study schema and the documentation read it; a procedure says which options it takes by
naming them as keyword-only parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clustertrade.errors import UsageError


@dataclass(frozen=True)
class Option:
    """One option: how it is written, what it may be, what it means."""

    name: str                                # snake_case, as in Python; the flag is --kebab-case
    kind: str                                # int | float | choice | flag | text | file | column | columns | pairs
    help: str
    choices: tuple[str, ...] = ()            # with kind int: words that may stand in place of a number
    minimum: float | None = None
    maximum: float | None = None
    beside: bool = False                     # names data beside y and x, which a test or estimator gets as a Panel

    @property
    def flag(self) -> str:
        """The command-line spelling."""
        return "--" + self.name.replace("_", "-")

    def parse(self, value: object) -> object:
        """The value in its type, or UsageError; accepts what the shell, YAML and Python give."""
        if value is None:
            return None
        if self.kind == "flag":
            return self._flag(value)
        if self.kind in ("columns", "pairs"):
            return [str(v) for v in ([value] if isinstance(value, str) or not isinstance(value, Sequence) else value)]
        if self.kind == "file" and not isinstance(value, str):
            return value                                   # what the file holds
        if self.kind in ("column", "text", "file"):
            return str(value)
        word = value.strip() if isinstance(value, str) else value
        if isinstance(word, str) and word.lower() in self.choices:
            return word.lower()
        if self.kind == "choice":
            if str(word) in self.choices:
                return str(word)
            raise UsageError(f"{self.flag} {value!s}: one of {', '.join(self.choices)}")
        return self._number(word, value)

    def _flag(self, value: object) -> bool:
        if isinstance(value, bool):
            return value
        word = str(value).lower()
        if word in ("yes", "true", "no", "false"):
            return word in ("yes", "true")
        raise UsageError(f"{self.flag} {value!s}: yes or no")

    def _number(self, word: object, value: object) -> float | int:
        allowed = " or one of " + ", ".join(self.choices) if self.choices else ""
        try:
            if isinstance(word, bool):
                raise ValueError
            number = float(word)  # type: ignore[arg-type]
            if self.kind == "int" and number != int(number):
                raise ValueError
        except (TypeError, ValueError, OverflowError):
            kind = "a whole number" if self.kind == "int" else "a number"
            raise UsageError(f"{self.flag} {value!s}: {kind}{allowed}") from None
        low, high = self.minimum, self.maximum
        if not ((low is None or number >= low) and (high is None or number <= high)):
            bounds = f"at least {low:g}" if high is None else f"between {low:g} and {high:,.6g}"
            raise UsageError(f"{self.flag} {value!s}: {bounds}{allowed}")
        return int(number) if self.kind == "int" else number


def _vocabulary(*options: Option) -> dict[str, Option]:
    made = {option.name: option for option in options}
    if len(made) < len(options):
        raise ValueError(f"an option stands twice: {sorted(o.name for o in options)}")
    return made


MOST = 10_000                                              # of lags and the like: more is a slip of the keys
CRITERIA = ("aic", "bic", "hqic", "t")
OPTIONS: dict[str, Option] = _vocabulary(
    # deterministic terms, lags, long-run variances
    Option("trend", "choice", "deterministic terms: none, constant, constant and trend", ("n", "c", "ct")),
    Option("case", "int", "deterministic case 1 to 5 (EViews numbering); wins over trend", (), 1, 5),
    Option("lags", "int", "lagged differences: a number, or the criterion that chooses it", CRITERIA, 0, MOST),
    Option("max_lags", "int", "largest lag order that a criterion may choose", (), 0, MOST),
    Option("leads", "int", "leads of the differences of x: a number, or the criterion that chooses it",
           ("aic", "bic", "hqic"), 0, MOST),
    Option("max_leads", "int", "largest number of leads that a criterion may choose", (), 0, MOST),
    Option("order", "int", "lag order of the causality regression: a number or a criterion",
           ("aic", "bic", "hqic"), 1, MOST),
    Option("integration", "int", "lags added for the order of integration (Toda and Yamamoto)", (), 0, 3),
    Option("frequency", "float", "frequency at which causality is tested, from 0 to pi", (), 0, 3.141592653589794),
    Option("kernel", "choice", "kernel of the long-run variance", ("bartlett", "parzen", "qs")),
    Option("bandwidth", "int", "bandwidth K of the kernel (Bartlett weighs 1 - j/(K+1)), or auto",
           ("auto",), 0, MOST),
    Option("rank", "int", "number of cointegrating relations", (), 0, MOST),
    Option("break", "choice", "what may break: the level, the trend, or level and trend (regime)",
           ("level", "trend", "regime")),
    Option("factors", "int", "number of common factors, or the criterion of Bai and Ng that chooses it",
           ("ic1", "ic2", "ic3", "bic3"), 0, MOST),
    Option("partial", "columns", "those of the x whose slopes may differ between entities and are not tested"),
    Option("dfcor", "flag", "divide residual variances of an entity by n - k (yes) or n (no)"),
    Option("demean", "flag", "subtract cross-sectional means first"),
    Option("homoskedastic", "flag", "one residual variance for all entities"),
    Option("power", "int", "highest power of the fitted values that is added", (), 2, 9),
    # inference
    Option("cov", "choice", "covariance of the estimates",
           ("unadjusted", "robust", "clustered", "driscoll-kraay", "newey-west", "pcse", "wild")),
    Option("hc", "int", "variant of the robust covariance, HC0 to HC4", (), 0, 4),
    Option("cluster", "choice", "what the clustered covariance clusters by", ("entity", "time", "both")),
    Option("bootstrap", "int", "bootstrap replications; 0 for none", (), 0, 1e6),
    Option("block", "int", "consecutive periods that the bootstrap draws together", (), 1, MOST),
    Option("seed", "int", "seed of every random draw", (), 0, 2**63),
    Option("level", "float", "significance level of intervals and decisions", (), 1e-6, 0.5),
    Option("convention", "choice", "whose formulas where programs differ",
           ("paper", "plm", "gretl", "urca", "stata", "hansen")),
    # estimators
    Option("effects", "choice", "fixed effects", ("entity", "time", "twoway")),
    Option("absorb", "columns", "columns whose groups have effects too; by period where entities keep their group",
           beside=True),
    Option("trends", "flag", "a linear trend of each entity"),
    Option("re_method", "choice", "variance components of random effects", ("swar", "amemiya", "walhus", "nerlove")),
    Option("impose", "flag", "give the common process the coefficient one"),
    Option("mean_lags", "int", "lags of the cross-sectional averages", (), 0, MOST),
    Option("jackknife", "flag", "half-panel jackknife of the bias of short panels"),
    Option("pooling", "choice", "how a panel is taken together: mean of the entities, one slope, one weighted slope",
           ("group", "pooled", "weighted")),
    Option("y_lags", "int", "lags of y among the regressors", (), 0, MOST),
    Option("method", "text", "which estimator of those that share a name; the first listed is the default"),
    Option("treat", "column", "column of the treatment: 1 while it lasts, 0 before; did also takes a dose",
           beside=True),
    Option("cohort", "column", "column of the first period of treatment, 0 for never", beside=True),
    Option("quantile", "float", "which quantile, between 0 and 1", (), 0.001, 0.999),
    Option("sensitivity", "flag", "robust confidence sets where trends are not parallel"),
    Option("placebo", "int", "random assignments of the treatment; 0 for none", (), 0, 1e6),
    Option("x_lags", "pairs", "lags of one x, COL:Q, in place of those that lags gives to every x"),
    Option("weights", "column", "column of observation weights", beside=True),
    Option("mediator", "column", "column of the mediator", beside=True),
    Option("moderator", "column", "column of the moderator", beside=True),
    Option("neighbours", "file", "file of pairs of neighbours, labels in the first two columns"),
    Option("threshold_var", "column", "column whose value decides the regime", beside=True),
    Option("regimes", "int", "number of regimes: one more than there are thresholds", (), 2, 4),
    Option("switching", "columns", "those of the x whose slopes switch between regimes; by default the first"),
    Option("trim", "float", "share of the rows that a regime must hold at least", (), 0.001, 0.4),
    Option("grid", "int", "candidate thresholds: so many quantiles; by default every value", (), 2, 1e6),
    Option("endog", "columns", "regressors that may be correlated with the errors", beside=True),
    Option("instrument", "columns", "instruments that are no regressors", beside=True),
    Option("gmm_lags", "text", "lags A:B that are instruments; NAME=A:B or NAME=none after a comma for one variable"),
    Option("steps", "int", "steps of GMM", (), 1, 2),
    Option("collapse", "flag", "one instrument a lag, not one a lag and period"),
    Option("initial", "choice",
           "estimator at which the bias is evaluated: Arellano-Bond, Blundell-Bond, Anderson-Hsiao",
           ("ab", "bb", "ah")),
    Option("terms", "int", "terms of the approximation of the bias: orders 1/T, 1/(NT), 1/(N T^2)", (), 1, 3),
    Option("horizon", "int", "periods after a shock", (), 0, MOST),
    Option("deviations", "choice", "how entity effects are removed: first differences, forward orthogonal deviations",
           ("difference", "orthogonal")),
    # data
    Option("balanced", "choice", "unbalanced data: refuse it, trim to common periods, allow it",
           ("require", "trim", "allow")),
    Option("freq", "choice", "step of the time index: year, quarter, month, week, day", ("A", "Q", "M", "W", "D")),
    # measures
    Option("region", "column", "column of regions"),
    Option("industry", "column", "column of industries"),
    Option("time", "column", "column of periods"),
    Option("value", "column", "column of the value that is measured"),
    Option("total", "column", "column of the region's total (all industries)"),
    Option("area", "column", "column of areas"),
    Option("group", "column", "column of groups of units", beside=True),
    Option("population", "column", "column of the region's population"),
    Option("plants", "column", "column of the number of plants behind a row"),
    Option("pairwise", "flag", "every pair by itself; causality tests: in both directions, p adjusted by Holm and BH"),
    Option("herfindahl", "column", "column of the Herfindahl index of the industry's plants"),
    Option("unit", "column", "column of units (decision-making units, rows that are scored)"),
    Option("indicator", "pairs", "indicator COL:+ or COL:- ; repeat for each"),
    Option("input", "columns", "columns of inputs; repeat for each"),
    Option("output", "columns", "columns of outputs; repeat for each"),
    Option("returns", "choice", "returns to scale: constant, variable, not increasing, not decreasing",
           ("crs", "vrs", "drs", "irs")),
    Option("orientation", "choice", "whether inputs shrink or outputs grow", ("input", "output")),
    Option("rho", "float", "distinguishing coefficient", (), 1e-6, 1),
    Option("longitude", "column", "column of the first coordinate"),
    Option("latitude", "column", "column of the second coordinate"),
    Option("distance", "choice", "distances in a plane, or in kilometres on the earth from degrees",
           ("plane", "sphere")),
    Option("reach", "float", "largest distance that is looked at", (), 0),
    Option("points", "int", "number of distances at which a density is computed", (), 2, 1e6),
    Option("drop", "float", "share of the first periods that is left out", (), 0, 0.6),
    Option("base", "text", "period of comparison: first, previous or a period of the data"),
    Option("subsystem", "pairs", "subsystem NAME=COL:+,COL:- ; repeat for each"),
    Option("limits", "text", "limits of parameters: minmax, widened, LOW:HIGH, or COL=LOW:HIGH,..."),
    Option("levels", "text", "names of the levels of coordination, or their cut points"),
    Option("weighting", "choice", "weights of the parameters of a subsystem",
           ("equal", "entropy", "critic", "cv", "pca")),
    Option("contribution", "pairs", "weight of a subsystem NAME=NUMBER ; repeat for each"),
    Option("printed", "pairs", "published values SYMBOL=COL that are held against the formula"),
    Option("correlation", "choice", "correlation of values or of ranks", ("pearson", "spearman")),
    Option("schemes", "columns", "weightings that are combined; repeat for each"),
    Option("combine", "choice", "how weightings are combined", ("game", "product", "geometric", "linear")),
    Option("zero_rule", "choice", "what a zero share means for the entropy",
           ("zero", "widened", "shifted", "edged", "epsilon", "pinned")),
    Option("scale", "choice", "scaling of indicators", ("minmax", "initial", "mean", "vector", "none")),
    Option("variant", "text", "which of the formulas that share a name; the first listed is the default"),
)


def option(name: str) -> Option:
    """The option of that name, snake or kebab case."""
    try:
        return OPTIONS[name.replace("-", "_")]
    except KeyError:
        raise UsageError(f"no option is called {name}") from None


def beside(names: Iterable[str]) -> list[str]:
    """Those of the options that name data beside y and x."""
    return [name for name in names if name in OPTIONS and OPTIONS[name].beside]


def flags(names: Sequence[str]) -> str:
    """Option names as a reader types them: ``--trend, --lags``."""
    return ", ".join(option(n).flag for n in names) or "none"


# What a study file may name besides procedures and options; the study checker and its JSON Schema read these.
TRANSFORMS = ("log", "log1p", "d", "d2", "lag", "demean", "positive")
# What a specification curve may choose from.
ESTIMATORS = {"pooled": None, "fe": "entity", "twoway": "twoway", "fd": None}    # the effects that each removes
COVARIANCES = ("unadjusted", "robust", "clustered", "driscoll-kraay")
LAYOUTS = {
    "variables": "a row a variable: symbol, definition, unit, what it stands for, source",
    "descriptives": "a row a variable: N, mean, standard deviations overall, between and within, range",
    "correlations": "lower triangle of correlations with stars, and variance inflation factors",
    "tests-by-variable": "a row a variable and variant, a column a test: statistic and p-value",
    "tests-by-statistic": "a row a statistic, a column a variant or direction: statistic and p-value",
    "dependence": "a row a variable: CD, p, mean absolute correlation",
    "regressions": "a column an estimate: coefficients with standard errors below, fit",
    "thresholds": "a panel an estimate: F, p and critical values a threshold, intervals, slopes in the regimes",
    "mechanism": "three columns a mediation: y on x, the mediator on x, y on both; the indirect effect below",
    "spatial": "Moran's I by period; or direct, indirect and total effects of spatial Durbin models",
    "specification-summary": "a row a choice: how many specifications, median, shares significant; the joint test",
    "var-order": "a row a lag order of a panel VAR: J, criteria; stability and Granger tests below",
    "variance-decomposition": "a row a response and steps ahead, a column a shock: shares in forecast error variance",
    "long-run": "a column an estimate of the long run: coefficients, speed of return, half-life, tests",
    "causality": "a row a direction: order, statistics and p-values, in words",
    "audit": "a row a claim of the reference paper: printed, recomputed, status",
    "quality": "a row a published variable: source, coverage, missing, flagged, quarantined",
    "reconciliation": "a row a comparison between figures: tolerance, largest deviation, status",
    "points": "a row a published figure: definition, year, value, unit, source",
    "weights": "a row an indicator: direction, limits, entropy, weight",
    "synergy": "order and synergy by year, and by region in the last year",
    "coupling": "coupling and coordination by region in the last year, both definitions side by side",
    "interaction": "symbiosis and Haken models: coefficients with intervals, mode, equilibrium",
    "cross-section": "a row a measure of association between two variables in one year",
}
FIGURES = {
    "coverage": "which variable is there for how many regions in which year",
    "small-multiples": "variables over time, a panel a region",
    "tile-grid": "a value of each province on a grid of tiles, no boundaries",
    "scatter": "y against x within regions, with the fitted line",
    "coefficients": "coefficients of an estimates entry with intervals",
    "event-study": "effects by time since a treatment, a panel an estimator, with intervals and bands",
    "likelihood-ratio": "the likelihood ratio of each threshold over its candidates",
    "marginal-effects": "the effect of x along its moderator, with its interval",
    "specification-curve": "the coefficients of all specifications, sorted, and the choices behind each",
    "responses": "responses of each variable of a panel VAR to each shock, with bands; local projections beside them",
    "variance-shares": "shares of the shocks in the forecast error variance of each variable of a panel VAR",
    "equilibrium-errors": "how far every region is from its long run over time, a panel a region",
    "adjustment-paths": "the way back to the long run after a unit deviation, a panel an estimator, with half-lives",
    "entity-coefficients": "a long-run coefficient in every region, sorted, with intervals, a panel an estimator",
    "directions": "Granger directions by region on the grid of tiles",
    "order-lines": "order of the subsystems and synergy by year",
    "heat-map": "coordination by region and year",
    "phase-portrait": "symbiosis: nullclines, field and the path of the data",
    "potential": "Haken: potential of the order parameter",
    "convergence": "dispersion over the regions by year, a panel a measure",
    "points-by-definition": "published national figures by definition, unconnected",
}
NOTES = ("nulls", "lag-choice", "stars", "standard-errors", "sources", "proxies", "checked")
