"""Modeling: fine-tune a transformer encoder under the scikit-learn contract.

``from penstock.modeling import TransformerClassifier`` pulls torch in only when
the name is touched, so that serving modules may import this package's light rooms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock.modeling.classifier import TransformerClassifier
    from penstock.modeling.steps import wrapped

__all__ = ["TransformerClassifier", "wrapped"]

_ROOMS = {
    "TransformerClassifier": "penstock.modeling.classifier",
    "wrapped": "penstock.modeling.steps",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_ROOMS[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
