"""Whatever may have moved, times whatever it may have moved in: reason, action and exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.server.api import Api
    from tests.server.envctl import Done, Envctl
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

PLAIN = {
    "variables": {"var": {"value": "one"}, "doc": {"value": {"leaf": 1, "rest": [1, 2]}}},
    "connections": {
        "field": {"conn_type": "postgres", "host": "one.example.com", "password": "${PLAIN_PW}"},
        "pass": {"conn_type": "postgres", "password": "${PASS}"},
        "extra": {"conn_type": "http", "extra": {"leaf": "one", "rest": True}},
    },
    "pools": {"pool": {"slots": 1, "description": "kept"}},
}
"""One object for each column of the matrix; in each, one leaf is moved and the others stay."""
SECRET = {
    "variables": {"var": {"value": "${SOURCE}"}, "doc": {"value": {"leaf": "${SOURCE}", "rest": 1}}},
    "connections": {
        "field": {"conn_type": "postgres", "login": "${SOURCE}"},
        "pass": {"conn_type": "postgres", "password": "${HIDDEN}"},
        "extra": {"conn_type": "http", "extra": {"api_key": "${HIDDEN}", "rest": True}},
    },
    "pools": {"pool": {"slots": 1, "description": "${SOURCE}"}},
}
"""The same with the leaf from a secret source. Airflow hides the password and the key in `extra`, and
whatever has the same text: so what can be read has another one."""
COLUMNS = (
    "variable/var",
    "variable/doc",
    "connection/field",
    "connection/pass",
    "connection/extra",
    "pool/pool",
)
LEAVES = ("value", "value.leaf", "host", "password", "extra.leaf", "slots")
FIRST, SECOND, THIRD = "first-secret-6f1c", "second-secret-90ab", "third-secret-77de"
OPEN = {FIRST: "first-readable-3e0d", SECOND: "second-readable-b2c4", THIRD: "third-readable-15fa"}
"""What stands for each secret where it can be read."""


class Cell(NamedTuple):
    """What diff is to say of an object."""

    action: str
    reason: str


IN_SYNC = None


def row(cell: Cell | None, **different: Cell | None) -> dict[str, Cell | None]:
    """Give the same cell for every column, but for those named by the last part of their address."""
    return {address: different.get(address.partition("/")[2], cell) for address in COLUMNS}


class Matrix:
    """The instance and the spec, both moved as a row of the matrix says."""

    def __init__(self, envctl: Envctl, tree: Tree, api: Api) -> None:
        self.envctl, self.tree, self.api = envctl, tree, api
        envctl.secrets |= {"PLAIN_PW": "plain-password-41aa", "PASS": FIRST}
        self.rotate(FIRST)

    def rotate(self, secret: str) -> None:
        """Change the secret at its source."""
        self.envctl.secrets |= {"HIDDEN": secret, "SOURCE": OPEN[secret]}

    def applied(self, spec: dict[str, Any]) -> None:
        self.tree.spec(spec)
        done = self.envctl.json("apply", "dev")
        assert done.code == 0, done.said

    def spec_moves(self, value: str = "two", slots: int = 2) -> None:
        spec = json.loads(json.dumps(PLAIN))
        spec["variables"]["var"]["value"] = value
        spec["variables"]["doc"]["value"]["leaf"] = 2
        spec["connections"]["field"]["host"] = f"{value}.example.com"
        spec["connections"]["extra"]["extra"]["leaf"] = value
        spec["pools"]["pool"]["slots"] = slots
        self.envctl.secrets["PASS"] = SECOND
        self.tree.spec(spec)

    def live_moves(self) -> None:
        api = self.api
        api.call("PATCH", "/variables/var?update_mask=value", {"key": "var", "value": "live"})
        document = json.dumps({"leaf": 9, "rest": [1, 2]})
        api.call("PATCH", "/variables/doc?update_mask=value", {"key": "doc", "value": document})
        self.connection("field", host="live.example.com")
        self.connection("pass", password=THIRD)
        self.connection("extra", extra=json.dumps({"leaf": "live", "rest": True}))
        api.call(
            "PATCH", "/pools/pool?update_mask=slots", {"pool": "pool", "slots": 9, "include_deferred": False}
        )

    def connection(self, name: str, **fields: Any) -> None:
        mask = "&".join(f"update_mask={field}" for field in fields)
        kind = self.api.connection(name)["conn_type"]
        body = {"connection_id": name, "conn_type": kind, **fields}
        self.api.call("PATCH", f"/connections/{name}?{mask}", body)

    def secrets_are_edited(self, secret: str) -> None:
        """Put a secret into every place of the spec's, by hand in Airflow."""
        api, text = self.api, OPEN[secret]
        api.call("PATCH", "/variables/var?update_mask=value", {"key": "var", "value": text})
        document = json.dumps({"leaf": text, "rest": 1})
        api.call("PATCH", "/variables/doc?update_mask=value", {"key": "doc", "value": document})
        self.connection("field", login=text)
        self.connection("pass", password=secret)
        self.connection("extra", extra=json.dumps({"api_key": secret, "rest": True}))
        body = {"pool": "pool", "slots": 1, "description": text, "include_deferred": False}
        api.call("PATCH", "/pools/pool?update_mask=description", body)

    def deleted(self) -> None:
        self.api.delete("variables", "var", "doc")
        self.api.delete("connections", "field", "pass", "extra")
        self.api.delete("pools", "pool")

    def says(self, expected: dict[str, Cell | None], code: int, unverifiable: Collection[str] = ()) -> Done:
        """Check what diff says: every change and no other, what cannot be verified, and the exit code."""
        done = self.envctl.json("diff", "dev")
        found = {
            address: Cell(change["action"], change["reason"]) for address, change in done.changes.items()
        }
        assert found == {address: cell for address, cell in expected.items() if cell}, done.said
        assert done.code == code, done.said
        assert {one["address"] for one in done.json["unverifiable"]} == set(unverifiable)
        return done


@pytest.fixture
def matrix(envctl: Envctl, tree: Tree, api: Api) -> Matrix:
    return Matrix(envctl, tree, api)


def settles(matrix: Matrix, still_open: Collection[str] = ()) -> None:
    """Check that an apply converges, after which diff has nothing to say and an apply nothing to write.

    `still_open` are objects of which Airflow cannot tell, whatever is applied.
    """
    done = matrix.envctl.json("apply", "dev", "--max-deletes", "100%")
    assert (done.code, done.json["converged"]) == (0, True), done.said
    again = matrix.envctl.json("diff", "dev")
    assert (again.code, again.json["changes"]) == (0, []), again.said
    assert {one["address"] for one in again.json["unverifiable"]} == set(still_open)


def test_unchanged(matrix: Matrix) -> None:
    matrix.applied(PLAIN)
    done = matrix.says(row(IN_SYNC), 0)
    assert done.json["summary"]["in_sync"] == len(COLUMNS)


def test_spec_changed(matrix: Matrix) -> None:
    matrix.applied(PLAIN)
    matrix.spec_moves()
    expected = row(Cell("update", "spec_changed"), **{"pass": Cell("rewrite", "secret_rotated")})
    done = matrix.says(expected, 2)
    for address, leaf in zip(COLUMNS, LEAVES, strict=True):
        assert [one["path"] for one in done.changes[address]["fields"]] == [leaf]
    settles(matrix)


def test_live_changed(matrix: Matrix) -> None:
    matrix.applied(PLAIN)
    matrix.live_moves()
    done = matrix.says(row(Cell("update", "drift"), **{"pass": Cell("rewrite", "touched_outside")}), 2)
    assert {change["by"]["actor"] for change in done.changes.values()} == {"admin"}
    settles(matrix)


def test_both_changed(matrix: Matrix) -> None:
    matrix.applied(PLAIN)
    matrix.spec_moves()
    matrix.live_moves()
    matrix.says(row(Cell("update", "conflict"), **{"pass": Cell("rewrite", "conflict")}), 2)
    settles(matrix)


def test_deleted_outside(matrix: Matrix) -> None:
    matrix.applied(PLAIN)
    matrix.deleted()
    done = matrix.says(row(Cell("create", "deleted_outside")), 2)
    assert {change["by"]["actor"] for change in done.changes.values()} == {"admin"}
    settles(matrix)


def test_objects_removed_from_the_spec(matrix: Matrix) -> None:
    matrix.applied(PLAIN)
    matrix.tree.spec({"variables": {}, "connections": {}, "pools": {}})
    matrix.says(row(Cell("delete", "removed_from_spec")), 2)


def test_leaves_removed_from_the_spec(matrix: Matrix) -> None:
    """A leaf goes with its key; a pool keeps what is not said; a password cannot be taken away."""
    matrix.applied(PLAIN)
    spec = json.loads(json.dumps(PLAIN))
    del spec["variables"]["doc"]["value"]["leaf"]
    del spec["connections"]["field"]["host"]
    del spec["connections"]["pass"]["password"]
    del spec["connections"]["extra"]["extra"]["leaf"]
    del spec["pools"]["pool"]["description"]
    matrix.tree.spec(spec)
    done = matrix.says(row(Cell("update", "spec_changed"), var=IN_SYNC), 2)
    assert "cannot take away" in done.changes["connection/pass"]["blocked"]


def test_secret_rotated_at_its_source(matrix: Matrix) -> None:
    matrix.applied(SECRET)
    matrix.rotate(SECOND)
    rewritten = Cell("rewrite", "secret_rotated")
    done = matrix.says(row(Cell("update", "secret_rotated"), **{"pass": rewritten, "extra": rewritten}), 2)
    for address, change in done.changes.items():
        assert [one["secret"] for one in change["fields"]] == [True], address
    settles(matrix)


def test_secret_edited_in_airflow(matrix: Matrix) -> None:
    matrix.applied(SECRET)
    matrix.secrets_are_edited(THIRD)
    rewritten = Cell("rewrite", "touched_outside")
    matrix.says(row(Cell("update", "drift"), **{"pass": rewritten, "extra": rewritten}), 2)
    settles(matrix)


def test_secret_edited_in_airflow_to_the_same_value(matrix: Matrix) -> None:
    matrix.applied(SECRET)
    matrix.secrets_are_edited(FIRST)
    rewritten = Cell("rewrite", "touched_outside")
    # Airflow 2 does not tell whether a password was set where the spec has none.
    still_open = {"connection/field"} if matrix.api.old else set()
    done = matrix.says(row(IN_SYNC, **{"pass": rewritten, "extra": rewritten}), 2, unverifiable=still_open)
    assert all("whether a password is set" in one["why"] for one in done.json["unverifiable"])
    settles(matrix, still_open)


def test_secret_rotated_and_edited(matrix: Matrix) -> None:
    matrix.applied(SECRET)
    matrix.rotate(SECOND)
    matrix.secrets_are_edited(THIRD)
    rewritten = Cell("rewrite", "conflict")
    matrix.says(row(Cell("update", "conflict"), **{"pass": rewritten, "extra": rewritten}), 2)
    settles(matrix)


@pytest.mark.parametrize("spec", [PLAIN, SECRET], ids=["plain", "secret"])
def test_first_contact_with_what_is_there_already(spec: dict[str, Any], matrix: Matrix, api: Api) -> None:
    matrix.applied(spec)
    api.delete("variables", "envctl.ledger.default")
    hidden = {"connection/pass", "connection/field" if spec is PLAIN else "connection/extra"}
    done = matrix.says(row(Cell("adopt", "adopt")), 0, unverifiable=hidden)
    assert done.json["summary"]["adopt"] == len(COLUMNS)
    # Adopted, a secret is still not known to be the spec's; once rotated at its source, it is written.
    assert matrix.envctl.json("apply", "dev").code == 0
    matrix.says(row(IN_SYNC), 0, unverifiable=hidden)
    matrix.rotate(SECOND)
    matrix.envctl.secrets |= {"PASS": SECOND, "PLAIN_PW": "plain-password-52bb"}
    assert matrix.envctl.json("diff", "dev").changes["connection/pass"]["reason"] == "secret_rotated"
    settles(matrix)


def test_first_contact_with_what_differs(matrix: Matrix, api: Api) -> None:
    matrix.applied(PLAIN)
    matrix.live_moves()
    api.delete("variables", "envctl.ledger.default")
    expected = row(Cell("update", "adopt"), **{"pass": Cell("adopt", "adopt")})
    matrix.says(expected, 2, unverifiable={"connection/pass"})


def test_first_contact_with_nothing(matrix: Matrix) -> None:
    matrix.tree.spec(PLAIN)
    matrix.says(row(Cell("create", "new")), 2)
    settles(matrix)
