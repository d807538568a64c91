"""What a secret store is to envctl: one frozen description, and the hands that read from it.

Adding a store is one file that makes a `BackendKind`, and one line in `envctl.secrets.backends.BACKENDS`;
or a package of its own that names one under the entry point `envctl.secrets`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pydantic import BaseModel

    from envctl.model.reference import Reference, Unresolved
    from envctl.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Found:
    """What a store has for a reference; `version` is the store's own word for which one it is."""

    secret: Secret
    version: str | None = None


class Backend(Protocol):
    """One open store. Reading may take place in several threads inside; `read` itself is called once."""

    def read(self, references: Sequence[Reference]) -> Mapping[Reference, Found | Unresolved]:
        """Look up references, all at once, each thing that has to be read once.

        What cannot be had is answered by an Unresolved, which names the reference, says why in one line, and
        in its hint what to do; a store that cannot be reached answers so for each. Never raises, and no
        text of an answer holds a secret.
        """
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a store is opened from: the process's variables, the tree and the environment's folder in it.

    Times are in seconds; `concurrency` is how many requests may be under way at once.
    """

    variables: Mapping[str, str]
    root: Path
    folder: Path
    connect_timeout: float
    read_timeout: float
    concurrency: int


@dataclass(frozen=True, slots=True)
class BackendKind:
    """One kind of store.

    `schemes` are what its references begin with, `key` is where environment.yaml configures it below
    `secrets:`, `entry` the typed form of what stands there (of nothing, when the key is left out). References
    to variables and files in it are resolved before. `open` makes the store, without any request yet.
    `check` complains about a reference that can be seen to be wrong without the store.
    """

    key: str
    schemes: tuple[str, ...]
    entry: type[BaseModel]
    open: Callable[[Any, Surroundings], Backend]
    check: Callable[[Reference], str | None]
