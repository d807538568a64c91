"""What stands in environment.yaml about a Vault, completed from the variables that everyone knows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.model.secret import Secret
from envctl.secrets.backend import Missing
from envctl.secrets.located import located

if TYPE_CHECKING:
    from envctl.secrets.backend import Surroundings
    from envctl.secrets.vault.entry import VaultAuth, VaultEntry

_PREFIXES = ("VAULT_", "BAO_")
KUBERNETES_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 - a path
_LARGEST_TOKEN = 64 * 1024


class StoreUnusable(Exception):
    """A store from which nothing can be read; `missing` says why, and what to do."""

    def __init__(self, missing: Missing) -> None:
        super().__init__(missing.why)
        self.missing = missing


def unusable(why: str, hint: str | None = None) -> StoreUnusable:
    """Return the error of a store from which nothing can be read."""
    return StoreUnusable(Missing(why, hint, whole=True))


@dataclass(frozen=True, slots=True)
class VaultSettings:
    """How to reach a server and log in there. Times are in seconds."""

    url: str
    namespace: str | None
    mount: str | None
    kv_version: int | None
    ca_file: Path | None
    auth: VaultAuth
    credential: Secret | None
    """The token, secret id or JWT; None when the method has none."""
    connect_timeout: float
    read_timeout: float
    retries: int
    concurrency: int

    @property
    def access(self) -> VaultSettings:
        """The settings without what is particular to one KV store: what a login depends on."""
        return replace(self, mount=None, kv_version=None)


def settings_from(entry: VaultEntry, around: Surroundings) -> VaultSettings:
    """Return the settings; what environment.yaml says goes before the process's variables.

    Raises StoreUnusable when something needed is nowhere to be found.
    """
    url = entry.url or _variable(around, "ADDR")
    if not url:
        raise unusable(
            "it is not known which Vault to ask",
            "write secrets: {vault: {url: ...}} in environment.yaml, or set VAULT_ADDR",
        )
    ca_file = entry.ca_file or _variable(around, "CACERT")
    return VaultSettings(
        url=str(url).rstrip("/"),
        namespace=_plain(entry.namespace or _variable(around, "NAMESPACE")),
        mount=_plain(entry.mount),
        kv_version=int(entry.kv_version) if entry.kv_version else None,
        ca_file=_existing(around.folder, ca_file) if ca_file else None,
        auth=entry.auth,
        credential=_credential(entry.auth, around),
        connect_timeout=around.connect_timeout,
        read_timeout=around.read_timeout,
        retries=around.retries,
        concurrency=around.concurrency,
    )


def _plain(text: Any) -> str | None:
    return str(text).strip("/") or None if text else None


def _variable(around: Surroundings, name: str) -> str | None:
    return next((found for prefix in _PREFIXES if (found := around.variables.get(prefix + name))), None)


def _credential(auth: VaultAuth, around: Surroundings) -> Secret | None:
    match auth.method:
        case "approle":
            return _secret(auth.secret_id, "secret_id")
        case "jwt" if auth.jwt is not None:
            return _secret(auth.jwt, "jwt")
        case "jwt" | "kubernetes":
            return _from_file(around.folder, auth.jwt_file or KUBERNETES_TOKEN, "jwt_file")
        case _ if auth.token is not None:
            return _secret(auth.token, "token")
        case _ if auth.token_file is not None:
            return _from_file(around.folder, auth.token_file, "token_file")
    token = _variable(around, "TOKEN")
    if not token:
        raise unusable(
            "there is no token to log in to Vault with",
            "set VAULT_TOKEN, or write secrets: {vault: {auth: ...}} in environment.yaml",
        )
    return Secret(token, "VAULT_TOKEN")


def _secret(value: Any, key: str) -> Secret:
    # Written out in the file it is no less a secret.
    return value if isinstance(value, Secret) else Secret(value, f"secrets.vault.auth.{key}")


def _from_file(folder: Path, name: str, key: str) -> Secret:
    path = _existing(folder, name)
    try:
        data = path.read_bytes()
        text = data[:_LARGEST_TOKEN].decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it holds no token"
        raise unusable(f"{key} {path} cannot be read: {why}", f"see secrets.vault.auth.{key}") from None
    if not text or len(data) > _LARGEST_TOKEN:
        raise unusable(f"{key} {path} holds no token", f"see secrets.vault.auth.{key}")
    return Secret(text, f"secrets.vault.auth.{key}")


def _existing(folder: Path, name: str) -> Path:
    """Return a file that is there. Raises StoreUnusable."""
    found = located(folder, name)
    if found is None:
        looked = folder / Path(name).expanduser()
        raise unusable(f"{name}: no such file", f"looked for {looked}; see secrets.vault in environment.yaml")
    return found
