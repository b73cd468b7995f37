"""The MLflow flavor: save, log and load models; serve them as a python function.

A model directory grows through three forms, and all are MLflow models: trained
(`save_model`), wrapped in filters, and packaged with wheels (`save_wrapped`). None holds a
pickle. Digests are verified first, then data is read; no code in it is run but that of the
private filters in its `wheels/`.
"""

from penstock.flavor.autologging import autolog
from penstock.flavor.enforcement import name_the_column
from penstock.flavor.layout import FLAVOR_NAME
from penstock.flavor.loading import load_model, load_pyfunc
from penstock.flavor.logging import log_directory, log_model
from penstock.flavor.pyfunc import PyfuncModel
from penstock.flavor.saving import save_directory, save_model
from penstock.flavor.wrapping import save_wrapped

__all__ = [
    "FLAVOR_NAME",
    "PyfuncModel",
    "autolog",
    "load_model",
    "load_pyfunc",
    "log_directory",
    "log_model",
    "save_directory",
    "save_model",
    "save_wrapped",
]


def _load_pyfunc(path: str) -> PyfuncModel:
    """Load for ``mlflow.pyfunc.load_model``, which looks for this name."""
    name_the_column()
    return load_pyfunc(path)
