"""Keys and encrypted files for tests."""

from __future__ import annotations

import struct
import textwrap
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

import pyrage
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from envctl.model.secret import Secret
from envctl.secrets.age.editing import new_text
from envctl.secrets.age.sealing import seal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OPENSSH = serialization.PrivateFormat.OpenSSH


def pair() -> tuple[str, str]:
    """Give an age key: the private one, the public one."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def ssh_pair(kind: str) -> tuple[str, str]:
    """Give an ssh key of kind `ed25519` or `rsa`, as ssh-keygen writes it."""
    key = (
        ed25519.Ed25519PrivateKey.generate()
        if kind == "ed25519"
        else rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    private = key.private_bytes(serialization.Encoding.PEM, _OPENSSH, serialization.NoEncryption()).decode()
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return private, public.decode()


def locked_ssh_key() -> str:
    """Give a private ssh key that says it is protected by a passphrase; what is in it is of no use."""

    def field(data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + data

    _, public = ssh_pair("ed25519")
    kdf = field(b"s" * 16) + struct.pack(">I", 16)
    head = b"openssh-key-v1\0" + field(b"aes256-ctr") + field(b"bcrypt") + field(kdf)
    body = struct.pack(">I", 1) + field(b64decode(public.split()[1])) + field(b"x" * 144)
    lines = "\n".join(textwrap.wrap(b64encode(head + body).decode(), 70))
    return f"-----BEGIN OPENSSH PRIVATE KEY-----\n{lines}\n-----END OPENSSH PRIVATE KEY-----\n"


def encrypted_file(values: Mapping[str, str], *recipients: str) -> str:
    """Give the text of an encrypted file."""
    return new_text(recipients, {name: sealed(name, value, recipients) for name, value in values.items()})


def sealed(name: str, value: str, recipients: Sequence[str]) -> str:
    return seal(name, Secret(value, name), recipients)
