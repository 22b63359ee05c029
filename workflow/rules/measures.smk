# A measure of the study over its regions and years; then the samples, with every variable transformed.
rule measure:
    input:      lambda w: PLANS[w.study]["measures/" + w.entry].inputs
    output:     "results/{study}/measures/{entry}.json"
    params:     job=lambda w: PLANS[w.study]["measures/" + w.entry].fingerprint
    log:        "logs/{study}/measures/{entry}.log"
    benchmark:  "benchmarks/{study}/measures/{entry}.tsv"
    shell:      "{sys.executable} -m clustertrade run {wildcards.study} --only measures/{wildcards.entry} 2> {log}"

rule measures:
    input:      jobs("measures")

# A sample: the variables of a set of entities and years.
rule sample:
    input:      lambda w: PLANS[w.study]["samples/" + w.entry].inputs
    output:     "data/processed/{study}/{entry}.parquet"
    params:     job=lambda w: PLANS[w.study]["samples/" + w.entry].fingerprint
    log:        "logs/{study}/samples/{entry}.log"
    benchmark:  "benchmarks/{study}/samples/{entry}.tsv"
    shell:      "{sys.executable} -m clustertrade run {wildcards.study} --only samples/{wildcards.entry} 2> {log}"
