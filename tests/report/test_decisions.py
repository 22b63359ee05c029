from __future__ import annotations

import numpy as np
import pytest

from clustertrade.report.cautions import KNOWN, in_words
from clustertrade.report.decisions import asymptotic, chosen, drawn, holm, rejects
from tests.report.simulated import statistic
from tests.report.simulated import test as result_of

result_of.__test__ = False


def test_holm_agrees_with_statsmodels():
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(20260101).uniform(size=12) ** 2
    assert holm(list(p)) == pytest.approx(multipletests(p, method="holm")[1])
    assert holm([]) == []


def test_the_recommended_statistic_is_read():
    r = result_of("pedroni", "y", [statistic("panel-v", 1.0, 0.2), statistic("group-ADF", -3.0, 0.001)])
    assert chosen(r)["name"] == "group-ADF"
    assert chosen(result_of("unheard-of", "y", [statistic("a", 1.0, 0.5)]))["name"] == "a"


@pytest.mark.parametrize(("name", "value", "says"), [("cips", -3.0, True), ("cips", -1.0, False),
                                                     ("kpss", 0.6, True), ("kpss", 0.1, False)])
def test_without_pvalue_the_critical_value_decides_on_its_side(name, value, says):
    wanted = "CIPS" if name == "cips" else "eta"
    critical = -2.2 if name == "cips" else 0.463
    assert rejects(result_of(name, "y", [statistic(wanted, value, None, _0_05=critical)])) is says


def test_nothing_is_decided_without_either():
    assert rejects(result_of("cips", "y", [statistic("CIPS", -3.0, None)])) is None


def test_bootstrap_and_limit_are_told_apart():
    plain = result_of("granger", "y", [statistic("F", 4.0, 0.04)])
    assert asymptotic(plain, plain["statistics"][0]) == 0.04 and drawn(plain, plain["statistics"][0]) is None
    boot = result_of("dumitrescu-hurlin", "y", [statistic("Z-bar-tilde", 2.0, 0.07)],
                     details={"pvalues_normal": {"Z-bar-tilde": 0.045}})
    assert asymptotic(boot, boot["statistics"][0]) == 0.045 and drawn(boot, boot["statistics"][0]) == 0.07


def test_known_warnings_are_said_in_chinese():
    text = in_words("1 entities have no complete row and are left out: Tibet")
    assert text == {"en": "Without a complete row and left out (1): Tibet", "zh": "无完整数据而未进入者（1 个）：西藏"}
    text = in_words("d.y has drift beyond that of d.x in 15 of 25 entities (Anhui, Hainan (+13 more)): panel-v and "
                    "panel-v-w, whose L11 has no constant as printed, reject too often; the other statistics do not "
                    "depend on it")
    assert "安徽、海南（另有 13 个）" in text["zh"] and "Anhui, Hainan (+13 more)" in text["en"]


def test_unknown_warnings_stay_as_they_are():
    assert in_words("nobody foresaw this") == {"en": "Nobody foresaw this", "zh": "nobody foresaw this"}


def test_every_known_warning_has_its_words():
    from clustertrade.render.words import vocabulary

    assert {f"caution.{key}" for key in KNOWN} == {k for k in vocabulary("zh") if k.startswith("caution.")}


def test_how_procedures_were_checked_is_said_alike_in_both_languages():
    from clustertrade.catalog import index
    from clustertrade.render.words import vocabulary
    from clustertrade.report.notes import NUMBER

    for name in (k.rpartition(".")[2] for k in vocabulary("en") if k.startswith("layout.checked.")):
        said = index()[name]["checked"]
        assert vocabulary("en")[f"layout.checked.{name}"] == said.replace('"', "'")
        assert sorted(NUMBER.findall(said)) == sorted(NUMBER.findall(vocabulary("zh")[f"layout.checked.{name}"]))
