# Raw strings to tidy rows, one job a source; press texts and lists of pilot zones go through one job each.
for _study, _plan in PLANS.items():
    for _job in _plan.jobs.values():
        if _job.stage == "clean":
            rule:
                name:       f"clean_{_study}_{_job.entry}"
                input:      _job.inputs
                output:     _job.outputs
                params:     job=_job.fingerprint, only=f"{_study} --only {_job.id}"
                log:        f"logs/{_study}/clean/{_job.entry}.log"
                benchmark:  f"benchmarks/{_study}/clean/{_job.entry}.tsv"
                shell:      "{sys.executable} -m clustertrade run {params.only} 2> {log}"

rule clean_data:
    input:      jobs("clean")
