"""One mistake in one entry: one finding, at its place, in words that help."""

from __future__ import annotations

import pytest

from tests.unit.trees import read_variables

LONG_KEY = "k" * 251
LONG_ID = "c" * 201
LONG_NAME = "p" * 257
DEEP_TEXT = "[" * 201 + "]" * 201

VARIABLES = [
    ("x:", "2:3", "variable 'x' is empty"),
    ("x: ~", "2:3", "variable 'x' is empty"),
    ("x: {value: }", "2:7", "value is empty: write '' for an empty text"),
    ("x: {value: 1, description: null}", "2:17", "description is empty"),
    ("x: {}", "2:3", "value is missing"),
    ("x: {description: d}", "2:3", "value is missing"),
    ("x: {valu: 5}", "2:7", "unknown key 'valu'"),
    ("x: {value: 5, descripton: d}", "2:17", "unknown key 'descripton'"),
    ("x: {new_scoring: true, thresholds: {high: 1}}", "2:3", "none of its keys is one of a variable"),
    ("x: {value: 5, description: [a]}", "2:17", "description must be text, not a list"),
    ("x: {value: 5, description: {a: b}}", "2:17", "description must be text, not a mapping"),
    ("x: '***'", "2:6", "value is Airflow's mask '***'"),
    ("x: {value: 5, description: '***'}", "2:17", "description is Airflow's mask '***'"),
    ("x: [a, '***']", "2:10", "value[1] is Airflow's mask '***'"),
    ("x: {value: {a: {b: ['***']}}}", "2:23", "value.a.b[0] is Airflow's mask '***'"),
    ("x: 'postgres://u:***@h/db'", "2:6", "value is Airflow's mask '***'"),
    ('x: \'{"password": "***"}\'', "2:6", "value holds Airflow's mask '***'"),
    (f"{LONG_KEY}: 1", "2:3", "at most 250 characters, this one has 251"),
    ("x: {<<: {value: 1}}", "2:7", "merge keys '<<'"),
    ("x: {<<: [{description: d}, {value: 1}]}", "2:7", "merge keys '<<'"),
    ("x: ${A:-x #y}", "2:6", "a reference that is cut apart"),
    ("'': 1", "2:3", "key must not be empty"),
    (f"x: '{DEEP_TEXT}'", "2:6", "would break the list of Variables for everyone: nested deeper than 200"),
    ("x: !unmanaged {value: 5}", "2:3", "cannot be !unmanaged as a whole"),
    ("x: {value: [!unmanaged a]}", "2:15", "value[0] cannot be !unmanaged as an item of a list"),
    ("x: {value: [{a: !remove }]}", "2:16", "value[0].a is in a list, where !remove has nothing to remove"),
    ("x: {value: [!replace {a: 1}]}", "2:15", "value[0] is in a list, where !replace has nothing to replace"),
    ("'${X}': 1", "2:3", "a reference in the key '${X}'"),
    ("'${X': 1", "2:3", "a reference in the key '${X'"),
    ("x: '${X'", "2:6", "'${' is not closed"),
]

CONNECTIONS = [
    ("c: {}", "2:3", "needs conn_type (or a uri)"),
    ("c: {host: h}", "2:3", "needs conn_type (or a uri)"),
    ("c: postgres", "2:3", "must be a mapping, not a single value"),
    ("c: [a]", "2:3", "must be a mapping, not a list"),
    ("c: {conn_type: ''}", "2:7", "conn_type must not be empty"),
    ("c: {conn_type: http, hots: h}", "2:24", "unknown key 'hots'"),
    ("c: {conn_type: http, schema_: h}", "2:24", "unknown key 'schema_'"),
    ("c: {conn_type: http, port: 70000}", "2:24", "port must be a whole number from 0 to 65535"),
    ("c: {conn_type: http, port: -1}", "2:24", "port must be a whole number from 0 to 65535"),
    ("c: {conn_type: http, port: 1e3}", "2:24", "port must be a whole number from 0 to 65535"),
    ("c: {conn_type: http, port: http}", "2:24", "port must be a whole number from 0 to 65535"),
    ("c: {conn_type: http, port: true}", "2:24", "port must be a whole number from 0 to 65535"),
    ("c: {conn_type: http, port: [80]}", "2:24", "from 0 to 65535, not a list"),
    ("c: {conn_type: http, port: }", "2:24", "port is empty: write a whole number"),
    ("c: {conn_type: http, password: '***'}", "2:24", "password is Airflow's mask '***'"),
    ("c: {conn_type: http, password: }", "2:24", "password is empty"),
    ("c: {conn_type: http, extra: '{\"a\": 1}'}", "2:24", "extra must be a mapping, not a single value"),
    ("c: {conn_type: http, extra: [a]}", "2:24", "extra must be a mapping, not a list"),
    ("c: {conn_type: http, extra: }", "2:24", "extra must be a mapping, not nothing (null)"),
    ("c: {conn_type: http, extra: {a: {b: '***'}}}", "2:36", "extra.a.b is Airflow's mask '***'"),
    ("c: {uri: 'http://h', host: h}", "2:3", "has both uri and host: write either the uri or the fields"),
    ("c: {uri: 'http://h', schema: s, port: 1}", "2:3", "has both uri and port, schema"),
    ("c: {uri: !unmanaged }", "2:7", "uri cannot be !unmanaged"),
    ("c: {uri: host/db}", "2:7", "uri has no scheme"),
    ("c: {uri: ''}", "2:7", "uri has no scheme"),
    ("c: {uri: 'http://h:70000'}", "2:7", "uri has a port that is no number from 0 to 65535"),
    ("c: {uri: 'http://u:***@h'}", "2:7", "uri is Airflow's mask '***'"),
    ("c: {uri: 'http://h?token=***'}", "2:3", "extra holds Airflow's mask '***'"),
    ("a/b: {conn_type: http}", "2:3", "a connection id may hold letters, digits, '_', '.' and '-' only"),
    ("'a b': {conn_type: http}", "2:3", "connection 'a b': a connection id may hold"),
    ("c: {<<: {conn_type: http}, host: h}", "2:7", "merge keys '<<'"),
    ("'': {conn_type: http}", "2:3", "a connection id may hold"),
    (f"{LONG_ID}: {{conn_type: http}}", "2:3", "at most 200 characters, this one has 201"),
]

POOLS = [
    ("p: {}", "2:3", "slots is missing"),
    ("p: {description: d}", "2:3", "slots is missing"),
    ("p: {slot: 4}", "2:7", "unknown key 'slot'"),
    ("p: 4", "2:3", "must be a mapping, not a single value"),
    ("p:", "2:3", "pool 'p' is empty"),
    ("p: {slots: -2}", "2:7", "slots must be a whole number from -1 to 2147483647"),
    ("p: {slots: 2147483648}", "2:7", "slots must be a whole number from -1 to 2147483647"),
    ("p: {slots: 1.0}", "2:7", "slots must be a whole number"),
    ("p: {slots: 4, include_deferred: yes}", "2:17", "include_deferred must be true or false"),
    ("p: {slots: 4, include_deferred: 1}", "2:17", "include_deferred must be true or false"),
    ("p: {slots: 4, include_deferred: }", "2:17", "include_deferred must be true or false"),
    ("default_pool: {slots: 4, description: d}", "2:3", "only slots and include_deferred of default_pool"),
    ("'': {slots: 1}", "2:3", "a pool's name must not be empty"),
    (f"{LONG_NAME}: {{slots: 1}}", "2:3", "at most 256 characters, this one has 257"),
]


@pytest.mark.parametrize(
    ("section", "entry", "place", "words"),
    [
        *(("variables", *case) for case in VARIABLES),
        *(("connections", *case) for case in CONNECTIONS),
        *(("pools", *case) for case in POOLS),
    ],
)
def test_one_finding_for_one_mistake(section: str, entry: str, place: str, words: str) -> None:
    (found,) = read_variables(f"{section}:\n  {entry}\n").found
    assert str(found).startswith(f"tree/dev/a.yaml:{place}: ")
    assert words in found.message


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("variables: {x: {valu: 5}}", "did you mean 'value'?"),
        ("variables: {x: {value: 5, zzz: 1}}", "known are description, protected, team, value"),
        ("variables: {x: {a: 1}}", "a JSON object stands under value:"),
        ("connections: {c: {conn_type: http, schema_: h}}", "did you mean 'schema'?"),
        ("pools: {p: {description: d}}", "add slots:"),
        ("variables: {x: }", "write '' for an empty text, or !remove to take an inherited one out"),
        ("pools: {p: }", "give it slots:, or !remove to take an inherited one out"),
        ("variables: {x: {value: ${A:-x, y}}}", 'quote the text that holds the reference: "${NAME:-a, b}"'),
        ("variables: {x: {value: ${A:-x: y}}}", 'quote the text that holds the reference: "${NAME:-a, b}"'),
        ("variable: {x: 1}", "did you mean 'variables'?"),
        ("variables:", "write 'variables: {}' for none at all"),
    ],
)
def test_says_what_to_do(text: str, hint: str) -> None:
    assert [found.hint for found in read_variables(text).found] == [hint]


def test_every_mistake_of_an_entry_is_found() -> None:
    text = """\
connections:
  c:
    conn_type: http
    port: 70000
    hots: h
    extra:
      a: '***'
      b: [1, .inf, {c: '***'}]
    login: [a]
variables:
  x: ['***', .nan]
"""
    assert [str(one.position) for one in read_variables(text).found] == [
        "tree/dev/a.yaml:11:7",
        "tree/dev/a.yaml:11:14",
        "tree/dev/a.yaml:9:5",
        "tree/dev/a.yaml:4:5",
        "tree/dev/a.yaml:7:7",
        "tree/dev/a.yaml:8:14",
        "tree/dev/a.yaml:8:21",
        "tree/dev/a.yaml:5:5",
    ]
