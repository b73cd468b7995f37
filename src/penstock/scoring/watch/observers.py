"""Everything that watches requests go by: figures, access log, traces, capture."""

from __future__ import annotations

from penstock.scoring.process.past import Past
from penstock.scoring.process.settings import Settings
from penstock.scoring.request import Request
from penstock.scoring.watch.access import AccessLog
from penstock.scoring.watch.capture import Capture
from penstock.scoring.watch.figures import Figures
from penstock.scoring.watch.traces import Traces

__all__ = ["PINGS", "Observers"]

# Asked every few seconds, they would fill the logs.
PINGS = ("/ping", "/health")


class Observers:
    """The observers that the settings ask for.

    Parameters
    ----------
    settings : of the container.
    past : what became of the workers before this one.

    Raises
    ------
    NotFoundError : traces are asked for and OpenTelemetry is not installed.
    """

    def __init__(self, settings: Settings, past: Past) -> None:
        self.figures = Figures()
        self.figures.worker_deaths.add(by=past.deaths)
        self.figures.worker_refusals.add(by=past.refused)
        self.capture = _capture(settings, self.figures)
        self._access = AccessLog(self._dropped) if settings.access_log else None
        self._traces = Traces.from_environment()

    def note(self, request: Request, route: str, status: int, seconds: float) -> None:
        """Tell them of a request that has ended; `route` is its path if there is such a one."""
        self.figures.requests.add(route, status)
        if route == "/invocations":
            self.figures.seconds.observe(seconds)
        if route in PINGS:
            return
        if self._access is not None:
            self._access.note(request, status, seconds)
        if self._traces is not None:
            self._traces.add(request, route, status, seconds)

    def flush(self) -> None:
        """Hand on what has gathered. Call it often."""
        if self._access is not None:
            self._access.flush()

    def close(self) -> None:
        """Write and send what is left, within bounds."""
        for each in (self._access, self.capture, self._traces):
            if each is not None:
                each.close()

    def _dropped(self, lines: int) -> None:
        self.figures.log_dropped.add(by=lines)


def _capture(settings: Settings, figures: Figures) -> Capture | None:
    if settings.capture_dir is None:
        return None
    return Capture(settings.capture_dir, settings.capture_percent, figures)
