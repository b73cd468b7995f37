"""package: a wrapped model with locked wheels, proven by an offline install."""

from __future__ import annotations

import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from penstock import flavor
from penstock.artifacts.manifest import classifier_digest, digest
from penstock.errors import StageError
from penstock.packaging import environment
from penstock.packaging.archive import verify_archive, write_archive
from penstock.packaging.lock import write_lock
from penstock.packaging.wheels import build_wheels
from penstock.stages.project import Project
from penstock.stages.versions import Version, find_by_digest, register
from penstock.stages.wrap import Wrapped, derive, wrap

__all__ = ["Packaged", "archive", "package"]

# What the container does at its start, and one text on top.
PROOF = """
import sys
from pathlib import Path
from penstock.filters import Record
from penstock.scoring.work.model import ServedModel
ServedModel.load(Path(sys.argv[1])).predict([Record("Could you call me on Monday?")])
"""


@dataclass(frozen=True, slots=True)
class Packaged:
    """What package made; `created` is false where this very content was packaged before."""

    version: Version
    wrapped: Wrapped
    wheels: list[str]
    lock_digest: str
    archive: Path
    created: bool


def package(project: Project, target: str | None = None, version: str | None = None) -> Packaged:
    """Wrap, then add wheels, their lock and the proof, and write the archive: a release.

    Parameters
    ----------
    project, target, version : as `wrap`.

    Raises
    ------
    StageError : a wheel could not be built or found, or the offline install does not serve.
    IntegrityError : the release's archive is there and is not what was registered.
    """
    wrapped = wrap(project, target, version)
    source = project.store.consume(wrapped.version.reference).path
    record = derive(source, wrapped.version)
    # The private ones are those of the wrapped model: what is packaged is what was wrapped.
    private = sorted(source.glob("wheels/*.whl"))
    built = build_wheels(private, project.state / "wheels", wrapped.needs)
    with TemporaryDirectory() as scratch:
        lock, folder = Path(scratch) / "requirements.lock", Path(scratch) / "model"
        lock_digest = write_lock(built, lock)
        flavor.save_wrapped(
            source,
            folder,
            provenance=asdict(record),
            extra_files={"wheels": built[0].parent, "requirements.lock": lock},
        )
        made, created = _register(project, folder, wrapped, lock_digest)
        written = archive(project, made, folder)
    names = [wheel.name for wheel in built]
    return Packaged(made, wrapped, names, lock_digest, written, created)


def archive(project: Project, version: Version, folder: Path) -> Path:
    """Write a version's `model.tar.gz` under `.penstock/archives`, unless it is there.

    Raises
    ------
    IntegrityError : it is there, and its bytes are not what was registered.
    """
    # With its digest: another registry has other models under the same number.
    short = version.digest.removeprefix("sha256:")[:8]
    path = project.state / "archives" / f"{version.name}-v{version.version}-{short}.tar.gz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_archive(folder, path)
    verify_archive(path, version.digest)
    return path


def _prove(folder: Path) -> None:
    """Install offline in a fresh environment and score one text there."""
    python = environment.build(
        folder / "requirements.lock", folder / "wheels", environment.default_cache()
    )
    done = subprocess.run(  # noqa: S603 - our own module in the environment just made
        [str(python), "-I", "-c", PROOF, str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise StageError(
            f"the packaged model does not serve from its wheels: {last}",
            where="package",
            hint="a private filter may need a dependency that its pyproject.toml does not name",
        )


def _register(
    project: Project, folder: Path, wrapped: Wrapped, lock_digest: str
) -> tuple[Version, bool]:
    content = digest(folder)
    known = find_by_digest(project, project.config.name, content)
    if known:
        return known, False
    _prove(folder)
    tags = {
        "penstock.form": "packaged",
        "penstock.parent": wrapped.version.reference,
        "penstock.parent_digest": wrapped.version.digest,
        "penstock.trained_version": wrapped.parent.version,
        "penstock.classifier_digest": classifier_digest(folder),
        "penstock.lock_digest": lock_digest,
    }
    if own := wrapped.declared.own:
        tags["penstock.target"] = own
    with project.run("package", {"penstock.filters": wrapped.declared.where}):
        return register(project, folder, project.config.name, tags, content)
