# The page with everything, the same as one Word document in each language, and the manifest of every file.
rule page:
    input:      lambda w: PLANS[w.study]["report/index"].inputs
    output:     "results/{study}/report/index.html"
    params:     job=lambda w: PLANS[w.study]["report/index"].fingerprint
    log:        "logs/{study}/report/index.log"
    benchmark:  "benchmarks/{study}/report/index.tsv"
    shell:      "{sys.executable} -m clustertrade run {wildcards.study} --only report/index 2> {log}"

rule paper:
    input:      lambda w: PLANS[w.study]["report/paper"].inputs
    output:     "results/{study}/report/paper.docx", "results/{study}/report/paper.zh.docx"
    params:     job=lambda w: PLANS[w.study]["report/paper"].fingerprint
    log:        "logs/{study}/report/paper.log"
    benchmark:  "benchmarks/{study}/report/paper.tsv"
    shell:      "{sys.executable} -m clustertrade run {wildcards.study} --only report/paper 2> {log}"

rule manifest:
    input:      lambda w: [o for job in PLANS[w.study].jobs.values() for o in job.outputs]
    output:     "results/{study}/manifest.json"
    params:     job=lambda w: PLANS[w.study].manifest_fingerprint()
    log:        "logs/{study}/manifest.log"
    benchmark:  "benchmarks/{study}/manifest.tsv"
    shell:      "{sys.executable} -m clustertrade run {wildcards.study} --only manifest 2> {log}"

rule report:
    input:      jobs("report"), [PLANS[study].manifest for study in BUILT]
