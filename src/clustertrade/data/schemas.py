"""The shape of tidy data, checked with pandera."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from clustertrade.data.clean import COLUMNS, KEY, LEVELS
from clustertrade.errors import DataError, first_of

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa


@lru_cache
def tidy() -> pa.DataFrameSchema:
    """One row a region, period and variable; finite values; known levels and frequencies."""
    import numpy as np
    import pandera.pandas as pa

    text = {name: pa.Column(str) for name in COLUMNS}
    return pa.DataFrameSchema(
        {
            **text,
            "source_id": pa.Column(str, pa.Check.str_length(min_value=1)),
            "region_code": pa.Column(str, pa.Check.str_length(min_value=2)),
            "level": pa.Column(str, pa.Check.isin(LEVELS)),
            "period": pa.Column(str, pa.Check.str_matches(r"^(\d{4}(-(0[1-9]|1[0-2]))?|)$")),
            "year": pa.Column("Int64", pa.Check.in_range(1900, 2100), nullable=True),
            "freq": pa.Column(str, pa.Check.isin(["A", "M", ""])),
            "variable": pa.Column(str, pa.Check.str_length(min_value=1)),
            "value": pa.Column(float, pa.Check(lambda v: np.isfinite(v), error="finite")),
            "row": pa.Column("int64", pa.Check.ge(0)),
        },
        strict=True, ordered=True, unique=["source_id", *KEY],
    )


def validate(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """A tidy frame, unchanged.

    Parameters
    ----------
    frame : DataFrame
        Columns and order as in :data:`clustertrade.data.clean.COLUMNS`.
    name : str
        Source for the message.

    Raises
    ------
    DataError
        With the checks that failed and the first offending cells.
    """
    import pandera.errors

    try:
        tidy().validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
        what = [f"{c.column or c.schema_context} {c.check}: {c.failure_case!r} ({c.index})" for c in cases.itertuples()]
        raise DataError(f"{name}: the tidy data break their schema: {first_of(what)}") from None
    return frame
