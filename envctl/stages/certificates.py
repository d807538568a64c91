"""The PEM files that `airflow:` names: found, and looked into before anything is sent."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.airflow.settings import Certificates
from envctl.errors import Diagnostic
from envctl.model.node import at_path
from envctl.model.secret import Secret
from envctl.spec.environment_form import AIRFLOW

if TYPE_CHECKING:
    from envctl.spec.airflow_entry import Airflow
    from envctl.spec.reader import EnvironmentSpec
    from envctl.spec.tree import Tree

_MISMATCH = "KEY_VALUES_MISMATCH"


class Encrypted(Exception):
    """A private key wants a password, and there is nobody to ask for one."""


class _Search:
    """The search for files of one environment; mistakes go to `found`."""

    def __init__(self, tree: Tree, spec: EnvironmentSpec, found: list[Diagnostic]) -> None:
        self._folder = tree.root / spec.name
        self._root = spec.root
        self._found = found

    def file(self, key: str, value: Any) -> Path | None:
        """Return a file, None when there is none or its name is not known here."""
        if value is None or isinstance(value, Secret):
            return None
        path = self._folder / value
        # Not Path.is_file: that raises for a name that is too long, or a folder which may not be entered.
        file = next((one for one in (path, Path(value)) if os.path.isfile(one)), None)  # noqa: PTH113
        if file is None:
            self.mistake(key, f"{value}: no such file", f"looked for {path}")
        return file

    def mistake(self, key: str, problem: str, hint: str) -> None:
        """Note what is wrong with a file."""
        place = at_path(self._root, (AIRFLOW, key))
        self._found.append(Diagnostic(f"airflow: {key} {problem}", place, hint))


def certificates(tree: Tree, spec: EnvironmentSpec, read: Airflow, found: list[Diagnostic]) -> Certificates:
    """Return the files of an environment that can be used; mistakes go to `found`."""
    search = _Search(tree, spec, found)
    authority = search.file("ca_file", read.ca_file)
    if authority and not _holds_certificate(authority):
        problem = f"{read.ca_file} holds no certificate that can be read"
        search.mistake("ca_file", problem, "it is a PEM file: -----BEGIN CERTIFICATE-----")
    client = search.file("client_cert", read.client_cert)
    key = search.file("client_key", read.client_key)
    if client and not _holds_certificate(client):
        problem = f"{read.client_cert} holds no certificate that can be read"
        search.mistake("client_cert", problem, "it is a PEM file: -----BEGIN CERTIFICATE-----")
    elif client and (key or read.client_key is None):
        _check_key(search, client, key, read)
    return Certificates(authority, client, key)


def _check_key(search: _Search, client: Path, key: Path | None, read: Airflow) -> None:
    name, value = ("client_key", read.client_key) if key else ("client_cert", read.client_cert)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(client, key, password=_no_password)
    except Encrypted:
        search.mistake(
            name,
            f"{value}: the private key is encrypted, and envctl asks for no password",
            "decrypt it with openssl pkey, and keep it where only envctl can read it",
        )
    except ssl.SSLError as error:
        if error.reason == _MISMATCH:
            search.mistake(
                name,
                f"{value} holds the key of another certificate than {read.client_cert}",
                "name the key with which the certificate was requested",
            )
        else:
            where = "" if key else ", and there is no airflow.client_key"
            search.mistake(
                name,
                f"{value} holds no private key that can be read{where}",
                "it is a PEM file: -----BEGIN PRIVATE KEY-----",
            )
    except OSError as error:
        search.mistake(name, f"{value} cannot be read: {error.strerror}", "check who may read the file")


def _no_password() -> str:
    raise Encrypted


def _holds_certificate(file: Path) -> bool:
    try:
        ssl.create_default_context(cafile=file)
    except OSError:
        return False
    return True
