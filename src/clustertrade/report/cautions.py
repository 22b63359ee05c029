"""Warnings of procedures in the words of both languages.

A procedure warns in English; a sentence that is known here is said in both, any other stays as it is.
"""

from __future__ import annotations

import re

from clustertrade.data import regions
from clustertrade.render.words import Text, both
from clustertrade.report.labels import sentence

NUMBER = r"[\d.]+"
NEAREST = (rf"(?P<rate>{NUMBER}) at N=(?P<near>\d+), T=(?P<long>\d+), (?P<factor>{NUMBER}) with a common factor")
KNOWN: dict[str, str] = {
    "left-out": r"(?P<n>\d+) entities have no complete row and are left out: (?P<who>.+)",
    "no-draws": r"no standard errors without at least 2 bootstrap replications \(--bootstrap\)",
    "longer-steps": r"periods are missing, and changes go over longer steps there: (?P<who>.+)",
    "flat-out": r"(?P<n>\d+) entities in which (?P<what>.+) is constant are left out: (?P<who>.+)",
    "missing": r"(?P<n>\d+) rows fall out for missing values: (?P<who>.+)",
    "missing-rows": r"(?P<n>\d+) rows fall out for missing values",
    "after-gap": r"(?P<n>\d+) rows after a gap have no row one period before and fall out: (?P<who>.+)",
    "one-row": r"(?P<n>\d+) entities have one row, which says nothing about slopes: (?P<who>.+)",
    "trimmed": r"--balanced trim: (?P<kept>\d+) of (?P<t>\d+) periods are complete for all (?P<n>\d+) entities and "
               r"kept \((?P<first>\S+) to (?P<last>\S+)\)",
    "driscoll-kraay": r"Driscoll-Kraay errors rest on many periods; there are (?P<t>\d+)",
    "few-clusters": r"(?P<g>\d+) clusters for (?P<k>\d+) regressors: their joint covariance is singular",
    "no-f": r"no F: the covariance of the slopes is singular",
    "two-way-clusters": r"a two-way clustered variance is not positive; negative eigenvalues of the covariance are set "
                        r"to zero \(Cameron, Gelbach and Miller 2011\)",
    "modified-wald-short": r"modified Wald rests on many periods and rejects too often with few; the median entity has "
                           r"(?P<t>\d+): --bootstrap 999 gives a p that does not",
    "weak-instruments": r"weak instruments: (?P<list>.+) in the first stage; the Anderson-Rubin test and interval of "
                        r"details\.anderson_rubin hold all the same",
    "always-treated": r"(?P<n>\d+) entities are treated in all their periods and left out: (?P<who>.+)",
    "no-controls": r"fewer than 2 entities are not yet treated in (?P<periods>.+): effects there cannot be told and "
                   r"(?P<n>\d+) rows are left out",
    "cohort-of-one": r"the cohort of (?P<cohorts>.+) is one entity: its effects have no sampling error of their own in "
                     r"the standard errors",
    "two-way-events": r"two-way event dummies are a warning example: where effects differ between cohorts they are "
                      r"mixed with weights that may be negative",
    "already-treated": rf"(?P<share>{NUMBER}) % of the weight compares with entities already treated, whose effects "
                       r"are subtracted \(Goodman-Bacon 2021\); event-study does not",
    "quantile-bias": r"(?P<n>\d+) entities for (?P<t>\d+) periods \((?P<ratio>\d+) to 1\): quantile coefficients are "
                     r"biased of order 1/T and their intervals too narrow",
    "scale-negative": r"the estimated scale is not positive in (?P<k>\d+) of (?P<n>\d+) rows: the location-scale model "
                      r"is doubtful there",
    "zero-effects": r"the variance of the effects is estimated as zero: random effects are pooled least squares",
    "pedroni-drift": r"d\.y has drift beyond that of d\.x in (?P<k>\d+) of (?P<n>\d+) entities \((?P<who>.+)\): "
                     r"panel-v and panel-v-w, whose L11 .+, reject too often; the other statistics do not depend on it",
    "kao-serial": rf"the differences are serially correlated \(short- over long-run variance (?P<ratio>{NUMBER})\): "
                  r"ADF, as printed, corrects for it twice; MDF and DF, and details\.adf_own, hold their size better",
    "johansen-small": rf"(?P<t>\d+) periods: asymptotic p-values find rank (?P<rank>\d+) at (?P<level>{NUMBER}), those "
                      r"corrected for the sample size \(details\.small_sample\) rank (?P<small>\d+)",
    "fisher-johansen-short": r"(?P<t>\d+) periods: the asymptotic p-values of (?P<n>\d+) Johansen tests together "
                             r"reject true nulls far too often; details\.small_sample does so less",
    "ardl-no-t": r"t has no bounds in case (?P<case>\d): the paper gives none",
    "ips-moments": r"table 3 of the paper lacks the moments of (?P<k>\d+) of (?P<n>\d+) entities; the "
                   r"(?:edge of the table|simulated law) was taken",
    "battery-missing": r"not computed: (?P<what>.+); why: details\.results",
    "battery-independence": r"llc, breitung, ips, fisher-adf, fisher-pp, hadri and harris-tzavalis presume independent "
                            r"entities; cips, panic and moon-perron allow common factors\. All are reported, whatever "
                            r"CD says",
    "panic-no-factor": r"no common factor: MQc and MQf, which test the factors, are not computed",
    "overflowed": r"(?P<k>\d+) of (?P<b>\d+) bootstrap replications overflowed and are left out: some entities are "
                  r"explosive under the null",
    "overflowed-series": r"(?P<k>\d+) of (?P<b>\d+) bootstrap replications overflowed and are left out: the series are "
                         r"explosive under the null",
    "maxima": rf"the likelihood has (?P<k>\d+) maxima: (?P<best>-?{NUMBER}) is reported, the next is "
              rf"(?P<next>-?{NUMBER})",
    "dominant": r"(?P<who>.+) alone carries (?P<share>\d+)% of the information about the common long run",
    "climbs": r"(?P<k>\d+) of (?P<n>\d+) climbs run off to infinity",
    "climbs-higher": r"(?P<k>\d+) of (?P<n>\d+) climbs run off to infinity, where the likelihood is higher than at any "
                     r"maximum",
    "no-error": r"no standard error for (?P<names>.+): the estimated variance is not positive",
    "vecm-rank": rf"the trace test does not find (?P<rank>\d+) cointegrating relations \(p (?P<p>{NUMBER}) of at most "
                 r"(?P<below>\d+)\): long and joint need cointegration; toda-yamamoto does not",
    "vecm-size": r"(?P<t>\d+) periods: long and joint reject true nulls too often .+; bootstrapped they do not: "
                 r"--bootstrap 999",
    "panel-vecm-within": r"(?P<t>\d+) periods: within entities the coefficient of the error is drawn below zero: .+; "
                         r"--variant gmm does not",
    "panel-vecm-group": r"(?P<t>\d+) periods: with a long run of each entity, long and joint reject true nulls .+; "
                        r"--pooling pooled does not",
    "panel-vecm-short": r"(?P<t>\d+) periods: long and joint reject true nulls too often \(simulated at 5 %, one lag: "
                        r"long 0\.15 at N=10, T=11, .+ without cointegration\)",
    "panel-vecm-cd": rf"the residuals of (?P<name>\S+) are correlated across entities \(CD (?P<cd>{NUMBER}), p "
                     rf"(?P<p>{NUMBER})\): the tests reject true nulls too often .+; --demean takes out what all share",
    "vecm-full": rf"the trace test finds as many relations as series \(p (?P<p>{NUMBER}) of at most (?P<below>\d+)\): "
                 r"the levels look stationary, long and joint do not test causality; granger does",
    "vecm-no-short": r"without lagged differences there is no short-run test",
    "dh-size": r"N=(?P<n>\d+), T=(?P<t>\d+): normal p-values reject true nulls too often in short panels \(simulated "
               rf"at 5 %, K=1: {NEAREST}; more where series are persistent\); .+: --bootstrap 999",
    "jks-size": r"N=(?P<n>\d+), T=(?P<t>\d+): chi2 rejects true nulls too often in short panels \(simulated at 5 %, "
                rf"K=1: {NEAREST}; more where series are persistent\); .+: --bootstrap 999",
    "ek-size": r"N=(?P<n>\d+), T=(?P<t>\d+): chi2 rejects true nulls too often in short series \(simulated at 5 %, "
               rf"K=D=1, walks: {NEAREST}\); .+: --bootstrap 999",
    "unit-roots": r"a quick ADF test does not reject unit roots: (?P<found>.+); p-values need stationary series: take "
                  r"first differences, .+",
    "we-limit": r"the limit of LM\+ is for independent entities and long series; in short or dependent panels it "
                r"rejects true nulls far too often: --bootstrap 999",
    "cadfp-law": r"no p-value: the law of CADF_P is simulated, --bootstrap 999",
    "called-stationary": r"a quick ADF test calls (?P<found>.+) stationary: a cointegration test presumes I\(1\) "
                         r"variables, and rejection is then no evidence of a long-run relation",
    "too-integrated": r"a quick ADF test finds (?P<found>.+), above integration=(?P<d>\d+): take --integration "
                      r"(?P<to>\d+), or differences",
    "sur-tight": r"(?P<t>\d+) periods after the lags for (?P<n>\d+) entities: their residual covariance is estimated "
                 r"with (?P<spare>\d+) periods to spare, and power is little",
    "little-power": r"T=(?P<t>\d+) with (?P<k>\d+) lags leaves (?P<df>\d+) degrees of freedom an entity: little power",
    "gmm-many": r"(?P<k>\d+) instruments for (?P<n>\d+) groups: the weighting matrix of the second step "
                r"is singular and its generalised inverse is used; Hansen's test is weak and two-step errors are "
                r"unreliable; --collapse or fewer --gmm-lags help",
    "gmm-rank": r"(?P<k>\d+) instruments have rank (?P<rank>\d+); the degrees of freedom count the rank",
    "gmm-uncorrected": r"two-step standard errors without Windmeijer's correction are too small; --cov robust has it",
    "gmm-no-ar": r"no AR\((?P<order>\d+)\): no two rows are so far apart, or its estimated variance is not positive",
    "no-neighbour": r"(?P<n>\d+) entities have no neighbour and weigh nothing: (?P<who>.+)",
    "no-mechanism": rf"the three steps do not identify a mechanism: an unobserved cause of (?P<m>\S+) and (?P<y>\S+) "
                    rf"together that correlates their errors by (?P<rho>-?{NUMBER}) would leave no indirect effect",
    "no-share": r"no share mediated: the indirect and the direct effect differ in sign, so neither is a part of the "
                r"total",
    "lsdvc-initial": rf"the initial estimate of (?P<name>\S+) is (?P<value>-?{NUMBER}), outside \(-1, 1\): the "
                     r"approximation of the bias is doubtful",
    "haken-none": r"no order parameter: neither order has significant coefficients and meets lambda2 > 0, "
                  r"\|lambda2\| > \|lambda1\|",
    "haken-both": r"no order parameter: both orders have significant coefficients and meet the condition",
    "few-steps": r"(?P<n>\d+) steps: what four coefficients say on so few is uncertain beyond their intervals",
    "few-steps-symbiosis": r"(?P<n>\d+) steps for (?P<k>\d+) coefficients an equation: signs whose interval holds 0 "
                           r"are not known",
    "illustration": r"the model is an illustration and estimates nothing from the data",
    "var-unstable": rf"the system is not stable: the largest modulus is (?P<value>{NUMBER}); responses to shocks do "
                    r"not die out",
    "lp-short": r"(?P<t>\d+) periods an entity: fixed effects bias local projections at longer horizons; --variant "
                r"jackknife takes most of that off",
    "no-coupling": r"no C and D for (?P<n>\d+) rows, where all systems are zero: (?P<who>.+)",
    "printed-lost": rf"printed (?P<s>\w) \((?P<c>\S+)\) is the formula with its coefficient (?P<n>\d+) lost: \w is "
                    rf"low by the factor (?P<f>{NUMBER})",
    "printed-differs": rf"printed (?P<s>\w) \((?P<c>\S+)\) does not follow the formula: it differs by up to "
                       rf"(?P<d>{NUMBER}) \((?P<at>.+)\)",
    "no-capacity": r"no carrying capacity, which takes r > 0 and an own coefficient below 0: (?P<names>.+); K and "
                   r"what is relative to it are not given",
    "fall-out-zero": r"(?P<n>\d+) steps of (?P<name>\S+) fall out, where it is zero before or after: (?P<who>.+)",
    "unstable": r"the interior equilibrium is not stable \(equal growth rates\): levels do not return to it",
    "not-together": r"the interior equilibrium has a level that is not above zero: not all populations live together",
    "stood-still": r"a subsystem stood still while none fell back, its sign is not defined and the synergy is 0: "
                   r"(?P<who>.+)",
    "worst-limit": r"a parameter at its worst limit makes the order of its subsystem 0 \(--limits widened avoids "
                   r"it\): (?P<who>.+)",
    "sample-limits": r"the limits are those of the sample: another period changes all orders; --limits COL=LOW:HIGH "
                     r"keeps them",
    "at-base": r"no synergy at the base itself: (?P<who>.+)",
    "no-value-rows": r"no value for (?P<n>\d+) rows, (?P<why>.+?): (?P<who>.+)",
    "no-value-groups": r"no value for (?P<n>\d+) groups, (?P<why>.+?): (?P<who>.+)",
    "set-changes": r"the set of regions changes over time, and with it the dispersion",
    "no-variation": r"(?P<column>\S+) does not vary(?P<when>.*): its weight is 0",
}
MORE = re.compile(r" ?\(\+(\d+) more\)")
NAMED = re.compile(r"(?P<name>.+?)(?P<rest> \([^()]*\)| \d{4}\S*)?")


def in_words(warning: str) -> Text:
    """The warning in both languages, as far as it is known; else the English one in both."""
    for key, pattern in KNOWN.items():
        if found := re.fullmatch(pattern, warning):
            values: dict[str, object] = dict(found.groupdict())
            if "who" in values:
                values["who"] = {"en": values["who"], "zh": in_chinese(str(values["who"]))}
            return both(f"caution.{key}", **values)
    return sentence(warning)


def in_chinese(who: str) -> str:
    """A list of regions with their Chinese names.

    >>> in_chinese("Anhui, Hainan (9) (+10 more)"), in_chinese("South Korea 2001, Nowhere")
    ('安徽、海南 (9)（另有 10 个）', '韩国 2001、Nowhere')
    """
    listed, more = MORE.sub("", who), MORE.search(who)
    return "、".join(map(_named, listed.split(", "))) + (f"（另有 {more[1]} 个）" if more else "")


def _named(text: str) -> str:
    found = NAMED.fullmatch(text)
    assert found is not None
    region = regions.find(found["name"]) or regions.find(found["name"], country=True)
    return (region.name_zh if region else found["name"]) + (found["rest"] or "")
