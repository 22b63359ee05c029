# snakemake                                       rebuilds every result of the studies in config/config.yaml
# snakemake --config study=world                  another study
# snakemake results/world/tables/t05-unit-roots.tex    one table; clean_data measures tests estimates tables figures report: a stage
import sys
from pathlib import Path

from snakemake.utils import min_version, validate

min_version("9.20")
configfile: "config/config.yaml"
validate(config, "workflow/schemas/config.schema.json")

from clustertrade.errors import ClustertradeError
from clustertrade.study.load import load
from clustertrade.study.plan import Plan

ASKED = [config["study"]] if "study" in config else config["studies"]
# Every committed study can be asked for by path; a study file that is not asked for and has a fault stops nothing.
PLANS, BUILT = {}, []
for study in dict.fromkeys([*ASKED, *sorted(p.stem for p in Path("config/studies").glob("*.yaml"))]):
    try:
        plan = Plan(load(study))
    except ClustertradeError as wrong:
        if study in ASKED:
            sys.exit(f"{wrong}")
        continue
    PLANS[plan.study.name] = plan
    BUILT += [plan.study.name] if study in ASKED else []

wildcard_constraints:
    study="[a-z0-9][a-z0-9_-]*", entry="[^/.]+"

def jobs(stage):
    return [o for study in BUILT for o in PLANS[study].outputs(stage)]

rule all:
    input: [o for study in BUILT for job in PLANS[study].jobs.values() for o in job.outputs],
           [PLANS[study].manifest for study in BUILT]

localrules: all, clean_data, measures, tests, estimates, specifications, tables, figures, report

for part in ("clean_data", "measures", "tests", "estimates", "tables", "figures", "report"):
    include: f"workflow/rules/{part}.smk"
