"""From a study to its jobs: inputs, outputs and fingerprint of each entry; Snakemake and ``run`` read the same plan."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from clustertrade.catalog import index
from clustertrade.data import vintages
from clustertrade.errors import UsageError, first_of
from clustertrade.study.digest import fingerprint
from clustertrade.study.load import (
    Study,
    canonical,
    measured,
    neighbours_of,
    references_of,
    samples_of,
    split_prefix,
)

RAW = Path("data/raw")
AUDITED = "S30"                                          # the reference paper
ZONES = "derived-cbec-zones"                               # the stock of pilot zones, counted from their lists
PROCESSED = Path("data/processed")
RESULTS = Path("results")
TABLE_SUFFIXES = ("tex", "docx", "html", "md", "csv")
FIGURE_SUFFIXES = ("pdf", "svg", "png")
LANGUAGE_MARKS = {"en": "", "zh": ".zh"}
# What runs a stage; the modules of the procedures that an entry names are added to it.
STAGE_MODULES = {
    "clean": ("clustertrade.data.clean", "clustertrade.data.derive"),
    "quality": ("clustertrade.data.quality", "clustertrade.data.audit"),
    "measures": ("clustertrade.study.build",), "samples": ("clustertrade.study.build",),
    "tests": ("clustertrade.study.compute",), "estimates": ("clustertrade.study.compute",),
    "specifications": ("clustertrade.study.specifications",),
    "tables": ("clustertrade.report.layouts", "clustertrade.render.write"),
    "figures": ("clustertrade.report.figures",), "report": ("clustertrade.report.document",),
    "paper": ("clustertrade.report.paper",), "manifest": ("clustertrade.report.manifest",),
}
DRAWS_ON_ALL = ("quality", "coverage")                     # layouts and figures about what all samples are built from


@dataclass(frozen=True)
class Depends:
    """What outputs depend on besides files: options, and modules whose digest is taken when Snakemake asks for it."""

    spec: str
    modules: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """See :attr:`Job.fingerprint`."""
        return canonical({"spec": self.spec, **fingerprint(self.modules)})


@dataclass(frozen=True)
class Job:
    """One job: what it reads, what it writes, and everything else that its outputs depend on."""

    stage: str
    entry: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    depends: Depends

    @property
    def id(self) -> str:
        """``stage/entry``, as ``run --only`` takes it."""
        return f"{self.stage}/{self.entry}"

    @property
    def fingerprint(self) -> str:
        """One line of JSON: the entry's options, a digest of its modules, the versions of their libraries."""
        return self.depends.fingerprint


@dataclass(frozen=True)
class Source:
    """A folder of ``data/raw``: its id, the variables that it holds, and the cleaning job that it belongs to."""

    id: str
    folder: Path
    title: str
    kind: str
    bundle: str
    variables: frozenset[str]
    files: tuple[str, ...]


def sources(root: Path = RAW) -> dict[str, Source]:
    """Every raw source by id, read from the descriptions alone."""
    found = {}
    for description in sorted(root.glob("*/datapackage.json")):
        package = json.loads(description.read_text(encoding="utf-8"))
        resources = package["resources"]
        kinds = {r["layout"]["kind"] for r in resources}
        # Press texts hold a figure or two each and go through one job; so do the lists of pilot zones, which only
        # together give the stock of zones.
        bundle = "press" if package["kind"] == "press" else "zones" if "zones" in kinds else package["id"]
        names = {v["name"] for r in resources for v in r.get("variables", [])}
        files = (description, *(description.parent / r["path"] for r in resources))
        found[package["id"]] = Source(package["id"], description.parent, package["title"], package["kind"], bundle,
                                      frozenset(names), tuple(f.as_posix() for f in files))
    return found


class Plan:
    """The jobs of a study."""

    def __init__(self, study: Study, root: Path = RAW, processed: Path = PROCESSED, results: Path = RESULTS) -> None:
        self.study = study
        self.root = root
        self.processed = processed / study.name
        self.results = results / study.name

    @cached_property
    def sources(self) -> dict[str, Source]:
        """The sources that the study cleans: those named under data/sources, else all."""
        every = sources(self.root)
        wanted = (self.study.section("data").get("sources") or list(every))
        if absent := [w for w in wanted if w not in every]:
            raise UsageError(f"{self.study.path}: data/sources: no folder of {self.root} holds {first_of(absent)}")
        if self.study.section("data").get("audit") and AUDITED not in wanted:
            raise UsageError(f"{self.study.path}: data/audit recomputes the figures of {AUDITED}, which data/sources "
                             "leaves out: name it there, or set audit: false")
        return {key: source for key, source in every.items() if key in wanted}

    @cached_property
    def bundles(self) -> dict[str, list[Source]]:
        """Cleaning jobs: one a data set; press texts and zone lists one each."""
        found: dict[str, list[Source]] = {}
        for source in self.sources.values():
            found.setdefault(source.bundle, []).append(source)
        return found

    def tidy(self, source: str) -> str:
        """The tidy file of a source, or of what a bundle derives."""
        return (self.processed / "tidy" / f"{source}.parquet").as_posix()

    def sample(self, name: str) -> str:
        """The file of a sample."""
        return (self.processed / f"{name}.parquet").as_posix()

    def result(self, ref: str) -> str:
        """The file that a reference such as ``tests/unit-roots`` stands for."""
        stage, _, entry = ref.partition("/")
        if stage == "samples":
            return self.sample(entry)
        if stage == "clean":
            return self.tidy(entry) if entry != "quality" else (self.processed / "quality.json").as_posix()
        if stage == "audit":
            return (self.processed / "audit.json").as_posix()
        return (self.results / stage / f"{entry}.json").as_posix()

    def holders(self, variable: str) -> list[str]:
        """The cleaned things that hold a tidy variable: source ids, or :data:`ZONES`."""
        source, colon, _ = variable.partition(":")
        if colon:
            if source not in self.sources:
                raise UsageError(f"{self.study.path}: {variable}: no source {source} in this study")
            return [source]
        if variable.startswith("cbec_zones_stock"):
            return [ZONES]
        ruled = vintages.priorities().get(variable)
        names = {(s, v) for s, v in ruled.sources} if ruled else set()
        found = [s.id for s in self.sources.values()
                 if variable in s.variables or any((s.id, v) in names for v in s.variables)]
        if not found:
            raise UsageError(f"{self.study.path}: no source holds the variable {variable}")
        return found

    def variable_inputs(self, name: str) -> set[str]:
        """Files that a variable of the study is built from."""
        spec = self.study.section("variables")[split_prefix(name)[1]]
        files: set[str] = set()
        for part in (spec["from"], *spec.get("times", []), *spec.get("over", [])):
            if part in self.study.section("measures"):
                files.add(self.result(f"measures/{part}"))
            else:
                files |= {self.tidy(h) for h in self.holders(part)}
        return files

    @cached_property
    def jobs(self) -> dict[str, Job]:
        """Every job by its id, in the order in which they can run."""
        published, derived = self._measures()
        made = [*self._clean(), *published, *self._samples(), *derived, *self._computed(), *self._curves(),
                *self._tables(), *self._figures()]
        made += self._report(made) if self.study.report else []
        return {job.id: job for job in made}

    def __getitem__(self, job: str) -> Job:
        try:
            return self.jobs[job]
        except KeyError:
            raise UsageError(f"{self.study.name} has no job {job}; there are {first_of(self.jobs, 60)}") from None

    def outputs(self, stage: str) -> list[str]:
        """All outputs of a stage."""
        return [o for job in self.jobs.values() if job.stage == stage for o in job.outputs]

    @property
    def manifest(self) -> str:
        """The manifest's file."""
        return (self.results / "manifest.json").as_posix()

    def manifest_fingerprint(self) -> str:
        """The fingerprint of the manifest job."""
        return self._depends("manifest", {"name": self.study.name, "seed": self.study.seed}).fingerprint

    def _depends(self, stage: str, spec: Any, procedures: Iterable[str] = (), kind: str | None = None) -> Depends:
        modules = {*STAGE_MODULES[stage], *(index()[name]["module"] for name in procedures)}
        folder = "layouts" if stage == "tables" else stage
        modules |= {f"clustertrade.report.{folder}.{kind.replace('-', '_')}"} if kind else set()
        return Depends(canonical(spec), tuple(sorted(modules)))

    def _clean(self) -> list[Job]:
        made = []
        for bundle, members in self.bundles.items():
            outputs = [self.processed / "tidy" / f"{s.id}.{suffix}" for s in members
                       for suffix in ("parquet", "quarantine.csv", "quality.json")]
            if bundle == "zones":
                outputs += [self.processed / "tidy" / f"{ZONES}.{suffix}"
                            for suffix in ("parquet", "quarantine.csv", "quality.json")]
            made.append(Job("clean", bundle, tuple(f for s in members for f in s.files),
                            tuple(o.as_posix() for o in outputs), self._depends("clean", bundle)))
        pieces = [o for job in made for o in job.outputs]
        outputs = [self.processed / name for name in ("quality.json", "quarantine.csv")]
        audit = self.study.section("data").get("audit", False)
        spec = {"audit": audit}
        if audit:
            outputs.append(self.processed / "audit.json")
            pieces += [f for f in self.sources[AUDITED].files if f not in pieces]
        made.append(Job("clean", "quality", tuple(pieces), tuple(o.as_posix() for o in outputs),
                        self._depends("quality", spec)))
        return made

    def _measures(self) -> tuple[list[Job], list[Job]]:
        """Measures of published figures; then those of a sample, and of these those of another measure's rows."""
        published: list[Job] = []
        of_samples: list[Job] = []
        of_measures: list[Job] = []
        for name, spec in self.study.section("measures").items():
            if "sample" in spec:
                inputs, kind = {self.sample(spec["sample"])}, of_samples
            elif "of" in spec:
                inputs, kind = {self.result(f"measures/{spec['of']}")}, of_measures
            else:
                inputs, kind = {self.tidy(h) for part in measured(spec) for h in self.holders(part)}, published
            kind.append(Job("measures", name, tuple(sorted(inputs)), (self.result(f"measures/{name}"),),
                            self._depends("measures", {"spec": spec, "data": self.study.section("data")},
                                          [spec["measure"]])))
        return published, [*of_samples, *of_measures]

    def sample_of(self, measure: str) -> str | None:
        """The sample whose variables a measure reads, itself or through the measure that it is made of."""
        spec = self.study.section("measures")[measure]
        return self.sample_of(spec["of"]) if "of" in spec else spec.get("sample")

    def _samples(self) -> list[Job]:
        made = []
        for name, spec in self.study.section("samples").items():
            inputs = sorted({f for v in spec["variables"] for f in self.variable_inputs(v)})
            keys = ("from", "times", "over", "transform", "column")
            meaning = {v: {k: self.study.section("variables")[v].get(k) for k in keys} for v in spec["variables"]}
            shape = {k: v for k, v in spec.items() if k != "note"}
            made.append(Job("samples", name, tuple(inputs), (self.sample(name),),
                            self._depends("samples", {"sample": shape, "variables": meaning,
                                                    "data": self.study.section("data")})))
        return made

    def _computed(self) -> list[Job]:
        made = []
        for stage in ("tests", "estimates"):
            for name, spec in self.study.section(stage).items():
                names = spec.get("procedures") or [*(c["estimator"] for c in spec["columns"]),
                                                   *(t for c in spec["columns"] for t in c.get("check", []))]
                names = [*names, *spec.get("power", {}).get("procedures", ())]
                outputs = [self.result(f"{stage}/{name}")]
                outputs += [outputs[0].removesuffix(".json") + ".residuals.parquet"] if stage == "estimates" else []
                bare = {k: v for k, v in spec.items() if k != "title"}
                files = [*(self.sample(s) for s in sorted(samples_of(spec))), *sorted(neighbours_of(spec))]
                made.append(Job(stage, name, tuple(files), tuple(outputs),
                                self._depends(stage, {"spec": bare, "seed": self.study.seed}, names)))
        return made

    def _curves(self) -> list[Job]:
        made = []
        for name, spec in self.study.section("specifications").items():
            bare = {k: v for k, v in spec.items() if k != "title"}
            made.append(Job("specifications", name, tuple(self.sample(s) for s in sorted(samples_of(spec))),
                            (self.result(f"specifications/{name}"),),
                            self._depends("specifications", {"spec": bare, "seed": self.study.seed})))
        return made

    def _words(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """The parts of the study that a table or figure may print: words about variables, samples, entries, style."""
        refs = references_of(spec)
        shown = {ref: self.study.section(ref.split("/")[0]).get(ref.split("/")[-1]) for ref in refs}
        names: set[str] = set(spec.get("variables", []))
        for ref, entry in list(shown.items()):
            if not entry:
                continue
            stage = ref.split("/")[0]
            if stage in ("tests", "estimates", "specifications"):
                shown |= {f"samples/{s}": self.study.section("samples")[s] for s in samples_of(entry)}
            if stage == "measures" and (sample := self.sample_of(ref.split("/")[-1])):
                shown[f"samples/{sample}"] = self.study.section("samples")[sample]
        for ref, entry in shown.items():
            if entry and ref.startswith("samples/"):
                names |= set(entry["variables"])
        every = self.study.section("variables")
        if spec.get("layout", spec.get("kind")) in DRAWS_ON_ALL:
            shown |= {f"samples/{n}": shape for n, shape in self.study.section("samples").items()}
            names |= set(every)
        # A measure is called by the label of a variable that is made from it.
        names |= {n for n, v in every.items() if f"measures/{v['from']}" in refs}
        variables = {n: every.get(split_prefix(n)[1]) for n in sorted(names)}
        parts = {p for v in variables.values() if v for p in (v["from"], *v.get("times", []), *v.get("over", []))}
        measures = {p: self.study.section("measures").get(p) for p in sorted(parts)}
        return {"spec": spec, "entries": shown, "variables": variables, "measures": measures, "style": self.study.style,
                "name": self.study.name}

    def _rendered_inputs(self, spec: Mapping[str, Any]) -> list[str]:
        refs = references_of(spec)
        files = [self.result(ref) for ref in refs]
        samples: set[str] = set()
        for section, _, name in (ref.partition("/") for ref in refs):
            if section in ("tests", "estimates", "specifications"):
                samples |= samples_of(self.study.section(section)[name])
            if section == "measures" and (own := self.sample_of(name)):
                samples.add(own)
        return list(dict.fromkeys([*files, *(self.sample(s) for s in sorted(samples))]))

    def _files(self, folder: str, name: str, suffixes: Iterable[str]) -> tuple[str, ...]:
        return tuple((self.results / folder / f"{name}{mark}.{suffix}").as_posix()
                     for mark in LANGUAGE_MARKS.values() for suffix in suffixes)

    def _tables(self) -> list[Job]:
        return [Job("tables", name, tuple(self._rendered_inputs(spec)), self._files("tables", name, TABLE_SUFFIXES),
                    self._depends("tables", self._words(spec), kind=spec["layout"]))
                for name, spec in self.study.section("tables").items()]

    def _figures(self) -> list[Job]:
        return [Job("figures", name, tuple(self._rendered_inputs(spec)), self._files("figures", name, FIGURE_SUFFIXES),
                    self._depends("figures", self._words(spec), kind=spec["kind"]))
                for name, spec in self.study.section("figures").items()]

    def _report(self, made: list[Job]) -> list[Job]:
        items = set(self.study.report)
        drawn = [o for job in made if job.stage in ("tables", "figures") and job.entry in items for o in job.outputs]
        inputs = [self.result("clean/quality")]
        # The page names the literature behind every entry and says what the entries of a hypothesis say.
        inputs += [self.result(f"{stage}/{name}") for stage in ("measures", "tests", "estimates", "specifications")
                   for name in self.study.section(stage)]
        spec = {k: self.study.raw.get(k) for k in ("study", "hypotheses", "report", "tables", "figures", "variables")}
        made_of = {"index": ((".html", ".svg", ".csv"), ("index.html",), "report"),
                   "paper": ((".docx", ".png"), tuple(f"paper{m}.docx" for m in LANGUAGE_MARKS.values()), "paper")}
        return [Job("report", name, tuple(dict.fromkeys([*(o for o in drawn if o.endswith(kinds)), *inputs])),
                    tuple((self.results / "report" / file).as_posix() for file in files), self._depends(modules, spec))
                for name, (kinds, files, modules) in made_of.items()]
