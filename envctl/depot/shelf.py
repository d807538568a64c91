"""The documents of one KV store in Vault: listed, read side by side, written and deleted one by one.

In a KV store of version 2 nothing is written over that was not read: each write names the version on which
it follows, and a delete the one that it deletes. Version 1 has no such guard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from envctl.body import reveal
from envctl.crew import Crew
from envctl.depot.refusal import NotWritten
from envctl.errors import BackendFailed
from envctl.model.discreet import Discreet
from envctl.secrets.backend import Unusable
from envctl.secrets.vault.answers import OddAnswer, mapping_in, number_in, optional_mapping_in, text_in
from envctl.secrets.vault.failures import Absent, Denied, Rejected, metadata_of
from envctl.secrets.vault.words import LOST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeVar

    import hvac

    from envctl.model.value import Value
    from envctl.secrets.vault.connection import VaultConnection

    T = TypeVar("T")

_V1 = 1


class Found(Discreet, frozen=True):
    """What stands at a path: a document, and its version; `content` is None when that version was deleted.

    The version is 0 where there never was one, and None in a store that keeps none.
    """

    shown: ClassVar[tuple[str, ...]] = ("version",)

    content: Mapping[str, Any] | None
    version: int | None


class Shelf:
    """One KV store."""

    def __init__(self, connection: VaultConnection, mount: str, kv_version: int, concurrency: int) -> None:
        self._connection, self._mount, self._kv_version = connection, mount, kv_version
        self._crew = Crew(concurrency, "vault")
        self._checked = False

    @property
    def nothing(self) -> Found:
        """What stands at a path that was not listed."""
        return Found(None, None if self._kv_version == _V1 else 0)

    def place(self, path: str) -> str:
        """Return a path with its mount, as `vault kv` takes it."""
        return f"{self._mount}/{path}"

    def close(self) -> None:
        """Let the threads end."""
        self._crew.dismiss()

    def names(self, folder: str) -> list[str]:
        """Return the names of all documents below a folder, at any depth. Raises BackendFailed."""
        self._check()
        found: list[str] = []
        level = [""]
        while level:
            lists = self._crew.map(lambda below: self._list(folder, below), level)
            names = [below + name for below, one in zip(level, lists, strict=True) for name in one]
            found += [name for name in names if not name.endswith("/")]
            level = [name for name in names if name.endswith("/")]
        return sorted(found)

    def read(self, paths: Iterable[str]) -> dict[str, Found | None]:
        """Return what stands at paths, None where the login may not read. Raises BackendFailed."""
        asked = list(paths)
        return dict(zip(asked, self._crew.map(self._read, asked), strict=True))

    def put(self, folder: str, name: str, document: Mapping[str, Value], version: int | None) -> None:
        """Write a document that follows on a version. Raises NotWritten, and BackendFailed."""
        path = f"{folder}/{name}"
        body = reveal(dict(document))
        self._write(folder, name, lambda client: self._put(client, path, body, version))

    def remove(self, folder: str, name: str, version: int | None) -> None:
        """Delete the version that was read, so that it can be undeleted. Raises NotWritten, BackendFailed."""
        path, mount = f"{folder}/{name}", self._mount
        if self._kv_version == _V1:
            self._write(folder, name, lambda one: one.secrets.kv.v1.delete_secret(path, mount_point=mount))
            return
        self._write(
            folder,
            name,
            lambda one: one.secrets.kv.v2.delete_secret_versions(path, [version], mount_point=mount),
        )
        left = self._read(path)
        if left is not None and left.content is not None:
            raise NotWritten(
                f"{self.place(path)} was written by somebody after it was read: version {version} was"
                f" deleted, version {left.version} was left"
            )

    def needed(self, folder: str) -> str:
        """Return the policy that the login needs for the documents below a folder."""
        if self._kv_version == _V1:
            return (
                f'path "{self._mount}/{folder}/*" {{capabilities = ["list", "read", "create", "update",'
                ' "delete"]}'
            )
        rights = {
            "metadata": '"list"',
            "data": '"read", "create", "update"',
            "delete": '"update"',
        }
        return "\n".join(
            f'path "{self._mount}/{kind}/{folder}/*" {{capabilities = [{which}]}}'
            for kind, which in rights.items()
        )

    def _put(self, client: hvac.Client, path: str, body: dict[str, Any], version: int | None) -> None:
        if self._kv_version == _V1:
            client.secrets.kv.v1.create_or_update_secret(
                path, secret=body, method="POST", mount_point=self._mount
            )
        else:
            client.secrets.kv.v2.create_or_update_secret(
                path, secret=body, cas=version or 0, mount_point=self._mount
            )

    def _write(self, folder: str, name: str, question: Callable[[hvac.Client], object]) -> None:
        """Change something."""
        path = f"{folder}/{name}"
        try:
            self._connection.ask(question)
        except Denied:
            needed = " ".join(self.needed(folder).split())
            raise NotWritten(
                f"the login may not write {self.place(path)}: it needs a policy with {needed}"
            ) from None
        except Absent:
            raise NotWritten(f"there is no KV store of version {self._kv_version} at {self._mount}") from None
        except Rejected as error:
            raise NotWritten(self._rejection(path, error)) from None
        except Unusable as error:
            raise _failed(error) from None

    def _rejection(self, path: str, error: Rejected) -> str:
        if error.words == LOST:
            return f"{self.place(path)} was written by somebody after it was read: nothing was written over"
        hint = f"; {error.missing.hint}" if error.missing.hint else ""
        return f"Vault does not take {self.place(path)}: {error.words}{hint}"

    def _list(self, folder: str, below: str) -> list[str]:
        path = f"{folder}/{below}".rstrip("/")
        try:
            return self._ask(lambda one: _keys(self._api(one).list_secrets(path, self._mount)))
        except Absent as error:
            if error.content.get("errors"):
                raise BackendFailed(
                    f"there is no KV store {self._mount} in {self._connection.place},"
                    " where Airflow reads from",
                    hint="check secrets_backend.vault.mount, and whether it is enabled: vault secrets list",
                ) from None
            return []
        except Denied:
            raise BackendFailed(
                f"the login may not list {self.place(path)} in {self._connection.place}, where Airflow reads"
                " from: its live state is not known",
                hint=f"it needs a policy with:\n{self.needed(folder)}",
            ) from None

    def _read(self, path: str) -> Found | None:
        try:
            return self._ask(lambda one: self._found(one, path))
        except Absent as error:
            version = metadata_of(error).get("version")
            return Found(None, int(version)) if version else self.nothing
        except Denied:
            return None

    def _found(self, client: hvac.Client, path: str) -> Found:
        if self._kv_version == _V1:
            answer = client.secrets.kv.v1.read_secret(path, mount_point=self._mount)
            return Found(mapping_in(answer, "data"), None)
        answer = client.secrets.kv.v2.read_secret_version(
            path, mount_point=self._mount, raise_on_deleted_version=True
        )
        version = number_in(mapping_in(answer, "data", "metadata"), "version")
        return Found(mapping_in(answer, "data", "data"), version)

    def _check(self) -> None:
        """Make sure once that the store is of the version that it is said to be, as far as one may know."""
        if self._checked:
            return
        try:
            known = self._ask(lambda one: _version_of(one, self._mount))
        except (Denied, Absent):
            known = self._kv_version
        if known != self._kv_version:
            raise BackendFailed(
                f"{self._mount} in {self._connection.place} is a KV store of version {known}, and Airflow is"
                f" said to read it as version {self._kv_version}",
                hint="secrets_backend.vault.kv_version is kv_engine_version in Airflow's backend_kwargs",
            )
        self._checked = True

    def _api(self, client: hvac.Client) -> Any:
        return client.secrets.kv.v1 if self._kv_version == _V1 else client.secrets.kv.v2

    def _ask(self, question: Callable[[hvac.Client], T]) -> T:
        """Ask something that changes nothing. Raises Denied, Absent, and BackendFailed for all else."""
        try:
            return self._connection.ask(question)
        except Unusable as error:
            raise _failed(error) from None


def _keys(answer: Any) -> list[str]:
    keys = mapping_in(answer, "data").get("keys")
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise OddAnswer
    return keys


def _version_of(client: hvac.Client, mount: str) -> int:
    data = mapping_in(client.adapter.get(f"/v1/sys/internal/ui/mounts/{mount}"), "data")
    text_in(data, "type")
    return number_in(optional_mapping_in(data, "options"), "version", _V1)


def _failed(error: Unusable) -> BackendFailed:
    why, hint = error.missing.why, error.missing.hint or ""
    hint = hint.replace("secrets.vault", "secrets_backend.vault")
    return BackendFailed(f"the secrets backend that Airflow reads: {why}", hint=hint or None)
