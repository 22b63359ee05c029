# An entry of tests: every procedure, variable and variant of it.
rule test:
    input:      lambda w: PLANS[w.study]["tests/" + w.entry].inputs
    output:     "results/{study}/tests/{entry}.json"
    params:     job=lambda w: PLANS[w.study]["tests/" + w.entry].fingerprint
    log:        "logs/{study}/tests/{entry}.log"
    benchmark:  "benchmarks/{study}/tests/{entry}.tsv"
    shell:      "{sys.executable} -m clustertrade run {wildcards.study} --only tests/{wildcards.entry} 2> {log}"

rule tests:
    input:      jobs("tests")
