"""Errors of others as Penstock's own: what they said, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from penstock.artifacts.masking import mask_url
from penstock.errors import MachineError, NotFoundError, PenstockError

if TYPE_CHECKING:
    from mlflow.exceptions import MlflowException

__all__ = ["Missing", "mlflow_errors"]

_MISSING = ("RESOURCE_DOES_NOT_EXIST", "NOT_FOUND")
_REFUSED = ("PERMISSION_DENIED", "UNAUTHENTICATED", "CUSTOMER_UNAUTHORIZED")


class Missing(NotFoundError):
    """MLflow answered that it has no such thing."""


@contextmanager
def mlflow_errors(url: str) -> Iterator[None]:
    """Translate what a call of MLflow raises.

    Parameters
    ----------
    url : where MLflow's server or database is, with credentials masked.

    Raises
    ------
    Missing : MLflow has no such thing. A page that a server lacks (404 without MLflow's own
        error code) is not that.
    MachineError : every other error: refused, away, or not understood.
    """
    from mlflow.exceptions import MlflowException

    try:
        yield
    except PenstockError:
        raise
    except MlflowException as error:
        if _is_missing(error):
            raise Missing(_first_line(error), where=url) from None
        raise _machine_error(error, url) from error
    except Exception as error:  # MLflow raises whatever its back end does
        raise _machine_error(error, url) from error


def _is_missing(error: MlflowException) -> bool:
    # A registry on a database says of a missing alias that the parameter is invalid.
    invalid = error.error_code == "INVALID_PARAMETER_VALUE" and "not found" in error.message
    return error.error_code in _MISSING or invalid


def _machine_error(error: Exception, url: str) -> MachineError:
    first = _first_line(error)
    if getattr(error, "error_code", None) in _REFUSED:
        hint = "check the credentials, and what they may read and write there"
        return MachineError(f"MLflow refused: {first}", where=url, hint=hint)
    hint = "check MLFLOW_TRACKING_URI and that the server is up"
    return MachineError(f"MLflow does not answer: {first}", where=url, hint=hint)


def _first_line(error: Exception) -> str:
    return mask_url(str(error).splitlines()[0] if str(error) else type(error).__name__)
