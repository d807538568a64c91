"""What is known of a running sandbox, as it is kept on disk."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.errors import SandboxError
from envctl.sandbox.process import ServerProcess
from envctl.sandbox.recipe import User
from envctl.sandbox.versions import recipe_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.sandbox.recipe import Recipe

_FORMAT = 1
FILE = "sandbox.json"
LOG = "server.log"


@dataclass(frozen=True)
class Record:
    """One sandbox. `ready` is False until a login has worked; `created` is UTC in ISO 8601."""

    name: str
    version: str
    url: str
    users: tuple[User, ...]
    folder: Path
    venv: Path
    settings: Mapping[str, str] = field(repr=False)
    process: ServerProcess
    created: str
    auth_manager: str
    ready: bool = False

    @property
    def recipe(self) -> Recipe:
        """How it was set up and started."""
        return recipe_for(self.version, self.auth_manager)

    @property
    def home(self) -> Path:
        """The server's AIRFLOW_HOME."""
        return self.folder / "home"


def write(record: Record) -> None:
    """Write the record into its folder, readable by its owner only: whole, or not at all."""
    facts = {
        "format": _FORMAT,
        "name": record.name,
        "version": record.version,
        "url": record.url,
        "users": [{"name": u.name, "role": u.role, "password": u.password} for u in record.users],
        "venv": str(record.venv),
        "settings": dict(record.settings),
        "pid": record.process.pid,
        "began": record.process.began,
        "created": record.created,
        "auth_manager": record.auth_manager,
        "ready": record.ready,
    }
    part = record.folder / f"{FILE}.part"
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(facts, file, indent=2)
    part.replace(record.folder / FILE)


def read(folder: Path) -> Record | None:
    """Read the record in a sandbox's folder; None if there is none.

    Raises `SandboxError` if the file is not what `write` writes.
    """
    file = folder / FILE
    try:
        return _record(folder, json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SandboxError(
            f"{file} cannot be understood: {type(error).__name__}",
            hint=f"`envctl sandbox down {folder.name}` ends and removes it all the same",
        ) from error


def _record(folder: Path, facts: dict[str, Any]) -> Record:
    """Make a record of what a file holds."""
    return Record(
        name=facts["name"],
        version=facts["version"],
        url=facts["url"],
        users=tuple(User(user["name"], user["role"], user["password"]) for user in facts["users"]),
        folder=folder,
        venv=Path(facts["venv"]),
        settings=facts["settings"],
        process=ServerProcess(facts["pid"], facts["began"], folder / LOG),
        created=facts["created"],
        # Those of an older envctl have what their Airflow comes with.
        auth_manager=facts.get("auth_manager") or recipe_for(facts["version"]).auth_manager,
        ready=facts["ready"],
    )
