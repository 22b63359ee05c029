"""Processes with known truth, and what a test makes of them: :func:`draw` and :mod:`clustertrade.simulate.power`."""

from clustertrade.simulate.processes import draw

__all__ = ["draw"]
