"""What a layout or figure reads: results, samples and reports of the data by reference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clustertrade.errors import DataError
from clustertrade.study.load import Study
from clustertrade.study.plan import Plan

if TYPE_CHECKING:
    import pandas as pd


class Inputs:
    """The files of a study by reference (``tests/unit-roots``, ``samples/core``, ``clean/quality``, ``audit``)."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @property
    def study(self) -> Study:
        """The study."""
        return self.plan.study

    def json(self, ref: str) -> Any:
        """A result entry ``{"entry", "sample", "results"}``, a measure, the quality report or the audit."""
        path = Path(self.plan.result(ref))
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise DataError(f"{path} is not there: run {self.study.name} --only {ref}") from None

    def results(self, ref: str) -> list[dict[str, Any]]:
        """The results of an entry."""
        return self.json(ref)["results"]

    def sample(self, name: str) -> pd.DataFrame:
        """A sample: ``entity``, ``time``, ``region_en``, ``region_zh``, ``group3``, ``group4`` and its variables."""
        import pandas as pd

        return pd.read_parquet(self.plan.sample(name))

    def tidy(self, source: str) -> pd.DataFrame:
        """The tidy rows of a source."""
        import pandas as pd

        return pd.read_parquet(self.plan.tidy(source))
