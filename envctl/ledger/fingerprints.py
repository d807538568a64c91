"""Fingerprints of secrets: enough to tell that one has changed, not enough to guess one.

With a key (`ENVCTL_FINGERPRINT_KEY`) a fingerprint is an HMAC-SHA256: whoever lacks the key can try
nothing. Without one it is made from scrypt, so that each guess costs about a tenth of a second and 32 MB
(docs/explanation/ledger.md has the figures). Address and path go into it: equal secrets have different
fingerprints.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

from envctl.ledger.stretching import Stretcher
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_DIGEST_BYTES = 6
"""Digests only explain which side moved, so that a chance of 1 in 2**48 is far more than enough."""
_FINGERPRINT_BYTES = 12
_SLOW, _KEYED = "s", "k"
"""How the tag of a mark begins; there are others, such as `IN_DOUBT`."""


def new_salt() -> str:
    """Return a salt for a new ledger, in hexadecimal."""
    return secrets.token_hex(16)


def keys_from(text: str) -> tuple[bytes, ...]:
    """Return the keys that a text of one or more, separated by commas, stands for; the first makes new marks.

    Others are recognised: so is a key replaced. What is returned is derived from them.
    """
    keys = (key.strip() for key in text.split(","))
    return tuple(hashlib.sha256(b"envctl fingerprint key\0" + _bytes(key)).digest() for key in keys if key)


class Fingerprinter:
    """Makes and checks the marks of one ledger, or saved plan; see `envctl.engine.past.Prints`.

    `keyed` tells that the ledger is kept with a key: then none is made without one, since that would be
    weaker than what its owner chose.
    """

    def __init__(self, keys: Sequence[bytes], salt: str, *, keyed: bool) -> None:
        self._salt = salt.encode()
        self._keyed = keyed
        self._keys = {_tag(key): key for key in keys}
        self._current = next(iter(self._keys), "" if keyed else _SLOW)
        self._stretched = Stretcher(salt)

    @property
    def can_make(self) -> bool:
        """Whether fingerprints can be made here: not without the key, once the ledger has keyed ones."""
        return bool(self._current)

    @property
    def key(self) -> str:
        """The tag of the key that new fingerprints are made with, "" when there is no key at hand."""
        return self._current if is_keyed(self._current) else ""

    def digest(self, text: str, place: str) -> str:
        """Return the digest of a leaf that anyone can read in Airflow."""
        message = _bytes(f"{place}\0{text}")
        return _text(hmac.digest(self._salt, message, "sha256")[:_DIGEST_BYTES])

    def make(self, text: str, place: str) -> str:
        """Return the fingerprint of a secret leaf, "" when there is a key that is not at hand."""
        return self._mark(text, place, self._current) if self._current else ""

    def check(self, text: str, place: str, mark: str) -> Verdict:
        """Tell whether a fingerprint was made from this secret; UNVERIFIABLE without the key of it."""
        if not self.can_check(mark):
            return Verdict.UNVERIFIABLE
        same = hmac.compare_digest(_bytes(self._mark(text, place, _tag_of(mark))), _bytes(mark))
        return Verdict.SAME if same else Verdict.DIFFERENT

    def prepare(self, text: str) -> None:
        """Begin what takes long of making a fingerprint of this secret, and of checking one without a key."""
        if self._current == _SLOW:
            self._stretched.begin(_bytes(text))

    def can_check(self, mark: str) -> bool:
        """Tell whether the key that a fingerprint was made with is at hand, if it was made with one."""
        return _tag_of(mark) == _SLOW or _tag_of(mark) in self._keys

    def is_current(self, mark: str) -> bool:
        """Tell whether a fingerprint was made as new ones are."""
        return bool(self._current) and mark.startswith(f"{self._current}:")

    def salted(self, salt: str) -> Fingerprinter:
        """Return what makes marks with the same keys and another salt."""
        return Fingerprinter(tuple(self._keys.values()), salt, keyed=self._keyed)

    def _mark(self, text: str, place: str, tag: str) -> str:
        if tag == _SLOW:
            made = hmac.digest(self._stretched(_bytes(text)), _bytes(place), "sha256")
        else:
            message = b"\0".join((self._salt, _bytes(place), _bytes(text)))
            made = hmac.digest(self._keys[tag], message, "sha256")
        return f"{tag}:{_text(made[:_FINGERPRINT_BYTES])}"


def is_keyed(mark: str) -> bool:
    """Tell whether a fingerprint was made with a key."""
    return _tag_of(mark).startswith(_KEYED)


def key_tags(marks: Iterable[str]) -> set[str]:
    """Return the tags of the keys that these fingerprints were made with."""
    return {_tag_of(mark) for mark in marks if is_keyed(mark)}


def _tag_of(mark: str) -> str:
    return mark.partition(":")[0]


def _tag(key: bytes) -> str:
    return _KEYED + hmac.digest(key, b"envctl key id", "sha256").hex()[:8]


def _bytes(text: str) -> bytes:
    """Return the bytes of any text, also of what was no UTF-8 where it came from."""
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode()
