"""A secret shows its label and nothing else, whatever is done to it."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError

from envctl.errors import Position
from envctl.model.address import Address
from envctl.model.change import FieldDiff
from envctl.model.request import ApiCall, JsonText
from envctl.model.resource import Desired
from envctl.model.secret import Secret, Unfit, is_secret, show
from envctl.model.value import UNSET
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

PAYLOAD = "hunter2-correct-horse"
SECRET = Secret(PAYLOAD, "${PW}")
JOINED = Secret.join(("u:", SECRET, "@h"))
DESIRED = Desired(Address("connection", "c"), {"password": SECRET}, Position("f", 1, 1))

SHOWN: dict[str, Callable[[], str]] = {
    "repr": lambda: repr(SECRET),
    "str": lambda: str(SECRET),
    "format": lambda: f"{SECRET} {SECRET!r} {SECRET!s} {SECRET:>40} {SECRET:.3}",
    "percent": lambda: "%s %r" % (SECRET, SECRET),  # noqa: UP031
    "str.format": lambda: "{0} {0!r}".format(SECRET),  # noqa: UP032
    "in a container": lambda: repr([{"a": (SECRET, {SECRET})}]),
    "joined": lambda: f"{JOINED} {JOINED!r} {JOINED.parts}",
    "json with a default": lambda: (
        json.dumps({"a": SECRET}, default=str) + json.dumps([SECRET], default=repr)
    ),
    "show": lambda: json.dumps(show({"a": [SECRET, {"b": JOINED}]})),
    "desired": lambda: repr(DESIRED),
    "field diff": lambda: repr(FieldDiff(("password",), Verdict.DIFFERENT, UNSET, SECRET)),
    "api call": lambda: repr(ApiCall("POST", "/x", body={"p": SECRET, "e": JsonText({"a": SECRET})})),
    "attributes": lambda: " ".join(
        repr(getattr(SECRET, name)) for name in dir(SECRET) if not name.endswith("payload")
    ),
    "derived": lambda: (
        repr(SECRET.derive(str.upper)) + repr(SECRET.split(lambda text: {"a": text, "b": text}))
    ),
}


@pytest.mark.parametrize("way", SHOWN)
def test_it_shows_its_label_only(way: str) -> None:
    text = SHOWN[way]()
    assert text
    assert PAYLOAD.lower() not in text.lower()


REFUSED: dict[str, Callable[[], object]] = {
    "json": lambda: json.dumps({"a": SECRET}),
    "pickle": lambda: pickle.dumps(SECRET),
    "pickle in a container": lambda: pickle.dumps([DESIRED]),
    "copy": lambda: copy.copy(SECRET),
    "deepcopy": lambda: copy.deepcopy({"a": [SECRET]}),
    "asdict": lambda: dataclasses.asdict(DESIRED),
    "concatenation": lambda: "a" + SECRET,  # type: ignore[operator]
    "vars": lambda: vars(SECRET),
    "bytes": lambda: bytes(SECRET),  # type: ignore[call-overload]
    "iteration": lambda: list(SECRET),  # type: ignore[call-overload]
    "join": lambda: ",".join([SECRET, "a"]),  # type: ignore[list-item]  # noqa: FLY002
}


@pytest.mark.parametrize("way", REFUSED)
def test_it_refuses_to_be_carried_away(way: str) -> None:
    with pytest.raises(TypeError) as error:
        REFUSED[way]()
    assert PAYLOAD not in everything_about(error.value)


def everything_about(error: BaseException) -> str:
    """Return all that any tool could make of an error: locals of each frame, causes and contexts."""
    seen: list[str] = []
    one: BaseException | None = error
    while one is not None:
        told = traceback.TracebackException.from_exception(one, capture_locals=True)
        seen += [*told.format(), repr(one), str(one.args), str(one.__dict__)]
        seen += [str(frame.locals) for frame in told.stack]
        one = one.__cause__ or one.__context__
    return "\n".join(seen)


def complain_aloud(text: Any) -> Any:
    copied = f"copied {text}"
    raise ValueError(copied)


def crash(text: Any) -> Any:
    return {}[text]


def recurse(text: Any) -> Any:
    return recurse(text)


@pytest.mark.parametrize("question", [complain_aloud, crash, recurse, int])
@pytest.mark.parametrize("ask", ["judge", "derive", "split"])
def test_no_error_about_a_payload_holds_it(ask: str, question: Callable[[Any], Any]) -> None:
    with pytest.raises(Unfit) as error:
        getattr(SECRET, ask)(question)
    assert str(error.value) == "${PW} does not fit here"
    assert error.value.__context__ is None
    assert PAYLOAD not in everything_about(error.value)


def test_an_error_that_is_written_to_be_shown_is() -> None:
    def refuse(_payload: Any) -> Any:
        raise Unfit("is no URI")

    with pytest.raises(Unfit) as error:
        SECRET.derive(refuse)
    assert str(error.value) == "${PW} is no URI"


def test_an_error_in_a_function_that_holds_a_secret_shows_its_label() -> None:
    def connect(password: Secret) -> None:
        text = f"{password}"
        raise RuntimeError(f"cannot connect with {text}")

    with pytest.raises(RuntimeError) as error:
        connect(SECRET)
    assert PAYLOAD not in everything_about(error.value)


def test_logging(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("x").info("sent %s and %r", SECRET, {"a": SECRET})
        logging.getLogger("x").error(SECRET)
    assert PAYLOAD not in caplog.text
    assert "${PW}" in caplog.text


class Model(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    number: int
    odd: Annotated[Any, PlainValidator(int)]


def test_pydantic_errors() -> None:
    with pytest.raises(ValidationError) as error:
        Model.model_validate({"number": SECRET, "odd": 1})
    assert PAYLOAD not in str(error.value) + repr(error.value.errors()) + everything_about(error.value)
    model = Model.model_construct(number=1, odd=[SECRET])
    assert PAYLOAD not in repr(model) + str(model)


def test_equality_needs_label_and_payload() -> None:
    assert Secret("a", "${X}") == Secret("a", "${X}")
    assert Secret("a", "${X}") != Secret("b", "${X}")
    assert Secret("a", "${X}") != Secret("a", "${Y}")
    assert Secret("a", "${X}") != "a"
    assert len({Secret("a", "${X}"), Secret("a", "${X}")}) == 1


def test_what_is_not_known_here() -> None:
    unknown = Secret.unavailable("${vault:a#b}")
    assert not unknown.available
    assert unknown.judge(lambda _: Verdict.SAME) is Verdict.UNVERIFIABLE
    assert unknown.derive(len) is unknown
    assert not unknown.is_text("")
    with pytest.raises(ValueError, match="is not resolved"):
        unknown.reveal()
    with pytest.raises(ValueError, match="is not resolved"):
        unknown.split(dict)
    joined = Secret.join(("a", SECRET, unknown))
    assert not joined.available
    assert str(joined) == "a${PW}${vault:a#b}"


def test_joining() -> None:
    assert Secret.join((SECRET,)) is SECRET
    assert JOINED.reveal() == f"u:{PAYLOAD}@h"
    assert JOINED.parts == ("u:", SECRET, "@h")
    assert Secret.join((JOINED, "!")).reveal() == f"u:{PAYLOAD}@h!"


def test_split_leaves_out_what_is_unset() -> None:
    parts = SECRET.split(lambda text: {"a": text[0], "b": UNSET})
    assert {name: part.reveal() for name, part in parts.items()} == {"a": PAYLOAD[0]}


@pytest.mark.parametrize(
    ("value", "secret"),
    [(SECRET, True), ([1, [SECRET]], True), ({"a": {"b": SECRET}}, True), ("x", False), ({"a": [1]}, False)],
)
def test_is_secret_looks_at_every_depth(value: object, secret: bool) -> None:  # noqa: FBT001
    assert is_secret(value) is secret


@given(st.text(min_size=4), st.text(alphabet="XYZ_", min_size=1))
def test_whatever_the_payload_only_the_label_is_shown(payload: str, name: str) -> None:
    label = f"${{{name}}}"
    one, other = Secret(payload, label), Secret(payload[::-1] + "other", label)
    assert (repr(one), str(one), f"{one:>9}") == (repr(other), str(other), f"{other:>9}")
