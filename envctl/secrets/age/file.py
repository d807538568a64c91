"""The form of a `secrets.enc.yaml`: names and recipients for all to read, each value encrypted by itself."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import PurePath
from typing import TYPE_CHECKING

from msgspec import Struct

from envctl.errors import Diagnostic, Position
from envctl.model.nearest import nearest
from envctl.model.node import Mapping, Scalar, Sequence, describe, walk

if TYPE_CHECKING:
    from collections.abc import Mapping as Named

    from envctl.model.node import Node

RECIPIENTS, SECRETS = "recipients", "secrets"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,199}")
NAME_RULE = "begins with a letter or '_' and has letters, digits, '_', '.' and '-' only, at most 200"
RECIPIENT_RULE = "write a public key: age1..., ssh-ed25519 ... or ssh-rsa ..."
_BEGINNING = b"age-encryption.org/v1\n"
_RECIPIENT = re.compile(r"age1[a-z0-9]+|ssh-(?:ed25519|rsa) [A-Za-z0-9+/]+=*(?: .*)?")
_PRIVATE = re.compile(r"AGE-SECRET-KEY-|-----BEGIN|AGE-PLUGIN-", re.IGNORECASE)


class Sealed(Struct, frozen=True):
    """One encrypted value: its name, and the ciphertext in Base64 as the file has it."""

    name: str
    text: str
    position: Position

    @property
    def folder(self) -> str:
        """The name of the folder whose file this is from."""
        return PurePath(self.position.file).parent.name

    @property
    def keys(self) -> int:
        """For how many keys it is encrypted, by its header; what some programs put in for practice aside."""
        header = self.data.partition(b"\n---")[0].split(b"\n")
        return sum(1 for line in header if line.startswith(b"-> ") and b"-grease" not in line)

    @property
    def data(self) -> bytes:
        """The ciphertext."""
        return b64decode(self.text)


class EncryptedFile(Struct, frozen=True):
    """One file, sound in its form; `shown` is its name in messages."""

    shown: str
    recipients: tuple[str, ...]
    secrets: Named[str, Sealed]


def understood(node: Node | None, shown: str, found: list[Diagnostic]) -> EncryptedFile | None:
    """Return the file that a document is, None when it has mistakes; those go to `found`.

    No mistake shows a value: what should be encrypted and is not may be a secret.
    """
    before = len(found)
    if not isinstance(node, Mapping):
        what = describe(node) if node else "empty"
        place = node.position if node else Position(shown, 1, 1)
        hint = "envctl secrets encrypt FOLDER NAME --recipient KEY makes one"
        found.append(Diagnostic(f"no file of encrypted secrets: it is {what}", place, hint))
        return None
    found += [Diagnostic("a tag has no meaning here", one.position) for one in walk(node) if one.tag]
    for key, place in node.keys.items():
        if key not in (RECIPIENTS, SECRETS):
            found.append(Diagnostic(f"unknown key {key!r}", place, nearest(key, (RECIPIENTS, SECRETS))))
    recipients = _recipients(node, found)
    secrets = _secrets(node, found)
    return EncryptedFile(shown, recipients, secrets) if len(found) == before else None


def recipient_mistake(text: str) -> str | None:
    """Return what is wrong with a recipient, as far as its spelling tells; it may be a secret."""
    if _PRIVATE.match(text):
        return "is a private key: whoever can read it can decrypt; make a new pair of keys"
    return None if _RECIPIENT.fullmatch(text) else "is no recipient"


def same_key(one: str, other: str) -> bool:
    """Tell whether two recipients are the same key; what stands behind an ssh key is a comment."""
    return one.split()[:2] == other.split()[:2]


def _recipients(root: Mapping, found: list[Diagnostic]) -> tuple[str, ...]:
    node = root.entries.get(RECIPIENTS)
    place = root.keys.get(RECIPIENTS, root.position)
    if not isinstance(node, Sequence):
        found.append(Diagnostic("recipients must be a list of public keys", place, RECIPIENT_RULE))
        return ()
    texts: list[str] = []
    for item in node.items:
        text = item.text.strip() if isinstance(item, Scalar) and isinstance(item.text, str) else ""
        if wrong := recipient_mistake(text):
            found.append(Diagnostic(f"this {wrong}", item.position, RECIPIENT_RULE))
        texts.append(text)
    if not texts:
        found.append(Diagnostic("no recipients: nobody could decrypt", place, RECIPIENT_RULE))
    return tuple(texts)


def _secrets(root: Mapping, found: list[Diagnostic]) -> dict[str, Sealed]:
    node = root.entries.get(SECRETS)
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return {}
    if not isinstance(node, Mapping):
        problem = f"secrets must be a mapping, not {describe(node)}"
        found.append(Diagnostic(problem, root.keys[SECRETS], "NAME: ENCRYPTED"))
        return {}
    sealed: dict[str, Sealed] = {}
    for name, value in node.entries.items():
        place = node.keys[name]
        if not NAME.fullmatch(name):
            found.append(Diagnostic(f"{name!r} is no name: one {NAME_RULE}", place))
        elif not isinstance(value, Scalar) or not _is_encrypted(str(value.text)):
            hint = f"envctl secrets encrypt FOLDER {name}; if it is a secret, it is one no more"
            found.append(Diagnostic(f"{name}: its value is not encrypted", place, hint))
        else:
            sealed[name] = Sealed(name, "".join(str(value.text).split()), place)
    return sealed


def _is_encrypted(text: str) -> bool:
    try:
        return b64decode("".join(text.split()), validate=True).startswith(_BEGINNING)
    except ValueError:
        return False
