"""`envctl sandbox`: a real, throw-away Airflow on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from envctl.cli.common import Common, with_common

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from envctl.cli.session import Run
    from envctl.sandbox import Sandbox

DEFAULT_NAME = "sandbox"
DEFAULT_VERSION = "3.3.2"  # as in envctl.sandbox, which is imported only when it is needed

Name = Annotated[str, typer.Argument(help="Any name; several sandboxes can run side by side.")]

sandbox_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
)


@sandbox_app.callback()
@with_common
def _options(*, common: Common) -> None:
    """Try things on a real Airflow on this machine, and throw it away."""
    del common  # kept for the command that follows


@sandbox_app.command()
@with_common
def up(
    name: Name = DEFAULT_NAME,
    airflow: Annotated[
        str, typer.Option("--airflow", metavar="VERSION", help="Any 3.x, or 2.7 and later.")
    ] = DEFAULT_VERSION,
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="A free one if left out.")
    ] = None,
    auth_manager: Annotated[
        str | None,
        typer.Option(
            "--auth-manager",
            metavar="[simple|fab]",
            help="Who may log in: simple if left out. Airflow 2 has fab in any case.",
        ),
    ] = None,
    *,
    common: Common,
) -> None:
    """Start an Airflow and print its URL and login.

    The first time it is installed into the cache folder; after that it takes seconds. It listens on
    loopback only, has its own database and keys, and runs until `envctl sandbox down`. If it runs
    already, it is printed again.

    \b
    envctl sandbox up
    envctl sandbox up old --airflow 2.11.2
    envctl sandbox up roles --auth-manager fab
    envctl sandbox up --format json | jq -r '.sandboxes[0].url'
    """
    from envctl.cli.session import open_run, reported
    from envctl.sandbox import SandboxSpec, start

    run = open_run(common)
    with reported(run, "sandbox up"):
        spec = SandboxSpec(name=name, version=airflow, port=port, auth_manager=auth_manager)
        sandbox = start(spec, progress=_sayer(run))
    _print_result(run, "sandbox up", [sandbox], with_password=True, text=_login(sandbox))


@sandbox_app.command()
@with_common
def down(
    name: Name = DEFAULT_NAME,
    every: Annotated[bool, typer.Option("--all", help="Stop every sandbox.")] = False,
    *,
    common: Common,
) -> None:
    """Stop a sandbox and remove all of it but the cached installation.

    \b
    envctl sandbox down
    envctl sandbox down --all
    """
    from envctl.cli.session import open_run, reported
    from envctl.sandbox import running, stop_named

    run = open_run(common)
    with reported(run, "sandbox down"):
        found = running()
        names = [sandbox.name for sandbox in found] if every else [name]
        stopped = [each for each in names if stop_named(each, progress=_sayer(run))]
    ended = [sandbox for sandbox in found if sandbox.name in stopped]
    text = "\n".join(f"stopped {each}" for each in stopped)
    _print_result(run, "sandbox down", ended, with_password=False, text=text)
    if not stopped:
        _sayer(run)("no sandbox runs" if every else f"no sandbox named {name} runs")


@sandbox_app.command("list")
@with_common
def list_(*, common: Common) -> None:
    """List the sandboxes that run.

    \b
    envctl sandbox list
    """
    from envctl.cli.session import open_run, reported
    from envctl.sandbox import running

    run = open_run(common)
    with reported(run, "sandbox list"):
        found = running()
    _print_result(run, "sandbox list", found, with_password=False, text=_table(found) if found else "")
    if not found:
        _sayer(run)("no sandbox runs")


def _sayer(run: Run) -> Callable[[str], None]:
    """Return what tells of progress: on stderr, since stdout carries the result."""

    def say(line: str) -> None:
        if not run.quiet:
            typer.echo(line, err=True)

    return say


def _print_result(
    run: Run, command: str, found: Sequence[Sandbox], *, with_password: bool, text: str
) -> None:
    """Print the result in the form that was asked for."""
    if run.as_json:
        run.json(command, {"sandboxes": [_entry(sandbox, with_password=with_password) for sandbox in found]})
    elif text:
        typer.echo(text)


def _entry(sandbox: Sandbox, *, with_password: bool) -> dict[str, Any]:
    """Give a sandbox as JSON."""
    login = {"username": sandbox.username}
    if with_password:
        login["password"] = sandbox.password
    return {
        "name": sandbox.name,
        "state": _state(sandbox),
        "url": sandbox.url,
        "airflow_version": sandbox.version,
        "auth_method": sandbox.auth_method,
        **login,
        "pid": sandbox.pid,
        "log": str(sandbox.log),
    }


def _state(sandbox: Sandbox) -> str:
    """Give the word for how far a sandbox is."""
    return "running" if sandbox.is_ready else "starting"


def _table(found: Sequence[Sandbox]) -> str:
    """Give a line for each sandbox, in columns."""
    rows = [
        (each.name, each.url, f"Airflow {each.version}", _state(each), f"process {each.pid}")
        for each in found
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _login(sandbox: Sandbox) -> str:
    """Say where a sandbox is, how to log in, how to point envctl at it and how to end it."""
    prefix = "ENVCTL_ENVIRONMENTS__DEV__AIRFLOW__"
    variables = {
        "URL": sandbox.url,
        "AUTH__METHOD": sandbox.auth_method,
        "AUTH__USERNAME": sandbox.username,
        "AUTH__PASSWORD": sandbox.password,
    }
    lines = [
        f"{sandbox.name}   {sandbox.url}   Airflow {sandbox.version}",
        "",
        f"  user       {sandbox.username}",
        f"  password   {sandbox.password}",
        f"  log        {sandbox.log}",
        "",
        "  Make it the environment dev of your specs:",
        "",
        *(f"    export {prefix}{name}='{value}'" for name, value in variables.items()),
        "",
        "  Stop it:",
        "",
        f"    envctl sandbox down {sandbox.name}",
    ]
    return "\n".join(lines)
