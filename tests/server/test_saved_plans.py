"""A plan that was saved is carried out as it was seen, or not at all; no secret is in its file."""

from __future__ import annotations

import base64
import hashlib
import json
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from envctl.ledger.codec import decode
from tests.server import guard
from tests.server.faults import answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.server.api import Api
    from tests.server.conftest import Server
    from tests.server.envctl import Done, Envctl
    from tests.server.proxy import Proxy
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

PASSWORD = "saved-plans-password-Vt4'\"é"
READABLE = "saved-plans-readable-Hn8"
"""Never the password of a connection: those the server masks wherever it meets them."""
THEIRS = "saved-plans-their-own-Kp2"
THEIR_PASSWORD = "saved-plans-their-password-Ry9"
SPEC: dict[str, Any] = {
    "variables": {
        "scalar": "500",
        "flags": {"value": {"new": True, "token": "${PW}", "hosts": ["a", "b"]}},
        "innocent": "${READABLE}",
        "once": {"value": {"a": 1, "b": "x ${READABLE} y"}},
        "api_key": "in-plain-words-but-masked",
    },
    "connections": {
        "db": {"conn_type": "postgres", "host": "h", "password": "${PW}", "extra": {"api_key": "${PW}"}},
        "literal": {"conn_type": "http", "password": "saved-plans-literal-Wd6"},
    },
    "pools": {"gpu": {"slots": 4}},
}


class Saved:
    """The environment dev, and plans of it in files of its folder."""

    def __init__(self, envctl: Envctl, tree: Tree) -> None:
        self.envctl, self.tree = envctl, tree
        self.file = envctl.folder / "dev.plan"

    def spec(self, **sections: dict[str, Any]) -> None:
        """Write the spec above, with other entries in some sections; None takes one out."""
        merged = {name: {**entries, **sections.get(name, {})} for name, entries in SPEC.items()}
        self.tree.spec({n: {k: v for k, v in one.items() if v is not None} for n, one in merged.items()})

    def plan(self, *options: str, code: int = 2) -> Done:
        done = self.envctl.json("plan", "dev", "--out", "dev.plan", *options)
        assert done.code == code, done.said
        return done

    def apply(self, *options: str) -> Done:
        return self.envctl.json("apply", "dev", "--plan", "dev.plan", *options)

    def refused(self, *options: str) -> list[str]:
        """Apply, which is refused, and give the reasons."""
        done = self.apply(*options)
        assert done.code == 3, done.said
        for reason in done.json["error"]["reasons"]:
            assert reason in done.err
        return list(done.json["error"]["reasons"])


@pytest.fixture
def saved(envctl: Envctl, tree: Tree) -> Saved:
    """Nothing applied yet."""
    envctl.secrets |= {"PW": PASSWORD, "READABLE": READABLE}
    envctl.canaries |= {THEIRS, THEIR_PASSWORD, "saved-plans-literal-Wd6"}
    one = Saved(envctl, tree)
    one.spec()
    return one


@pytest.fixture
def applied(saved: Saved, proxy: Proxy) -> Saved:
    """The spec applied, then `scalar` and the host of `db` changed in it, and the password elsewhere."""
    done = saved.envctl("apply", "dev")
    assert done.code == 0, done.said
    proxy.calm()
    saved.spec(
        variables={"scalar": "501"},
        connections={"db": {**SPEC["connections"]["db"], "host": "i"}},
    )
    saved.envctl.canaries.add(PASSWORD)
    saved.envctl.secrets["PW"] = "saved-plans-rotated-Bz1"
    return saved


@pytest.fixture(autouse=True)
def _no_secret_is_in_a_plan_file(tmp_path: Path, envctl: Envctl) -> Iterator[None]:
    """Neither the secrets that a test has, nor those of others, nor a hash to try words on."""
    yield
    known = {*envctl.secrets.values(), *envctl.canaries}
    for file in filter(Path.is_file, tmp_path.glob("*.plan")):
        text = file.read_bytes().decode(errors="replace")
        for secret in (one for one in known if len(one) >= 5):
            for form in forms(secret.encode(errors="surrogateescape")):
                assert form not in text, f"{secret!r} is in {file.name} as {form!r}"


def forms(secret: bytes) -> Iterator[str]:
    """Give a secret and its unsalted hashes, as texts, JSON, hexadecimal and base64."""
    dumped = json.dumps(secret.decode(errors="surrogateescape"))
    raw = [secret, dumped.encode()]
    hashed = [hashlib.new(name, one).digest() for name in ("md5", "sha1", "sha256", "sha512") for one in raw]
    yield secret.decode(errors="surrogateescape")
    yield dumped[1:-1]
    for one in (secret, *hashed):
        yield one.hex()
        for spell in (base64.b64encode, base64.urlsafe_b64encode):
            # The first letters are enough: marks are cut short.
            yield spell(one).decode().rstrip("=")[:12]


def test_saved_reviewed_and_carried_out(saved: Saved, proxy: Proxy, api: Api, server: Server) -> None:
    diff = saved.envctl("diff", "dev", verbose=False)
    planned = saved.envctl("plan", "dev", "--out", "dev.plan", verbose=False)
    assert (planned.code, planned.out) == (2, diff.out), planned.said
    assert "saved as dev.plan   plan " in planned.err
    assert stat.S_IMODE(saved.file.stat().st_mode) == 0o600
    assert proxy.writes == []

    del saved.envctl.secrets["PW"]
    (saved.tree.root / "dev/environment.yaml").rename(saved.tree.root / "dev/moved")
    proxy.calm()
    shown = saved.envctl("show", "dev.plan", verbose=False)
    assert shown.code == 0, shown.said
    assert shown.out.startswith(diff.out)
    digest = json.loads(saved.file.read_text())["digest"][:16]
    assert f"  plan {digest}   made " in shown.out.removeprefix(diff.out)
    assert proxy.seen == []
    as_json = saved.envctl.json("show", "dev.plan").json
    assert (as_json["command"], as_json["plan"], len(as_json["changes"])) == ("show", digest, 8)

    saved.envctl.secrets["PW"] = PASSWORD
    (saved.tree.root / "dev/moved").rename(saved.tree.root / "dev/environment.yaml")
    done = saved.apply("--strict")
    assert (done.code, done.json["converged"], done.json["plan"]) == (0, True, digest), done.said
    assert [one["outcome"] for one in done.json["changes"]] == ["applied"] * 8
    code = (
        "from airflow.models import Connection\n"
        "print(ascii(Connection.get_connection_from_secrets('db').password))"
    )
    assert server.sandbox.run_python(code).strip().splitlines()[-1] == ascii(PASSWORD)
    assert saved.envctl("diff", "dev").code == 0


def test_json_of_plan_and_diff_is_the_same(applied: Saved) -> None:
    diff = applied.envctl.json("diff", "dev").json
    plan = applied.plan().json
    show = applied.envctl.json("show", "dev.plan").json
    assert {**plan, "command": "diff", "plan": None} == diff
    assert {**show, "command": "plan"} == plan
    assert diff["summary"] == {**diff["summary"], "update": 2, "rewrite": 1}


def test_a_later_change_with_secrets_is_carried_out(applied: Saved, api: Api) -> None:
    applied.plan()
    done = applied.apply("--strict")
    assert (done.code, done.json["converged"]) == (0, True), done.said
    assert set(done.changes) == {"variable/scalar", "variable/flags", "connection/db"}
    assert api.connection("db")["host"] == "i"


def test_done_already(applied: Saved, proxy: Proxy) -> None:
    applied.plan()
    assert applied.apply().code == 0
    proxy.calm()
    for options in ((), ("--strict",)):
        done = applied.apply(*options)
        assert (done.code, done.json["changes"], done.json["converged"]) == (0, [], True), done.said
    done = applied.envctl("apply", "dev", "--plan", "dev.plan")
    assert "nothing to do" in done.out
    assert proxy.writes == []


def test_nothing_to_plan(applied: Saved, proxy: Proxy) -> None:
    assert applied.envctl("apply", "dev").code == 0
    proxy.calm()
    applied.plan(code=0)
    done = applied.apply()
    assert (done.code, done.json["changes"]) == (0, []), done.said
    assert proxy.writes == []


def test_the_rest_of_a_plan_that_failed_half_way(saved: Saved, proxy: Proxy, api: Api) -> None:
    saved.plan()
    proxy.on("PATCH", "/variables", answer(500, "no"))
    assert saved.apply().code == 5
    proxy.calm()
    done = saved.apply()
    assert (done.code, done.json["converged"]) == (0, True), done.said
    written = [one for one in done.json["changes"] if one["action"] != "adopt"]
    assert {one["address"].partition("/")[0] for one in written} == {"variable"}


def spec_moves(saved: Saved, api: Api) -> None:
    saved.spec(variables={"scalar": "502"}, connections={"db": SPEC["connections"]["db"] | {"host": "i"}})


def spec_drops(saved: Saved, api: Api) -> None:
    saved.spec(variables={"scalar": None}, connections={"db": SPEC["connections"]["db"] | {"host": "i"}})


def secret_moves(saved: Saved, api: Api) -> None:
    saved.envctl.secrets["PW"] = "saved-plans-once-more-Jf3"


def live_moves(saved: Saved, api: Api) -> None:
    api.set_variable("scalar", THEIRS)
    api.set_variable("flags", json.dumps({"new": False, "token": PASSWORD, "hosts": ["a", "b"]}))
    api.call("PATCH", "/connections/db?update_mask=login", {**DB, "login": "x"})


def live_goes(saved: Saved, api: Api) -> None:
    api.delete("variables", "scalar")


def live_secret_moves(saved: Saved, api: Api) -> None:
    api.call("PATCH", "/connections/db?update_mask=password", {**DB, "password": THEIR_PASSWORD})


DB = {"connection_id": "db", "conn_type": "postgres"}


@pytest.mark.parametrize(
    ("move", "reasons"),
    [
        (spec_moves, ["the spec of variable/scalar has changed since: value"]),
        (spec_drops, ["variable/scalar is no longer in the spec"]),
        (
            secret_moves,
            [
                "the secret of connection/db has changed since: extra.api_key, password",
                "the secret of variable/flags has changed since: value.token",
            ],
        ),
        (
            live_moves,
            [
                "live moved: connection/db was written by admin at",
                "live moved: connection/db: login",
                "live moved: variable/flags was written by admin at",
                "live moved: variable/flags: value.new",
                "live moved: variable/scalar: value",
            ],
        ),
        (live_goes, ["live moved: variable/scalar is gone"]),
        (live_secret_moves, ["live moved: connection/db was written by admin at"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_has_moved_since(
    move: Callable[[Saved, Api], None], reasons: list[str], applied: Saved, api: Api, proxy: Proxy
) -> None:
    applied.plan()
    proxy.calm()
    move(applied, api)
    found = sorted(applied.refused())
    assert len(found) == len(reasons), found
    assert all(one.startswith(start) for one, start in zip(found, reasons, strict=True)), found
    assert proxy.writes == []
    assert (
        "make a new one: envctl plan dev --out FILE"
        in applied.envctl("apply", "dev", "--plan", "dev.plan").err
    )


def test_what_came_since(saved: Saved, api: Api, proxy: Proxy) -> None:
    saved.plan()
    api.set_variable("scalar", "mine")
    assert saved.refused() == ["live moved: variable/scalar is there by now"]
    assert proxy.writes == []
    api.set_variable("scalar", "500")
    done = saved.apply()
    assert (done.code, "variable/scalar" in [one["address"] for one in done.json["changes"]]) == (0, True)
    assert done.changes["variable/scalar"]["action"] == "adopt"


def test_strict_minds_the_rest_of_the_spec(applied: Saved, tree: Tree, api: Api) -> None:
    applied.plan()
    applied.spec(
        variables={"scalar": "501", "more": "1"},
        connections={"db": {**SPEC["connections"]["db"], "host": "i"}, "other": {"conn_type": "http"}},
        pools={"gpu": {"slots": 5}},
    )
    api.set_connection("other", conn_type="http")
    assert applied.refused("--strict") == ["the spec has changed since, and --strict was given"]
    done = applied.apply()
    assert (done.code, done.json["converged"]) == (0, True), done.said
    assert set(done.changes) == {"variable/scalar", "variable/flags", "connection/db"}
    assert {(one["address"], one["action"]) for one in done.json["left_out"]} == {
        ("variable/more", "create"),
        ("pool/gpu", "update"),
        ("connection/other", "adopt"),
    }
    assert "more" not in api.all("variables")
    after = applied.envctl.json("diff", "dev")
    assert {name: one["reason"] for name, one in after.changes.items()} == {
        "variable/more": "new",
        "pool/gpu": "spec_changed",
        "connection/other": "adopt",
    }
    done = applied.envctl("apply", "dev", "--plan", "dev.plan")
    assert done.code == 0, done.said
    assert "2 further changes are not in the plan: " in done.out
    assert "nothing to do" in done.out


def test_strict_does_not_mind_what_does_not_matter(applied: Saved, tree: Tree) -> None:
    applied.plan()
    spec = (tree.root / "dev/spec.yaml").read_text()
    (tree.root / "dev/spec.yaml").write_text(f"# a comment\n\n{spec}")
    done = applied.apply("--strict")
    assert done.code == 0, done.said


def test_strict_minds_the_policy(applied: Saved, tree: Tree, proxy: Proxy) -> None:
    applied.plan()
    tree.environment("dev", proxy.url, policy={"prune": "none"})
    assert applied.refused("--strict") == ["the spec has changed since, and --strict was given"]
    assert applied.apply().code == 0


def test_a_plan_for_another_environment(saved: Saved, tree: Tree, proxy: Proxy) -> None:
    tree.environment("prod", proxy.url)
    tree.write("prod/spec.yaml", SPEC)
    saved.plan()
    proxy.calm()
    done = saved.envctl.json("apply", "prod", "--plan", "dev.plan")
    assert done.code == 3, done.said
    assert f"the saved plan was made for dev ({proxy.url}), not for prod" in done.err
    assert proxy.seen == []


def test_a_plan_for_another_instance(saved: Saved, tree: Tree, proxy: Proxy) -> None:
    saved.plan()
    moved = proxy.url.replace("127.0.0.1", "localhost")
    tree.environment("dev", moved)
    saved.envctl.settings["NO_PROXY"] = "localhost,127.0.0.1"
    assert saved.refused() == [f"it was made for {proxy.url}, and dev is {moved} now"]
    assert len(saved.refused("--strict")) == 2
    assert proxy.writes == []


def test_an_instance_that_was_set_back(applied: Saved, api: Api) -> None:
    applied.plan()
    api.delete("variables", "envctl.ledger.default")
    (reason, *_) = applied.refused()
    assert reason.startswith("the ledger is back at apply #0 from #1")


def test_edited_by_hand(applied: Saved, proxy: Proxy) -> None:
    applied.plan()
    text = applied.file.read_text()
    applied.file.write_text(text.replace('"prune": false', '"prune": true'))
    proxy.calm()
    for arguments in (("apply", "dev", "--plan", "dev.plan"), ("show", "dev.plan")):
        done = applied.envctl.json(*arguments)
        assert done.code == 3, done.said
        assert "dev.plan was edited, or damaged, since envctl wrote it" in done.err
        assert done.json["error"]["reasons"] == []
    assert proxy.seen == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "dev.plan cannot be read: no such file or directory"),
        ("", "holds no saved plan: it is no JSON"),
        ('{"plan_format": 2,', "holds no saved plan: it is no JSON: Expecting property name"),
        ('{"format_version": 1}', "holds no saved plan: it has no plan_format"),
        ('{"plan_format": 3, "envctl": "9.9"}', "was written by a newer envctl (9.9)"),
        ('{"plan_format": 1, "envctl": "0.1.0"}', "was written by an older envctl (0.1.0)"),
    ],
)
def test_what_is_no_plan(content: str | None, message: str, saved: Saved, proxy: Proxy) -> None:
    if content is not None:
        saved.file.write_text(content)
    for arguments in (("apply", "dev", "--plan", "dev.plan"), ("show", "dev.plan")):
        done = saved.envctl.json(*arguments)
        assert done.code == 1, done.said
        assert message in done.err
    assert proxy.seen == []


def test_options_are_the_plans(saved: Saved, tree: Tree, api: Api, proxy: Proxy) -> None:
    kept = {f"kept_{number}": "1" for number in range(10)}
    for name in ("spare_1", "spare_2", *kept):
        api.set_variable(name, "1")
    tree.environment("dev", proxy.url, manage=guard.MANAGE, policy={"max_deletes": 1})
    tree.spec(variables=kept)
    saved.plan("--prune")
    assert saved.envctl("show", "dev.plan").out.rstrip().endswith("--prune")
    done = saved.apply()
    assert done.code == 3, done.said
    assert "max_deletes is 1, the plan has 2 deletes" in done.err
    done = saved.apply("--max-deletes", "2")
    assert (done.code, done.json["converged"]) == (0, True), done.said
    assert {"spare_1", "spare_2"}.isdisjoint(api.all("variables"))
    for options in (("--prune",), ("--rewrite-secrets", "*")):
        done = saved.envctl.json("apply", "dev", "--plan", "dev.plan", *options)
        assert done.code == 64, done.said
        assert f"{options[0]} goes with envctl plan" in done.err
    done = saved.envctl("apply", "dev", "--strict")
    assert (done.code, "--plan FILE" in done.err) == (64, True)


def test_deletes_are_pinned(saved: Saved, tree: Tree, api: Api, proxy: Proxy) -> None:
    tree.spec(variables={"a": "1", "b": "1", "c": "1"})
    assert saved.envctl("apply", "dev").code == 0
    tree.spec(variables={"a": "1"})
    saved.plan()
    api.set_variable("b", THEIRS)
    assert saved.refused() == ["live moved: variable/b"]
    tree.spec(variables={"a": "1", "b": "2"})
    assert saved.refused() == ["variable/b is in the spec again"]
    tree.spec(pools={})
    assert saved.refused()[0] == "variable/b is no longer in the spec, which has no section for it"
    tree.spec(variables={"a": "1"})
    saved.plan()
    done = saved.apply()
    assert (done.code, done.json["converged"]) == (0, True), done.said
    assert {"b", "c"}.isdisjoint(api.all("variables"))


def test_secrets_to_be_written_again(saved: Saved, proxy: Proxy) -> None:
    assert saved.envctl("apply", "dev").code == 0
    saved.plan("--rewrite-secrets", "connection/db")
    proxy.calm()
    done = saved.apply()
    assert (done.code, done.json["converged"]) == (0, True), done.said
    assert set(done.changes) == {"connection/db"}
    proxy.calm()
    done = saved.apply()
    assert (done.code, done.json["changes"]) == (0, []), done.said
    assert proxy.writes == []


def test_consent(saved: Saved, tree: Tree, proxy: Proxy) -> None:
    """A plan that was reviewed is consent: in CI under `protected: strict`, and at a terminal."""
    tree.environment("dev", proxy.url, policy={"protected": "strict"})
    assert saved.envctl("apply", "dev").code == 3
    saved.plan()
    assert saved.apply().code == 0
    saved.spec(variables={"scalar": "502"})
    saved.plan()
    done = saved.envctl.at_terminal("apply", "dev", "--plan", "dev.plan", question="type its name")
    assert done.code == 0, done.said
    assert "type its name" not in done.out


def test_the_history_names_the_plan(saved: Saved, api: Api) -> None:
    digest = saved.plan().json["plan"]
    assert saved.apply().code == 0
    ledger = decode(json.loads(api.value("envctl.ledger.default")), "default")
    assert ledger.latest is not None
    assert ledger.latest.plan == digest


def test_without_the_event_log(applied: Saved, proxy: Proxy, api: Api) -> None:
    """Whether somebody wrote what Airflow hides cannot be known then: that is said, and no refusal."""
    for moment in ("planning", "applying"):
        if moment == "planning":
            proxy.on("GET", "/eventLogs", answer(403, "no"))
        applied.plan()
        proxy.calm()
        if moment == "applying":
            proxy.on("GET", "/eventLogs", answer(403, "no"))
        done = applied.envctl("apply", "dev", "--plan", "dev.plan")
        assert done.code == 0, done.said
        assert "since the plan was made is not known" in done.err
        proxy.calm()
        applied.envctl.canaries.add(applied.envctl.secrets["PW"])
        applied.envctl.secrets["PW"] += "-again"


def test_where_a_plan_cannot_be_written(saved: Saved, proxy: Proxy) -> None:
    folder = saved.envctl.folder
    (folder / "link.plan").symlink_to(folder / "target.plan")
    for out, message in (
        ("no/such/dev.plan", "there is no folder no/such"),
        (".", "it is a folder"),
        ("link.plan", "it is a symbolic link, which is not followed"),
        ("/dev/null", "it is no regular file"),
        ("x" * 300, "file name too long"),
    ):
        done = saved.envctl.json("plan", "dev", "--out", out)
        assert done.code == 1, done.said
        assert message in done.err
    assert proxy.seen == []
    assert saved.envctl("plan", "dev").code == 64


def test_a_file_that_is_there_is_replaced(saved: Saved) -> None:
    saved.file.write_text("old")
    saved.file.chmod(0o644)
    before = saved.file.stat().st_ino
    saved.plan()
    after = saved.file.stat()
    assert (stat.S_IMODE(after.st_mode), after.st_ino != before) == (0o600, True)
    assert sorted(one.name for one in saved.envctl.folder.iterdir()) == ["dev.plan", "environments"]


def test_no_plan_is_saved_of_what_cannot_be_compared(saved: Saved, tree: Tree, proxy: Proxy) -> None:
    saved.file.write_text("old")
    tree.spec("variables: {a: ${UNSET_NAME}}")
    done = saved.envctl.json("plan", "dev", "--out", "dev.plan")
    assert done.code == 1, done.said
    saved.spec()
    proxy.down()
    done = saved.envctl("plan", "dev", "--out", "dev.plan", "--quiet")
    assert done.code == 1, done.said
    assert saved.file.read_text() == "old"


def test_at_a_piped_reader_that_goes_away(saved: Saved) -> None:
    done = saved.envctl.program("plan", "dev", "--out", "dev.plan", shell_behind="| head -1")
    assert saved.file.exists(), done.said
    assert saved.apply().code == 0
