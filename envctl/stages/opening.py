"""What stands before every command that reaches an instance: environments read, the way in, the lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.airflow.instance import AirflowInstance
from envctl.crew import side_by_side
from envctl.depot.choice import choice_of
from envctl.depot.instance import BackedInstance
from envctl.errors import SpecError, UsageError
from envctl.kinds import KINDS
from envctl.ledger.connection_locks import ConnectionLocks
from envctl.ledger.holder import has_ended, holder
from envctl.ledger.lock import Lock
from envctl.model.address import matches
from envctl.model.secret import is_secret
from envctl.request import Failed
from envctl.spec.tree import choose
from envctl.stages.backing import depot_of
from envctl.stages.loading import Draft, Loaded, draft, finish, instance_settings, reader_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from envctl.request import Request
    from envctl.settings import Settings
    from envctl.spec.tree import Tree


def load_all(
    tree: Tree, names: Iterable[str], request: Request, begin: Callable[[Draft], None] | None = None
) -> dict[str, Loaded | Failed]:
    """Return environments by name, in their order; layers that they share are read once.

    Their secrets are looked up side by side; with a saved plan just those that it needs, in the versions
    that it shows. When all of their files can be read `begin` gets each of them, before that.
    """
    reader = reader_for(tree, KINDS, request.settings)
    settings = request.settings
    saved = request.saved
    pins, only = (saved.versions, saved.planned) if saved else (None, None)
    drafts = {
        name: draft(tree, reader, name, settings=settings, lookup=request.lookup, pins=pins) for name in names
    }
    sound = [one for one in drafts.values() if isinstance(one, Draft)]

    legible = all(isinstance(one, Draft) and not one.has_mistakes for one in drafts.values())

    def fetch(one: Draft) -> None:
        if begin is not None and legible:
            begin(one)
        one.fetch(KINDS, only)

    side_by_side(fetch, sound, "stores")
    found: dict[str, Loaded | Failed] = {}
    for name, drawn in drafts.items():
        loaded = finish(tree, drawn, KINDS, settings) if isinstance(drawn, Draft) else drawn
        found[name] = loaded if isinstance(loaded, Loaded) else Failed(name, SpecError(loaded))
    return found


def load_one(tree: Tree, name: str, request: Request) -> Loaded:
    """Return one environment. Raises UsageError when there is none of that name, SpecError for mistakes."""
    loaded = load_all(tree, choose(tree, (name,)), request)[name]
    if isinstance(loaded, Failed):
        raise loaded.error
    return loaded


def check_globs(loaded: Iterable[Loaded | Failed], request: Request) -> None:
    """Refuse a `--rewrite-secrets` that selects no secret: it is a mistyped name, at a bad moment."""
    environments = [one for one in loaded if isinstance(one, Loaded)]
    for glob in request.rewrite_secrets:
        if environments and not any(
            matches(address, (glob,)) and is_secret(dict(wanted.fields))
            for one in environments
            for address, wanted in one.desired.items()
        ):
            raise UsageError(
                f"--rewrite-secrets {glob}: no object with a secret matches",
                hint="write an address or a glob of them, such as connection/features_db or 'connection/*'",
            )


def open_instance(tree: Tree, loaded: Loaded, request: Request) -> AirflowInstance:
    """Return the instance of an environment, open. Raises SpecError for its login, and InstanceErrors."""
    settings = loaded.instance or instance_settings(tree, loaded.spec, request.settings, loaded.logins)
    if loaded.spec.file.secrets_backend is None:
        return AirflowInstance(settings)
    keeps_any = bool(choice_of(loaded.spec.file.secrets_backend).scopes)
    return BackedInstance(settings, lambda: depot_of(tree, loaded, request.settings), keeps_any=keeps_any)


def lock_of(instance: AirflowInstance, settings: Settings, command: str) -> Lock:
    """Return the lock of an instance, not taken yet; `command` is what others are told while it is held."""
    return Lock(locks_of(instance), holder(command), settings.lock_seconds, has_ended)


def locks_of(instance: AirflowInstance) -> ConnectionLocks:
    """Return where an instance keeps its locks."""
    return ConnectionLocks(instance.send, instance.clock)
