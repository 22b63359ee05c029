"""Who is whose neighbour: pairs of entities, and the weights matrix that they make."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clustertrade.errors import DataError, UsageError, first_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Neighbours:
    """Pairs of labels, each the neighbour of the other; ``source`` is what a result calls them."""

    pairs: tuple[tuple[str, str], ...]
    source: str

    @classmethod
    def of(cls, given: object) -> Neighbours:
        """Of a file, of pairs of labels, or as it is."""
        if isinstance(given, Neighbours):
            return given
        if isinstance(given, (str, Path)):
            return cls.read(Path(given))
        if isinstance(given, Sequence) and all(isinstance(p, Sequence) and len(p) == 2 for p in given):
            return cls(tuple((str(a), str(b)) for a, b in given), f"{len(given)} pairs")
        raise UsageError("--neighbours takes a file of pairs, or a list of pairs of labels")

    @classmethod
    def read(cls, path: Path) -> Neighbours:
        """The first two columns of a CSV with a header; what stands beside them is not read.

        Raises
        ------
        DataError
            The file is not there, is not text, or has a row without two labels.
        """
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                rows = [row for row in csv.reader(file, delimiter="\t" if path.suffix == ".tsv" else ",") if row]
        except (OSError, UnicodeDecodeError) as wrong:
            raise DataError(f"--neighbours {path} cannot be read: {wrong}") from None
        if len(rows) < 2:
            raise DataError(f"--neighbours {path}: a header and a row a pair are wanted")
        for number, row in enumerate(rows[1:], 2):
            if len(row) < 2 or not row[0].strip() or not row[1].strip() or row[0].strip() == row[1].strip():
                raise DataError(f"--neighbours {path}, line {number}: {','.join(row)!r} is no pair of two entities")
        return cls(tuple((row[0].strip(), row[1].strip()) for row in rows[1:]), str(path))

    def renamed(self, names: Mapping[str, str]) -> Neighbours:
        """The pairs under other names; a label without one keeps its own."""
        return replace(self, pairs=tuple((names.get(a, a), names.get(b, b)) for a, b in self.pairs))

    def matrix(self, asked: str, entities: Iterable[str]) -> Array:
        """Weights (N, N): 1 where two entities are neighbours.

        Raises
        ------
        DataError
            No pair is of two of these entities.
        """
        place = {e: i for i, e in enumerate(entities)}
        w = np.zeros((len(place), len(place)))
        for a, b in self.pairs:
            if a in place and b in place:
                w[place[a], place[b]] = w[place[b], place[a]] = 1.0
        if not w.any():
            raise DataError(f"{asked}: no pair of --neighbours {self.source} is of two entities of the data; entities "
                            f"are {first_of(place)}, pairs are of {first_of(' and '.join(p) for p in self.pairs)}")
        return w
