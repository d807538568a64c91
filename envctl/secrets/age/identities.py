"""Private keys: where they come from, and their texts taken apart."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from envctl.body import reveal
from envctl.model.secret import Secret
from envctl.secrets.age.sealing import library
from envctl.secrets.backend import unusable
from envctl.secrets.located import located

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from envctl.secrets.age.entry import AgeEntry
    from envctl.secrets.backend import Surroundings

_LARGEST = 64 * 1024
_BLOCK = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)
_WAYS = (
    "set ENVCTL_AGE_KEY (the key) or ENVCTL_AGE_KEY_FILE (its file), or write"
    " secrets: {age: {identity_file: ...}} in environment.yaml"
)


class Keys(NamedTuple):
    """Private keys, ready for use, and the public ones to them as far as they are known."""

    identities: tuple[Any, ...]
    own: tuple[str, ...]


def keys_from(entry: AgeEntry, around: Surroundings) -> Keys:
    """Return the keys; what environment.yaml says goes before the settings. Raises Unusable."""
    found: list[Keys] = []
    if entry.identity is not None:
        given = entry.identity
        secret = given if isinstance(given, Secret) else Secret(given, "secrets.age.identity")
        found.append(parsed(secret, "secrets.age.identity"))
    elif entry.identity_file is not None:
        found.append(_from_file(around.folder, str(entry.identity_file), "secrets.age.identity_file"))
    else:
        if key := around.settings.get("age_key"):
            found.append(parsed(key, "ENVCTL_AGE_KEY"))
        if path := around.settings.get("age_key_file"):
            found.append(_from_file(around.folder, str(path), "ENVCTL_AGE_KEY_FILE"))
    if not found:
        raise unusable("there is no key to decrypt with", _WAYS)
    return Keys(
        tuple(one for keys in found for one in keys.identities), tuple(o for keys in found for o in keys.own)
    )


def parsed(secret: Secret, origin: str) -> Keys:
    """Return the keys in a text. Raises Unusable, which names where the text is from and shows nothing of it.

    As `age-keygen` and `ssh-keygen` write them: lines that are empty or begin with # are passed over.
    """
    pyrage = library()
    if not secret.available:
        raise unusable(f"{secret.label} is not known", None)
    text = str(reveal(secret))
    identities: list[Any] = [_ssh(pyrage, block, origin) for block in _BLOCK.findall(text)]
    own: list[str] = []
    for line in _lines(_BLOCK.sub("", text)):
        identity = _native(pyrage, line, origin)
        identities.append(identity)
        own.append(str(identity.to_public()))
    if not identities:
        raise unusable(f"{origin} holds no private key", _WAYS)
    return Keys(tuple(identities), tuple(own))


def new_pair() -> tuple[str, Secret]:
    """Return a new public key, and the text of a file with the private one. Raises Unusable."""
    identity = library().x25519.Identity.generate()
    public = str(identity.to_public())
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return public, Secret(f"# created: {made}\n# public key: {public}\n{identity}\n", "the private key")


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield stripped


def _native(pyrage: Any, line: str, origin: str) -> Any:
    why = "holds something that is no private key"
    if line.startswith(("age1", "ssh-")):
        why = "holds a public key: the private one, AGE-SECRET-KEY-1..., decrypts"
    elif line.startswith(("age-encryption.org/", "-----BEGIN AGE ENCRYPTED")):
        why = "is itself encrypted with a passphrase, which nobody could be asked for: decrypt it with age -d"
    try:
        return pyrage.x25519.Identity.from_str(line)
    except pyrage.IdentityError:
        raise unusable(f"{origin} {why}", "envctl secrets keygen FILE makes a pair") from None


def _ssh(pyrage: Any, block: str, origin: str) -> Any:
    try:
        return pyrage.ssh.Identity.from_buffer(f"{block}\n".encode())
    except pyrage.IdentityError as error:
        locked = "must be decrypted" in str(error)
        why = "is protected by a passphrase, which nobody could be asked for" if locked else "cannot be used"
        hint = "use an ed25519 or RSA key without one, or an age key: envctl secrets keygen FILE"
        raise unusable(f"the ssh key in {origin} {why}", hint) from None


def _from_file(folder: Path, name: str, origin: str) -> Keys:
    found = located(folder, name)
    if found is None:
        raise unusable(f"{origin}: no such file: {name}", f"looked for {folder / name}")
    try:
        with found.open("rb") as file:
            data = file.read(_LARGEST + 1)
        text = data.decode()
    except OSError as error:
        raise unusable(f"{origin}: {found} cannot be read: {error.strerror}", _WAYS) from None
    except UnicodeDecodeError:
        text = ""
    if not text or len(data) > _LARGEST:
        raise unusable(f"{origin}: {found} holds no private key", _WAYS)
    return parsed(Secret(text, origin), f"{origin} ({found})")
