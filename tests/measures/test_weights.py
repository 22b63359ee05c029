"""CRITIC, coefficient of variation, principal components, their combination; TOPSIS."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clustertrade as ct
from clustertrade.errors import DataError, InfeasibleError, UsageError
from tests.measures.goldens import golden

NAMES = ("entropy-weights", "critic-weights", "cv-weights", "pca-weights", "combined-weights")
WATER = ["o2:+", "ph:7..7", "germ:-", "nutrient:10..20"]


def weights(name, data, indicator, **options):
    return [r["weight"] for r in ct.measure(name, data, indicator=indicator, **options).rows]


@pytest.fixture(scope="module")
def rivers():
    x = golden("critic_water_quality")["inputs"]["X"]
    return pd.DataFrame(x, columns=["o2", "ph", "germ", "nutrient"]).assign(river=range(1, 21))


@pytest.fixture
def panel():
    rng = np.random.default_rng(20260101)
    return pd.DataFrame([{"city": c, "year": t, "a": rng.gamma(2), "b": rng.gamma(1), "c": rng.gamma(3)}
                         for c in "ABCDEF" for t in (2019, 2020, 2021)])


def test_water_quality_from_the_raw_figures(rivers):
    """Two of the four indicators have a best span; weights and scores as printed, by both methods."""
    printed = golden("critic_water_quality")["outputs"]
    assert weights("critic-weights", rivers, WATER) == pytest.approx(printed["weights_critic"], abs=1e-7)
    scores = ct.measure("critic-weights", rivers, indicator=WATER, unit="river", variant="scores").to_frame()["value"]
    assert (100 * scores).tolist() == pytest.approx(printed["score_100"], abs=1e-5)
    d = golden("entropy_water_quality")["outputs"]
    assert weights("entropy-weights", rivers, WATER, zero_rule="widened") == pytest.approx(d["weights"], abs=1e-7)
    scores = ct.measure("entropy-weights", rivers, indicator=WATER, unit="river", variant="scores",
                        zero_rule="widened").to_frame()["value"]
    assert (100 * scores).tolist() == pytest.approx(d["score_100"], abs=1e-5)


@pytest.mark.parametrize(("correlation", "printed"), [("pearson", "weights_entropy_critic"),
                                                      ("spearman", "weights_entropy_critic_spearman")])
def test_contrast_by_entropy(rivers, correlation, printed):
    """Exact zeros and ones of the scaled values are 0.002 and 0.998 in the entropy, not in the correlations."""
    ours = weights("critic-weights", rivers, WATER, method="entropy", zero_rule="pinned", correlation=correlation)
    assert ours == pytest.approx(golden("critic_water_quality")["outputs"][printed], abs=1e-7)
    with pytest.raises(UsageError, match="--zero-rule is for --method entropy"):
        weights("critic-weights", rivers, WATER, zero_rule="pinned")


def test_small_printed_examples():
    d = golden("weights_small_examples")
    inputs, out = d["inputs"], d["outputs"]
    toy = pd.DataFrame(inputs["X"], columns=["a", "b"]).assign(city=list("ABCD"))
    assert weights("critic-weights", toy, ["a:+", "b:-"]) == pytest.approx(out["critic_w"], abs=5e-8)
    scores = ct.measure("critic-weights", toy, indicator=["a:+", "b:-"], unit="city", variant="scores").to_frame()
    assert (100 * scores["value"]).tolist() == pytest.approx(out["critic_score"], abs=5e-6)
    three = pd.DataFrame(inputs["cv_X"], columns=["a", "b"])
    assert weights("cv-weights", three, ["a:+", "b:+"]) == pytest.approx(out["cv_w"], abs=5e-7)
    cities = pd.DataFrame(inputs["topsis_X"], columns=["a", "b"])
    ours = ct.measure("topsis", cities, indicator=["a:+:0.6", "b:-:0.4"]).to_frame()["value"]
    assert ours.tolist() == pytest.approx(out["topsis"], abs=5e-8)


def test_combinations_as_printed():
    from clustertrade.measures.combined_weights import _game
    from clustertrade.measures.indicators import normalised

    d = golden("weights_small_examples")
    each = np.array([d["inputs"]["w_subj"], d["inputs"]["w_obj"]])
    out = d["outputs"]
    assert _game(each) @ each == pytest.approx(out["combine_game_linear"], abs=5e-8)
    assert normalised(each.prod(0)) == pytest.approx(out["combine_multiplicative"], abs=5e-8)
    assert normalised(np.sqrt(each.prod(0))) == pytest.approx(out["combine_geometric"], abs=5e-8)


def test_combinations_by_hand(panel):
    plain, given = ["a:+", "b:-", "c:+"], ["a:+:5", "b:-:3", "c:+:2"]
    e, c = (np.array(weights(f"{m}-weights", panel, plain)) for m in ("entropy", "critic"))
    for combine, want in (("linear", (e + c) / 2), ("product", e * c / (e * c).sum()),
                          ("geometric", np.sqrt(e * c) / np.sqrt(e * c).sum())):
        assert weights("combined-weights", panel, plain, combine=combine) == pytest.approx(want)
    three = ct.measure("combined-weights", panel, indicator=given, schemes=["entropy", "critic"])
    assert three.columns == ("indicator", "entropy", "critic", "given", "weight")
    alpha = np.array(list(three.details["alpha"][0].values()))
    stack = np.stack([e, c, [0.5, 0.3, 0.2]])
    assert [r["weight"] for r in three.rows] == pytest.approx(alpha @ stack)
    cross = stack @ stack.T
    raw = np.linalg.solve(cross, np.diag(cross))
    assert alpha == pytest.approx(np.abs(raw) / np.abs(raw).sum())
    with pytest.raises(UsageError, match="combines at least two schemes; there is entropy"):
        weights("combined-weights", panel, plain, schemes=["entropy"])
    with pytest.raises(UsageError, match="--schemes ahp: of equal, entropy"):
        weights("combined-weights", panel, plain, schemes=["ahp", "entropy"])


def test_principal_components(panel):
    """By an eigenvalue routine of another library; KMO and Bartlett by their definitions with partial correlations."""
    from statsmodels.multivariate.pca import PCA

    data = panel.assign(d=panel["a"] + 0.3 * panel["b"], e=panel["a"] - 0.1 * panel["c"])
    columns = list("abcde")
    result = ct.measure("pca-weights", data, indicator=[f"{c}:+" for c in columns])
    facts = result.details["components"][0]
    theirs = PCA(data[columns], standardize=True)
    value = theirs.eigenvals.to_numpy() / len(data)
    assert facts["eigenvalues"] == pytest.approx(value) and facts["components"] == (value > 1).sum()
    kept = facts["components"]
    vectors = np.abs(theirs.eigenvecs.to_numpy()[:, :kept])
    want = vectors @ (value[:kept] / 5)
    assert [r["weight"] for r in result.rows] == pytest.approx(want / want.sum())
    three = data[list("abc")]
    facts = ct.measure("pca-weights", data, indicator=["a:+", "b:+", "c:-"]).details["components"][0]
    r = three.corr().to_numpy()
    simple = partial = 0.0
    for i, j in ((0, 1), (0, 2), (1, 2)):
        k = 3 - i - j
        simple += r[i, j] ** 2
        partial += (r[i, j] - r[i, k] * r[j, k]) ** 2 / ((1 - r[i, k] ** 2) * (1 - r[j, k] ** 2))
    assert facts["kmo"] == pytest.approx(simple / (simple + partial))
    assert facts["bartlett"] == pytest.approx(-(len(data) - 1 - 11 / 6) * np.log(np.linalg.det(r)))


@pytest.mark.parametrize("name", NAMES)
def test_by_time_and_constant_indicators(name, panel):
    """A period by itself; what does not vary weighs nothing."""
    indicator = ["a:+", "b:-", "c:+"]
    yearly = ct.measure(name, panel, indicator=indicator, unit="city", time="year", variant="scores-by-time").to_frame()
    for year, part in panel.groupby("year"):
        alone = ct.measure(name, part, indicator=indicator, unit="city", variant="scores").to_frame()["value"]
        assert yearly[yearly["year"] == year]["value"].to_numpy() == pytest.approx(alone.to_numpy())
    table = ct.measure(name, panel, indicator=indicator, time="year", variant="weights-by-time").to_frame()
    assert table.groupby("year")["weight"].sum().to_numpy() == pytest.approx(np.ones(3))
    flat = ct.measure(name, panel.assign(c=4.0), indicator=indicator)
    assert flat.rows[2]["weight"] == pytest.approx(0) and "c does not vary: its weight is 0" in flat.warnings
    assert sum(r["weight"] for r in flat.rows) == pytest.approx(1)
    with pytest.raises(InfeasibleError, match=f"{name}: no indicator varies"):
        ct.measure(name, panel.assign(a=1, b=2, c=3), indicator=indicator)


def test_sensitivity_of_the_ranking(panel):
    indicator = ["a:+", "b:-", "c:+"]
    result = ct.measure("critic-weights", panel, indicator=indicator, unit="city", time="year", variant="scores")
    rows = {r["weights"]: r for r in result.details["sensitivity"]}
    assert rows["critic"]["spearman"] == pytest.approx(1) and rows["critic"]["largest_change"] == 0
    mine, theirs = (ct.measure(n, panel, indicator=indicator, unit="city", time="year", variant="scores").to_frame()
                    ["value"].rank(ascending=False) for n in ("critic-weights", "entropy-weights"))
    assert rows["entropy"]["spearman"] == pytest.approx(mine.corr(theirs))
    assert rows["entropy"]["largest_change"] == (mine - theirs).abs().max()
    result = ct.measure("topsis", panel, indicator=indicator, unit="city", time="year", weighting="entropy")
    assert result.columns == ("city", "year", "D+", "D-", "rank", "value")
    rows = {(r["weights"], r["scale"]): r for r in result.details["sensitivity"]}
    assert rows["entropy", "vector"]["largest_change"] == 0 and len(rows) == 10


def test_topsis_by_definition(panel):
    x = panel[["a", "b"]].to_numpy()
    for scale, scaled in (("vector", x / np.sqrt((x**2).sum(0))), ("minmax", (x - x.min(0)) / np.ptp(x, axis=0)),
                          ("none", x)):
        v = scaled * [0.3, 0.7]
        best, worst = (v[:, 0].max(), v[:, 1].min()), (v[:, 0].min(), v[:, 1].max())
        far, near = (np.sqrt(((v - end) ** 2).sum(1)) for end in (best, worst))
        ours = ct.measure("topsis", panel, indicator=["a:+:0.3", "b:-:0.7"], scale=scale).to_frame()
        assert ours["value"].to_numpy() == pytest.approx(near / (far + near))
        assert ours["rank"].tolist() == ours["value"].rank(ascending=False).tolist()
    yearly = ct.measure("topsis", panel, indicator=["a:+", "b:-"], unit="city", time="year", variant="by-time")
    yearly = yearly.to_frame()
    alone = ct.measure("topsis", panel[panel["year"] == 2020], indicator=["a:+", "b:-"], unit="city").to_frame()
    assert yearly[yearly["year"] == 2020]["value"].to_numpy() == pytest.approx(alone["value"].to_numpy())


def test_faults(panel):
    for options, error, message in (
            ({"indicator": ["a:+:0.3", "b:-"]}, UsageError, "a weight for each indicator or for none"),
            ({"indicator": ["a:+", "b:3..1"]}, UsageError, "3 is above 1"),
            ({"indicator": ["a:+", "b:-"], "variant": "by-time"}, UsageError, "needs --time"),
            ({"indicator": ["a:+", "b:-"], "unit": "city"}, DataError, "is not unique: A")):
        with pytest.raises(error, match=message):
            ct.measure("topsis", panel, **options)
    with pytest.raises(UsageError, match="critic-weights finds the weights and takes none: a"):
        weights("critic-weights", panel, ["a:+:0.5", "b:+:0.5"])
    with pytest.raises(DataError, match="needs a mean above zero; that of b is not"):
        weights("cv-weights", panel.assign(b=-panel["b"]), ["a:+", "b:+"])


@given(st.lists(st.tuples(*[st.integers(1, 1000)] * 3), min_size=4, max_size=12, unique=True), st.floats(0.01, 1e4))
@settings(max_examples=25, deadline=None)
def test_invariances(rows, factor):
    """Units and the order of rows change neither weights nor closeness."""
    data = pd.DataFrame(rows, columns=["a", "b", "c"])
    if (data.nunique() < 2).any():
        return
    indicator = ["a:+", "b:-", "c:+"]
    for name in NAMES:
        first = weights(name, data, indicator)
        assert sum(first) == pytest.approx(1) and min(first) >= -1e-12
        for other in (data.assign(b=data["b"] * factor), data[::-1]):
            assert weights(name, other, indicator) == pytest.approx(first, abs=1e-8)
    first = ct.measure("topsis", data, indicator=indicator).to_frame()["value"].to_numpy()
    other = data.assign(b=data["b"] * factor)
    scaled = ct.measure("topsis", other, indicator=indicator).to_frame()["value"].to_numpy()
    assert scaled == pytest.approx(first, abs=1e-9) and (first >= 0).all() and (first <= 1).all()
