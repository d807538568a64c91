"""What is made of answers that no sound Vault gives, or gives at the worst moment; and what is repeated."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from envctl.depot.refusal import NotWritten
from envctl.depot.shelf import Shelf
from envctl.errors import BackendFailed
from envctl.model.secret import Secret
from envctl.secrets.backend import Found, Missing
from envctl.secrets.vault.words import in_our_words
from tests.unit.vault_double import DENIED, DOCUMENT, MOUNTS, Double, login

SENT = "-----BEGIN KEY-----\nsent canary, with   spaces\n-----END KEY-----" + "x" * 300


@pytest.mark.parametrize("status", [400, 413, 500, 503])
def test_nothing_that_a_server_repeats_is_shown(status: int) -> None:
    with Double(lambda path, _: (status, {"errors": [f"{'words ' * 20}{SENT} {path}"]})) as double:
        shelf = Shelf(double.connection(SENT.replace("\n", "").replace(" ", "")), "secret", 2, 1)
        with pytest.raises((NotWritten, BackendFailed)) as caught:
            shelf.put("variables", "x", {"value": Secret(SENT, "${S}")}, 1)
        said = [str(caught.value), getattr(caught.value, "hint", ""), double.why(), double.why("approle")]
    for one in said[:1] + said[2:]:
        assert f"answers {status}" in one
    assert all("log" in one for one in said[2:])
    assert not any(word in "".join(said) for word in ("canary", "words", "KEY", "xxx"))


def test_a_token_that_the_server_gave_is_not_shown_either() -> None:
    def answer(path: str, token: str) -> tuple[int, Any]:
        return login("hvs.issued-9c") if path.endswith("login") else (500, {"errors": [f"bad {token}"]})

    with Double(answer) as double:
        said = double.why("approle")
    assert "it answers 500" in said
    assert "hvs" not in said


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        (["1 error occurred:\n\t* permission denied\n\n"], "denied"),
        (["error validating token: invalid audience (aud) claim: x"], "for another audience"),
        (["error validating token: token is expired"], "the token has expired"),
        (['role "canary" could not be found'], "there is no such role"),
        (["upgrading from non-versioned to versioned data. This backend"], "being upgraded"),
        ("it is a text, and missing client token", "no token reached it"),
    ],
)
def test_known_reasons_are_told_in_our_words(said: Any, ours: str) -> None:
    found = in_our_words(said)
    assert found is not None
    assert ours in found
    assert "canary" not in found


@pytest.mark.parametrize("said", [None, [], [{"a": 1}], "canary", 5])
def test_unknown_reasons_are_not_told(said: Any) -> None:
    assert in_our_words(said) is None


@pytest.mark.parametrize(
    "content",
    [
        "<html>log in</html>",
        [],
        {"data": []},
        {"data": {"secret": []}},
        {"data": {"secret": {"kv/": 1}}},
        {"data": {"data": [], "metadata": {"version": 1}}},
        {"data": {"data": {}, "metadata": {"version": "one"}}},
    ],
)
def test_an_answer_that_no_vault_gives(content: Any) -> None:
    with Double(lambda _path, _token: (200, content)) as double:
        said = double.why()
        assert "does not answer as Vault does; check secrets.vault.url" in said
        with pytest.raises(BackendFailed, match="does not answer as Vault does") as caught:
            Shelf(double.connection(), "secret", 2, 1).names("variables")
        assert "secrets_backend.vault.url" in str(caught.value.hint)
        with pytest.raises(BackendFailed, match="does not answer as Vault does"):
            Shelf(double.connection(), "secret", 2, 1).read(["variables/x"])


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_page_of_errors_that_no_vault_gives(status: int) -> None:
    for page in ("<html>not here</html>", {"detail": "not here"}, ["not here"]):
        with Double(lambda _path, _token, page=page: (status, page)) as double:  # type: ignore[misc]
            assert "does not answer as Vault does" in double.why()
            assert "does not answer as Vault does" in double.why("approle")


def test_a_login_that_gives_no_token() -> None:
    for answer in ({}, {"auth": None}, {"auth": {"lease_duration": 5}}, {"auth": {"client_token": "x"}}):
        with Double(lambda _path, _token, answer=answer: (200, answer)) as double:  # type: ignore[misc]
            assert "does not answer as Vault does" in double.why("approle")


def test_half_an_answer_is_none() -> None:
    def cut(path: str, _token: str) -> tuple[int, Any]:
        return MOUNTS if path.endswith("mounts") else DOCUMENT

    with Double(cut, short=True) as double:
        assert "broke off in the middle of an answer" in double.why()


class Expiring:
    """A server that revokes the first token once two documents were asked for with it.

    The second of them is refused only when the first was had with another token.
    """

    def __init__(self) -> None:
        self.logins, self.revoked = 0, False
        self.asked_both, self.renewed = threading.Barrier(2, timeout=5), threading.Event()

    def __call__(self, path: str, token: str) -> tuple[int, Any]:
        """Answer."""
        if path.endswith("login"):
            self.logins += 1
            return login(f"T{self.logins}")
        if token == "T1" and path.startswith("secret/data"):
            self.asked_both.wait()
            self.revoked = True
            if path.endswith("/b"):
                self.renewed.wait(5)
        elif path.endswith("/a"):
            self.renewed.set()
        if token == "T1" and self.revoked:
            return DENIED
        return MOUNTS if path.endswith("mounts") else DOCUMENT


def test_two_that_find_a_token_revoked_at_once() -> None:
    answer = Expiring()
    with Double(answer) as double:
        found = double.read("secret/a#pg", "secret/b#pg", method="approle")
    assert all(isinstance(one, Found) for one in found), found
    assert answer.logins == 2


def test_a_denied_path_of_a_token_that_may_not_look_at_itself() -> None:
    logins: list[str] = []

    def answer(path: str, _token: str) -> tuple[int, Any]:
        if path.endswith("login"):
            logins.append(path)
            return login(f"T{len(logins)}")
        if path.endswith("mounts"):
            return MOUNTS
        return DOCUMENT if path.endswith("/ok") else DENIED

    with Double(answer) as double:
        for method in ("token", "approle"):
            one, two, good = double.read("ml/a#pg", "ml/b#pg", "ml/ok#pg", method=method)
            assert isinstance(good, Found)
            assert all(isinstance(x, Missing) and "may not read" in x.why for x in (one, two))
    assert len(logins) == 1


def test_logging_in_again_is_not_tried_for_each_path() -> None:
    """Something in between lets nothing pass that would tell a denied path from a token that is no more."""

    def answer(path: str, _token: str) -> tuple[int, Any]:
        return login("T") if path.endswith("login") else DENIED

    with Double(answer) as double:
        connection = double.connection(method="approle")
        shelf = Shelf(connection, "secret", 2, 1)
        assert shelf.read([f"variables/{one}" for one in range(5)]) == {
            f"variables/{one}": None for one in range(5)
        }
    assert sum(path.endswith("login") for path in double.paths) == 2
