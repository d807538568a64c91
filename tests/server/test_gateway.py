"""envctl through a real nginx: TLS of an own authority, a path prefix, client certificates, headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tests.server.nginx import Nginx

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.api import Api
    from tests.server.conftest import Server
    from tests.server.envctl import Envctl
    from tests.server.tree import Tree

pytestmark = pytest.mark.server

NAME, KEY = "X-Gateway-Key", "canary-gateway-key-52"
SPEC: dict[str, Any] = {
    "variables": {"a b/ü?": {"value": "1"}, "left": {"value": {"a": 1}, "description": "d"}},
    "connections": {"c": {"conn_type": "http", "password": "${PW}"}},
    "pools": {"p/q": {"slots": 1}},
}


def behind(nginx: Nginx, tree: Tree, **airflow: Any) -> None:
    tree.environment("dev", nginx.url, airflow={"ca_file": str(nginx.ca_file), **airflow})
    tree.spec(**SPEC)


@pytest.fixture
def strict(server: Server, tmp_path: Path, envctl: Envctl, api: Api) -> Nginx:
    """A gateway that asks for a certificate and a header, before a clean Airflow."""
    del api
    envctl.secrets.update(PW="gateway-password-8", KEY=KEY)
    authority = trustme.CA()
    folder = tmp_path / "nginx"
    return Nginx(server.sandbox.url, authority, folder, demand_certificate=True, demand_header=(NAME, KEY))


def test_a_path_prefix_and_an_authority_of_its_own(
    server: Server, tmp_path: Path, envctl: Envctl, tree: Tree, api: Api
) -> None:
    """Must-show 3: everything that a command asks for stands below the prefix, keys with slashes too."""
    envctl.secrets["PW"] = "gateway-password-8"
    with Nginx(server.sandbox.url, trustme.CA(), tmp_path / "nginx") as nginx:
        behind(nginx, tree)
        done = envctl("apply", "dev", "--format", "json")
        assert (done.code, done.json["converged"]) == (0, True), done.said
        assert envctl("diff", "dev").code == 0
        assert done.json["instance"]["url"] == nginx.url
        tree.spec(variables={"left": SPEC["variables"]["left"]}, connections={}, pools={})
        done = envctl("apply", "dev", "--allow-empty", "--max-deletes", "9")
        assert done.code == 0, done.said
        assert not api.all("connections").keys() & {"c"}
        tree.environment("dev", nginx.url)
        done = envctl("diff", "dev")
        assert done.code == 1
        assert "the TLS certificate does not verify" in done.err
        assert "ca_file" in done.err
    asked = [line.split('"')[1].split()[1] for line in nginx.access_log.splitlines()]
    assert asked
    assert all(path.startswith("/team/airflow/") for path in asked)


def test_a_client_certificate_and_a_header(strict: Nginx, envctl: Envctl, tree: Tree) -> None:
    with strict:
        certificate, key = strict.client_certificate()
        headers = {NAME: "${KEY}"}
        behind(strict, tree, client_cert=str(certificate), client_key=str(key), headers=headers)
        done = envctl("apply", "dev")
        assert done.code == 0, done.said
        assert envctl("diff", "dev", "-vvv").code == 0

        behind(strict, tree, headers=headers)
        done = envctl("diff", "dev")
        assert done.code == 1, done.said
        assert "400" in done.err
        behind(strict, tree, client_cert=str(certificate), client_key=str(key))
        done = envctl("diff", "dev")
        assert done.code == 1
        assert "403" in done.err
        behind(strict, tree, client_cert=str(strict.ca_file), headers=headers)
        done = envctl("diff", "dev")
        assert done.code == 1
        assert "client_cert" in done.err


def test_it_is_refused_in_the_middle(
    server: Server, tmp_path: Path, envctl: Envctl, tree: Tree, api: Api
) -> None:
    """The gateway goes away between two commands: a clear message, and the same command converges later."""
    envctl.secrets["PW"] = "gateway-password-8"
    envctl.settings["ENVCTL_RETRIES"] = "0"
    nginx = Nginx(server.sandbox.url, trustme.CA(), tmp_path / "nginx")
    with nginx:
        behind(nginx, tree)
        assert envctl("diff", "dev").code == 2
    done = envctl("apply", "dev")
    assert done.code == 1
    assert "cannot be reached" in done.err
    assert "c" not in api.all("connections")
    with Nginx(server.sandbox.url, trustme.CA(), tmp_path / "again") as nginx:
        behind(nginx, tree)
        assert envctl("apply", "dev").code == 0
