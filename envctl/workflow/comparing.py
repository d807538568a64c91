"""Instances compared with their specs. Nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from envctl.crew import aside, side_by_side
from envctl.errors import EnvctlError, NotCompared
from envctl.request import Failed
from envctl.spec.revision import revision_of
from envctl.spec.tree import choose, open_tree
from envctl.stages.opening import check_all, check_ways, complete_all, open_instance
from envctl.stages.scouting import Scouts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from envctl.model.plan import Plan, Revision
    from envctl.request import Request, Watcher
    from envctl.spec.tree import Tree
    from envctl.stages.loading import Loaded
    from envctl.stages.opening import Sound

_ByName: TypeAlias = "Mapping[str, Sound | Loaded | Failed]"


def diff(names: tuple[str, ...], request: Request, watcher: Watcher) -> tuple[Plan | Failed, ...]:
    """Compare environments with their instances, side by side; all of them when none is named.

    Their instances are read while their secrets are looked up. When the spec of any of them has mistakes,
    those are returned and nothing else; no request is sent when that can be seen on this machine. Raises
    UsageError for what is no environment.
    """
    return _compared(names, request, watcher, _with_mistakes)


def survey(names: tuple[str, ...], request: Request, watcher: Watcher) -> tuple[Plan | Failed, ...]:
    """Compare environments as `diff` does; mistakes in the spec of one say nothing of the others."""
    return _compared(names, request, watcher, lambda _: ())


def _compared(
    names: tuple[str, ...],
    request: Request,
    watcher: Watcher,
    refused: Callable[[_ByName], tuple[Failed, ...]],
) -> tuple[Plan | Failed, ...]:
    """Compare environments, unless there are results that are `refused` by what is known of them so far."""
    tree = open_tree(request.settings.root)
    chosen, revision = choose(tree, names), aside(revision_of, tree.root)
    checked = check_ways(tree, check_all(tree, chosen, request), request)
    if mistaken := refused(checked):
        return mistaken
    with Scouts(tree, request) as scouts:
        loaded = complete_all(tree, checked, request, scouts.send)
        return refused(loaded) or _compare_all(tree, loaded, request, watcher, scouts, revision.result())


def _with_mistakes(environments: _ByName) -> tuple[Failed, ...]:
    """Return all of them as not compared when one has mistakes in its spec, nothing otherwise."""
    mistaken = [name for name, one in environments.items() if isinstance(one, Failed)]
    if not mistaken:
        return ()
    why = NotCompared(f"not compared: the spec of {', '.join(mistaken)} has mistakes")
    return tuple(one if isinstance(one, Failed) else Failed(name, why) for name, one in environments.items())


def _compare_all(
    tree: Tree,
    loaded: Mapping[str, Loaded | Failed],
    request: Request,
    watcher: Watcher,
    scouts: Scouts,
    revision: Revision,
) -> tuple[Plan | Failed, ...]:
    """Compare environments side by side; what fails for one says nothing of the others."""
    watcher.begin("comparing", len(loaded))
    # While the instances answer there is time for it.
    from envctl.stages.looking import look

    def one(name: str) -> Plan | Failed:
        found = loaded[name]
        try:
            if isinstance(found, Failed):
                return found
            seen = scouts.back(found)
            with seen.instance if seen else open_instance(tree, found, request) as instance:
                return look(found, instance, revision, request, seen=seen).plan
        except EnvctlError as error:
            return Failed(name, error)
        finally:
            watcher.advance(1)

    return tuple(side_by_side(one, loaded))
