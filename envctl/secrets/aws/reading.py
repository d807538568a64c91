"""What references to AWS ask for, read: in as few requests as can be, each thing once, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.crew import Crew
from envctl.secrets.aws.connection import Connection
from envctl.secrets.aws.documents import answer
from envctl.secrets.aws.naming import SECRET, wanted
from envctl.secrets.aws.parameter_store import ParameterStore
from envctl.secrets.aws.secrets_manager import SecretsManager
from envctl.secrets.backend import Unusable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from envctl.model.reference import Reference
    from envctl.secrets.aws.documents import Document, Shelf
    from envctl.secrets.aws.entry import AwsEntry
    from envctl.secrets.aws.naming import Thing
    from envctl.secrets.backend import Found, Missing, Surroundings


def read(
    entry: AwsEntry, around: Surroundings, references: Sequence[Reference]
) -> dict[Reference, Found | Missing]:
    """Return what there is for each reference."""
    asked = {reference: wanted(reference) for reference in references}
    schemes = dict.fromkeys(reference.scheme for reference in references)
    try:
        connection = Connection(entry, around)
        shelves = {scheme: _shelf(connection, scheme) for scheme in schemes}
    except Unusable as error:
        return dict.fromkeys(references, error.missing)
    things = dict.fromkeys((reference.scheme, one.thing) for reference, one in asked.items())
    crew = Crew(around.concurrency, "aws")
    try:
        documents = _documents(crew, shelves, things)
    finally:
        crew.dismiss()
    return {
        reference: answer(reference, one, documents[reference.scheme, one.thing])
        for reference, one in asked.items()
    }


def _documents(
    crew: Crew, shelves: Mapping[str, Shelf], things: Iterable[tuple[str, Thing]]
) -> dict[tuple[str, Thing], Document | Missing]:
    """Return everything that was read; what no batch could tell of is read by itself."""
    known = tuple(things)
    batches = [
        (scheme, batch)
        for scheme, shelf in shelves.items()
        for batch in shelf.batches(thing for name, thing in known if name == scheme)
    ]
    found: dict[tuple[str, Thing], Document | Missing] = {}
    for (scheme, _), told in zip(
        batches, crew.map(lambda one: shelves[one[0]].batch(one[1]), batches), strict=True
    ):
        found |= {(scheme, thing): document for thing, document in told.items()}
    left = [one for one in known if one not in found]
    found |= zip(left, crew.map(lambda one: shelves[one[0]].single(one[1]), left), strict=True)
    return found


def _shelf(connection: Connection, scheme: str) -> Shelf:
    if scheme == SECRET:
        return SecretsManager(connection.service("secretsmanager"))
    return ParameterStore(connection.service("ssm"))
