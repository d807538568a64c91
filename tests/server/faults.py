"""What a server may do wrong, as faults for the proxy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.server.proxy import Answer, Exchange

if TYPE_CHECKING:
    from collections.abc import Callable

    Fault = Callable[[Exchange], Answer | None]


def close_before(_: Exchange) -> None:
    """Close the connection; Airflow never hears of the request."""


def close_after(exchange: Exchange) -> None:
    """Let Airflow carry it out, and lose the answer."""
    exchange.forward()


def cut_short(exchange: Exchange) -> Answer:
    """Let the connection break in the middle of the answer."""
    found = exchange.forward()
    found.cut = len(found.body) // 2
    return found


def gone(exchange: Exchange) -> None:
    """Be gone from now on: this connection breaks, new ones are refused."""
    exchange.proxy.vanish()


def gone_after(exchange: Exchange) -> None:
    """Let Airflow carry it out, then be gone."""
    exchange.forward()
    exchange.proxy.vanish()


def delay(seconds: float) -> Fault:
    def fault(exchange: Exchange) -> Answer:
        exchange.proxy.closing.wait(seconds)
        return exchange.forward()

    return fault


def answer(status: int, body: Any = None, **headers: str) -> Fault:
    """Answer without asking Airflow; `Retry_After="1"` becomes a header."""
    content = json.dumps({"detail": body or "made up by the proxy"}).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return lambda _: Answer(status, {"Content-Type": "application/json", **named}, content)


def page(status: int = 200) -> Fault:
    """Answer with a web page."""
    return lambda _: Answer(status, {"Content-Type": "text/html"}, b"<html><body>Sign in</body></html>")


def answer_after(status: int, **headers: str) -> Fault:
    """Let Airflow carry it out, and answer something else, as a gateway does that lost patience."""

    def fault(exchange: Exchange) -> Answer:
        exchange.forward()
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return Answer(status, {"Content-Type": "text/html", **named}, b"<html>Bad Gateway</html>")

    return fault


def before(hook: Callable[[], object]) -> Fault:
    """Do something just before the request reaches Airflow."""

    def fault(exchange: Exchange) -> Answer:
        hook()
        return exchange.forward()

    return fault


def objects_in(body: Any) -> list[Any]:
    """Give the objects that a request writes: many over API v2, one over v1."""
    return [one for action in body["actions"] for one in action["entities"]] if "actions" in body else [body]


def rewritten(change: Callable[[Any], Any]) -> Fault:
    """Change the JSON of a request on its way."""

    def fault(exchange: Exchange) -> Answer:
        exchange.body = json.dumps(change(json.loads(exchange.body))).encode()
        return exchange.forward()

    return fault


def with_token(token: str) -> Fault:
    """Replace the token of a request on its way."""

    def fault(exchange: Exchange) -> Answer:
        exchange.headers["authorization"] = f"Bearer {token}"
        return exchange.forward()

    return fault
