"""A password that stands in the spec as a text is no less a secret."""

from __future__ import annotations

from typing import Any

import pytest

from envctl.kinds.connection import CONNECTION, WRITTEN_OUT, ConnectionEntry
from envctl.model.node import Mapping
from envctl.model.secret import Secret
from envctl.spec.yaml_reader import read_yaml


def desired(text: str) -> dict[str, Any]:
    node = read_yaml(text.encode(), "a.yaml", [])
    assert isinstance(node, Mapping)
    return CONNECTION.desired("c", ConnectionEntry.model_validate(node.entries))


@pytest.mark.parametrize(
    "text",
    ["{conn_type: http, password: hunter22}", "uri: 'http://u:hunter22@h'"],
)
def test_a_literal_password_is_not_shown(text: str) -> None:
    password = desired(text)["password"]
    assert password == Secret("hunter22", WRITTEN_OUT)
    assert "hunter22" not in f"{password} {password!r}"


def test_an_empty_password_is_none() -> None:
    assert desired("{conn_type: http, password: ''}")["password"] == ""
