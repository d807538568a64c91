"""What a secret store is to envctl: one frozen description, and the hands that read from it.

Adding a store is one file that makes a `BackendKind`, and one line in `envctl.secrets.backends.BACKENDS`;
or a package of its own that names one under the entry point `envctl.secrets`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct, field

from envctl.secrets.logins import Logins

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pydantic import BaseModel

    from envctl.errors import Diagnostic
    from envctl.model.node import Node
    from envctl.model.reference import Reference
    from envctl.model.secret import Secret


class Found(Struct, frozen=True):
    """What a store has for a reference; the secret knows its version where the store keeps any."""

    secret: Secret


class Missing(Struct, frozen=True):
    """Why a store has nothing to give for a reference, and what to do about it.

    `why` goes on from the reference's name, and holds no secret. `whole` tells that it lies in the store,
    and so is true of each of its references.
    """

    why: str
    hint: str | None = None
    whole: bool = False


class Unusable(Exception):
    """A store, or something in it, cannot be used; `missing` says why, and what to do."""

    def __init__(self, missing: Missing) -> None:
        super().__init__(missing.why)
        self.missing = missing


def unusable(why: str, hint: str | None = None, *, whole: bool = True) -> Unusable:
    """Return the error of a store from which nothing can be read; of one thing in it when not `whole`."""
    return Unusable(Missing(why, hint, whole=whole))


def complaint_of(parse: Callable[[Reference], object]) -> Callable[[Reference], str | None]:
    """Return the `check` of a store that takes references apart with what raises ValueError."""

    def check(reference: Reference) -> str | None:
        try:
            parse(reference)
        except ValueError as error:
            return str(error)
        return None

    return check


class Backend(Protocol):
    """One open store. Reading may take place in several threads inside; `read` itself is called once."""

    def read(self, references: Sequence[Reference]) -> Mapping[Reference, Found | Missing]:
        """Look up references, all at once, each thing that has to be read once. Never raises."""
        ...


class Surroundings(Struct, frozen=True):
    """Where a store is opened from: the process's variables, the tree and the environment's folder in it.

    `layers` are the folders that the environment builds on and its own, in order. `read_yaml` reads a file
    of the tree under the rules of spec files; its mistakes go to the list, and None is a file without
    content too; `shown` is the name that positions have for it. Times are in seconds; `concurrency` is how
    many requests may be under way at once, `retries` how often one is sent again. `settings` are those of
    envctl that belong to stores, by name. `logins` has the connections that the environment has made so far.
    """

    variables: Mapping[str, str]
    root: Path
    folder: Path
    layers: tuple[Path, ...]
    read_yaml: Callable[[Path, list[Diagnostic]], Node | None]
    shown: Callable[[Path], str]
    connect_timeout: float
    read_timeout: float
    retries: int
    concurrency: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    logins: Logins = field(default_factory=Logins)


class Survey(Struct, frozen=True):
    """What can be said of a store by its files in the spec tree alone, without a key and without a network.

    `found` are the mistakes in those files; `complaint` says why a reference is a mistake, None when it may
    mean something.
    """

    found: tuple[Diagnostic, ...]
    complaint: Callable[[Reference], Missing | None]


def _no_complaint(_reference: Reference) -> str | None:
    return None


def _unpinned(reference: Reference, _version: str) -> str:
    return reference.name


class BackendKind(Struct, frozen=True):
    """One kind of store.

    `key` is where environment.yaml configures it below `secrets:`, `schemes` are what its references begin
    with, `entry` the typed form of what stands there (of nothing, when the key is left out). References to
    variables, params and files in it are resolved before: those at `secret_keys`, at any depth, as secrets.
    `open` makes the store, without any request yet. `check` complains, going on from its name, about a
    reference that can be seen to be wrong without the store; `survey`, of a store that lives in the spec
    tree, looks at its files there, and what it finds is a mistake of the tree. `pinned` returns the name of
    the reference to just one version of what a reference means; its own name where there are no versions.
    """

    key: str
    schemes: tuple[str, ...]
    entry: type[BaseModel]
    open: Callable[[Any, Surroundings], Backend]
    secret_keys: frozenset[str] = frozenset()
    check: Callable[[Reference], str | None] = _no_complaint
    survey: Callable[[Surroundings], Survey] | None = None
    pinned: Callable[[Reference, str], str] = _unpinned

    @property
    def is_at_hand(self) -> bool:
        """Whether the store lives in the spec tree, so that reading it asks nobody."""
        return self.survey is not None
