"""Values that something on the way between a YAML file and Airflow's database would like to change."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass, field
from typing import Any

_BIG = 1024 * 1024
LARGE = "".join(f"line {number} of a large text, with ü and 😀\n" for number in range(_BIG // 42 + 1))
DEEP: Any = "bottom"
for _level in range(20):
    DEEP = {"next": [DEEP]}


@dataclass(frozen=True)
class Text:
    """A Variable that holds exactly this text. `yaml` is what stands in the file."""

    key: str
    yaml: str
    text: str


@dataclass(frozen=True)
class Document:
    """A Variable that holds this JSON document, however it is spelled."""

    key: str
    yaml: str
    document: Any


@dataclass(frozen=True)
class Connection:
    """A Connection with just these fields; all others are null."""

    id: str
    yaml: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class Pool:
    """A pool."""

    name: str
    yaml: str
    slots: int
    description: str | None = None
    include_deferred: bool = False


def quoted(text: str) -> str:
    """Return a text in YAML's double quotes; what an editor would not show is escaped."""
    inner = "".join(
        letter if unicodedata.category(letter)[0] not in "CZ" or letter == " " else f"\\U{ord(letter):08x}"
        for letter in text.replace("\\", "\\\\").replace('"', '\\"')
    )
    return f'"{inner}"'


def _quoted(key: str, text: str) -> Text:
    return Text(key, quoted(text), text)


PLAIN = tuple(
    Text(f"plain {text}", text, text)
    for text in (
        *("0", "-0", "007", "010", "0o17", "0x1F", "1_000", "+12", "1.10", "1.0", ".5", "5.", "1e3", "1E400"),
        *(
            "-1.5e-7",
            "123456789012345678901234567890",
            "12345678901234567890.123",
            "1:30",
            "1,000",
            ".inf",
            ".nan",
        ),
        *(
            "true",
            "True",
            "TRUE",
            "false",
            "yes",
            "no",
            "on",
            "off",
            "y",
            "n",
            "nil",
            "None",
            "NaN",
            "Infinity",
        ),
        *("2026-01-01", "2026-01-01T10:00:00Z", "12:30:45", "=", "<<x", "1 2", "-x", "a#b", "http://h:1/p"),
    )
)

TEXTS = (
    *PLAIN,
    _quoted("quoted null", "null"),
    _quoted("quoted tilde", "~"),
    _quoted("quoted true", "true"),
    _quoted("quoted True", "True"),
    _quoted("quoted no", "no"),
    _quoted("quoted number", "1.10"),
    _quoted("empty", ""),
    _quoted("one space", " "),
    _quoted("one newline", "\n"),
    _quoted("json with spaces", '{"a" :  1 ,\n "b":[ 1,2 ]}'),
    _quoted("json with keys alike", '{"a": 1, "a ": 2, "A": 3, " a": 4}'),
    _quoted("json with the same key twice", '{"a": 1, "a": 2}'),
    _quoted("json with null", '{"a":null,"b":[null,{"c":null}]}'),
    _quoted("json text", '"a text in quotes"'),
    _quoted("json with escapes", '{"a":"\\u0041\\n\\/\\ud83d\\ude00\\"", "\\u0062": "\\\\"}'),
    _quoted("json with half a character", '["\\ud83d"]'),
    _quoted("json with floats", "[1.10, 1e3, 1E-7, 12345678901234567890.123, -0.0, 1e308]"),
    _quoted("json with big integers", '{"n": 123456789012345678901234567890}'),
    _quoted("json with NaN", '{"n": NaN, "i": -Infinity}'),
    _quoted("json list", "[ ]"),
    _quoted("json in json", '{"inner": "{\\"a\\": 1}"}'),
    _quoted("no json: single quotes", "{'a': 1}"),
    _quoted("no json: trailing comma", '{"a": 1,}'),
    _quoted("no json: half", '{"a": '),
    _quoted("no json: python", "{'a': None, 'b': True}"),
    _quoted("no json: two", "{} {}"),
    _quoted("unicode", "Größe Ελλάδα 日本語 한국어 ﬃ"),
    _quoted("emoji", "👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪"),
    _quoted("right to left", "مرحبا \u202eabc\u202c עברית"),
    _quoted("combining", "e\u0301 is not é"),
    _quoted("newlines", "one\ntwo\n\nthree\n\n"),
    _quoted("crlf", "one\r\ntwo\r\n"),
    _quoted("lone cr", "one\rtwo\r"),
    _quoted("tabs", "\tone\ttwo\t"),
    _quoted("trailing spaces", "one   "),
    _quoted("leading spaces", "   one"),
    _quoted("control characters", "\x00\x01\x07\x1b[31mred\x1b[0m\x7f\x85\u2028\u2029\ufeff"),
    _quoted("large", LARGE),
    _quoted("half as large", LARGE[: _BIG // 2]),
    _quoted("quotes", "'single' \"double\" `back` “typographic”"),
    _quoted("backslashes", "C:\\new\\table\\ \\\\ \\n \\u0041"),
    _quoted("jinja", "{{ var.value.other }} {% if x %}"),
    _quoted("shell", "$HOME $(id) `id` ; rm -rf / && echo"),
    _quoted("sql", "'; DROP TABLE variable; --"),
    _quoted("html", "<script>alert('&amp;')</script>"),
    _quoted("percent", "%s %d %(name)s %% 100%"),
    _quoted("asterisks", "a *** b"),
    _quoted("four asterisks", "****"),
    _quoted("redaction-failed", "<redaction-failed>"),
    Text("literal reference", '"$${literal} $$ $x ${param:plain}"', "${literal} $$ $x a plain param"),
    Text("block", "|\n    one\n      two\n\n    three\n", "one\n  two\n\nthree\n"),
    Text("folded", ">-\n    one\n    two\n\n    three\n", "one two\nthree"),
    Text("single quoted", "'it''s \\n here'", "it's \\n here"),
    Text("from the environment", "${PLAIN_SECRET}", 'text from the environment: {"a"} \n\''),
    Text("secret json", "${JSON_SECRET}", '{"user": "u", "nested": {"list": [1, "json-secret-leaf"]}}'),
    _quoted("api_key", "the-text-under-a-key-that-looks-secret"),
    Text("my_password_number", "12345", "12345"),
    Text("a_token_is_on", "true", "true"),
    # Keys.
    _quoted("with/slash", "1"),
    _quoted("/leading/slash", "2"),
    _quoted("trailing/slash/", "3"),
    _quoted("//", "4"),
    _quoted("with space", "5"),
    _quoted(" leading and trailing ", "6"),
    _quoted("dots.in.it", "7"),
    _quoted("..", "8"),
    _quoted("a/../b", "9"),
    _quoted("Größe/日本/😀", "10"),
    _quoted("100%", "11"),
    _quoted("%2F%zz", "12"),
    _quoted("question?mark=1&b", "13"),
    _quoted("hash#tag", "14"),
    _quoted("plus+plus", "15"),
    _quoted("quote\"and'quote", "16"),
    _quoted("back\\slash", "17"),
    _quoted("colon: in it", "18"),
    _quoted("{{ jinja }}", "19"),
    _quoted("CASE", "20"),
    _quoted("case", "21"),
    _quoted("null", "22"),
    _quoted("true", "23"),
    _quoted("1.10", "24"),
    _quoted("k" * 250, "25"),
    _quoted("new\nline", "26"),
)

_NUMBERS = (
    "{value: {int: 3, float: 1.5, exp: 1e3, big: 123456789012345678901234567890, neg: -0.0, tiny: 1e-300}}"
)
DOCUMENTS = (
    Document(
        "doc numbers",
        _NUMBERS,
        {
            "int": 3,
            "float": 1.5,
            "exp": 1000.0,
            "big": 123456789012345678901234567890,
            "neg": -0.0,
            "tiny": 1e-300,
        },
    ),
    Document(
        "doc words",
        "{value: {yes: yes, no: no, on: on, true: true, 'null': null, date: 2026-01-01, o: 0o17, x: 0x1F}}",
        {
            "yes": "yes",
            "no": "no",
            "on": "on",
            "true": True,
            "null": None,
            "date": "2026-01-01",
            "o": 15,
            "x": 31,
        },
    ),
    Document("doc keys alike", '{value: {a: 1, "a ": 2, A: 3, "": 4}}', {"a": 1, "a ": 2, "A": 3, "": 4}),
    Document("doc nulls", "{value: {a: null, b: [null, {c: ~}]}}", {"a": None, "b": [None, {"c": None}]}),
    Document("doc empty", "{value: {}}", {}),
    Document("list empty", "[]", []),
    Document("list mixed", '[1, 1.0, true, "1", null, [], {}, ""]', [1, 1.0, True, "1", None, [], {}, ""]),
    Document("doc deep", "{value: " + json.dumps(DEEP) + "}", DEEP),
    Document("doc unicode", '{value: {"日本": "😀 \\t\\r\\n \\\\ é"}}', {"日本": "😀 \t\r\n \\ é"}),
    Document("doc order", "{value: {z: 1, a: 2, m: 3}}", {"z": 1, "a": 2, "m": 3}),
    Document(
        "doc secrets",
        "{value: {password: '${DOC_SECRET}', token: {id: 5, parts: [a-plain-token-part]}, url: 'x://${DOC_SECRET}@h'}}",
        {
            "password": "doc-secret-Zq81",
            "token": {"id": 5, "parts": ["a-plain-token-part"]},
            "url": "x://doc-secret-Zq81@h",
        },
    ),
    Document(
        "doc_secret_key",
        "{value: {a: text, b: 1, c: [true, null]}}",
        {"a": "text", "b": 1, "c": [True, None]},
    ),
    Document("doc mask inside", '{value: {a: "x***y"}}', {"a": "x***y"}),
)

VARIABLES: tuple[Text | Document, ...] = (*TEXTS, *DOCUMENTS)

NOT_ON_AIRFLOW_2 = {
    "variable/large": "answers 413",
    "connection/größe": "has no address for connection/größe",
    "pool/unlimited": "without limit (slots -1)",
    "pool/with/slash": "has no address for pool/with/slash",
}
"""What API v1 cannot write, and what is to be said of it."""

PASSWORDS = {
    "PW_PERCENT": "100%pass%2Fword",
    "PW_URL": "p@ss:w/rd#1?x=y&z",
    "PW_SPACE": " pass word with spaces ",
    "PW_UNICODE": "pässwörd-日本-😀",
    "PW_QUOTES": "pa\"ss'wo\\rd`$${x}",
    "PW_LINES": "-----BEGIN KEY-----\nMIIfoo\n-----END KEY-----\n",
    "PLAIN_SECRET": 'text from the environment: {"a"} \n\'',
    "JSON_SECRET": '{"user": "u", "nested": {"list": [1, "json-secret-leaf"]}}',
    "DOC_SECRET": "doc-secret-Zq81",
    "PORT_SECRET": "54321",
}


def _uri(name: str) -> Connection:
    return Connection(
        f"uri_{name}",
        f'{{uri: "postgres://user:${{{name}}}@db.example.com:5432/schema?sslmode=require"}}',
        {
            "conn_type": "postgres",
            "login": "user",
            "password": PASSWORDS[name],
            "host": "db.example.com",
            "port": 5432,
            "schema": "schema",
            "extra": {"sslmode": "require"},
        },
    )


def _given(name: str) -> Connection:
    return Connection(
        f"given_{name}",
        f"{{conn_type: postgres, host: h, password: '${{{name}}}'}}",
        {"conn_type": "postgres", "host": "h", "password": PASSWORDS[name]},
    )


_WITH_PASSWORDS = [name for name in PASSWORDS if name.startswith("PW_")]
CONNECTIONS = (
    *map(_uri, _WITH_PASSWORDS),
    *map(_given, _WITH_PASSWORDS),
    Connection("bare", "{conn_type: http}", {"conn_type": "http"}),
    Connection("port.absent", "{conn_type: http, host: h}", {"conn_type": "http", "host": "h"}),
    Connection("port-zero", "{conn_type: http, port: 0}", {"conn_type": "http", "port": 0}),
    Connection("port_max", "{conn_type: http, port: 65535}", {"conn_type": "http", "port": 65535}),
    Connection(
        "port_secret", "{conn_type: http, port: '${PORT_SECRET}'}", {"conn_type": "http", "port": 54321}
    ),
    Connection(
        "empty_texts",
        "{conn_type: http, login: '', host: '', schema: '', description: ''}",
        {"conn_type": "http", "login": "", "host": "", "schema": "", "description": ""},
    ),
    Connection(
        "typed_texts",
        "{conn_type: http, login: 007, host: 1e3, schema: true, description: 2026-01-01}",
        {"conn_type": "http", "login": "007", "host": "1e3", "schema": "true", "description": "2026-01-01"},
    ),
    Connection(
        "texts",
        '{conn_type: http, login: "ü 日本", host: "https://h:1/p?q#f", schema: " s\\n", description: "***x"}',
        {
            "conn_type": "http",
            "login": "ü 日本",
            "host": "https://h:1/p?q#f",
            "schema": " s\n",
            "description": "***x",
        },
    ),
    Connection("extra_empty", "{conn_type: http, extra: {}}", {"conn_type": "http", "extra": {}}),
    Connection(
        "extra_nested",
        "{conn_type: aws, login: k, password: '${PW_PERCENT}', extra: {"
        "role: {arn: 'arn:x', list: [1, 1.0, null, {}], true: true}, 'a ': 1e3, password: '${DOC_SECRET}',"
        " private_key: '${PW_LINES}', token: {n: 5, s: plain-tok}, text: 'has ${DOC_SECRET} in it',"
        " '日本': '😀', empty: '', proxy: null}}",
        {
            "conn_type": "aws",
            "login": "k",
            "password": PASSWORDS["PW_PERCENT"],
            "extra": {
                "role": {"arn": "arn:x", "list": [1, 1.0, None, {}], "true": True},
                "a ": 1000.0,
                "password": PASSWORDS["DOC_SECRET"],
                "private_key": PASSWORDS["PW_LINES"],
                "token": {"n": 5, "s": "plain-tok"},
                "text": "has doc-secret-Zq81 in it",
                "日本": "😀",
                "empty": "",
                "proxy": None,
            },
        },
    ),
    Connection(
        "uri_plain",
        "{uri: 'mysql://u%40x:${PW_URL}@h%2Fx/s%20s?a=1&b=%7B%22c%22%3A%202%7D&d=', description: d}",
        {
            "conn_type": "mysql",
            "login": "u@x",
            "password": PASSWORDS["PW_URL"],
            "host": "h/x",
            "schema": "s s",
            "extra": {"a": 1, "b": {"c": 2}, "d": ""},
            "description": "d",
        },
    ),
    Connection(
        "uri_http",
        "{uri: 'http://https://h.example.com:8443/base'}",
        {"conn_type": "http", "host": "https://h.example.com", "port": 8443, "schema": "base"},
    ),
    Connection("c" * 200, "{conn_type: generic}", {"conn_type": "generic"}),
    Connection("größe", "{conn_type: generic}", {"conn_type": "generic"}),
)

POOLS = (
    Pool("unlimited", "{slots: -1}", -1),
    Pool("none", "{slots: 0}", 0),
    Pool("large", "{slots: 2147483647}", 2147483647),
    Pool("with space", "{slots: 1}", 1),
    Pool("with/slash", "{slots: 2, description: ''}", 2, ""),
    Pool(
        "Größe 日本 😀",
        "{slots: 3, description: '😀 \\n it''s', include_deferred: true}",
        3,
        "😀 \\n it's",
        include_deferred=True,
    ),
    Pool("p" * 256, "{slots: 4}", 4),
    Pool("default_pool", "{slots: 64, include_deferred: true}", 64, include_deferred=True),
)


@dataclass(frozen=True)
class Section:
    """One section of a spec file."""

    name: str
    entries: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"  {quoted(key)}: {yaml}" for key, yaml in self.entries.items()]
        return "\n".join([f"{self.name}:", *lines, ""])


READ_BACK = """
import json
from airflow.models import Connection, Pool, Variable
from airflow.utils.session import create_session

keys, ids, names = json.loads({wanted!r})
fields = ("conn_type", "description", "host", "login", "password", "schema", "port")
connections = {{}}
for conn_id in ids:
    one = Connection.get_connection_from_secrets(conn_id)
    connections[conn_id] = {{name: getattr(one, name) for name in fields}}
    connections[conn_id]["extra"] = one.extra_dejson if one.extra else one.extra
with create_session() as session:
    pools = {{
        one.pool: [one.slots, one.description, one.include_deferred]
        for one in session.query(Pool).filter(Pool.pool.in_(names))
    }}
variables = {{key: Variable.get(key) for key in keys}}
print(json.dumps({{"variables": variables, "connections": connections, "pools": pools}}))
"""
"""Asks Airflow for what it has, as operators and hooks ask for it."""


@dataclass(frozen=True)
class Everything:
    """All of the above, or what one version of Airflow takes of it."""

    texts: tuple[Text, ...] = TEXTS
    documents: tuple[Document, ...] = DOCUMENTS
    connections: tuple[Connection, ...] = CONNECTIONS
    pools: tuple[Pool, ...] = POOLS

    @property
    def variables(self) -> tuple[Text | Document, ...]:
        return (*self.texts, *self.documents)

    @property
    def count(self) -> int:
        return len(self.variables) + len(self.connections) + len(self.pools)

    def spec(self) -> str:
        """Return the spec file."""
        sections = (
            Section("variables", {one.key: one.yaml for one in self.variables}),
            Section("connections", {one.id: one.yaml for one in self.connections}),
            Section("pools", {one.name: one.yaml for one in self.pools}),
        )
        return "\n".join(map(str, sections))

    def read_back_code(self) -> str:
        """Return the program that reads everything on the server."""
        wanted = (
            [one.key for one in self.variables],
            [one.id for one in self.connections],
            [one.name for one in self.pools],
        )
        return READ_BACK.format(wanted=json.dumps(wanted))


def on_airflow_2() -> Everything:
    """Give what API v1 can write."""
    return Everything(
        texts=tuple(one for one in TEXTS if f"variable/{one.key}" not in NOT_ON_AIRFLOW_2),
        connections=tuple(one for one in CONNECTIONS if f"connection/{one.id}" not in NOT_ON_AIRFLOW_2),
        pools=tuple(one for one in POOLS if f"pool/{one.name}" not in NOT_ON_AIRFLOW_2),
    )
