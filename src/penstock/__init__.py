"""Penstock: continuous delivery for transformer text classifiers."""

from importlib.metadata import version

from penstock.telemetry import decline

__version__ = version("penstock")

decline()
