"""Whole lists out of pages: the first tells how many there are, the others are fetched side by side."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeVar

from envctl.airflow.answer import NOT_FOUND
from envctl.airflow.auth_manager import FAB, auth_manager
from envctl.errors import NotOffered, RequestFailed, WrongServer
from envctl.model.request import ApiCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.airflow.session import Session
    from envctl.crew import Crew
    from envctl.kinds.kind import Endpoint

_log = logging.getLogger(__name__)

PAGE_LIMIT = 100
"""What Airflow gives at most unless a site changed `[api] maximum_page_limit`; a lower one is noticed."""
_READS = 4
Result = TypeVar("Result")
Taken = TypeVar("Taken")
"""What is made of an item: its page is read while the server is busy with others, and need not be kept."""


def pages_of(count: int) -> int:
    """Return how many pages so many items fill; of none there is one too."""
    return max(1, -(-count // PAGE_LIMIT))


def read_all(
    session: Session,
    endpoint: Endpoint,
    crew: Crew,
    take: Callable[[dict[str, Any]], Taken],
    expected: int,
) -> dict[str, Taken]:
    """Return what `take` makes of every item of a list, by its id.

    Offsets shift when somebody adds or deletes objects between two pages, so that one could be missed:
    the list is read again until every page tells the same count and that many objects were found. Raises
    RequestFailed when that never happens. Where about so many are `expected`, their pages are asked for
    along with the first, as many as go at once.
    """
    for attempt in range(1, _READS + 1):
        items, totals = _read_once(session, endpoint, crew, take, expected)
        found = dict(items)
        if totals == {len(found)} and len(items) == len(found):
            return found
        _log.info("%s changed while it was read; read %s", endpoint.path, attempt)
    raise RequestFailed(
        f"{session.place}: the list of {endpoint.list_key} keeps changing while it is read",
        status=409,
        hint="try again when nobody else is writing to the instance",
    )


def _read_once(
    session: Session,
    endpoint: Endpoint,
    crew: Crew,
    take: Callable[[dict[str, Any]], Taken],
    expected: int,
) -> tuple[list[tuple[str, Taken]], set[int]]:
    """Return the items of all pages with their ids, and the counts of the whole that the pages told."""

    def taken(items: list[dict[str, Any]]) -> list[tuple[str, Taken]]:
        return [(item[endpoint.id_key], take(item)) for item in items]

    def page(place: tuple[int, int]) -> tuple[list[tuple[str, Taken]], int]:
        items, total = _page(session, endpoint, *place)
        return taken(items), total

    if not endpoint.paged:
        whole = taken(_answered(session, endpoint, ())[0])
        return whole, {len(whole)}
    answers = _pages(crew, page, expected)
    return [item for items, _ in answers for item in items], {count for _, count in answers}


def _pages(
    crew: Crew, page: Callable[[tuple[int, int]], tuple[list[Result], int]], expected: int
) -> list[tuple[list[Result], int]]:
    """Return the answers of `page`, which is given offset and limit, for all pages there are."""
    at_once = min(crew.size, pages_of(expected))
    with crew.asking():
        pages = [crew.begin(page, (number * PAGE_LIMIT, PAGE_LIMIT)) for number in range(at_once)]
        try:
            start, total = pages[0].result()
            size = len(start)
            # Of a server that gives less at a time the further ones leave gaps.
            whole = size == min(total, PAGE_LIMIT)
            good = min(at_once, pages_of(total)) if whole else 1
            for needless in pages[good:]:
                needless.cancel()
            offsets = range(good * size, total, size) if size else ()
            pages[good:] = [crew.begin(page, (offset, size)) for offset in offsets]
            return [one.result() for one in pages]
        finally:
            for one in pages:
                one.cancel()


def _page(
    session: Session, endpoint: Endpoint, offset: int, limit: int = PAGE_LIMIT
) -> tuple[list[Any], int]:
    items, total = _answered(session, endpoint, (("limit", str(limit)), ("offset", str(offset))))
    if total is None:
        raise _no_list(session, endpoint)
    return items, total


def _answered(
    session: Session, endpoint: Endpoint, query: tuple[tuple[str, str], ...]
) -> tuple[list[Any], int | None]:
    """Return the items of an answer, and how many there are altogether where it tells."""
    answer = _answer(session, endpoint, query)
    try:
        items = list(answer[endpoint.list_key])
        if all(isinstance(item[endpoint.id_key], str) for item in items):
            return items, int(answer["total_entries"]) if "total_entries" in answer else None
    except (KeyError, TypeError, ValueError):
        pass
    raise _no_list(session, endpoint)


def _no_list(session: Session, endpoint: Endpoint) -> WrongServer:
    return WrongServer(
        f"{session.place} answers GET {endpoint.path} with JSON that is no list of {endpoint.list_key}",
        hint="check airflow.url",
    )


def _answer(session: Session, endpoint: Endpoint, query: tuple[tuple[str, str], ...]) -> Any:
    """Return what is answered. Raises NotOffered when the instance has nothing at an address of its own."""
    call = ApiCall("GET", endpoint.path, query, base=endpoint.base)
    try:
        return session.request(call, f"read {endpoint.list_key}")
    except (RequestFailed, WrongServer) as error:
        # Where no such part is installed, Airflow answers with its web page; so may a gateway's login.
        absent = isinstance(error, WrongServer) or error.status == NOT_FOUND
        if endpoint.base is None or not absent or auth_manager(session) in (FAB, None):
            raise
        raise NotOffered(
            f"the auth manager of {session.place} has no {endpoint.list_key} at {endpoint.base}",
            hint="they are kept by the FAB auth manager only; leave them out of the spec elsewhere",
        ) from None
