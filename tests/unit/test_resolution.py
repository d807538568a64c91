"""What references resolve to, what stays secret, and that no value can break what stands around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.errors import Position
from envctl.kinds import KINDS
from envctl.model.reference import Reference, Unresolved, parse_template
from envctl.model.secret import Secret
from envctl.secrets.environment import EnvironmentSource
from envctl.secrets.params import ParamSource
from envctl.secrets.resolver import Resolver, Withheld
from envctl.settings import read_settings
from envctl.spec.reader import SpecReader
from envctl.spec.tree import open_tree
from envctl.stages.loading import Loaded, load
from tests.unit.trees import AIRFLOW, again, read, write

HERE = Position("f.yaml", 1, 1)
NASTY = [
    "'",
    '"',
    "a: b",
    "${OTHER}",
    "$${X}",
    "}",
    "{",
    "# c",
    "\n",
    "a\nb: c",
    "- x",
    "*x",
    "&x",
    "!x",
    "\t",
    "é\u2028",
]


def environment_source(**variables: str) -> EnvironmentSource:
    return EnvironmentSource(variables, ("PUBLIC",))


def test_a_variable_of_the_process_is_a_secret_with_its_reference_for_a_label() -> None:
    value = environment_source(PW="hunter2").resolve(Reference("env", "PW", "${PW:-no}", default="no"), HERE)
    assert isinstance(value, Secret)
    assert value.is_text("hunter2")
    assert str(value) == "${PW}"


def test_a_public_name_gives_plain_text() -> None:
    assert environment_source(PUBLIC="eu").resolve(Reference("env", "PUBLIC", "${PUBLIC}"), HERE) == "eu"


@pytest.mark.parametrize("variables", [{}, {"PW": ""}])
def test_a_default_stands_for_what_is_unset_or_empty(variables: dict[str, str]) -> None:
    reference = Reference("env", "PW", "${PW:-none}", default="none")
    value = EnvironmentSource(variables, ()).resolve(reference, HERE)
    assert isinstance(value, Secret)
    assert value.is_text("none")
    assert str(value) == "${PW:-none}"
    assert EnvironmentSource(variables, ("PW",)).resolve(reference, HERE) == "none"


@pytest.mark.parametrize("public", [(), ("PW",)])
def test_what_is_no_text_is_refused(public: tuple[str, ...]) -> None:
    with pytest.raises(Unresolved, match="environment variable PW is not UTF-8 text"):
        EnvironmentSource({"PW": "a\udcff"}, public).resolve(Reference("env", "PW", "${PW}"), HERE)


@pytest.mark.parametrize(
    ("variables", "reference", "message"),
    [
        ({}, Reference("env", "PW", "${PW}"), "environment variable PW is not set"),
        ({"PW": ""}, Reference("env", "PW", "${PW}"), "environment variable PW is empty"),
        (
            {},
            Reference("env", "PW", "${PW:?ask the team}", complaint="ask the team"),
            "environment variable PW is not set: ask the team",
        ),
        ({"PUBLIC": ""}, Reference("env", "PUBLIC", "${PUBLIC}"), "environment variable PUBLIC is empty"),
    ],
)
def test_unset_and_empty_are_errors(variables: dict[str, str], reference: Reference, message: str) -> None:
    with pytest.raises(Unresolved) as error:
        EnvironmentSource(variables, ("PUBLIC",)).resolve(reference, HERE)
    assert str(error.value) == message
    assert error.value.hint == f"set it, or write ${{{reference.name}:-}} if it may be empty"


def test_params_and_the_nearest_one() -> None:
    source = ParamSource({"region": "eu", "empty": ""})
    assert source.resolve(Reference("param", "region", "${param:region}"), HERE) == "eu"
    assert source.resolve(Reference("param", "empty", "${param:empty}"), HERE) == ""
    with pytest.raises(Unresolved, match="has no param 'regoin'") as error:
        source.resolve(Reference("param", "regoin", "${param:regoin}"), HERE)
    assert error.value.hint == "did you mean 'region'?"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("${A:=b}", "${A:=b}: unknown source 'A'; known are env, param, vault"),
        ("${valt:a#b}", "${valt:a#b}: unknown source 'valt'; did you mean 'vault'?"),
        ("${zzz:a}", "${zzz:a}: unknown source 'zzz'; known are env, param, vault"),
        ("${zzz:" + "x " * 5000 + "}", "...: unknown source 'zzz'; known are env, param, vault"),
    ],
)
def test_sources_that_there_are_not(text: str, words: str) -> None:
    (reference,) = parse_template(text)
    assert isinstance(reference, Reference)
    with pytest.raises(Unresolved) as error:
        Resolver({"env": Withheld(), "param": Withheld(), "vault": Withheld()})(reference, HERE)
    assert str(error.value).endswith(words)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(
    "source",
    [
        EnvironmentSource({"X": "***"}, ()),
        EnvironmentSource({"X": "***"}, ("X",)),
        EnvironmentSource({}, ()),
        ParamSource({"X": "***"}),
    ],
)
def test_a_mask_is_no_value_wherever_it_comes_from(source: EnvironmentSource | ParamSource) -> None:
    with pytest.raises(Unresolved, match="holds Airflow's mask"):
        Resolver({"env": source})(Reference("env", "X", "${X:-***}", default="***"), HERE)


def test_every_unset_name_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("C", "set")
    found = read(
        {"dev/a.yaml": "variables:\n  x: ${A} ${B} ${C} ${A}\n  y: [ok, '${D}', {k: '${E:?why}'}]\n"}
    )
    assert found.mistakes == [
        "tree/dev/a.yaml:2:6: environment variable A is not set",
        "tree/dev/a.yaml:2:6: environment variable B is not set",
        "tree/dev/a.yaml:3:11: environment variable D is not set",
        "tree/dev/a.yaml:3:23: environment variable E is not set: why",
    ]


@pytest.mark.parametrize("value", NASTY)
@pytest.mark.parametrize("quote", ["", "'", '"', "|\n    "])
def test_no_value_breaks_the_yaml_around_it(monkeypatch: pytest.MonkeyPatch, value: str, quote: str) -> None:
    monkeypatch.setenv("X", value)
    end = quote if quote in ("'", '"') else ""
    found = read({"dev/a.yaml": f"variables:\n  x: {quote}<${{X}}>{end}\n  y: 1\n"})
    secret = found.field("variable/x")
    assert isinstance(secret, Secret)
    assert secret.is_text(f"<{value}>" + ("\n" if quote.startswith("|") else ""))
    assert found.field("variable/y") == "1"


@given(st.text(min_size=1).filter(lambda text: text != "***"))
def test_a_joined_text_is_its_parts_one_after_another(value: str) -> None:
    secret = Secret.join(("a", Secret(value, "${X}"), "b", Secret(value, "${Y}")))
    assert secret.is_text(f"a{value}b{value}")
    assert str(secret) == "a${X}b${Y}"


def test_taint_survives_being_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PW", "hunter2")
    monkeypatch.setenv("CI_REGION", "eu")
    environment = f"{AIRFLOW}params: {{db: main}}\npublic_env: [CI_REGION]\n"
    text = "variables:\n  x: db=${param:db} pw=${PW}\n  y: ${param:db}-${CI_REGION}-${NO:-no}\n"
    found = read({"dev/environment.yaml": environment, "dev/a.yaml": text})
    assert repr(found.field("variable/x")) == "<secret db=main pw=${PW}>"
    assert found.field("variable/x").is_text("db=main pw=hunter2")
    assert found.field("variable/y").is_text("main-eu-no")
    assert str(found.field("variable/y")) == "main-eu-${NO:-no}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{port: '${N}'}", {"port": "5432"}),
        ("['${N}', '${N}0']", ["5432", "54320"]),
    ],
)
def test_in_json_a_public_reference_is_text(
    monkeypatch: pytest.MonkeyPatch, text: str, value: object
) -> None:
    monkeypatch.setenv("N", "5432")
    environment = f"{AIRFLOW}public_env: [N]\n"
    found = read({"dev/environment.yaml": environment, "dev/a.yaml": f"variables: {{x: {{value: {text}}}}}"})
    assert found.field("variable/x") == value


@pytest.mark.parametrize(
    ("value", "fits"), [("5432", True), (" 5432\n", True), ("0", True), ("65536", False), ("x", False)]
)
def test_numbers_from_references(monkeypatch: pytest.MonkeyPatch, value: str, fits: bool) -> None:  # noqa: FBT001
    monkeypatch.setenv("PORT", value)
    found = read({"dev/a.yaml": "connections: {c: {conn_type: http, port: '${PORT}'}}"})
    problem = "port must be a whole number from 0 to 65535: ${PORT} does not fit here"
    assert found.mistakes == ([] if fits else [f"tree/dev/a.yaml:1:36: connection 'c': {problem}"])


def test_booleans_from_references(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ON", "true")
    text = "pools: {p: {slots: 1, include_deferred: '${ON}'}, q: {slots: 1, include_deferred: '${X:-yes}'}}"
    assert read({"dev/a.yaml": text}).mistakes == [
        "tree/dev/a.yaml:1:65: pool 'q': include_deferred must be true or false: ${X:-yes} does not fit here"
    ]


def test_without_secrets_nothing_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SET", "hunter2")
    monkeypatch.setenv("OPEN", "eu")
    files = {
        "dev/environment.yaml": f"{AIRFLOW}params: {{p: v}}\npublic_env: [OPEN]\n",
        "dev/a.yaml": "variables: {x: '${SET}${NOT_SET}', y: '${file:/nowhere}', z: '${param:p}${OPEN}'}",
    }
    found = read(files, secrets=False)
    assert found.mistakes == []
    assert [found.field(f"variable/{key}").available for key in "xy"] == [False, False]
    assert found.field("variable/z") == "veu"


def test_without_secrets_what_is_no_secret_must_be_there() -> None:
    assert read({"dev/a.yaml": "variables: {x: '${param:p}'}"}, secrets=False).mistakes == [
        "tree/dev/a.yaml:1:16: ${param:p}: the environment has no param 'p'"
    ]


def test_an_unmanaged_value_needs_no_reference() -> None:
    assert read({"dev/a.yaml": "variables: {x: !unmanaged '${NOT_SET}'}"}).mistakes == []


def test_keys_hold_no_references_but_may_hold_an_escaped_one() -> None:
    found = read({"dev/a.yaml": "variables:\n  x: {value: {'$${a}': 1}}\n  $${y}: 2\n"})
    assert found.field("variable/x") == {"${a}": 1}
    assert found.field("variable/${y}") == "2"
    refused = read({"dev/a.yaml": "connections:\n  c_${X}: {conn_type: '${Y}'}\n"})
    assert refused.mistakes == [
        "tree/dev/a.yaml:2:23: environment variable Y is not set",
        "tree/dev/a.yaml:2:3: a reference in the key 'c_${X}'",
    ]


def test_one_reference_in_a_layer_is_reported_once_for_all_environments() -> None:
    tree = open_tree(
        write(
            {
                "base/a.yaml": "variables: {x: '${NOT_SET}'}",
                "dev/environment.yaml": f"layers: [base]\n{AIRFLOW}",
                "prod/environment.yaml": f"layers: [base]\n{AIRFLOW}",
            }
        )
    )
    reader = SpecReader(tree, KINDS)
    found = [load(tree, reader, name, KINDS, settings=read_settings()) for name in ("dev", "prod")]
    assert not any(isinstance(one, Loaded) for one in found)
    assert found[0] == found[1]
    assert len(again().found) == 1
