"""release: which packaged version a target gets, and its archive."""

from __future__ import annotations

from penstock.artifacts.manifest import sha256_file
from penstock.deployment.plan import Release
from penstock.errors import InputError, NotFoundError
from penstock.provenance.record import Provenance
from penstock.stages.declared import MAIN, declared
from penstock.stages.package import archive, package
from penstock.stages.project import Project
from penstock.stages.versions import Version, aliased, get

__all__ = ["choose", "notices", "pack"]


def choose(project: Project, target: str, number: str | None = None) -> Version:
    """Return the release that a target gets: a packaged version.

    The named one. Without a name, staging and a target with filters of its own get one that is
    built now; any other target gets what staging serves.

    Raises
    ------
    NotFoundError : there is no such release, or nothing is in staging.
    InputError : what staging serves holds filters that are staging's alone.
    """
    if number is not None:
        return get(project, project.config.name, number, hint="`penstock release` makes one")
    if target == MAIN:
        return package(project, target).version
    staged = aliased(project, project.config.name, MAIN)
    if staged is None:
        what = f"nothing is in staging that '{target}' could take"
        hint = "run `penstock deploy staging`, or name a release: `--release N`"
        raise NotFoundError(what, where="deploy", hint=hint)
    if declared(project, target).own:
        return package(project, target).version
    if staged.tags.get("penstock.target"):
        what = f"staging serves release {staged.version}, whose filters are staging's own"
        hint = "take `wrap:` out of deploy/staging.yaml, or name a release: `--release N`"
        raise InputError(what, where=f"deploy {target}", hint=hint)
    return staged


def notices(project: Project, target: str, version: Version, record: Provenance) -> list[str]:
    """Return what a user should know of a release that goes to a target: its filters and code."""
    written = declared(project, target)
    found = [written.notice] if written.notice else []
    owner = version.tags.get("penstock.target")
    if owner == target:
        found.append(
            f"release {version.version} is {target}'s own: deploy/{target}.yaml has filters of "
            "its own"
        )
    elif owner or written.own:
        holds = f"deploy/{owner}.yaml" if owner else "penstock.yaml"
        found.append(f"release {version.version} holds the filters of {holds}")
    if gap := record.gap():
        found.append(f"release {version.version} {gap}; commit the project and train anew")
    return found


def pack(project: Project, version: Version) -> tuple[Release, Provenance]:
    """Return a release with its archive, and what made it.

    An archive that is not there is written from the registry.

    Raises
    ------
    IntegrityError : the archive or the registered bytes are not what was registered.
    """
    folder = project.store.consume(version.reference).path
    record, path = Provenance.read(folder), archive(project, version, folder)
    release = Release(
        name=version.name,
        version=version.version,
        digest=version.digest,
        archive=path,
        archive_digest=f"sha256:{sha256_file(path)}",
        run_id=record.run_id,
        commit=record.commit,
        dataset=record.dataset["reference"],
    )
    return release, record
