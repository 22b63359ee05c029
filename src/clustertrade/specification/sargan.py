"""Sargan-Hansen test of overidentifying restrictions."""

from __future__ import annotations

from clustertrade.errors import InfeasibleError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression.dynamic_panel import fit
from clustertrade.regression.gmm_estimate import cautions
from clustertrade.results import Statistic, TestResult


@procedure(
    "sargan",
    family="specification",
    title="Sargan-Hansen test of overidentifying restrictions",
    null="the instruments are uncorrelated with the errors",
    alternative="some instruments are correlated with the errors",
    reference="hansen1982",
    needs=lambda options: Needs(n=2, t=options["y_lags"] + 3, gaps=True, longest=True, history=True),
    choices={"variant": ("difference", "system"), "effects": ("time",), "cov": ("unadjusted", "robust")},
    conventions={"plm": {}, "gretl": {}},
    checked="plm and gretl (64 cases, 1e-8), Stata's xtabond. Rejections of Hansen at 5 %, 300 samples: 0.057 at "
            "200 x 8 with 22 instruments, 0.037 at 25 x 22 and 0.057 at 50 x 20 with 6 collapsed",
)
def sargan(y: Panel, x: Panel | None = None, *, variant: str = "difference", y_lags: int = 1, gmm_lags: str = "2:99",
           steps: int = 2, collapse: bool = False, deviations: str = "difference", endog: Panel | None = None,
           instrument: Panel | None = None, effects: str | None = None, cov: str = "unadjusted",
           convention: str = "paper") -> TestResult:
    r"""Are the instruments of a dynamic panel model uncorrelated with its errors?

    .. math:: J = \Bigl(\sum_i Z_i'\hat e_i\Bigr)' \Bigl(\sum_i Z_i'\tilde e_i\tilde e_i'Z_i\Bigr)^{-1}
        \Bigl(\sum_i Z_i'\hat e_i\Bigr) \to \chi^2(L - K)

    at the two-step estimates (Hansen); Sargan's statistic has the weights of the first step and needs errors of one
    variance.  With many instruments J is near zero whatever is true (Roodman 2009): a p near 1 is a warning.

    Parameters
    ----------
    y : Panel of one variable
        Unbalanced data and gaps are allowed.
    variant : difference or system
        Of ``gmm-diff`` or of ``gmm-system``.
    x : Panel of regressors, optional
        Exogenous unless named in ``endog``: each is its own instrument.
    y_lags : int
        Lags of y among the regressors.
    gmm_lags : text
        Lags A:B of y and of each ``endog`` that are instruments.  ``2:99`` takes all from the second: what is
        correlated with the error of its own period.  A predetermined regressor may start at 1; ``2:99,w=1:4`` gives w
        limits of its own, ``w=none`` no instruments.
    steps : 1 or 2
        Two-step estimates are efficient under heteroskedasticity; their errors need ``cov="robust"``.
    collapse : bool
        One instrument a lag (Roodman 2009) in place of one a lag and period.
    deviations : difference or orthogonal
        First differences, or forward orthogonal deviations (Arellano and Bover 1995), which lose less over gaps; a
        deviation stands at the period after its own.
    endog : Panel, optional
        Regressors that may be correlated with the errors, whether among x or not.
    instrument : Panel, optional
        Further exogenous instruments.
    effects : time, optional
        Effects of periods; their dummies are instruments too.
    cov : unadjusted or robust
        Robust: one-step errors that allow for any correlation within an entity, Windmeijer's (2005) correction in two
        steps.
    convention : paper, plm or gretl
        As of these estimators.

    Returns
    -------
    TestResult
        ``hansen`` and ``sargan`` with their degrees of freedom, the rank of the instruments less the coefficients.
        Details: ``n_instruments``, ``n_groups``, ``instruments``, ``difference_hansen``.

    Raises
    ------
    InfeasibleError
        As many instruments as coefficients, and what the estimators refuse.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> y = rng.standard_normal((200, 8))
    >>> for t in range(1, 8):
    ...     y[:, t] += 0.5 * y[:, t - 1]
    >>> frame = pd.DataFrame({"i": np.repeat(range(200), 8), "t": np.tile(range(8), 200), "y": y.ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> sargan(panel["y"], collapse=True)["hansen"].df
    5
    """
    model = fit("sargan", y, x, system=variant == "system", y_lags=y_lags, gmm_lags=gmm_lags, steps=steps,
                collapse=collapse, endog=endog, instrument=instrument, effects=effects, deviations=deviations, cov=cov,
                convention=convention)
    if model.overidentifying < 1:
        raise InfeasibleError(f"sargan: {model.n_instruments} instruments for {len(model.names)} coefficients leave no "
                              "overidentifying restriction to test; allow more lags (--gmm-lags)")
    rows = [Statistic(name=name, value=value, pvalue=pvalue, df=df)
            for name, (value, pvalue, df) in (("hansen", model.hansen()), ("sargan", model.sargan()))]
    details = {"n_instruments": model.n_instruments, "n_groups": len(model.valid),
               "difference_hansen": model.difference_hansen(),
               "instruments": [{"group": g.name, "count": g.columns.shape[2]} for g in model.groups]}
    return TestResult(statistics=tuple(rows), nobs=model.n, n_entities=len(model.valid), details=details,
                      warnings=tuple(cautions(model)))
