"""What every file of the results was made from: hashes of outputs and inputs, code, libraries, seed; no clock."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from clustertrade import __version__
from clustertrade.errors import DataError, first_of
from clustertrade.study.plan import Plan


def build(plan: Plan) -> dict[str, Any]:
    """The manifest of a study whose outputs are all there.

    Returns
    -------
    dict
        ``study, seed, clustertrade, python, packages`` and ``outputs``: path (from the root of the repository)
        to ``sha256, rule, entry, inputs`` (path to sha256)``, code`` (digest of the modules that made it)``,
        libraries``.

    Raises
    ------
    DataError
        An output is not there.
    """
    hashes: dict[str, str] = {}

    def sha256(path: str) -> str:
        if path not in hashes:
            hashes[path] = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        return hashes[path]

    jobs = list(plan.jobs.values())
    if absent := [o for job in jobs for o in job.outputs if not Path(o).exists()]:
        raise DataError(f"the manifest of {plan.study.name} needs {first_of(absent)}, which is not there")
    outputs: dict[str, Any] = {}
    used: set[str] = set()
    for job in jobs:
        fingerprint = json.loads(job.fingerprint)
        used |= set(fingerprint["libraries"])
        for output in job.outputs:
            outputs[output] = {"sha256": sha256(output), "rule": job.stage, "entry": job.entry,
                               "inputs": {i: sha256(i) for i in job.inputs}, "code": fingerprint["code"],
                               "libraries": fingerprint["libraries"]}
    return {"study": plan.study.name, "seed": plan.study.seed, "clustertrade": __version__,
            "python": ".".join(map(str, sys.version_info[:3])), "implementation": platform.python_implementation(),
            "packages": {name: metadata.version(name) for name in sorted(used)},
            "outputs": dict(sorted(outputs.items()))}
