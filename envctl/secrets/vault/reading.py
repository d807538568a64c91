"""What references to Vault ask for, read: each path once, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from envctl.crew import Crew
from envctl.model.nearest import close
from envctl.model.secret import Secret
from envctl.secrets.backend import Found, Missing, Unusable
from envctl.secrets.vault.answers import mapping_in, number_in, optional_mapping_in
from envctl.secrets.vault.connection import VaultConnection
from envctl.secrets.vault.failures import Absent, Denied, metadata_of
from envctl.secrets.vault.naming import DEFAULT_MOUNT, wanted
from envctl.secrets.vault.settings import settings_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import hvac

    from envctl.model.reference import Reference
    from envctl.secrets.backend import Surroundings
    from envctl.secrets.vault.entry import VaultEntry
    from envctl.secrets.vault.naming import Wanted

_V1, _V2 = 1, 2


class Mount(NamedTuple):
    """A key-value store in Vault, and the version of its API."""

    name: str
    kv_version: int


class Document(Struct, frozen=True):
    """What stands at one path: its fields, and the version that the server gives it."""

    fields: Mapping[str, Any]
    version: str | None


class Mounts:
    """Which part of a path is its mount."""

    def __init__(self, connection: VaultConnection, mount: str | None, kv_version: int | None) -> None:
        """With a `mount` every path stands below it; a `kv_version` is not asked for."""
        self._connection = connection
        self._mount, self._kv_version = mount, kv_version
        self._known: dict[str, int] | None = None

    def locate(self, path: str) -> tuple[Mount, str]:
        """Return the mount of a path, and what is left of it. Raises Unusable."""
        if self._mount and self._kv_version:
            return Mount(self._mount, self._kv_version), path
        known = self._visible()
        if self._mount:
            return Mount(self._mount, self._kv_version or known.get(self._mount, _V2)), path
        steps = path.split("/")
        for count in range(len(steps) - 1, 0, -1):
            name = "/".join(steps[:count])
            if name in known:
                return Mount(name, self._kv_version or known[name]), "/".join(steps[count:])
        return Mount(DEFAULT_MOUNT, self._kv_version or known.get(DEFAULT_MOUNT, _V2)), path

    def _visible(self) -> dict[str, int]:
        """Return the key-value stores of which the login may see anything, with their API's version."""
        if self._known is None:
            try:
                self._known = self._connection.ask(_mounts)
            except (Denied, Absent):
                self._known = {}
        return self._known


class Reader:
    """Reads what references ask for."""

    def __init__(self, connection: VaultConnection, mounts: Mounts, concurrency: int) -> None:
        self._connection, self._mounts, self._concurrency = connection, mounts, concurrency

    def read(self, references: Sequence[Reference]) -> dict[Reference, Found | Missing]:
        """Return what there is for each reference. Each version of a path is read once."""
        asked = {reference: wanted(reference) for reference in references}
        pages = list(dict.fromkeys((one.path, one.version) for one in asked.values()))
        try:
            self._mounts.locate(pages[0][0])  # logs in and asks for the mounts once, before the crowd
        except Unusable as error:
            return dict.fromkeys(references, error.missing)
        crew = Crew(self._concurrency, "vault")
        try:
            documents = dict(zip(pages, crew.map(self._document, pages), strict=True))
        finally:
            crew.dismiss()
        return {
            reference: _field(reference, one, documents[one.path, one.version])
            for reference, one in asked.items()
        }

    def _document(self, page: tuple[str, int | None]) -> Document | Missing:
        path, version = page
        try:
            mount, rest = self._mounts.locate(path)
            try:
                return self._read(mount, rest, version)
            except Denied:
                return Missing(
                    f"the login may not read {mount.name}/{rest} in {self._connection.place}",
                    f'it needs a policy with: path "{_policy_path(mount, rest)}" {{capabilities = ["read"]}}',
                )
            except Absent as error:
                return self._why_absent(error, f"{mount.name}/{rest}", page)
        except Unusable as error:
            return error.missing

    def _read(self, mount: Mount, path: str, version: int | None) -> Document | Missing:
        if mount.kv_version == _V1:
            if version is not None:
                return Missing(
                    f"{mount.name} is a KV store of version 1, which keeps no versions", "leave @VERSION out"
                )
            return self._connection.ask(lambda one: _v1(one, mount, path))
        return self._connection.ask(lambda one: _v2(one, mount, path, version))

    def _why_absent(self, error: Absent, place: str, page: tuple[str, int | None]) -> Missing:
        path, version = page
        there = f"{place} in {self._connection.place}"
        if metadata := metadata_of(error):
            how = "destroyed" if metadata.get("destroyed") else "deleted"
            back = "write the secret again" if metadata.get("destroyed") else "undelete it, or write it again"
            return Missing(f"version {metadata.get('version')} of {there} was {how}", back)
        if version is not None:
            latest = self._document((path, None))
            if isinstance(latest, Document):
                return Missing(
                    f"there is no version {version} of {there}",
                    f"the latest is {latest.version}; leave @VERSION out to follow it",
                )
        return Missing(
            f"there is nothing at {there}",
            "write the secret there, or mend the path (and secrets.vault.mount)",
        )


def read(
    entry: VaultEntry, around: Surroundings, references: Sequence[Reference]
) -> dict[Reference, Found | Missing]:
    """Return what there is for each reference, from the server that environment.yaml or a variable names."""
    try:
        settings = settings_from(entry, around)
    except Unusable as error:
        return dict.fromkeys(references, error.missing)
    connection = around.logins.once(VaultConnection, settings.access)
    mounts = Mounts(connection, settings.mount, settings.kv_version)
    return Reader(connection, mounts, settings.concurrency).read(references)


def _field(reference: Reference, one: Wanted, document: Document | Missing) -> Found | Missing:
    if isinstance(document, Missing):
        return document
    if one.field not in document.fields:
        near = close(one.field, document.fields)
        return Missing(
            f"there is no field {one.field!r} at {one.path}",
            f"did you mean {near!r}?" if near else "add it there, or mend the reference",
        )
    value = document.fields[one.field]
    if not isinstance(value, str):
        return Missing(f"the field {one.field!r} at {one.path} is no text", "write it as a text")
    versions = ((reference.text, document.version),) if document.version else ()
    return Found(Secret(value, reference.text, versions=versions))


def _policy_path(mount: Mount, path: str) -> str:
    return f"{mount.name}/data/{path}" if mount.kv_version == _V2 else f"{mount.name}/{path}"


def _mounts(client: hvac.Client) -> dict[str, int]:
    """Return the API's version of each key-value store."""
    answer = optional_mapping_in(client.adapter.get("/v1/sys/internal/ui/mounts"), "data", "secret")
    return {
        name.strip("/"): number_in(optional_mapping_in(one, "options"), "version", _V1)
        for name, one in answer.items()
        if mapping_in(one).get("type") in ("kv", "generic")
    }


def _v1(client: hvac.Client, mount: Mount, path: str) -> Document:
    answer = client.secrets.kv.v1.read_secret(path, mount_point=mount.name)
    return Document(mapping_in(answer, "data"), None)


def _v2(client: hvac.Client, mount: Mount, path: str, version: int | None) -> Document:
    answer = client.secrets.kv.v2.read_secret_version(
        path, version=version, mount_point=mount.name, raise_on_deleted_version=True
    )
    number = number_in(mapping_in(answer, "data", "metadata"), "version")
    return Document(mapping_in(answer, "data", "data"), str(number))
