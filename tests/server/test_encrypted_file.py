"""Values of an encrypted file reach Airflow, and nobody without a key is stopped from comparing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.age_keys import encrypted_file, pair

if TYPE_CHECKING:
    from tests.server.api import Api
    from tests.server.envctl import Envctl
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

VALUE, PASSWORD = "age-test-value-Qx7'\"\\é", "age-test-password-Lm9"
"""Two, since Airflow masks the password of a connection wherever it meets it."""
KEY, PUBLIC = pair()
SPEC = 'variables: {v: "${age:value}"}\nconnections: {c: {conn_type: http, password: "${age:pw}"}}\n'


def test_from_the_file_into_airflow(envctl: Envctl, tree: Tree, api: Api) -> None:
    envctl.canaries |= {VALUE, PASSWORD}
    tree.spec(SPEC)
    tree.write("dev/secrets.enc.yaml", encrypted_file({"value": VALUE, "pw": PASSWORD}, PUBLIC))
    done = envctl("apply", "dev")
    assert done.code == 1, done.said
    assert "there is no key to decrypt with" in done.said
    assert "v" not in api.all("variables"), "nothing is written when a value is missing"

    envctl.secrets["ENVCTL_AGE_KEY"] = KEY
    done = envctl("apply", "dev")
    assert done.code == 0, done.said
    assert api.all("variables")["v"]["value"] == VALUE
    assert envctl("diff", "dev").code == 0
    done = envctl("secrets", "check", "dev")
    assert done.code == 0, done.said
    assert "ok  ${age:pw}" in done.out

    del envctl.secrets["ENVCTL_AGE_KEY"]
    done = envctl("diff", "dev")
    assert done.code == 0, done.said
    assert "${age:value}, ${age:pw} are not known: there is no key to decrypt with" in done.err
