from __future__ import annotations

import json
import re
import string
from pathlib import Path

import pytest
import yaml

import clustertrade
from clustertrade.options import OPTIONS
from clustertrade.render.fonts import missing_glyphs
from clustertrade.render.words import LANGUAGES, both, vocabulary, word

INDEX = Path(clustertrade.__file__).parent / "registry_index.json"

# design of the package: every name that the command line has or will have
NAMES = """
adf pp kpss dfgls ers zivot-andrews llc breitung ips fisher-adf fisher-pp hadri harris-tzavalis cips panic moon-perron
unit-root-battery cd cd-star bp-lm scaled-lm bc-lm cd-weighted cross-section-exponent slope-homogeneity moran
engle-granger phillips-ouliaris johansen gregory-hansen ardl-bounds pedroni kao westerlund fisher-johansen granger
toda-yamamoto granger-vecm dumitrescu-hurlin juodis-karavias-sarafidis emirmahmutoglu-kose sur-granger hausman mundlak
bp-random f-effects wooldridge-ar modified-wald sargan ar-abond reset vif pooled fe re be fd twoway iv-fe gmm-diff
gmm-system mg dfe pmg cce-mg cce-pooled amg fmols dols ccr lsdvc ardl vecm panel-var local-projection spatial-durbin
threshold mediation moderation did event-study quantile-fe location-quotient gini hhi krugman theil ellison-glaeser
maurel-sedillot density entropy-weights synergy coupling symbiosis haken grey-relation dea malmquist coevolution
convergence critic-weights cv-weights pca-weights topsis hachman hoover cluster-index duranton-overman
""".split()  # noqa: SIM905


def placeholders(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def test_both_languages_have_the_same_keys_and_placeholders():
    en, zh = vocabulary("en"), vocabulary("zh")
    assert set(en) == set(zh), f"in one language only: {sorted(set(en) ^ set(zh))}"
    # the legend of the stars is built of different parts in each language
    apart = {key for key in en if placeholders(en[key]) != placeholders(zh[key])}
    assert apart == {"stars.one", "stars.several"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_key_stands_twice(lang):
    """YAML keeps the last of two equal keys and says nothing."""
    tree = yaml.compose((INDEX.parent / "render" / "words" / f"{lang}.yaml").read_text(encoding="utf-8"))
    mappings = [tree]
    for mapping in mappings:
        keys = [key.value for key, _ in mapping.value]
        assert len(keys) == len(set(keys)), sorted(k for k in keys if keys.count(k) > 1)
        mappings += [value for _, value in mapping.value if isinstance(value, yaml.MappingNode)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_procedure_has_its_words(lang):
    words = vocabulary(lang)
    for name in NAMES:
        assert words[f"procedure.{name}.title"] and words[f"procedure.{name}.short"]
        assert (f"procedure.{name}.null" in words) == (f"procedure.{name}.alternative" in words)


def test_english_is_what_the_registry_says():
    """The decorator is the source; who changes it changes both languages here."""
    said = {
        f"procedure.{row['name']}.{key}": row[key]
        for row in json.loads(INDEX.read_text(encoding="utf-8"))
        for key in ("title", "null", "alternative")
        if row[key]
    }
    said |= {f"option.{name.replace('_', '-')}": option.help for name, option in OPTIONS.items()}
    words = vocabulary("en")
    drifted = [f"{key}: {text!r}" for key, text in said.items() if words.get(key) != text]
    assert not drifted, "write into words/en.yaml, and translate in words/zh.yaml:\n" + "\n".join(drifted)


def test_no_chinese_in_english_and_none_missing_in_chinese():
    assert not [key for key, text in vocabulary("en").items() if any("\u4e00" <= c <= "\u9fff" for c in text)]
    nulls = [(k, v) for k, v in vocabulary("zh").items() if re.fullmatch(r"procedure\..*\.(null|alternative)", k)]
    assert nulls and not [key for key, text in nulls if not any("\u4e00" <= c <= "\u9fff" for c in text)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_font_of_the_figures_has_every_letter(lang):
    lacking = {key: missing_glyphs(text) for key, text in vocabulary(lang).items() if missing_glyphs(text)}
    assert not lacking


def test_causality_is_prediction():
    """No word of a causality test claims that one variable drives another."""
    for lang, driving in (("en", ("drive", "lead to", "leads to")), ("zh", ("驱动", "导致", "引起"))):
        keys = [key for key in vocabulary(lang) if "granger" in key or "causality" in key or "predict" in key]
        assert keys and not [key for key in keys if any(word in vocabulary(lang)[key] for word in driving)]


def test_a_missing_word_says_where_to_add_it():
    with pytest.raises(KeyError, match=r"zh.yaml has no 'observation'.*observations"):
        word("observation", "zh")
    with pytest.raises(ValueError, match="en, zh"):
        word("observations", "fr")


def test_a_sentence_is_filled_in_each_language():
    filled = both("note.sample", n=31, entities={"en": "provinces", "zh": "省份"}, first=2016, last=2023, nobs=248)
    assert filled == {
        "en": "31 provinces, 2016-2023, 248 observations",
        "zh": "31 个省份，2016—2023 年，248 个观测值",
    }
