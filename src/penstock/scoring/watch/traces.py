"""A span for each request, for OpenTelemetry, where the environment names a collector.

The span is made when the request is over: what is not traced costs nothing, and what is traced
pays once.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from penstock.errors import NotFoundError
from penstock.scoring.request import Request

__all__ = ["Traces"]

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
SERVICE = "penstock"


class Traces:
    """Sends spans to a collector. OpenTelemetry's own variables configure it.

    Raises
    ------
    NotFoundError : OpenTelemetry is not installed.
    """

    def __init__(self) -> None:
        try:
            from opentelemetry import propagate, trace
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import SERVICE_NAME, Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ModuleNotFoundError as error:
            hint = "pip install 'penstock[otel]', or unset the variable"
            raise NotFoundError(f"{error.name} is missing", where=ENDPOINTS[0], hint=hint) from None
        # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win over this.
        self._provider = TracerProvider(resource=Resource.create({SERVICE_NAME: SERVICE}))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("penstock.scoring")
        self._trace, self._propagate = trace, propagate

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Traces | None:
        """Return traces if a collector is named, else None."""
        return cls() if any(environment.get(name) for name in ENDPOINTS) else None

    def add(self, request: Request, route: str, status: int, seconds: float) -> None:
        """Send the span of a request that has just ended."""
        end = time.time_ns()
        span = self._tracer.start_span(
            f"{request.method} {route}",
            context=self._propagate.extract(request.headers),
            kind=self._trace.SpanKind.SERVER,
            attributes=_attributes(request, route, status),
            start_time=end - int(seconds * 1e9),
        )
        if status >= 500:
            span.set_status(self._trace.StatusCode.ERROR)
        span.end(end)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def _attributes(request: Request, route: str, status: int) -> dict[str, Any]:
    """Names of OpenTelemetry's semantic conventions, and two of our own."""
    return {
        "http.request.method": request.method,
        "http.route": route,
        "http.response.status_code": status,
        "penstock.request_id": request.request_id,
        "penstock.records": request.records,
    }
