"""Every reference of an environment, where it is used, and whether it can be looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.model.change import render_path
from envctl.model.checked import Checked, Use, length_class
from envctl.model.node import Mapping, Sequence
from envctl.model.reference import Unresolved
from envctl.model.secret import Secret
from envctl.spec.environment_form import AIRFLOW, BACKEND, FINGERPRINT_KEY, SECRETS
from envctl.spec.substitute import references_in
from envctl.spec.tree import ENVIRONMENT_FILE as _FILE
from envctl.stages.resolving import store_nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from envctl.kinds.kind import Kind
    from envctl.model.change import Path
    from envctl.model.node import Node
    from envctl.model.reference import Reference
    from envctl.secrets.resolver import Resolver
    from envctl.spec.reader import EnvironmentSpec
    from envctl.stages.loading import Draft


def checked(drawn: Draft, kinds: Iterable[Kind]) -> tuple[Checked, ...]:
    """Look up every reference of an environment, in the order in which they stand there.

    Those of the stores' own configuration come first: without them nothing else can be looked up.
    """
    stores = [one for path, node in store_nodes(drawn.spec).items() for one in _below(_FILE, path, node)]
    others = list(_uses(drawn.spec, kinds))
    drawn.sources.fetch(reference for reference, _ in others)
    return (*_looked_up(stores, drawn.sources.local()), *_looked_up(others, drawn.sources.resolver()))


def _looked_up(found_uses: Iterable[tuple[Reference, Use]], resolve: Resolver) -> tuple[Checked, ...]:
    uses: dict[Reference, list[Use]] = {}
    for reference, use in found_uses:
        uses.setdefault(reference, []).append(use)
    found: list[Checked] = []
    for reference, where in uses.items():
        try:
            value = resolve(reference, where[0].position)
        except Unresolved as error:
            why = str(error).removeprefix(str(reference)).removeprefix(":").strip()
            found.append(Checked(reference, tuple(where), problem=why, hint=error.hint))
            continue
        if isinstance(value, Secret):
            version = dict(value.versions).get(reference.text)
            found.append(Checked(reference, tuple(where), version=version, length=length_class(value.size())))
        else:
            length = length_class(len(value.encode()))
            found.append(Checked(reference, tuple(where), secret=False, length=length))
    return tuple(found)


def _uses(spec: EnvironmentSpec, kinds: Iterable[Kind]) -> Iterator[tuple[Reference, Use]]:
    secrets = spec.root.entries.get(SECRETS)
    key = secrets.entries.get(FINGERPRINT_KEY) if isinstance(secrets, Mapping) else None
    below = {
        AIRFLOW: spec.root.entries.get(AIRFLOW),
        f"{SECRETS}.{FINGERPRINT_KEY}": key,
        BACKEND: spec.root.entries.get(BACKEND),
    }
    for name, node in below.items():
        if node is not None:
            yield from _below(_FILE, name, node)
    for kind in kinds:
        section = spec.sections.entries.get(kind.section)
        for identifier, node in section.entries.items() if isinstance(section, Mapping) else ():
            yield from _below(f"{kind.name}/{identifier}", "", node)


def _below(what: str, above: str, node: Node) -> Iterator[tuple[Reference, Use]]:
    for path, leaf in _leaves(node, ()):
        below = render_path(path)
        name = f"{above}.{below}" if above and below else above or below
        for reference, position in references_in(leaf):
            yield reference, Use(what, name, position)


def _leaves(node: Node, path: Path) -> Iterator[tuple[Path, Node]]:
    if isinstance(node, Mapping):
        for key, child in node.entries.items():
            yield from _leaves(child, (*path, key))
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from _leaves(item, (*path, index))
    else:
        yield path, node
