"""`penstock local up | status | down`: the SageMaker host on this machine."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from penstock.cli.output import Json, command, say, table
from penstock.cli.project import current_project
from penstock.errors import NotFoundError

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Register the group."""
    group = typer.Typer(help="The SageMaker host on this machine.", no_args_is_help=True)
    group.command("up", epilog="Example: penstock local up --port 7667")(up)
    group.command("status", epilog="Example: penstock local status")(status)
    group.command("down", epilog="Example: penstock local down")(down)
    app.add_typer(group, name="local")


@command
def up(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 7667,
    as_json: Json = False,
) -> Any:
    """Start the host in the background; what it held before is there again."""
    from penstock.localcloud.host import daemon

    host = daemon.up(current_project().state / "local", port)
    say(("up", "green"), f" {host.url} (pid {host.pid})")
    say("  for any AWS client: export AWS_ENDPOINT_URL=" + host.url)
    if spared := os.environ.get("NO_PROXY"):
        say(f"  and past the proxy: export NO_PROXY='{spared}'")
    return host.to_dict()


@command
def status(as_json: Json = False) -> Any:
    """Show the host, its endpoints and their processes."""
    from penstock.localcloud.host import daemon

    host = daemon.status(current_project().state / "local")
    if host is None:
        say("the host is not up; run `penstock local up`")
        return None
    say(("up", "green"), f" {host.url} (pid {host.pid})")
    rows = [
        (e.region, e.name, e.status, ", ".join(str(i.pid) for i in e.instances), e.failure or "")
        for e in host.endpoints
    ]
    table(None, ("region", "endpoint", "status", "processes", "last failure"), rows)
    return host.to_dict()


@command
def down(as_json: Json = False) -> Any:
    """Stop the host and its instances; `up` brings them back."""
    from penstock.localcloud.host import daemon

    if not daemon.down(current_project().state / "local"):
        raise NotFoundError("the host is not up", where="penstock local down")
    say(("down", "green"))
    return {"down": True}
