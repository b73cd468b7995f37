"""upgrade: the files of an earlier project, as this Penstock writes them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from penstock import strict_yaml
from penstock.artifacts.atomic import write_whole
from penstock.errors import MachineError
from penstock.stages.declared import MAIN
from penstock.stages.project import Project

__all__ = ["Change", "Upgrade", "plan_upgrade"]

COMMENT = "# The filters of every release. A deploy/TARGET.yaml may have a `wrap:` of its own.\n"


@dataclass(frozen=True, slots=True)
class Change:
    """One file, named as from the project's folder, before and after."""

    name: str
    before: str
    after: str

    def diff(self) -> str:
        """Return the change as a unified diff."""
        old, new = self.before.splitlines(True), self.after.splitlines(True)
        return "".join(unified_diff(old, new, f"a/{self.name}", f"b/{self.name}"))


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What changes; `kept` are targets whose filters differ and so stay their own."""

    folder: Path
    changes: list[Change]
    kept: list[str]

    def write(self) -> None:
        """Write every file whole, `penstock.yaml` first; killed in between, run it again.

        Raises
        ------
        MachineError : a file cannot be written.
        """
        for change in self.changes:
            try:
                path = (self.folder / change.name).resolve()
                write_whole(path, change.after.encode("utf-8"), path.stat().st_mode & 0o777)
            except OSError as error:
                what = f"cannot be written: {error.strerror}"
                raise MachineError(what, where=change.name) from None


def plan_upgrade(project: Project) -> Upgrade:
    """Say how `wrap:` moves from the deployment files to `penstock.yaml`.

    That of staging becomes the project's. Targets with the same filters lose theirs; targets with
    others keep them and get releases of their own.

    Raises
    ------
    ConfigError : a file of the project is wrong.
    """
    owners = {name: wrap for name in project.targets() if (wrap := project.deploy(name).wrap)}
    shared = project.config.wrap
    changes: list[Change] = []
    if shared is None and MAIN in owners:
        shared = owners[MAIN]
        changes.append(_taken_in(project))
    same = [name for name, wrap in owners.items() if wrap == shared]
    changes += [_taken_out(project, name) for name in same]
    return Upgrade(project.folder, changes, sorted(owners.keys() - same))


def _taken_in(project: Project) -> Change:
    before = (project.folder / "penstock.yaml").read_text(encoding="utf-8")
    _, block, _ = _parts(_file(project, MAIN).read_text(encoding="utf-8"))
    after = f"{before.rstrip()}\n\n{COMMENT}{block.strip()}\n"
    return Change("penstock.yaml", before, after)


def _taken_out(project: Project, target: str) -> Change:
    before = _file(project, target).read_text(encoding="utf-8")
    above, _, below = _parts(before)
    after = f"{above.rstrip()}\n" + (f"\n{below.lstrip()}" if below.strip() else "")
    return Change(f"deploy/{target}.yaml", before, after)


def _file(project: Project, target: str) -> Path:
    return project.folder / "deploy" / f"{target}.yaml"


def _parts(text: str) -> tuple[str, str, str]:
    """Return what is above the block `wrap:`, the block with its comments, and what is below."""
    lines = text.splitlines(keepends=True)
    starts = sorted(_key_lines(text).items(), key=lambda item: item[1])
    names = [name for name, _ in starts]
    position = names.index("wrap")
    first = _with_comments(lines, starts[position][1])
    following = starts[position + 1 : position + 2]
    end = _with_comments(lines, following[0][1]) if following else len(lines)
    return "".join(lines[:first]), "".join(lines[first:end]), "".join(lines[end:])


def _key_lines(text: str) -> dict[str, int]:
    node = strict_yaml.layout(text)
    return {key.value: key.start_mark.line for key, _ in node.value} if node else {}


def _with_comments(lines: list[str], first: int) -> int:
    """Return the first of the comment lines that stand right above a line."""
    while first > 0 and lines[first - 1].startswith("#"):
        first -= 1
    return first
