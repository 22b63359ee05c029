"""Results and samples of a study to tables, figures, the report page and the manifest."""

from __future__ import annotations
