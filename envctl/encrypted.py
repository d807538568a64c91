"""What a person does with the encrypted file of a folder: put a value in, edit it, let people in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envctl.errors import EncryptedFileError, UsageError
from envctl.model.encrypted import Changed
from envctl.model.nearest import nearest
from envctl.secrets.age.editing import Edit, new_text
from envctl.secrets.age.file import NAME, NAME_RULE, RECIPIENT_RULE, recipient_mistake, same_key
from envctl.secrets.age.identities import new_pair
from envctl.secrets.age.sealing import distinct, seal
from envctl.secrets.age.storing import alone, put_private
from envctl.secrets.backend import Unusable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from envctl.model.secret import Secret
    from envctl.stages.strongbox import Seen, Strongbox

_PLAIN_COMMENT = re.compile(r"[\w.@-]+")


def check_name(name: str) -> None:
    """Raise UsageError for what cannot be the name of a secret."""
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be the name of a secret: one {NAME_RULE}")


def encrypt(box: Strongbox, name: str, value: Secret, recipients: Sequence[str]) -> Changed:
    """Put in a value; no key is needed for that. `recipients` are those of a file that is to be made.

    Raises UsageError for others than a file has, SpecError and EncryptedFileError.
    """
    check_name(name)
    asked = _sound(recipients)
    with alone(box.path.parent):
        file = box.read()
        if file is None:
            if not asked:
                hint = f"--recipient KEY: {RECIPIENT_RULE}; envctl secrets keygen FILE makes a pair"
                raise UsageError(f"{box.shown} is new, and has no recipients yet", hint=hint)
            values = {name: _sealed(name, value, asked)}
            box.write(new_text(asked, values), asked, values)
            return Changed(box.shown, added=(name,), let_in=asked)
        if any(not _has(file.recipients, one) for one in asked):
            hint = f"envctl secrets recipients {box.name} --add KEY lets somebody in, to all of it"
            raise UsageError(f"{box.shown} is there already, and has its recipients", hint=hint)
        box.edit(file, Edit({name: _sealed(name, value, file.recipients)}))
    if name in file.secrets:
        return Changed(box.shown, changed=(name,))
    return Changed(box.shown, added=(name,))


def replace(box: Strongbox, seen: Seen, values: Mapping[str, Secret]) -> Changed:
    """Put in what became of the values that were seen; what is still the same keeps its ciphertext.

    Raises SpecError and EncryptedFileError, too when somebody else has changed one of them meanwhile.
    """
    before = seen.secrets()
    changed = tuple(name for name in values if name in before and values[name] != before[name])
    added = tuple(name for name in values if name not in before)
    removed = tuple(name for name in before if name not in values)
    if not (changed or added or removed):
        return Changed(box.shown)
    with alone(box.path.parent):
        file = box.existing()
        old, now = seen.file.secrets, file.secrets
        moved = [
            name
            for name in (*changed, *added, *removed)
            if (old[name].text if name in old else None) != (now[name].text if name in now else None)
        ]
        if moved or file.recipients != seen.file.recipients:
            what = moved[0] if moved else "the recipients"
            hint = "look at what is there now, and make your changes again"
            problem = f"somebody else changed {what} in {box.shown} meanwhile: nothing was written"
            raise EncryptedFileError(problem, hint=hint)
        new = {name: _sealed(name, values[name], file.recipients) for name in (*changed, *added)}
        box.edit(file, Edit(new, frozenset(removed)))
    return Changed(box.shown, added, changed, removed)


def admit(box: Strongbox, add: Sequence[str], remove: Sequence[str]) -> Changed:
    """Change the recipients, and encrypt every value again for those who are left.

    With none to add or remove, every value is encrypted for those that the file lists. Raises UsageError,
    SpecError and EncryptedFileError.
    """
    asked = _sound(add)
    with alone(box.path.parent):
        seen = box.look()
        listed = seen.file.recipients
        for number, one in enumerate(remove, 1):
            if not _has(listed, one):
                problem = f"the key of --remove number {number} is no recipient of {box.shown}"
                raise UsageError(problem, hint=nearest(one, listed))
        gone = tuple(one for one in listed if _has(remove, one))
        new = tuple(one for one in asked if not _has(listed, one))
        kept = (*(one for one in listed if one not in gone), *new)
        if not kept:
            raise UsageError("nobody would be left who can decrypt", hint="--add somebody in the same go")
        sealed = {name: _sealed(name, value, kept) for name, value in seen.secrets().items()}
        box.edit(seen.file, Edit(sealed, recipients=kept))
    return Changed(box.shown, changed=tuple(sealed), let_in=new, shut_out=gone)


def _has(recipients: Iterable[str], one: str) -> bool:
    return any(same_key(one, other) for other in recipients)


def _sound(recipients: Sequence[str]) -> tuple[str, ...]:
    """Return recipients that were given, each once. Raises UsageError, which shows no private key."""
    texts: list[str] = []
    for number, one in enumerate(recipients, 1):
        text = " ".join(one.split())
        if wrong := recipient_mistake(text):
            raise UsageError(f"recipient number {number} {wrong}", hint=RECIPIENT_RULE)
        key, _, comment = text.partition(" ")
        if comment:  # of an ssh key
            data, _, comment = comment.partition(" ")
            key = f"{key} {data}"
            text = f"{key} {comment}" if _PLAIN_COMMENT.fullmatch(comment) else key
        texts.append(text)
    try:
        return distinct(texts)
    except Unusable as error:
        raise EncryptedFileError(error.missing.why, hint=error.missing.hint) from None


def _sealed(name: str, value: Secret, recipients: Sequence[str]) -> str:
    try:
        return seal(name, value, recipients)
    except Unusable as error:
        raise EncryptedFileError(error.missing.why, hint=error.missing.hint) from None


def keygen(path: Path, root: Path) -> str:
    """Write a new private key to a new file, for its owner only, and return the public one.

    Raises EncryptedFileError, also for a file in the spec tree at `root`: it would end up in git.
    """
    if path.expanduser().absolute().is_relative_to(root.absolute()):
        raise EncryptedFileError(f"{path} is in the spec tree: a private key does not belong there")
    try:
        public, private = new_pair()
    except Unusable as error:
        raise EncryptedFileError(error.missing.why, hint=error.missing.hint) from None
    put_private(path.expanduser(), private)
    return public
