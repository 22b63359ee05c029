# A table in every format and both languages.
rule table:
    input:      lambda w: PLANS[w.study]["tables/" + w.entry].inputs
    output:     "results/{study}/tables/{entry}.tex",
                "results/{study}/tables/{entry}.docx",
                "results/{study}/tables/{entry}.html",
                "results/{study}/tables/{entry}.md",
                "results/{study}/tables/{entry}.csv",
                "results/{study}/tables/{entry}.zh.tex",
                "results/{study}/tables/{entry}.zh.docx",
                "results/{study}/tables/{entry}.zh.html",
                "results/{study}/tables/{entry}.zh.md",
                "results/{study}/tables/{entry}.zh.csv"
    params:     job=lambda w: PLANS[w.study]["tables/" + w.entry].fingerprint
    log:        "logs/{study}/tables/{entry}.log"
    benchmark:  "benchmarks/{study}/tables/{entry}.tsv"
    shell:      "{sys.executable} -m clustertrade run {wildcards.study} --only tables/{wildcards.entry} 2> {log}"

rule tables:
    input:      jobs("tables")
