"""The instances behind an endpoint: starts, chooses, restarts and retires them together."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from penstock.errors import DeploymentError, PenstockError
from penstock.localcloud.fault import service_unavailable, validation_error
from penstock.localcloud.hosting.instance import Instance, Launch
from penstock.localcloud.log import event

__all__ = ["Fleet", "FleetRetired", "Lease", "Processes"]

DRAIN_SECONDS = 70.0
# A steady instance that dies is replaced at once: the first failure waits 0 s.
STEADY_SECONDS = 30.0
BACKOFF_SECONDS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)


class FleetRetired(Exception):
    """The fleet takes no more requests; ask the endpoint for its new one."""


@dataclass(frozen=True, slots=True)
class Processes:
    """Where a fleet reports the processes it starts and that ended."""

    started: Callable[[int, str], None]
    ended: Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Lease:
    """An instance that will not be stopped while a request uses it."""

    variant: str
    instance: Instance


class Fleet:
    """All instances of one deployment.

    Parameters
    ----------
    launches : for each variant's name, one launch for each instance.
    weights : for each variant's name, its share of the traffic.
    """

    def __init__(
        self,
        launches: Mapping[str, Sequence[Launch]],
        weights: Mapping[str, float],
        processes: Processes,
    ) -> None:
        self._launches = {name: list(items) for name, items in launches.items()}
        self._weights = dict(weights)
        self._processes = processes
        self._changed = threading.Condition()
        self._members: dict[str, list[Instance]] = {name: [] for name in launches}
        self._retired = False

    def start(self, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Start every instance and wait until all answer.

        Raises
        ------
        PenstockError : one did not; none is left running.
        """
        work = [(name, launch) for name, items in self._launches.items() for launch in items]
        with ThreadPoolExecutor(max_workers=max(1, len(work))) as pool:
            futures = [pool.submit(self._launch, name, launch, cancelled) for name, launch in work]
        failures = [error for future in futures if (error := future.exception())]
        if failures:
            self.retire(drain=0)
            raise failures[0]

    @contextmanager
    def lease(self, variant: str | None, avoid: Instance | None = None) -> Iterator[Lease]:
        """Hold an instance for one request.

        Parameters
        ----------
        variant : TargetVariant, or None to draw one by weight.
        avoid : an instance that just failed; taken only where there is no other.

        Raises
        ------
        FleetRetired : the endpoint serves from another fleet now.
        Fault : no such variant, or no instance answers at present.
        """
        with self._changed:
            taken = self._take(variant, avoid)
            taken.instance.in_flight += 1
        try:
            yield taken
        finally:
            with self._changed:
                taken.instance.in_flight -= 1
                self._changed.notify_all()

    def retire(self, drain: float = DRAIN_SECONDS) -> None:
        """Take no more requests, let those in flight finish, end every process."""
        with self._changed:
            self._retired = True
            self._changed.wait_for(self._idle, timeout=drain)
            members = [item for items in self._members.values() for item in items]
            for member in members:
                member.stopping = True
        with ThreadPoolExecutor(max_workers=max(1, len(members))) as pool:
            list(pool.map(self._stop, members))

    def set_weights(self, weights: Mapping[str, float]) -> None:
        """Change how traffic is shared from the next request on."""
        with self._changed:
            self._weights.update(weights)

    def members(self) -> dict[str, list[Instance]]:
        """Return the instances of each variant."""
        with self._changed:
            return {name: list(items) for name, items in self._members.items()}

    def ready_count(self, variant: str) -> int:
        """Return how many instances of a variant answer."""
        with self._changed:
            return len(_ready(self._members.get(variant, [])))

    def _idle(self) -> bool:
        return all(item.in_flight == 0 for items in self._members.values() for item in items)

    def _take(self, variant: str | None, avoid: Instance | None) -> Lease:
        if self._retired:
            raise FleetRetired
        if variant is not None and variant not in self._members:
            known = ", ".join(sorted(self._members))
            raise validation_error(f"Variant {variant} was not found; the endpoint has: {known}")
        name = variant or self._draw()
        ready = _ready(self._members[name])
        if not ready:
            raise service_unavailable(f"No instance of variant {name} is ready")
        others = [item for item in ready if item is not avoid] or ready
        return Lease(name, min(others, key=lambda item: (item.in_flight, random.random())))  # noqa: S311

    def _draw(self) -> str:
        able = [name for name, items in self._members.items() if _ready(items)]
        weights = [self._weights.get(name, 0.0) for name in able]
        if not any(weights):
            raise service_unavailable("No variant with a weight above 0 has a ready instance")
        return random.choices(able, weights)[0]  # noqa: S311 - shares traffic, guards nothing

    def _launch(self, variant: str, launch: Launch, cancelled: Callable[[], bool]) -> None:
        """Start one instance and keep one in its place from then on."""
        instance = self._begin(variant, launch, cancelled)
        threading.Thread(target=self._keep, args=(variant, instance), daemon=True).start()

    def _begin(
        self, variant: str, launch: Launch, cancelled: Callable[[], bool] = lambda: False
    ) -> Instance:
        """Start an instance and let it in once it answers; stop it where it does not."""
        instance = Instance(launch, self._processes.started)
        event("instance.started", variant=variant, pid=instance.pid, port=instance.port)
        with self._changed:
            self._members[variant].append(instance)
        try:
            instance.wait_ready(cancelled=lambda: self._retired or cancelled())
            self._admit(instance)
        except BaseException:  # also when interrupted: no process stays
            self._stop(instance)
            raise
        return instance

    def _admit(self, instance: Instance) -> None:
        with self._changed:
            if self._retired:
                raise DeploymentError("the deployment was cancelled")
            instance.ready = True

    def _keep(self, variant: str, instance: Instance | None) -> None:
        """Wait for an instance to end; unless we ended it, put another in its place."""
        failures = 0
        while instance is not None:
            born = time.monotonic()
            code = instance.wait()
            if not self._lost(variant, instance):
                return
            event("instance.died", level=logging.WARNING, pid=instance.pid, exit_code=code)
            # One that served for a while may start at once; one that dies at once may not.
            failures = 0 if time.monotonic() - born > STEADY_SECONDS else failures + 1
            instance = self._replace(variant, instance.launch, failures)

    def _lost(self, variant: str, instance: Instance) -> bool:
        """Take out an instance that ended; False where it was to end."""
        with self._changed:
            instance.ready = False
            if self._retired or instance.stopping:
                return False
            self._members[variant].remove(instance)
        self._processes.ended(instance.pid)
        return True

    def _replace(self, variant: str, launch: Launch, failures: int) -> Instance | None:
        """Start an instance until one answers; None once the fleet is retired."""
        while not self._retired:
            time.sleep(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS)) - 1])
            failures += 1
            try:
                return self._begin(variant, launch)
            except PenstockError as error:
                event("instance.failed", level=logging.ERROR, variant=variant, reason=str(error))
        return None

    def _stop(self, instance: Instance) -> None:
        instance.stop()
        self._processes.ended(instance.pid)
        with self._changed, suppress(ValueError):
            for items in self._members.values():
                if instance in items:
                    items.remove(instance)
        event("instance.stopped", pid=instance.pid)


def _ready(instances: Sequence[Instance]) -> list[Instance]:
    return [item for item in instances if item.ready]
