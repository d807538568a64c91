"""The file of a plan is its owner's only, whole or not there, and never written through a link."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envctl.cli.plan_file import check_target, read_plan, write_plan
from envctl.errors import PlanFileError
from tests.unit.test_saved_plan import saved

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def umask() -> Iterator[None]:
    """A umask that lets nobody do anything."""
    before = os.umask(0o777)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_mode_whatever_the_umask() -> None:
    path = Path("a.plan")
    write_plan(path, saved())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_plan(path).plan.environment == "prod"


def test_wide_rights_of_an_older_file_do_not_stay() -> None:
    path = Path("a.plan")
    path.write_text("old")
    path.chmod(0o666)
    with path.open() as reader:
        write_plan(path, saved())
        assert reader.read() == "old", "who has the old file open must not read the new one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_is_full(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path("full/a.plan")
    path.parent.mkdir()
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PlanFileError, match=os.strerror(number)[1:]):
        write_plan(path, saved())
    assert [one.name for one in path.parent.iterdir()] == ["a.plan"]
    assert path.read_text() == "old"


def test_links_are_not_followed() -> None:
    target, link = Path("target"), Path("link.plan")
    target.write_text("old")
    for one in (target, Path("missing")):
        link.symlink_to(one)
        with pytest.raises(PlanFileError, match="symbolic link, which is not followed"):
            write_plan(link, saved())
        link.unlink()
    assert target.read_text() == "old"
    assert not Path("missing").exists()


def test_a_link_that_appears_meanwhile_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    target, link = Path("target"), Path("raced.plan")
    target.write_text("old")
    really = os.fsync

    def race(descriptor: int) -> None:
        if not os.path.lexists(link):
            link.symlink_to(target)
        really(descriptor)

    monkeypatch.setattr(os, "fsync", race)
    write_plan(link, saved())
    assert target.read_text() == "old"
    assert not link.is_symlink()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none/a.plan", "there is no folder none"),
        (".", "it is a folder"),
        ("/dev/null", "no regular file"),
        ("a\0b", "null"),
        ("x" * 300, "file name too long"),
    ],
)
def test_places_where_no_plan_goes(path: str, message: str) -> None:
    with pytest.raises(PlanFileError, match=message):
        check_target(Path(path))


@pytest.mark.parametrize("path", [".", "missing.plan", "a\0b"])
def test_places_where_no_plan_is(path: str) -> None:
    with pytest.raises(PlanFileError, match="cannot be read"):
        read_plan(Path(path))
