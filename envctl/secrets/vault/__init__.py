"""HashiCorp Vault and OpenBao, KV version 2 and 1: `${vault:PATH#FIELD}`, `${vault:PATH#FIELD@VERSION}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.secrets.backend import BackendKind, complaint_of
from envctl.secrets.vault.entry import SECRET_KEYS, VaultEntry
from envctl.secrets.vault.naming import pinned, wanted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from envctl.model.reference import Reference
    from envctl.secrets.backend import Found, Missing, Surroundings


class VaultBackend:
    """See `envctl.secrets.backend.Backend`."""

    def __init__(self, entry: VaultEntry, around: Surroundings) -> None:
        self._entry, self._around = entry, around

    def read(self, references: Sequence[Reference]) -> Mapping[Reference, Found | Missing]:
        """Look up references; the first thing that is done is to log in."""
        from envctl.secrets.vault.reading import read

        return read(self._entry, self._around, references)


VAULT = BackendKind(
    key="vault",
    schemes=("vault",),
    entry=VaultEntry,
    secret_keys=SECRET_KEYS,
    open=VaultBackend,
    check=complaint_of(wanted),
    pinned=pinned,
)
