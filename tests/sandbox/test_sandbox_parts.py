"""The sandbox's parts, without any server."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import time
from importlib import resources
from typing import TYPE_CHECKING

import pytest

from envctl.errors import SandboxError, UsageError
from envctl.sandbox import DEFAULT_VERSION, SandboxSpec, constraints, environment, install, template
from envctl.sandbox.fab_users import hashed
from envctl.sandbox.guard import Busy, exclusive
from envctl.sandbox.installer import Installer, _failure
from envctl.sandbox.places import cache_folder, install_folder
from envctl.sandbox.ports import HOST, reserved
from envctl.sandbox.versions import recipe_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TESTED = ("2.11.2", "3.1.8", "3.2.2", DEFAULT_VERSION)
LOCKS = resources.files("envctl.sandbox") / "locks"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENVCTL_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


# --- where things are -----------------------------------------------------------------------------


def test_cache_folder_follows_the_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ENVCTL_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder() == tmp_path / ".cache" / "envctl"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored")
    assert cache_folder() == tmp_path / ".cache" / "envctl"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "envctl"
    monkeypatch.setenv("ENVCTL_CACHE_DIR", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"


# --- one at a time --------------------------------------------------------------------------------


def test_a_lock_keeps_others_out_and_leaves_no_file(tmp_path: Path) -> None:
    lock = tmp_path / "x.lock"
    with exclusive(lock):
        with pytest.raises(Busy), exclusive(lock, wait=False):
            pytest.fail("got in")
        assert lock.exists()
    assert not lock.exists()


def test_many_who_want_the_same_lock_get_it_one_after_another(tmp_path: Path) -> None:
    lock, inside, most, waits = tmp_path / "x.lock", [0], [0], []

    def enter() -> None:
        with exclusive(lock, on_wait=lambda: waits.append(1)):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0.005)
            inside[0] -= 1

    threads = [threading.Thread(target=enter) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert waits
    assert not lock.exists()


def test_a_killed_holder_does_not_keep_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "x.lock"
    code = (
        "import sys, time, pathlib; from envctl.sandbox.guard import exclusive\n"
        "with exclusive(pathlib.Path(sys.argv[1])): print('in', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(lock)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"in\n"
        with pytest.raises(Busy), exclusive(lock, wait=False):
            pytest.fail("got in")
        holder.kill()
    with exclusive(lock, wait=False):
        pass


# --- ports ----------------------------------------------------------------------------------------


def test_reserved_ports_differ() -> None:
    with reserved() as one, reserved() as other:
        assert one != other


@pytest.mark.skipif(sys.platform != "linux", reason="only there can a port be held for the server")
def test_a_reserved_port_is_for_the_server_only() -> None:
    with reserved() as port:
        with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
            stranger.bind((HOST, port))
        with socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((HOST, port))
            server.listen()
            with socket.create_connection((HOST, port), timeout=2):
                pass


def test_a_wanted_port_that_is_taken_is_an_error() -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SandboxError, match=f"port {port} .* cannot be used"), reserved(port):
            pytest.fail("got it")


# --- the environment ------------------------------------------------------------------------------


def test_nothing_of_the_caller_leaks_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leaks = {
        "AIRFLOW_HOME": "/elsewhere",
        "AIRFLOW__CORE__FERNET_KEY": "x",
        "AIRFLOW_VAR_BATCH_SIZE": "x",
        "AIRFLOW_CONN_DB": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "HTTPS_PROXY": "x",
        "PYTHONPATH": "x",
        "VAULT_TOKEN": "x",
    }
    for name, value in leaks.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    built = environment.build(venv=tmp_path / "v", home=tmp_path / "h", settings={"AIRFLOW__API__X": "1"})
    assert built["AIRFLOW_HOME"] == built["HOME"] == str(tmp_path / "h")
    assert {name for name in built if name.startswith("AIRFLOW")} == {"AIRFLOW_HOME", "AIRFLOW__API__X"}
    assert not (leaks.keys() - {"AIRFLOW_HOME"}) & built.keys()
    assert built["PATH"].startswith(f"{tmp_path / 'v' / 'bin'}:")
    assert built["LC_ALL"] == "C.UTF-8"


# --- orders ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "-x", "a b", "x.lock", "x" * 64])
def test_names_that_cannot_be_folders_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a sandbox"):
        SandboxSpec(name=name)


@pytest.mark.parametrize("version", ["", "3", "3.3", "latest", "3.3.2 --index-url x", "../3.3.2", "1.10.15"])
def test_versions_that_nothing_can_start_are_refused(version: str) -> None:
    with pytest.raises(UsageError):
        SandboxSpec(version=version)


@pytest.mark.parametrize("version", ["3.3.2", "3.0.0", "2.11.2", "2.7.0", "3.4.0b1", "2.10.0rc1"])
def test_versions_with_a_recipe(version: str) -> None:
    assert recipe_for(version).auth_method == ("password" if version[0] == "3" else "basic")


def test_the_auth_manager_is_the_airflows_own_unless_another_is_asked_for() -> None:
    assert recipe_for("3.3.2").auth_manager == recipe_for("3.3.2", "simple").auth_manager == "simple"
    assert recipe_for("3.3.2", "fab").auth_manager == "fab"
    assert recipe_for("2.11.2").auth_manager == recipe_for("2.11.2", "fab").auth_manager == "fab"
    assert SandboxSpec().all_packages == SandboxSpec(version="2.11.2").all_packages == ()
    spec = SandboxSpec(auth_manager="fab", packages=("x==1",))
    assert spec.all_packages == ("apache-airflow-providers-fab", "x==1")


def test_orders_that_cannot_be_are_refused() -> None:
    with pytest.raises(UsageError, match="'keycloak' is no auth manager"):
        SandboxSpec(auth_manager="keycloak")
    with pytest.raises(UsageError, match=r"Airflow 2\.11\.2 has no auth manager but fab"):
        SandboxSpec(version="2.11.2", auth_manager="simple")
    with pytest.raises(UsageError, match="needs a user"):
        SandboxSpec(users={})
    with pytest.raises(UsageError, match="unknown role 'root'"):
        SandboxSpec(users={"ann": "root"})
    with pytest.raises(UsageError, match="cannot name a user"):
        SandboxSpec(users={"ann:admin,bob": "admin"})
    with pytest.raises(UsageError, match="no such user"):
        SandboxSpec(passwords={"bob": "x"})
    with pytest.raises(UsageError, match="AIRFLOW_HOME belongs to"):
        SandboxSpec(environment={"AIRFLOW_HOME": "/x"})
    with pytest.raises(UsageError, match="no port"):
        SandboxSpec(port=0)


def test_secrets_are_not_in_the_repr() -> None:
    spec = SandboxSpec(passwords={"admin": "hunter2"}, environment={"AIRFLOW__X__Y": "hunter2"})
    assert "hunter2" not in repr(spec)


def test_a_password_is_kept_in_werkzeugs_form() -> None:
    assert re.fullmatch(r"pbkdf2:sha256:\d+\$[0-9a-f]{16}\$[0-9a-f]{64}", hashed("x"))
    assert hashed("x") != hashed("x")


# --- pins -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", TESTED)
@pytest.mark.parametrize("flavour", ["", "-fab"])
def test_shipped_lists_hold_pins_and_nothing_else(version: str, flavour: str) -> None:
    if (version, flavour) == ("2.11.2", "-fab"):
        pytest.skip("Airflow 2 has FAB in any case")
    lines = (LOCKS / f"airflow-{version}{flavour}.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) > 100
    assert f"apache-airflow=={version}" in lines
    has_fab = any(line.startswith("apache-airflow-providers-fab==") for line in lines)
    assert has_fab == (flavour == "-fab" or version == "2.11.2")
    for line in lines:
        assert re.fullmatch(r"[a-z0-9-]+==[a-z0-9.]+", line), line


def test_pins_from_the_web_cannot_give_options() -> None:
    text = (
        "# c\n--index-url http://evil/\nflask==2.2.5\n\nevil @ file:///x\n-r /etc/passwd\n"
        "x==1 ; python_version<'4'"
    )
    pins = constraints._pins("test", text)
    assert pins is not None
    assert pins.lines == ("flask==2.2.5", "x==1 ; python_version<'4'")
    assert constraints._pins("test", "404: not found") is None


def test_without_the_web_the_shipped_list_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with reserved() as port:  # nobody listens there: refused at once
        monkeypatch.setattr(constraints, "_ADDRESS", f"http://{HOST}:{port}/{{version}}/{{python}}")
        began = time.monotonic()
        shipped, none = constraints.pins_for(DEFAULT_VERSION), constraints.pins_for("3.0.99")
        with_fab = constraints.pins_for(DEFAULT_VERSION, ["apache-airflow-providers-fab"])
        assert time.monotonic() - began < 1
    assert f"apache-airflow=={DEFAULT_VERSION}" in shipped.lines
    assert with_fab.lines != shipped.lines
    assert f"apache-airflow=={DEFAULT_VERSION}" in with_fab.lines
    assert shipped.origin == "the list that envctl ships"
    assert none.lines == ()
    assert none.origin.startswith("unpinned")


# --- installing -----------------------------------------------------------------------------------


class CountingInstaller(Installer):
    """Makes the files that tell an installation, slowly."""

    made: list[str]

    def install(self, requirements: Sequence[str], venv: Path, constraints: Path) -> None:
        self.made.append(" ".join(requirements))
        time.sleep(0.1)
        (venv / "bin").mkdir(parents=True)
        for program in ("python", "airflow"):
            (venv / "bin" / program).touch()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was installed, in order; the installer only pretends."""
    requirements: list[str] = []
    installer = CountingInstaller("uv", "uv")
    object.__setattr__(installer, "made", requirements)
    monkeypatch.setattr(install, "find_installer", lambda: installer)
    monkeypatch.setattr(install, "pins_for", lambda *_: constraints.Pins("a test", ("x==1",)))
    return requirements


def test_an_airflow_is_installed_once(cache: Path, made: list[str]) -> None:
    lines: list[str] = []
    threads = [
        threading.Thread(target=install.ensure_installed, args=("3.3.2",), kwargs={"progress": lines.append})
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == ["apache-airflow==3.3.2"]
    assert sum("waiting for another envctl" in line for line in lines) == 3
    assert install.ensure_installed("3.3.2") == install_folder("3.3.2") / "venv"
    facts = json.loads((install_folder("3.3.2") / "installed.json").read_text())
    assert facts["version"] == "3.3.2"
    assert not list(cache.rglob("*.lock"))


def test_an_airflow_with_further_packages_is_one_of_its_own(cache: Path, made: list[str]) -> None:
    packages = ("a-provider==1.2", "X==2")
    plain, more = install.ensure_installed("3.3.2"), install.ensure_installed("3.3.2", packages)
    assert plain != more
    assert install.ensure_installed("3.3.2", packages[::-1]) == more
    assert made == ["apache-airflow==3.3.2", "apache-airflow==3.3.2 a-provider==1.2 X==2"]
    assert (plain.parent / "constraints.txt").read_text() == "x==1\n"
    assert (more.parent / "constraints.txt").read_text() == ""


def test_pins_give_way_to_what_is_asked_for() -> None:
    pins = constraints.Pins("a test", ("a.b_c==1", "other[x]==2 ; python_version > '3'", "kept==3"))
    assert pins.without(["A-B-C==9", "other==5"]).lines == ("kept==3",)
    assert pins.without(["kept"]) == pins


@pytest.mark.parametrize("package", ["provider", "provider>=1", "--index-url=x", "a==1 b==2", ""])
def test_packages_are_pinned(package: str) -> None:
    with pytest.raises(UsageError, match="no package with its version"):
        SandboxSpec(packages=(package,))


def test_a_half_made_installation_is_made_anew(cache: Path, made: list[str]) -> None:
    left_over = install_folder("3.3.2") / "venv" / "lib" / "half"
    left_over.mkdir(parents=True)
    for program in ("python", "airflow"):
        (install_folder("3.3.2") / "venv" / "bin").mkdir(exist_ok=True)
        (install_folder("3.3.2") / "venv" / "bin" / program).touch()
    install.ensure_installed("3.3.2")
    assert made == ["apache-airflow==3.3.2"]
    assert not left_over.exists()


def test_an_installation_whose_python_is_gone_is_made_anew(cache: Path, made: list[str]) -> None:
    venv = install.ensure_installed("3.3.2")
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to("/nowhere/python3")
    install.ensure_installed("3.3.2")
    assert len(made) == 2


def test_a_failed_installation_leaves_no_folder(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "find_installer", lambda: Installer("uv", "/bin/false"))
    monkeypatch.setattr(install, "pins_for", lambda *_: constraints.Pins("a test", ()))
    with pytest.raises(SandboxError, match=r"Airflow 3\.3\.2 could not be installed"):
        install.ensure_installed("3.3.2")
    assert list((cache / "airflow").iterdir()) == []


def test_an_installers_output_is_told_without_logins() -> None:
    output = (
        "fetching https://ann:hunter2@pypi.example/simple\n"
        "ERROR: No matching distribution found for apache-airflow==9"
    )
    error = _failure("apache-airflow==9.9.9", output)
    assert error.message == "there is no Airflow 9.9.9 for this Python on the package index"
    assert "https://***@pypi.example" in str(error.hint)
    assert "hunter2" not in str(error.hint)


# --- the empty database ---------------------------------------------------------------------------


def fake_airflow(venv: Path, body: str) -> None:
    """Put a program in the place of `airflow`."""
    (venv / "bin").mkdir(parents=True)
    program = venv / "bin" / "airflow"
    program.write_text(f"#!{sys.executable}\n{body}")
    program.chmod(0o755)


def test_the_template_holds_what_stood_in_the_write_ahead_log(tmp_path: Path) -> None:
    body = (
        "import os, sqlite3\n"
        "c = sqlite3.connect(os.path.join(os.environ['AIRFLOW_HOME'], 'airflow.db'))\n"
        "c.execute('PRAGMA journal_mode=WAL'); c.execute('CREATE TABLE t (x)'); c.commit()\n"
        "os._exit(0)\n"  # without closing: what was written stands in the log only
    )
    fake_airflow(tmp_path / "venv", body)
    (tmp_path / "migrating-left-over").mkdir()
    made = template.ensure_template("3.3.2", recipe_for("3.3.2"), tmp_path / "venv")
    assert b"CREATE TABLE t" in made.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["template-2.db", "venv"]


def test_a_failed_migration_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    fake_airflow(tmp_path / "venv", "print('no such table'); raise SystemExit(3)")
    with pytest.raises(SandboxError, match="`airflow db migrate` failed with 3") as caught:
        template.ensure_template("3.3.2", recipe_for("3.3.2"), tmp_path / "venv")
    assert "no such table" in str(caught.value.hint)
    assert [path.name for path in tmp_path.iterdir()] == ["venv"]


# --- the command line -----------------------------------------------------------------------------


def test_the_command_line_imports_the_sandbox_only_when_needed() -> None:
    code = "import sys, envctl.cli.sandbox; print([m for m in sys.modules if m.startswith('envctl.sandbox')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
