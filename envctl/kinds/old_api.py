"""What API v1, that of Airflow 2, has otherwise than v2 for the objects of one kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from envctl.model.value import Value


def _nothing_refused(_fields: Mapping[str, Value]) -> str | None:
    return None


class OldApi(Struct, frozen=True):
    """How API v1 differs.

    `lacking` are keys that its lists leave out, so that each object is read by itself; `unsaid` those that it
    never answers, whether they are set or not. With `masks` False it shows all else as it is.

    `not_null` are keys for which it takes no null, `unmaskable` those that an update mask may not name. When
    it `overwrites`, creating what exists succeeds and replaces it. `form_id` is what the forms of Airflow's
    web pages call the id, `pages` what else those log a write as: with the id in a column of the entry.
    `refuses` says why fields cannot be written at all; `trouble` is what it may mean when the list is
    answered with an error 500. With `adds_only`, an update takes nothing out of a list.
    """

    lacking: frozenset[str] = frozenset()
    unsaid: frozenset[str] = frozenset()
    masks: bool = True
    not_null: frozenset[str] = frozenset()
    unmaskable: frozenset[str] = frozenset()
    overwrites: bool = False
    slashes: bool = False
    """Whether an object with a slash in its id has an address; none has that begins with one, nor, with the
    pattern that allows them, one with a line break past its first character (404; seen on 2.11.2)."""
    adds_only: bool = False
    ascii_ids: bool = False
    """Whether an id of other letters is lost on the way, so that nothing can be made (500)."""
    form_id: str = ""
    pages: tuple[str, ...] = ()
    refuses: Callable[[Mapping[str, Value]], str | None] = _nothing_refused
    trouble: str | None = None

    def reaches(self, identifier: str) -> bool:
        """Tell whether an object of that id has an address of its own.

        `.` and `..` are folded away in the path of a URL.
        """
        if identifier in (".", "..") or (self.ascii_ids and not identifier.isascii()):
            return False
        if self.slashes:
            return not identifier.startswith("/") and "\n" not in identifier[1:]
        return "/" not in identifier


ALIKE = OldApi()
"""A kind in which API v1 has nothing of its own."""
