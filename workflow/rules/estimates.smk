# An entry of estimates: the columns of a regression table, and their residuals.
rule estimate:
    input:      lambda w: PLANS[w.study]["estimates/" + w.entry].inputs
    output:     "results/{study}/estimates/{entry}.json",
                "results/{study}/estimates/{entry}.residuals.parquet"
    params:     job=lambda w: PLANS[w.study]["estimates/" + w.entry].fingerprint
    log:        "logs/{study}/estimates/{entry}.log"
    benchmark:  "benchmarks/{study}/estimates/{entry}.tsv"
    shell:      "{sys.executable} -m clustertrade run {wildcards.study} --only estimates/{wildcards.entry} 2> {log}"

# A specification curve: every combination of its choices.
rule specification:
    input:      lambda w: PLANS[w.study]["specifications/" + w.entry].inputs
    output:     "results/{study}/specifications/{entry}.json"
    params:     job=lambda w: PLANS[w.study]["specifications/" + w.entry].fingerprint
    log:        "logs/{study}/specifications/{entry}.log"
    benchmark:  "benchmarks/{study}/specifications/{entry}.tsv"
    shell:      "{sys.executable} -m clustertrade run {wildcards.study} --only specifications/{wildcards.entry} 2> {log}"

rule specifications:
    input:      jobs("specifications")

rule estimates:
    input:      jobs("estimates")
