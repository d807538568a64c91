"""`envctl secrets encrypt|edit|view|recipients|keygen`: the encrypted file of a folder."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations when the program runs
from typing import TYPE_CHECKING, Annotated

import typer

from envctl.cli.common import Common, with_common

if TYPE_CHECKING:
    from envctl.cli.session import Run
    from envctl.model.encrypted import Changed

Folder = Annotated[str, typer.Argument(help="An environment or a layer, which has the file.")]
Name = Annotated[str, typer.Argument(help="What references call it: ${age:NAME}.")]


@with_common
def encrypt(
    folder: Folder,
    name: Name,
    recipient: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="Who can decrypt, when the file is new; may be repeated."),
    ] = None,
    *,
    common: Common,
) -> None:
    """Put one value into the encrypted file of a folder, new or in place of the old one.

    The value is asked for at a terminal, and read from stdin elsewhere (without the newline at its
    end); never given on the command line, which others can see. No private key is needed.

    \b
    envctl secrets encrypt prod pg_password
    envctl secrets encrypt prod deploy_key < id_ed25519
    envctl secrets encrypt base token --recipient age1... --recipient "ssh-ed25519 AAAA..."

    Exit codes: 0 written, 1 error, 64 wrong usage.
    """
    from envctl import encrypted
    from envctl.cli.secret_input import ask_or_read
    from envctl.cli.session import open_run, reported
    from envctl.stages.strongbox import Strongbox, label_of

    run = open_run(common)
    with reported(run, "secrets encrypt"):
        box = Strongbox(folder, run.settings)
        encrypted.check_name(name)
        value = ask_or_read(name, label_of(name))
        changed = encrypted.encrypt(box, name, value, tuple(recipient or ()))
    _print_changed(run, "secrets encrypt", changed)


@with_common
def edit(folder: Folder, *, common: Common) -> None:
    """Open all values of a folder's encrypted file in your editor, and encrypt what you changed.

    $VISUAL or $EDITOR is started on a file that only you can read, in memory where the system offers
    that (/dev/shm), and which is removed in any case. What you leave as it is keeps its ciphertext.

    \b
    envctl secrets edit prod
    EDITOR="code --wait" envctl secrets edit prod

    Exit codes: 0 written, or nothing changed, 1 error: nothing was written.
    """
    from envctl import encrypted
    from envctl.cli.editor import editor_command
    from envctl.cli.secrets_edit import edited_secrets
    from envctl.cli.session import open_run, reported
    from envctl.stages.strongbox import Strongbox

    run = open_run(common)
    with reported(run, "secrets edit"):
        command = editor_command()
        box = Strongbox(folder, run.settings)
        seen = box.look()
        values = edited_secrets(run, box.shown, seen.secrets(), command)
        changed = encrypted.replace(box, seen, values)
    _print_changed(run, "secrets edit", changed)


@with_common
def view(
    folder: Folder,
    reveal: Annotated[
        str | None, typer.Option(metavar="NAME", help="Print this value, in the clear, and nothing else.")
    ] = None,
    *,
    common: Common,
) -> None:
    """Show what a folder's encrypted file holds: names, recipients, how long the values are about.

    Values are shown by --reveal only, one at a time: that is the one way in which envctl shows a
    secret. Piped, it is written exactly as it is.

    \b
    envctl secrets view prod
    envctl secrets view prod --reveal pg_password
    envctl secrets view prod --reveal deploy_key | ssh-add -

    Exit codes: 0 shown, 1 error, 64 there is no such name.
    """
    from rich.text import Text

    from envctl.cli.secret_output import print_in_clear
    from envctl.cli.session import open_run, reported
    from envctl.report.encrypted_text import seen_json, seen_text
    from envctl.secrets.backend import Missing
    from envctl.stages.strongbox import Strongbox

    run = open_run(common)
    with reported(run, "secrets view"):
        box = Strongbox(folder, run.settings)
        seen = box.look()
        if reveal is not None:
            print_in_clear(seen.value(reveal))
            return
    values = {name: value.why if isinstance(value, Missing) else value for name, value in seen.values.items()}
    if run.as_json:
        run.json("secrets view", seen_json(box.shown, seen.file.recipients, seen.own, values))
    else:
        run.lines(Text(line) for line in seen_text(box.shown, seen.file.recipients, seen.own, values))


@with_common
def recipients(
    folder: Folder,
    add: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="Let somebody in; may be repeated.")
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="Shut somebody out; may be repeated.")
    ] = None,
    *,
    common: Common,
) -> None:
    """Change who can decrypt a folder's encrypted file: every value is encrypted again.

    KEY is a public key: age1..., or a line of a .pub file of ssh (ed25519 or RSA). Without --add and
    --remove, everything is encrypted for those that the file lists. Who is removed can still decrypt
    what git's history has: change the values themselves too.

    \b
    envctl secrets recipients prod --add age1...
    envctl secrets recipients prod --remove age1...

    Exit codes: 0 written, 1 error: nothing was written, 64 wrong usage.
    """
    from envctl import encrypted
    from envctl.cli.session import open_run, reported
    from envctl.stages.strongbox import Strongbox

    run = open_run(common)
    with reported(run, "secrets recipients"):
        box = Strongbox(folder, run.settings)
        changed = encrypted.admit(box, tuple(add or ()), tuple(remove or ()))
    _print_changed(run, "secrets recipients", changed)


@with_common
def keygen(
    file: Annotated[Path, typer.Argument(help="Where the private key goes: a new file, for you only.")],
    *,
    common: Common,
) -> None:
    """Make a pair of keys: the private one goes into a file, the public one to stdout.

    \b
    envctl secrets keygen ~/.config/envctl/age.txt
    export ENVCTL_AGE_KEY_FILE=~/.config/envctl/age.txt

    Exit codes: 0 made, 1 error: a file that is there is not written over.
    """
    from rich.text import Text

    from envctl import encrypted
    from envctl.cli.session import open_run, reported

    run = open_run(common)
    with reported(run, "secrets keygen"):
        public = encrypted.keygen(file, run.settings.root)
    if run.as_json:
        run.json("secrets keygen", {"recipient": public, "file": str(file)})
    else:
        run.lines([Text(public)])
    if sys.stderr.isatty() and not run.quiet:
        run.say(Text(f"the private key is in {file}; set ENVCTL_AGE_KEY_FILE to it", "dim"))


def _print_changed(run: Run, command: str, changed: Changed) -> None:
    from msgspec.structs import asdict
    from rich.text import Text

    from envctl.report.encrypted_text import changed_text

    if run.as_json:
        run.json(command, asdict(changed))
    else:
        run.lines(Text(f"  {line}") for line in changed_text(changed))
