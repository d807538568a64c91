"""What stands before every command that reaches an instance: environments read, the way in, the lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

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
from envctl.model.lookup import Lookup
from envctl.model.secret import is_secret
from envctl.request import Failed
from envctl.spec.tree import choose
from envctl.stages.backend import backend_references
from envctl.stages.backing import depot_of
from envctl.stages.connecting import check_way, instance_settings
from envctl.stages.loading import Draft, Loaded, draft, finish, reader_for
from envctl.stages.resolving import references_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from envctl.model.reference import Reference
    from envctl.request import Request
    from envctl.settings import Settings
    from envctl.spec.tree import Tree


class Sound(NamedTuple):
    """An environment without mistakes, as far as they can be seen on this machine.

    `loaded` lacks what stands in secret stores elsewhere: none was asked yet. `references` are those that
    are to be looked up.
    """

    draft: Draft
    loaded: Loaded
    references: tuple[Reference, ...]


def check_all(tree: Tree, names: Iterable[str], request: Request) -> dict[str, Sound | Failed]:
    """Return environments by name, in their order; layers that they share are read once. Nothing is sent.

    With a saved plan just the secrets that it needs are looked up, then and later, in the versions that it
    shows. Raises UsageError for a `--rewrite-secrets` that selects nothing.
    """
    settings, saved = request.settings, request.saved
    reader = reader_for(tree, KINDS, settings)
    pins, only = (saved.versions, saved.planned) if saved else (None, None)

    def one(name: str) -> Sound | Failed:
        drawn = draft(tree, reader, name, settings=settings, lookup=request.lookup, pins=pins)
        if not isinstance(drawn, Draft):
            return Failed(name, SpecError(drawn))
        references = tuple(references_of(drawn.spec, KINDS, only))
        drawn.sources.fetch((*references, *backend_references(drawn.spec)), at_hand=True)
        found = finish(tree, drawn, KINDS, settings)
        if not isinstance(found, Loaded):
            return Failed(name, SpecError(found))
        return Sound(drawn, found, references)

    environments = {name: one(name) for name in names}
    if saved is None:
        _check_globs(environments.values(), request)
    return environments


def check_ways(
    tree: Tree, environments: Mapping[str, Sound | Failed], request: Request
) -> dict[str, Sound | Failed]:
    """Return environments, as Failed those with mistakes in the way to their instance that can be seen here.

    Where secrets are looked up, `check_all` has seen these. Nothing is sent.
    """

    def one(known: Sound | Failed) -> Sound | Failed:
        if isinstance(known, Failed) or request.lookup is not Lookup.NONE:
            return known
        mistakes = check_way(tree, known.draft.spec, request.settings)
        return Failed(known.draft.spec.name, SpecError(mistakes)) if mistakes else known

    return {name: one(known) for name, known in environments.items()}


def complete_all(
    tree: Tree,
    environments: Mapping[str, Sound | Failed],
    request: Request,
    begin: Callable[[Draft], None] = lambda _: None,
) -> dict[str, Loaded | Failed]:
    """Return the environments with what stands in secret stores, all looked up side by side.

    `begin` gets each sound environment before that.
    """

    def one(name: str) -> Loaded | Failed:
        known = environments[name]
        if isinstance(known, Failed):
            return known
        begin(known.draft)
        known.draft.sources.fetch(known.references)
        if not known.draft.sources.has_asked:
            return known.loaded
        found = finish(tree, known.draft, KINDS, request.settings)
        return found if isinstance(found, Loaded) else Failed(name, SpecError(found))

    return dict(zip(environments, side_by_side(one, environments, "stores"), strict=True))


def load_one(tree: Tree, name: str, request: Request) -> Loaded:
    """Return one environment. Raises UsageError when there is none of that name, SpecError for mistakes."""
    loaded = complete_all(tree, check_all(tree, choose(tree, (name,)), request), request)[name]
    if isinstance(loaded, Failed):
        raise loaded.error
    return loaded


def _check_globs(environments: Iterable[Sound | Failed], request: Request) -> None:
    """Refuse a `--rewrite-secrets` that selects no secret: it is a mistyped name, at a bad moment.

    With a saved plan what was selected is in the plan.
    """
    wanted = [one.loaded.desired for one in environments if isinstance(one, Sound)]
    for glob in request.rewrite_secrets:
        if wanted and not any(
            matches(address, (glob,)) and is_secret(dict(one.fields))
            for desired in wanted
            for address, one in desired.items()
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
