"""Which filters a release gets: those of `penstock.yaml`, or a target's own."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.config import WrapConfig
from penstock.filters import Pipeline
from penstock.stages.project import Project

__all__ = ["Declared", "declared"]

MAIN = "staging"
"""The target whose file held the filters of all in projects before `wrap:` of penstock.yaml."""


@dataclass(frozen=True, slots=True)
class Declared:
    """The filters as they are written.

    ``where`` names file and key in errors; ``own`` is the target whose own they are, None where
    they are the project's; ``notice`` tells the user what is odd about their place.
    """

    config: WrapConfig
    where: str
    own: str | None = None
    notice: str | None = None

    @property
    def file(self) -> str:
        """The file in which they stand, as from the project's folder."""
        return self.where.partition(",")[0]

    def pipeline(self) -> Pipeline:
        """Build the filters; ConfigError with every problem in them."""
        return Pipeline.from_dict(self.config.model_dump(), where=self.where)


def declared(project: Project, target: str | None = None) -> Declared:
    """Return the filters of a target's releases, or those of the project.

    Raises
    ------
    NotFoundError, ConfigError : as `Project.deploy`.
    """
    own = project.deploy(target).wrap if target else None
    if target and own is not None:
        return _own(project, target, own)
    if _is_early(project):
        return declared(project, MAIN)
    return Declared(project.config.wrap or WrapConfig(), "penstock.yaml, wrap")


def _is_early(project: Project) -> bool:
    """Whether the filters of all stand in staging's file, as they did at first."""
    early = project.config.wrap is None and MAIN in project.targets()
    return early and project.deploy(MAIN).wrap is not None


def _own(project: Project, target: str, own: WrapConfig) -> Declared:
    where = f"deploy/{target}.yaml, wrap"
    if not _is_early(project):
        return Declared(own, where, target)
    notice = (
        f"the filters stand in deploy/{target}.yaml, as they did in earlier projects; "
        "`penstock upgrade` moves them to penstock.yaml, once for all targets"
    )
    return Declared(own, where, None if target == MAIN else target, notice)
