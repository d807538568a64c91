"""What `apply --plan --strict` minds of a spec: all that decides what is done, and no secret's content."""

from __future__ import annotations

import pytest

from envctl.stages.pinning import spec_text
from tests.unit.trees import BASED, read

ENVIRONMENT = (
    f"{BASED}params: {{p: '1'}}\npolicy: {{prune: managed}}\nmanage: {{pools: {{include: ['*']}}}}\n"
)
BASE = "connections: {c: {conn_type: http, password: literal-text}}\n"
SPEC = "variables:\n  a: ${param:p}\n  b: x\n"


def text(environment: str = ENVIRONMENT, base: str = BASE, spec: str = SPEC, url: str = "http://x") -> str:
    files = {"dev/environment.yaml": environment, "base/a.yaml": base, "dev/a.yaml": spec}
    found = read(files)
    assert found.loaded is not None, found.found
    return spec_text(found.loaded, url)


def test_no_secret_is_in_it() -> None:
    assert "literal-text" not in text()
    assert text() == text(base=BASE.replace("literal-text", "another-text"))


@pytest.mark.parametrize(
    "same",
    [
        {"spec": "# a comment\n\nvariables: {b: 'x', a: '1'}\n"},
        {"environment": f"description: d\n{ENVIRONMENT}"},
        {"base": "variables: {b: y}\n" + BASE},
    ],
)
def test_what_does_not_count(same: dict[str, str]) -> None:
    assert text(**same) == text()


@pytest.mark.parametrize(
    "other",
    [
        {"environment": ENVIRONMENT.replace("'1'", "'2'")},
        {"environment": ENVIRONMENT.replace("managed", "all")},
        {"environment": ENVIRONMENT.replace("include: ['*']", "exclude: ['tmp']")},
        {"spec": SPEC.replace("b: x", "b: {value: x, description: d}")},
        {"spec": SPEC.replace("b: x", "b: {value: x, description: !unmanaged }")},
        {"spec": SPEC + "pools: {}\n"},
        {"spec": SPEC.replace("${param:p}", "$${param:p}")},
        {"base": BASE.replace("http", "https")},
        {"url": "http://y"},
    ],
)
def test_what_counts(other: dict[str, str]) -> None:
    assert text(**other) != text()
