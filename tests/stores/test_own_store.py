"""A store that another package brings, as the how-to describes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.server.envctl import REPOSITORY, Envctl
from tests.server.tree import Tree

if TYPE_CHECKING:
    from tests.server.envctl import Done

pytestmark = pytest.mark.programs

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/own-secret-store.md"
KEYRING = """
def get_password(service, name):
    return {("ml", "pg"): "canary-of-a-keyring-7"}.get((service, name))
"""


def code(name: str) -> str:
    """Give a piece of code that the page has, without its margin."""
    margin, until = r"(?:^    .*\n|^\n)", r"(?=^\S|^    # \w+\.)"
    block = re.search(rf"^    # {re.escape(name)}\n({margin}+?){until}", PAGE.read_text(), re.MULTILINE)
    assert block, name
    return "".join(line.removeprefix("    ") for line in block.group(1).splitlines(keepends=True))


class Site:
    """A folder of installed packages, and envctl that sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "site"
        self.tree = Tree(folder, "http://127.0.0.1:9")
        self.configure(service="ml")
        self.envctl = Envctl(folder, set)
        self.envctl.canaries.add("canary-of-a-keyring-7")

    def configure(self, **keys: str) -> None:
        url = "http://127.0.0.1:9"
        self.tree.environment("dev", url, {"method": "none"}, secrets={"keyring": keys})

    def install(self, module: str, target: str = "envctl_keyring:KEYRING") -> None:
        info = self.folder / "envctl_keyring-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: envctl-keyring\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[envctl.secrets]\nkeyring = {target}\n")
        (self.folder / "envctl_keyring.py").write_text(module)
        (self.folder / "keyring.py").write_text(KEYRING)

    def run(self, *arguments: str) -> Done:
        return self.envctl.program(*arguments, PYTHONPATH=f"{self.folder}:{REPOSITORY}")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_the_store_of_the_page(site: Site) -> None:
    site.install(code("envctl_keyring.py"))
    site.tree.spec(variables={"x": "${keyring:pg}", "y": "${keyring:gone}"})
    assert site.run("validate", "dev").code == 0
    done = site.run("secrets", "check", "dev")
    assert done.code == 1
    assert "ok  ${keyring:pg}     16-31" in done.out
    assert "the keyring has no 'gone'" in done.out
    assert "keyring set ml gone" in done.out
    site.tree.environment(
        "dev", "http://127.0.0.1:9", {"method": "none"}, secrets={"keyring": {"servce": "ml"}}
    )
    done = site.run("validate", "dev")
    assert "unknown key 'servce'" in done.out
    assert "did you mean 'service'?" in done.out


def test_without_the_package(site: Site) -> None:
    site.tree.spec(variables={"x": "${keyring:pg}"})
    done = site.run("validate", "dev")
    assert done.code == 1
    assert "unknown key 'keyring'" in done.out


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("raise OSError('canary-of-a-keyring-7')", "it cannot be imported (OSError)"),
        ("KEYRING = 5", "it is no envctl.secrets.backend.BackendKind"),
        (
            "from envctl.secrets.vault import VAULT\nKEYRING = VAULT",
            "it claims vault, which others have",
        ),
    ],
)
def test_packages_that_cannot_be_used(module: str, words: str, site: Site) -> None:
    site.install(module)
    site.tree.spec(variables={"x": "1"})
    done = site.run("validate", "dev")
    assert done.code == 1
    assert f"'keyring', which an installed package brings, cannot be used: {words}" in done.err
    assert "uninstall or mend the package" in done.err


def test_a_store_that_falls_over(site: Site) -> None:
    falling = "_ = [].pop(len('canary-of-a-keyring-7'))\n        return {reference"
    site.install(code("envctl_keyring.py").replace("return {reference", falling))
    site.tree.spec(variables={"x": "${keyring:pg}"})
    done = site.run("secrets", "check", "dev")
    assert done.code == 1
    assert "secrets.keyring fell over (IndexError)" in done.out
