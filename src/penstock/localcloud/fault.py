"""What the host answers when it cannot do what a client asked, in the words of the AWS API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.errors import PenstockError

__all__ = ["Fault", "missing", "service_unavailable", "validation_error", "validation_exception"]


class Fault(PenstockError):
    """An error that travels to the client.

    Parameters
    ----------
    fault : the AWS error code, such as ``ValidationException``.
    message : what the client reads.
    status : HTTP status.
    extra : further members of the error's shape.
    """

    def __init__(
        self,
        fault: str,
        message: str,
        status: int = 400,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.fault = fault
        self.message = message
        self.status = status
        self.extra = dict(extra or {})


def validation_exception(message: str) -> Fault:
    """Return the API's error for a wrong request."""
    return Fault("ValidationException", message)


def validation_error(message: str) -> Fault:
    """Return the runtime's error for a wrong request; its name differs from the API's."""
    return Fault("ValidationError", message)


def missing(kind: str, arn: str) -> Fault:
    """Return what the service says of a name it does not know.

    >>> missing("endpoint", "arn:x").message
    'Could not find endpoint "arn:x".'
    """
    return validation_exception(f'Could not find {kind} "{arn}".')


def service_unavailable(message: str) -> Fault:
    """Return the runtime's 503, which clients try again."""
    return Fault("ServiceUnavailable", message, status=503)
