"""Connection URIs, held against what Airflow 3.3.2 itself makes of them.

The expected fields were written by `airflow.models.connection.Connection(uri=...)`; to make them again,
run that over the URIs. Two things are left out of the comparison: Airflow has an empty text where there
is no host or schema, and stores no empty password.
"""

from __future__ import annotations

from typing import Any

import pytest

from envctl.kinds.connection_uri import fields_of_uri
from envctl.model.secret import Secret, Unfit
from envctl.model.value import UNSET

NAMES = ("conn_type", "host", "login", "password", "schema", "port", "extra")

# conn_type, host, login, password, schema, port, extra
AIRFLOW_SAYS: dict[str, tuple[Any, ...]] = {
    "postgres://user:pass@host:5432/db": ("postgres", "host", "user", "pass", "db", 5432, None),
    "postgresql://user:pass@host:5432/db": ("postgres", "host", "user", "pass", "db", 5432, None),
    "google-cloud-platform://?project=p&num_retries=5": (
        "google_cloud_platform",
        "",
        None,
        None,
        "",
        None,
        {"project": "p", "num_retries": 5},
    ),
    "POSTGRES://h/db": ("postgres", "h", None, None, "db", None, None),
    "http://host": ("http", "host", None, None, "", None, None),
    "http://host:80": ("http", "host", None, None, "", 80, None),
    "http://host:": ("http", "host", None, None, "", None, None),
    "http://:80": ("http", "", None, None, "", 80, None),
    "http://user@host": ("http", "host", "user", None, "", None, None),
    "http://user:@host": ("http", "host", "user", None, "", None, None),
    "http://:pass@host": ("http", "host", "", "pass", "", None, None),
    "http://@host": ("http", "host", "", None, "", None, None),
    "http://u%40x:p%3A%2F%3F%23%40%25@h%2Eost/sch%2Fema": (
        "http",
        "h.ost",
        "u@x",
        "p:/?#@%",
        "sch/ema",
        None,
        None,
    ),
    "http://u:p@ss@host": ("http", "host", "u", "p@ss", "", None, None),
    "http://u:p:w@host": ("http", "host", "u", "p:w", "", None, None),
    "http://HOST.Example.COM/Path": ("http", "host.example.com", None, None, "Path", None, None),
    "postgres://u:p@%2FVar%2Frun%2FPG/db": ("postgres", "/Var/run/PG", "u", "p", "db", None, None),
    "postgres://u:p@%2FVar%2Frun%2FPG:5433/db": ("postgres", "/Var/run/PG", "u", "p", "db", 5433, None),
    "postgres://u:p@Data%2FRun:5433/db": ("postgres", "Data/Run", "u", "p", "db", 5433, None),
    "postgres://u:p@[::1]:5432/db": ("postgres", "::1", "u", "p", "db", 5432, None),
    "postgres://u:p@[FE80::1]/db": ("postgres", "fe80::1", "u", "p", "db", None, None),
    "http://host/a/b/c": ("http", "host", None, None, "a/b/c", None, None),
    "http://host/": ("http", "host", None, None, "", None, None),
    'http://host?x=1&y=true&z=text&e=&l=[1,2]&o={"a":1.5}': (
        "http",
        "host",
        None,
        None,
        "",
        None,
        {"x": 1, "y": True, "z": "text", "e": "", "l": [1, 2], "o": {"a": 1.5}},
    ),
    "http://host/db?a=b%20c+d&a=second": ("http", "host", None, None, "db", None, {"a": "second"}),
    "http://host?__extra__=%7B%22a%22%3A%20%7B%22b%22%3A%201%7D%7D": (
        "http",
        "host",
        None,
        None,
        "",
        None,
        {"a": {"b": 1}},
    ),
    "http://host?__extra__=": ("http", "host", None, None, "", None, ""),
    "http://host?x": ("http", "host", None, None, "", None, {"x": ""}),
    'http://host?x=007&y=1e3&z=null&w="q"': (
        "http",
        "host",
        None,
        None,
        "",
        None,
        {"x": "007", "y": 1000.0, "z": None, "w": "q"},
    ),
    "http://https://host:443/path?x=1": ("http", "https://host", None, None, "path", 443, {"x": 1}),
    "http://HTTPS://Host": ("http", "https://host", None, None, "", None, None),
    "http://https://u:p@host": ("http", "https://host", "u", "p", "", None, None),
    "spark://yarn://": ("spark", "", None, None, "", None, None),
    "sqs://": ("sqs", "", None, None, "", None, None),
    "aws://AKIA:se%2Fcret@?region_name=eu": ("aws", "", "AKIA", "se/cret", "", None, {"region_name": "eu"}),
    "http://ünïcode.example/ä?ö=ü": ("http", "ünïcode.example", None, None, "ä", None, {"ö": "ü"}),
    "http://host:0": ("http", "host", None, None, "", 0, None),
    "http://host:65535": ("http", "host", None, None, "", 65535, None),
    "mysql://h/db?charset=utf8&local_infile=1": (
        "mysql",
        "h",
        None,
        None,
        "db",
        None,
        {"charset": "utf8", "local_infile": 1},
    ),
    "http://host/%E4%BD%A0": ("http", "host", None, None, "你", None, None),
    "a.b+c-d://h": ("a.b+c_d", "h", None, None, "", None, None),
    "http://u:p%20w@host": ("http", "host", "u", "p w", "", None, None),
    "http://u:\np@host": ("http", "host", "u", "p", "", None, None),
}


def given(value: Any) -> Any:
    return None if value is UNSET or value == "" else value


@pytest.mark.parametrize("uri", AIRFLOW_SAYS)
def test_a_uri_means_what_it_means_to_airflow(uri: str) -> None:
    fields = fields_of_uri(uri)
    assert tuple(fields) == NAMES
    assert [given(fields[name]) for name in NAMES] == [given(value) for value in AIRFLOW_SAYS[uri]]
    kept = fields["login"], AIRFLOW_SAYS[uri][2]
    assert (kept[0] is UNSET) == (kept[1] is None)


@pytest.mark.parametrize("uri", AIRFLOW_SAYS)
def test_a_uri_that_comes_whole_from_a_reference_means_the_same(uri: str) -> None:
    fields = fields_of_uri(Secret(uri, "${URI}"))
    assert tuple(sorted(fields)) == tuple(sorted(NAMES))
    assert {name: revealed(value) for name, value in fields.items()} == fields_of_uri(uri)
    assert all(value is UNSET or "${URI}" in repr(value) for value in fields.values())


def revealed(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    return {key: revealed(item) for key, item in value.items()} if isinstance(value, dict) else value


# Airflow fails on these with an error of its own, or makes a connection without a type of them.
REFUSED = [
    ("", "has no scheme"),
    ("host", "has no scheme"),
    ("host:5432/db", "has no scheme"),
    ("//host", "has no scheme"),
    ("://host", "has no scheme"),
    ("1a://host", "has no scheme"),
    ("a b://host", "has no scheme"),
    ("http://h:70000", "has a port that is no number from 0 to 65535"),
    ("http://h:x", "has a port that"),
    ("http://h:1:2", "has a port that"),
    ("http://h:-1", "has a port that"),
    ("http://h:+1", "has a port that"),
    ("http://h:99999999", "has a port that"),
    ("http://h:" + "9" * 5000, "has a port that"),
    ("http://h:\uff18\uff10", "has a port that"),
    ("http://[::1", "has a host that is none"),
    ("http://ⓗ℀/x", "has a host that is none"),
    ("http://a://b://c", "has more than two '://'"),
    ("http://h?__extra__=[1]", "has an __extra__ that is no JSON object"),
    ("http://h?__extra__=text", "has an __extra__ that is no JSON object"),
    ("http://u:pass#word@host", "has a '#'"),
    ("http://host/db#part", "has a '#'"),
    ("http://h/\ue000", "private use area"),
]


@pytest.mark.parametrize(("uri", "words"), REFUSED)
def test_what_does_not_parse_is_refused_in_words_that_hold_none_of_it(uri: str, words: str) -> None:
    with pytest.raises(Unfit) as error:
        fields_of_uri(uri)
    assert words in str(error.value)
    with pytest.raises(Unfit) as error:
        fields_of_uri(Secret(uri, "${URI}"))
    assert str(error.value).startswith("${URI} has ")


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        # Airflow raises "Invalid connection string".
        ("http://u:p@h?x=http://y", {"host": "h", "login": "u", "password": "p", "extra": {"x": "http://y"}}),
        # Airflow loses the host.
        ("http://h/path?x=http://y", {"host": "h", "schema": "path", "extra": {"x": "http://y"}}),
        ("http://http://host", {"host": "http://host"}),
        # Airflow loses the type.
        ("my_type://host", {"conn_type": "my_type", "host": "host"}),
    ],
)
def test_where_envctl_reads_more_than_airflow_does(uri: str, expected: dict[str, Any]) -> None:
    fields = {name: value for name, value in fields_of_uri(uri).items() if value is not UNSET}
    assert fields == {"conn_type": "http", **expected}
