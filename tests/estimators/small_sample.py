"""Which small-sample rule each program has: standard errors of one slope beside ours, same data, same model.

``python -m tests.estimators.small_sample`` writes docs/validation/small-sample.md from Grunfeld's data, one year of one
firm left out so that the panel is unbalanced.  linearmodels and pyfixest run beside; plm's and Stata's rules are those
of our conventions of these names, which the reference results hold to the programs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import clustertrade as ct
from clustertrade.files import write_whole
from tests.goldens.harness import frame

PAGE = Path("docs/validation/small-sample.md")
MODELS = {"pooled": "1", "fe": "firm", "twoway": "firm + year"}
COVARIANCES = {"unadjusted": {"cov": "unadjusted"}, "robust (HC1)": {"cov": "robust", "hc": 1},
               "clustered by firm": {"cov": "clustered"}, "clustered by firm and year": {"cov": "clustered",
                                                                                         "cluster": "both"}}
PYFIXEST = {"unadjusted": "iid", "robust (HC1)": "HC1", "clustered by firm": {"CRV1": "firm"},
            "clustered by firm and year": {"CRV1": "firm+year"}}
LINEARMODELS = {"unadjusted": {"cov_type": "unadjusted"}, "robust (HC1)": {"cov_type": "robust"},
                "clustered by firm": {"cov_type": "clustered", "cluster_entity": True},
                "clustered by firm and year": {"cov_type": "clustered", "cluster_entity": True, "cluster_time": True}}


def data():
    """Grunfeld without the last row."""
    return frame("grunfeld.csv").iloc[:-1]


def ours(model: str, covariance: str, convention: str) -> float:
    """Standard error of ``value``."""
    r = ct.estimate(model, data(), entity="firm", time="year", y="inv", x=["value", "capital"], convention=convention,
                    **COVARIANCES[covariance], **({"bootstrap": 0} if "clustered" in covariance else {}))
    return float(r.std_errors["value"])


def pyfixest(model: str, covariance: str) -> float:
    """The same by pyfixest with its defaults."""
    import pyfixest as pf

    effects = "" if model == "pooled" else f" | {MODELS[model]}"
    return float(pf.feols(f"inv ~ value + capital{effects}", data(), vcov=PYFIXEST[covariance]).se()["value"])


def linearmodels(model: str, covariance: str) -> float:
    """The same by linearmodels with its defaults (debiased)."""
    from linearmodels.panel import PanelOLS

    table = data().set_index(["firm", "year"])
    fitted = PanelOLS(table["inv"], table[["value", "capital"]].assign(const=1.0), entity_effects=model != "pooled",
                      time_effects=model == "twoway").fit(**LINEARMODELS[covariance])
    return float(fitted.std_errors["value"])


def rows() -> Iterator[tuple[str, str, float, dict[str, float]]]:
    """Model, covariance, our standard error, and those of the others as multiples of it."""
    for model in MODELS:
        for covariance in COVARIANCES:
            paper = ours(model, covariance, "paper")
            others = {c: ours(model, covariance, c) for c in ("stata", "plm", "gretl")}
            others |= {"linearmodels": linearmodels(model, covariance), "pyfixest": pyfixest(model, covariance)}
            yield model, covariance, paper, {k: v / paper for k, v in others.items()}


def page() -> str:
    """The table, and the rules that it follows from."""
    found = list(rows())
    heads = list(found[0][3])
    lines = ["# Small-sample rules of standard errors", "",
             "Standard errors of `value` in inv ~ value + capital, Grunfeld's data less one row (10 firms, 199 rows): "
             "ours in the first column, those of the conventions and of other programs as multiples of it. Made by "
             "`python -m tests.estimators.small_sample`.", "",
             "| model | covariance | ours | " + " | ".join(heads) + " |", "|---|---|---:|" + "---:|" * len(heads)]
    lines += [f"| {m} | {c} | {se:.6f} | " + " | ".join(f"{others[h]:.4f}" for h in heads) + " |"
              for m, c, se, others in found]
    lines += ["", "n rows, G clusters, k slopes and constant, e effects beyond one:", "",
              "- ours: residual variance and HC1 by n - k - e; clusters G/(G-1) (n-1)/(n-k), effects nested in the "
              "clusters or not; two-way clusters: each of the three parts with its own G.",
              "- stata, gretl: as ours, k of clusters with the effects that are not nested in them (such as year "
              "dummies).",
              "- plm: robust covariances count the slopes alone; clusters without a factor.",
              "- linearmodels: clusters n/(n-k) without G/(G-1), which `group_debias=True` adds; all effects count "
              "where they are not nested in the clusters.",
              "- pyfixest: two-way clusters with the smaller G in all three parts; effects as in Stata."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    write_whole(PAGE, page())
