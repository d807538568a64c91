"""Writes the generated pages of docs/reference anew: the commands and the settings.

With `--check` it writes nothing and ends with 1 when they are stale.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.main import get_command

from envctl.cli.commands import application
from envctl.settings import Settings
from envctl.variables import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def commands() -> Iterator[tuple[str, ...]]:
    """Yield the words of every command that envctl has, itself first."""
    yield from _below(get_command(application()), ())


def _below(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield words
    for name, one in getattr(command, "commands", {}).items():
        yield from _below(one, (*words, name))


def commands_page() -> str:
    """Return the help of every command."""
    parts = [
        "# Commands\n",
        "What `--help` says of each; made by `make docs`. Common options may stand before the command too.\n",
    ]
    for command in commands():
        name = " ".join(("envctl", *command))
        parts.append(f"## `{name}`\n")
        parts.append("\n".join(f"    {line}".rstrip() for line in _help(command).splitlines()) + "\n")
    return "\n".join(parts)


def settings_page() -> str:
    """Return the table of settings."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {field.description} | {_default(field.default)} |"
        for name, field in Settings.model_fields.items()
        if name != "environments"
    ]
    return SETTINGS.format(rows="\n".join(rows))


SETTINGS = """# Settings

Of envctl itself; made by `make docs`. What stands higher in this list wins:

1. options of the command line (`--root`, `--format`, `--color`),
2. `ENVCTL_*` in the process environment,
3. `ENVCTL_*` in a file `.env` of the current folder,
4. `environment.yaml`, for what stands under `airflow:` there,
5. the default.

An empty variable counts as unset. `-v` shows each setting and where it comes from.

| setting | meaning | default |
|---|---|---|
{rows}

## An environment's `airflow:` from outside
`ENVCTL_ENVIRONMENTS__NAME__AIRFLOW__KEY` sets any key under `airflow:` in the `environment.yaml` of NAME,
for instance `ENVCTL_ENVIRONMENTS__STAGE__AIRFLOW__URL` or `..._AIRFLOW__AUTH__PASSWORD`.
In NAME, `-` and `.` are written `_`; case does not matter. A value is taken as it is: no references in it,
no quotes, no JSON. It is laid over the file before that is checked, so it may give what the file lacks, even
all of `airflow:`. Setting `AUTH__METHOD` drops the login of the file as a whole. A variable for an
environment that does not exist, or for any other key than `AIRFLOW`, is an error: it was meant for something.

## Also honoured
`NO_COLOR`, `CI=true` and `TERM=dumb` turn colours off; `COLUMNS` gives the width when stdout is no terminal;
`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY` (in lower case too) and `SSL_CERT_FILE` work as
everywhere.
"""


def _default(value: object) -> str:
    return "-" if value is None else f"`{value}`"


def _help(command: tuple[str, ...]) -> str:
    variables = {"PATH": os.environ["PATH"], "COLUMNS": "100", "LANG": "C.UTF-8", "TERM": "dumb"}
    return subprocess.run(
        [sys.executable, "-m", "envctl", *command, "--help"],
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def main() -> None:
    """Write or check the pages."""
    pages = {"commands.md": commands_page(), "settings.md": settings_page()}
    stale = [name for name, text in pages.items() if not _is(REFERENCE / name, text)]
    if "--check" in sys.argv:
        sys.exit(f"stale: {', '.join(stale)}; run make docs" if stale else 0)
    for name in stale:
        (REFERENCE / name).write_text(pages[name], encoding="utf-8")


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    main()
