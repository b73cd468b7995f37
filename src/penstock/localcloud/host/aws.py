"""Every AWS service that is not SageMaker: moto, inside this process."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from penstock.localcloud.names import ACCOUNT

__all__ = ["WsgiApp", "aws_app", "buckets", "s3_backend"]

WsgiApp = Callable[[dict[str, Any], Any], Any]


def aws_app() -> WsgiApp:
    """Return moto's app for all services."""
    # Read by moto on import and on each request: one account here, and no web page's script
    # may talk to this port.
    os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT
    os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "1"
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    app: WsgiApp = DomainDispatcherApplication(create_backend_app)
    return app


def s3_backend() -> Any:
    """Return moto's S3 of this host's account."""
    from moto.s3.models import s3_backends

    return s3_backends[ACCOUNT]["aws"]


def buckets() -> dict[str, Any]:
    """Return moto's buckets by name."""
    found: dict[str, Any] = s3_backend().buckets
    return found
