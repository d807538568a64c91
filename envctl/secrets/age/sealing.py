"""Single values encrypted and decrypted with age. Each carries its name, so that none passes for another."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from envctl.body import reveal
from envctl.model.secret import Secret
from envctl.secrets.age.file import same_key
from envctl.secrets.backend import Unusable, unusable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.secrets.age.file import Sealed

_BLOCK = 128
"""Bytes to whose multiples what is encrypted is filled up: a ciphertext is as long as its content."""


def library() -> Any:
    """Return pyrage. Raises Unusable when it is not installed."""
    try:
        import pyrage
    except ImportError:
        raise unusable(
            "the package pyrage, which decrypts, is not installed", "pip install 'envctl[age]'"
        ) from None
    return pyrage


def seal(name: str, value: Secret, recipients: Sequence[str]) -> str:
    """Return a value, with its name, encrypted to all recipients, in Base64. Raises Unusable."""
    pyrage = library()
    parsed = [_recipient(pyrage, text) for text in recipients]
    content = json.dumps({"name": name, "value": str(reveal(value))}, ensure_ascii=False).encode()
    content += b" " * (-len(content) % _BLOCK)
    return b64encode(pyrage.encrypt(content, parsed)).decode()


def distinct(recipients: Sequence[str]) -> tuple[str, ...]:
    """Return recipients, each key once; raises Unusable for one that is none."""
    pyrage = library()
    kept: list[str] = []
    for text in recipients:
        _recipient(pyrage, text)
        if not any(same_key(text, one) for one in kept):
            kept.append(text)
    return tuple(kept)


def unseal(sealed: Sealed, identities: Sequence[Any], label: str, own: Sequence[str]) -> Secret:
    """Return a decrypted value with a label to show for it. Raises Unusable.

    `own` are the public keys of the identities, as far as they are known.
    """
    pyrage = library()
    where, name = sealed.position, sealed.name
    again = f"take it from git's history, or encrypt it again: envctl secrets encrypt {sealed.folder} {name}"
    try:
        content = _content(pyrage.decrypt(sealed.data, list(identities)))
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise _foreign(sealed, own) from None
        raise unusable(f"{name} at {where} is damaged: it cannot be decrypted", again, whole=False) from None
    if content is None:
        raise unusable(f"{name} at {where} was not encrypted by envctl", again, whole=False)
    inside, value = content
    if inside != name:
        raise unusable(
            f"{name} at {where} is the value of {inside!r}: a value does not take another name",
            again,
            whole=False,
        )
    return Secret(value, label)


def _foreign(sealed: Sealed, own: Sequence[str]) -> Unusable:
    key = own[0] if own else "YOUR-PUBLIC-KEY"
    return unusable(
        f"no key here is among the recipients of {sealed.position.file}",
        f"somebody who can decrypt lets you in: envctl secrets recipients {sealed.folder} --add {key}",
    )


def _content(data: bytes) -> tuple[str, str] | None:
    """Return the name and the value that were encrypted, None when it is not of this form."""
    try:
        content = json.loads(data)
    except ValueError:  # it holds what was decrypted: not even as a context may it leave
        content = None
    if not isinstance(content, dict):
        return None
    name, value = content.get("name"), content.get("value")
    return (name, value) if isinstance(name, str) and isinstance(value, str) else None


def _recipient(pyrage: Any, text: str) -> Any:
    """Return a recipient as pyrage has it. Raises Unusable, which shows of it what is surely public."""
    kind = pyrage.ssh if text.startswith("ssh-") else pyrage.x25519
    try:
        return kind.Recipient.from_str(text)
    except pyrage.RecipientError:
        shown = f"{text[:24]}..." if text.startswith(("age1", "ssh-")) else "what was given"
        raise unusable(
            f"{shown} is no recipient: a character is wrong or missing, or it is of another kind",
            "age1... (without plugins), ssh-ed25519 ... and ssh-rsa ... are known",
            whole=False,
        ) from None
