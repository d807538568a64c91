"""The slow hash from which fingerprints without a key are made: once for each secret, by all processors.

A hash takes a processor about a tenth of a second, and 32 MB. So no more are made at a time than there are
processors, however many instances are compared; and they can be begun before anybody asks.
"""

from __future__ import annotations

import hashlib
import os
from threading import Lock
from typing import TYPE_CHECKING

from envctl.crew import Crew

if TYPE_CHECKING:
    from concurrent.futures import Future

_N, _R, _P = 2**15, 8, 1
_MOST_MEMORY = 64 * 1024 * 1024
_CREW = Crew(os.cpu_count() or 1, "scrypt")


class Stretcher:
    """Makes the slow hashes that belong to one salt. Safe to use from several threads."""

    def __init__(self, salt: str) -> None:
        self._salt = salt.encode()
        self._lock = Lock()
        self._begun: dict[bytes, Future[bytes]] = {}

    def begin(self, secret: bytes) -> Future[bytes]:
        """Have the hash of a secret made, unless that was begun before."""
        with self._lock:
            if secret not in self._begun:
                self._begun[secret] = _CREW.begin(self._stretch, secret)
            return self._begun[secret]

    def __call__(self, secret: bytes) -> bytes:
        """Return the hash of a secret, and wait for it."""
        return self.begin(secret).result()

    def _stretch(self, secret: bytes) -> bytes:
        return hashlib.scrypt(secret, salt=self._salt, n=_N, r=_R, p=_P, dklen=32, maxmem=_MOST_MEMORY)
