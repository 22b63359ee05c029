"""Figures against one another (filled below)."""

from __future__ import annotations


def within(package, cleaned):
    return []


def across(tidy):
    return []
