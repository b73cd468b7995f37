"""``provenance.json``: what made a model."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import penstock
from penstock.artifacts.atomic import write_whole
from penstock.artifacts.masking import mask_urls
from penstock.errors import IntegrityError, NotFoundError
from penstock.provenance.environment import environment_sha256
from penstock.provenance.git import GitState

__all__ = ["FILE", "FORMAT", "Provenance", "collect"]

FILE = "provenance.json"
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The record of what made a model.

    Attributes
    ----------
    commit : of the project's code; None where it is in no repository.
    dirty : whether the working tree differed from it; None without a commit.
    diff_sha256 : of that difference; None where there was none.
    run_id : the MLflow run.
    dataset : ``{"reference": "dataset:replies@3", "digest": "sha256:..."}``.
    environment_sha256 : of the installed distributions.
    penstock, python : versions.
    created : ISO 8601, UTC.
    parents : the chain of models this came from, oldest first, each with form, name,
        version and digest.
    metrics : figures by name.
    git_reason : why commit or dirty is not known; None where both are.
    format : of this record; 1.
    """

    commit: str | None
    dirty: bool | None
    diff_sha256: str | None
    run_id: str
    dataset: dict[str, str]
    environment_sha256: str
    penstock: str
    python: str
    created: str
    parents: list[dict[str, str]] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)
    git_reason: str | None = None
    format: int = FORMAT

    def gap(self) -> str | None:
        """Return what this record does not know of the code, and why; None where it knows all."""
        return GitState(self.commit, dirty=self.dirty, reason=self.git_reason).gap()

    def to_json(self) -> bytes:
        """Return the bytes of ``provenance.json``; no URL in it has credentials."""
        plain = {"format": self.format, **msgspec.to_builtins(self)}
        return msgspec.json.format(msgspec.json.encode(mask_urls(plain)), indent=1) + b"\n"

    @classmethod
    def from_json(cls, content: bytes, where: str = FILE) -> Provenance:
        """Read a record.

        Raises
        ------
        IntegrityError : it is not a provenance record, or of an unknown format.
        """
        try:
            found = msgspec.json.decode(content, type=_Format).format
            if found != FORMAT:
                what = f"format {found} is unknown, this Penstock reads {FORMAT}"
                raise IntegrityError(what, where=where, hint="upgrade penstock")
            return msgspec.json.decode(content, type=cls)
        except msgspec.MsgspecError as error:
            raise IntegrityError(f"is no provenance record: {error}", where=where) from None

    @classmethod
    def read(cls, path: Path) -> Provenance:
        """Read a ``provenance.json``, or that of a model directory.

        Raises
        ------
        NotFoundError : there is none.
        IntegrityError : as `from_json`.
        """
        file = path / FILE if path.is_dir() else path
        try:
            content = file.read_bytes()
        except OSError:
            hint = "a model that Penstock trained has one"
            raise NotFoundError("there is no provenance", where=str(file), hint=hint) from None
        return cls.from_json(content, str(file))

    def write(self, path: Path) -> None:
        """Write to a file, or into a folder as ``provenance.json``, whole or not at all."""
        target = path / FILE if path.is_dir() else path
        write_whole(target, self.to_json())


class _Format(msgspec.Struct):
    format: int


def collect(
    state: GitState,
    run_id: str,
    dataset: Mapping[str, str],
    parents: Sequence[Mapping[str, str]] = (),
    metrics: Mapping[str, float] | None = None,
) -> Provenance:
    """Look at this environment and the clock, and return the record.

    Parameters
    ----------
    state : of the code, when the work began.
    run_id : the MLflow run.
    dataset : reference and digest.
    parents : models this came from, oldest first.
    metrics : figures by name.
    """
    return Provenance(
        commit=state.commit,
        dirty=state.dirty,
        diff_sha256=state.diff_sha256,
        run_id=run_id,
        dataset=mask_urls(dict(dataset)),
        environment_sha256=environment_sha256(),
        penstock=penstock.__version__,
        python=platform.python_version(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        parents=mask_urls([dict(parent) for parent in parents]),
        metrics=dict(metrics or {}),
        git_reason=state.reason,
    )
