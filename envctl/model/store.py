"""Where an object is kept that is not in Airflow's database."""

from __future__ import annotations

from msgspec import Struct


class Store(Struct, frozen=True):
    """A place in Vault. `version` is the newest that was there when it was read, 0 when there was none.

    A deleted one counts too: the next version follows on it. It is None where no versions are kept.
    `namespace` is the one below which the path stands, "" for the server's own.
    """

    path: str
    version: int | None = None
    namespace: str = ""

    @property
    def place(self) -> str:
        """Where that is, whichever version is there; what the ledger has of it."""
        return f"vault {self.namespace}/{self.path}" if self.namespace else f"vault {self.path}"

    def __str__(self) -> str:
        version = f" v{self.version}" if self.version else ""
        return f"vault {self.path}{version}"
