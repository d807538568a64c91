"""What is said of objects that stand in two places: which of them Airflow reads, and which it never will."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from envctl.errors import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from envctl.model.address import Address
    from envctl.model.resource import Desired

_MOST_NAMED = 10


class Places(Struct, frozen=True):
    """Where the objects stand.

    `kept` are those that are kept in Vault and stand there, `copies` those that are to be kept there and
    stand in Airflow's database; `shadowed` are objects of the spec that are not kept in Vault, although
    Airflow finds them there, by the path at which it does.
    """

    kept: Collection[Address] = ()
    copies: Collection[Address] = ()
    shadowed: Mapping[Address, str] = field(default_factory=dict)


def notes(places: Places, desired: Mapping[Address, Desired]) -> Iterator[Diagnostic]:
    """Yield a warning for each object of the spec that stands in two places, and one for all others."""
    for address, path in sorted(places.shadowed.items()):
        yield Diagnostic(
            f"Airflow reads {address} from Vault ({path}):"
            " what envctl writes into its database is never used",
            desired[address].source,
            "have it kept there (secrets_backend.write), or delete it in Vault",
            "warning",
        )
    for address in sorted(places.copies):
        if address in desired:
            yield _copy(address, desired[address], stands=address in places.kept)
    others = sorted(one for one in places.copies if one in places.kept and one not in desired)
    if others:
        named = ", ".join(map(str, others[:_MOST_NAMED]))
        more = len(others) - _MOST_NAMED
        yield Diagnostic(
            f"both in Vault and in Airflow's database: {named}{f' and {more} more' if more > 0 else ''}",
            None,
            "Airflow reads what is in Vault; envctl leaves the copies in the database alone",
            "warning",
        )


def _copy(address: Address, wanted: Desired, *, stands: bool) -> Diagnostic:
    hint = "once it is in Vault nothing reads the copy: delete it in Airflow"
    if stands:
        text = f"{address} stands in Airflow's database too, where nothing reads it: it is kept in Vault"
        hint = "delete the copy in Airflow"
    else:
        text = f"{address} moves to Vault: the copy in Airflow's database is left"
    return Diagnostic(text, wanted.source, hint, "warning")
