"""Specification tests, a file a method."""

from clustertrade.registry import family_package

family_package(__name__)
