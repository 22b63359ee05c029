"""Power that a study asks for: simulated from its own sample, and quoted under its tables."""

from __future__ import annotations

import pytest

from clustertrade.errors import UsageError
from clustertrade.report import notes
from clustertrade.simulate.power import power
from clustertrade.study import compute
from clustertrade.study.inputs import Inputs
from clustertrade.study.load import Study
from clustertrade.study.plan import Plan
from tests.report import simulated

SPEC = {"sample": "all", "procedures": ["ips"], "variables": ["y"],
        "power": {"procedures": ["ips"], "rho": [1, 0.5], "replications": 20, "options": {"trend": "c", "lags": 0}}}


def study_with(tmp_path, spec):
    return Study({**simulated.RAW, "tests": {**simulated.RAW["tests"], "roots": spec}}, tmp_path / "toy.yaml")


@pytest.fixture
def entry(tmp_path):
    return compute.tests(study_with(tmp_path, SPEC), "roots", {"all": simulated.walks(1)}, lambda text: None)


def test_it_is_what_the_command_gives_for_the_sample(tmp_path, entry):
    panel = compute.panel_of(simulated.walks(1), ["y"])
    made, = entry["power"]
    alone = power("ips", panel, None, {"trend": "c", "lags": 0}, rhos=[1, 0.5], replications=20,
                  seed=study_with(tmp_path, SPEC).seed)
    assert {k: made[k] for k in alone} == alone and made["y"] == "y"


def test_the_note_quotes_its_first_statistic_in_both_languages(tmp_path, entry):
    class WithPower(Inputs):
        def json(self, ref):
            return entry

    said, = notes.powers(WithPower(simulated.write(tmp_path / "toy").plan), ["tests/roots"])
    rates = [f"{r['rate']:.2f} (ρ = {r['rho']:g})" for r in entry["power"][0]["rows"] if r["statistic"] == "W-t-bar"]
    assert "20 simulated panels" in said["en"] and ", ".join(rates) in said["en"] and "Z-t-bar" not in said["en"]
    assert "20 个" in said["zh"] and rates[0].replace(" (", "（").replace(")", "）") in said["zh"]


def test_a_wrong_request_names_the_entry(tmp_path):
    wrong = {**SPEC, "power": {**SPEC["power"], "rho": [1.5]}}
    with pytest.raises(UsageError, match=r"tests/roots: power --rho 1\.5"):
        compute.tests(study_with(tmp_path, wrong), "roots", {"all": simulated.walks(1)}, lambda text: None)


def test_the_job_depends_on_the_tests_whose_power_is_asked_for(tmp_path):
    study = study_with(tmp_path, {**SPEC, "procedures": ["cd"]})
    job = Plan(study, simulated.write(tmp_path / "toy").plan.root)["tests/roots"]
    assert "clustertrade.unitroot.ips" in job.depends.modules
