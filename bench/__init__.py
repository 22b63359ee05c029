"""Processor time of the procedures, with the peers beside them in one run: ``python -m bench [case ...]``."""
