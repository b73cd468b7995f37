"""Penstock: continuous delivery for transformer text classifiers."""

from importlib.metadata import version

__version__ = version("penstock")
