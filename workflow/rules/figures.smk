# A figure in every format and both languages.
rule figure:
    input:      lambda w: PLANS[w.study]["figures/" + w.entry].inputs
    output:     "results/{study}/figures/{entry}.pdf",
                "results/{study}/figures/{entry}.svg",
                "results/{study}/figures/{entry}.png",
                "results/{study}/figures/{entry}.zh.pdf",
                "results/{study}/figures/{entry}.zh.svg",
                "results/{study}/figures/{entry}.zh.png"
    params:     job=lambda w: PLANS[w.study]["figures/" + w.entry].fingerprint
    log:        "logs/{study}/figures/{entry}.log"
    benchmark:  "benchmarks/{study}/figures/{entry}.tsv"
    shell:      "{sys.executable} -m clustertrade run {wildcards.study} --only figures/{wildcards.entry} 2> {log}"

rule figures:
    input:      jobs("figures")
