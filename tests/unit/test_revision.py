"""Which commit a spec tree is at."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from envctl.model.plan import Revision
from envctl.spec.revision import revision_of

IDENTITY = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")


def git(*words: str) -> str:
    done = subprocess.run(["git", *IDENTITY, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def commit(monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    git("init", "-q")
    Path("tree").mkdir()
    Path("tree/a b.yaml").write_text("")
    Path("elsewhere").write_text("")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    return git("rev-parse", "HEAD")


def test_a_clean_tree(commit: str) -> None:
    assert revision_of(Path("tree")) == Revision(commit, dirty=False)


def test_a_change_in_the_tree(commit: str) -> None:
    Path("tree/a b.yaml").write_text("variables: {}")
    assert revision_of(Path("tree")) == Revision(commit, dirty=True)


def test_a_file_that_is_not_in_git(commit: str) -> None:
    Path("tree/new.yaml").write_text("")
    assert revision_of(Path("tree")) == Revision(commit, dirty=True)


def test_a_change_elsewhere_does_not_count(commit: str) -> None:
    Path("elsewhere").write_text("changed")
    assert revision_of(Path("tree")) == Revision(commit, dirty=False)


def test_before_the_first_commit() -> None:
    git("init", "-q")
    Path("tree").mkdir()
    assert revision_of(Path("tree")) == Revision(None, dirty=False)


def test_outside_of_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(Path.cwd().parent))
    Path("tree").mkdir()
    assert revision_of(Path("tree")) == Revision(None, dirty=False)


def test_without_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert revision_of(Path()) == Revision(None, dirty=False)


def test_asking_locks_nothing(commit: str) -> None:
    Path(".git/index.lock").write_text("")
    assert revision_of(Path("tree")) == Revision(commit, dirty=False)
