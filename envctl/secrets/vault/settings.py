"""What stands in environment.yaml about a Vault, completed from the variables that everyone knows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from envctl.model.secret import Secret
from envctl.secrets.backend import unusable
from envctl.secrets.located import located
from envctl.secrets.vault.fit import address_in, holds_certificate, is_namespace, sendable

if TYPE_CHECKING:
    from envctl.secrets.backend import Surroundings
    from envctl.secrets.vault.entry import VaultAuth, VaultEntry

_PREFIXES = ("VAULT_", "BAO_")
KUBERNETES_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 - a path
_LARGEST_TOKEN = 64 * 1024


class VaultSettings(Struct, frozen=True):
    """How to reach a server and log in there. Times are in seconds."""

    url: str
    namespace: str | None
    mount: str | None
    kv_version: int | None
    ca_file: Path | None
    auth: VaultAuth
    credential: Secret
    """The token, secret id or JWT."""
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

    Raises Unusable when something needed is nowhere to be found, or is not what it has to be.
    """
    return VaultSettings(
        url=_url(entry, around),
        namespace=_namespace(entry, around),
        mount=_plain(entry.mount),
        kv_version=int(entry.kv_version) if entry.kv_version else None,
        ca_file=_ca_file(entry, around),
        auth=entry.auth,
        credential=_credential(entry.auth, around),
        connect_timeout=around.connect_timeout,
        read_timeout=around.read_timeout,
        retries=around.retries,
        concurrency=around.concurrency,
    )


def _plain(text: Any) -> str | None:
    return str(text).strip("/") or None if text else None


def _url(entry: VaultEntry, around: Surroundings) -> str:
    if entry.url:
        return str(entry.url)
    name, url = _variable(around, "ADDR")
    if not url:
        raise unusable(
            "it is not known which Vault to ask",
            "write secrets: {vault: {url: ...}} in environment.yaml, or set VAULT_ADDR",
        )
    try:
        return address_in(name, url)
    except ValueError as error:
        raise unusable(f"{name} {error}", f"mend {name}, or write secrets: {{vault: {{url: ...}}}}") from None


def _namespace(entry: VaultEntry, around: Surroundings) -> str | None:
    name, text = ("secrets.vault.namespace", entry.namespace)
    if not text:
        name, text = _variable(around, "NAMESPACE")
    found = _plain(text.strip() if text else None)
    if found and not is_namespace(found):
        raise unusable(f"{name} must be printable ASCII, such as team-a", f"mend {name}")
    return found


def _ca_file(entry: VaultEntry, around: Surroundings) -> Path | None:
    name, file = ("secrets.vault.ca_file", entry.ca_file)
    if not file:
        name, file = _variable(around, "CACERT")
    if not file:
        return None
    found = _existing(around.folder, file, name)
    if not holds_certificate(found):
        raise unusable(
            f"{name} {found} holds no certificate that can be read",
            "it is a PEM file: -----BEGIN CERTIFICATE-----",
        )
    return found


def _variable(around: Surroundings, name: str) -> tuple[str, str | None]:
    """Return the name of the first of the variables that is set, and what it holds."""
    for prefix in _PREFIXES:
        if found := around.variables.get(prefix + name):
            return prefix + name, found
    return _PREFIXES[0] + name, None


def _credential(auth: VaultAuth, around: Surroundings) -> Secret:
    found = _given(auth, around)
    try:
        # A secret id is any text; all others are tokens.
        return found if auth.method == "approle" and not auth.wrapped else sendable(found)
    except ValueError as error:
        raise unusable(str(error), "see secrets.vault.auth in environment.yaml") from None


def _given(auth: VaultAuth, around: Surroundings) -> Secret:
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
    name, token = _variable(around, "TOKEN")
    token = (token or "").strip()
    if not token:
        raise unusable(
            "there is no token to log in to Vault with",
            "set VAULT_TOKEN, or write secrets: {vault: {auth: ...}} in environment.yaml",
        )
    return Secret(token, name)


def _secret(value: Any, key: str) -> Secret:
    # Written out in the file it is no less a secret.
    return value if isinstance(value, Secret) else Secret(value, f"secrets.vault.auth.{key}")


def _from_file(folder: Path, name: str, key: str) -> Secret:
    path = _existing(folder, name, f"secrets.vault.auth.{key}")
    try:
        data = path.read_bytes()
        text = data[:_LARGEST_TOKEN].decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it holds no token"
        raise unusable(f"{key} {path} cannot be read: {why}", f"see secrets.vault.auth.{key}") from None
    if not text or len(data) > _LARGEST_TOKEN:
        raise unusable(f"{key} {path} holds no token", f"see secrets.vault.auth.{key}")
    return Secret(text, f"secrets.vault.auth.{key}")


def _existing(folder: Path, name: str, wanted_by: str) -> Path:
    """Return a file that is there. Raises Unusable."""
    found = located(folder, name)
    if found is None:
        looked = folder / Path(name).expanduser()
        raise unusable(f"{name}: no such file", f"looked for {looked}; see {wanted_by}")
    return found
