"""Endpoints: what each serves, and the work in the background that changes it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from penstock.errors import PenstockError
from penstock.localcloud.hosting.deployer import Deployer
from penstock.localcloud.hosting.fleet import Fleet
from penstock.localcloud.hosting.variant import Deployment
from penstock.localcloud.log import event
from penstock.localcloud.names import arn_of
from penstock.localcloud.state import Resource, State

__all__ = ["Endpoints", "Key"]

Key = tuple[str, str]
"""Region and name."""

KIND = "endpoint"
# DescribeEndpoint's FailureReason holds no more.
REASON_CHARACTERS = 1024
SHUTDOWN_SECONDS = 10.0


@dataclass(slots=True)
class _Work:
    """What serialises the changes of one endpoint, and calls off the one under way."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    cancelled: threading.Event = field(default_factory=threading.Event)


class Endpoints:
    """Live fleets and the endpoint documents behind them.

    A document holds ``status``, ``deployment`` (what serves), ``pending`` (what is to
    serve), ``failure``, ``created`` and ``modified``.
    """

    def __init__(self, state: State, deployer: Deployer) -> None:
        self._state = state
        self._deployer = deployer
        self._mutex = threading.RLock()
        self._fleets: dict[Key, Fleet] = {}
        self._work: dict[Key, _Work] = {}
        self._closing = False

    def fleet(self, key: Key) -> Fleet | None:
        """Return what serves an endpoint now."""
        with self._mutex:
            return self._fleets.get(key)

    def document(self, key: Key) -> dict[str, Any] | None:
        """Return an endpoint's document."""
        found = self._state.get(key[0], KIND, key[1])
        return found.document if found else None

    def create(self, key: Key, deployment: Deployment) -> None:
        """Record a new endpoint and begin to bring it up."""
        now = time.time()
        document = {"created": now, "modified": now, "status": "Creating"}
        document["pending"] = deployment.to_dict()
        self._state.put(Resource(key[0], KIND, key[1], document))
        self._begin(key, lambda work: self._deploy(key, deployment, work))

    def update(self, key: Key, deployment: Deployment) -> None:
        """Begin to bring up another deployment; the old one serves until it answers."""
        self._change(key, status="Updating", pending=deployment.to_dict())
        self._begin(key, lambda work: self._deploy(key, deployment, work))

    def reweight(self, key: Key, deployment: Deployment) -> None:
        """Change how traffic is shared, with no new process."""
        fleet = self.fleet(key)
        if fleet is not None:
            fleet.set_weights({variant.name: variant.weight for variant in deployment.variants})
        self._change(key, deployment=deployment.to_dict())

    def delete(self, key: Key) -> None:
        """Call off what is under way and begin to take the endpoint down."""
        self._change(key, status="Deleting")
        with self._mutex:
            self._work.setdefault(key, _Work()).cancelled.set()
        self._begin(key, lambda work: self._remove(key))

    def restore(self) -> None:
        """Bring back what a host that ended, in whatever way, was serving."""
        documents = {(item.region, item.name): item.document for item in self._state.find(KIND)}
        # An update that was under way is given up, so its files are too.
        wanted = [doc.get("deployment") or doc["pending"] for doc in documents.values()]
        self._deployer.keep_only({item["id"] for item in wanted})
        for key, document in documents.items():
            self._restore(key, document)

    def close(self) -> None:
        """End every process; the documents stay, so that `restore` finds them."""
        with self._mutex:
            self._closing = True
            works, fleets = list(self._work.values()), list(self._fleets.values())
            self._fleets.clear()
        for work in works:
            work.cancelled.set()
        with ThreadPoolExecutor(max_workers=max(1, len(fleets))) as pool:
            list(pool.map(lambda fleet: fleet.retire(drain=SHUTDOWN_SECONDS), fleets))
        for work in works:
            # Held while a deployment or a drain is under way: let it clean up.
            if work.lock.acquire(timeout=SHUTDOWN_SECONDS):
                work.lock.release()

    def _restore(self, key: Key, document: Mapping[str, Any]) -> None:
        event("endpoint.found", region=key[0], endpoint=key[1], status=document["status"])
        if document["status"] == "Deleting":
            self._begin(key, lambda work: self._remove(key))
        elif document.get("deployment") and document["status"] != "Failed":
            deployment = Deployment.from_dict(document["deployment"])
            self._change(key, status="SystemUpdating", pending=None)
            self._begin(key, lambda work: self._deploy(key, deployment, work))
        elif document["status"] == "Creating":
            pending = Deployment.from_dict(document["pending"])
            self._begin(key, lambda work: self._deploy(key, pending, work))

    def _begin(self, key: Key, job: Callable[[_Work], None]) -> None:
        with self._mutex:
            work = self._work.setdefault(key, _Work())

        def run() -> None:
            with work.lock:
                try:
                    job(work)
                except Exception:  # nobody above a thread hears of it, whatever it is: the log does
                    event("endpoint.job", level=logging.ERROR, error=True, endpoint=key[1])

        threading.Thread(target=run, daemon=True, name=f"{key[0]}/{key[1]}").start()

    def _deploy(self, key: Key, deployment: Deployment, work: _Work) -> None:
        cancelled = work.cancelled.is_set
        try:
            fleet = self._deployer.build(key[0], key[1], deployment, cancelled)
        except PenstockError as error:
            self._failed(key, deployment, str(error), cancelled())
            return
        with self._mutex:
            kept = not (cancelled() or self._closing)
            old = self._serve(key, deployment, fleet) if kept else (fleet, deployment)
        self._discard(*old, keep_files=not kept and self._closing)

    def _serve(
        self, key: Key, deployment: Deployment, fleet: Fleet
    ) -> tuple[Fleet | None, Deployment | None]:
        """Switch to a fleet, in memory and on disk at once, and return the one before."""
        before = (self.document(key) or {}).get("deployment")
        served = deployment.to_dict()
        self._change(key, status="InService", deployment=served, pending=None, failure=None)
        old = self._fleets.get(key)
        self._fleets[key] = fleet
        event("endpoint.in_service", region=key[0], endpoint=key[1], config=deployment.config)
        if before is None or before["id"] == deployment.id:
            return old, None
        return old, Deployment.from_dict(before)

    def _discard(
        self, fleet: Fleet | None, deployment: Deployment | None, keep_files: bool = False
    ) -> None:
        if fleet is not None:
            fleet.retire()
        if deployment is not None and not keep_files:
            self._deployer.clean(deployment)

    def _failed(self, key: Key, deployment: Deployment, reason: str, cancelled: bool) -> None:
        """Go on with what served before, as SageMaker's automatic rollback does, or fail."""
        if self._closing or cancelled:
            return
        serving = self.fleet(key) is not None
        status = "InService" if serving else "Failed"
        event(
            "endpoint.rolled_back" if serving else "endpoint.failed",
            level=logging.ERROR,
            region=key[0],
            endpoint=key[1],
            config=deployment.config,
            reason=reason,
        )
        self._change(key, status=status, pending=None, failure=_shortened(reason))
        if not serving:
            self._change(key, deployment=deployment.to_dict())
        self._deployer.clean(deployment)

    def _remove(self, key: Key) -> None:
        document = self.document(key) or {}
        with self._mutex:
            fleet = self._fleets.pop(key, None)
        self._discard(fleet, None)
        for part in _kept(document):
            self._deployer.clean(Deployment.from_dict(document[part]))
        with self._mutex, self._state.transaction():
            self._state.delete(key[0], KIND, key[1])
            self._state.delete_tags(arn_of(key[0], KIND, key[1]))
            self._work.pop(key, None)
        event("endpoint.deleted", region=key[0], endpoint=key[1])

    def _change(self, key: Key, **values: Any) -> None:
        """Change a document; one that is being deleted stays so."""
        with self._mutex, self._state.transaction():
            document = self.document(key)
            if document is None or document["status"] == "Deleting":
                return
            document.update(values, modified=time.time())
            self._state.put(Resource(key[0], KIND, key[1], document))


def _kept(document: Mapping[str, Any]) -> list[str]:
    return [part for part in ("deployment", "pending") if document.get(part)]


def _shortened(reason: str) -> str:
    """Keep both ends: the reason is at the start, the log's last line at the end."""
    if len(reason) <= REASON_CHARACTERS:
        return reason
    half = REASON_CHARACTERS // 2 - 3
    return f"{reason[:half]} ... {reason[-half:]}"
