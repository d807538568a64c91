"""The encrypted file of one folder of the tree: found, understood, opened with the keys at hand, written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from envctl.errors import EncryptedFileError, SpecError, UsageError
from envctl.kinds import KINDS
from envctl.model.lookup import Lookup
from envctl.model.nearest import nearest
from envctl.secrets.age import AGE
from envctl.secrets.age.editing import edited
from envctl.secrets.age.entry import AgeEntry
from envctl.secrets.age.file import understood
from envctl.secrets.age.identities import keys_from
from envctl.secrets.age.layers import FILE, understood_at
from envctl.secrets.age.sealing import unseal
from envctl.secrets.age.storing import put
from envctl.secrets.backend import Missing, Unusable
from envctl.spec.tree import ENVIRONMENT_FILE, open_tree
from envctl.spec.yaml_reader import read_yaml
from envctl.stages.fetching import surroundings
from envctl.stages.loading import Draft, draft, reader_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.errors import Diagnostic
    from envctl.model.secret import Secret
    from envctl.secrets.age.editing import Edit
    from envctl.secrets.age.file import EncryptedFile
    from envctl.secrets.age.identities import Keys
    from envctl.settings import Settings
    from envctl.spec.tree import Tree


class Seen(Struct, frozen=True):
    """A file as it stands, with what the keys at hand make of each value: the secret, or why not."""

    file: EncryptedFile
    values: Mapping[str, Secret | Missing]
    own: tuple[str, ...] = ()
    """The public keys to those at hand, as far as they are known."""

    def value(self, name: str) -> Secret:
        """Return one secret. Raises UsageError for an unknown name, EncryptedFileError when it stays shut."""
        if name not in self.values:
            raise UsageError(f"there is no {name!r} in {self.file.shown}", hint=nearest(name, self.values))
        found = self.values[name]
        if isinstance(found, Missing):
            raise EncryptedFileError(found.why, hint=found.hint)
        return found

    def secrets(self) -> dict[str, Secret]:
        """Return all of them. Raises EncryptedFileError when one stays shut."""
        return {name: self.value(name) for name in self.values}


class Strongbox:
    """The file `secrets.enc.yaml` of one layer or environment, there or not."""

    def __init__(self, folder: str, settings: Settings) -> None:
        """Find the folder, by its name or by its path. Raises UsageError."""
        self._tree, self._settings = open_tree(settings.root), settings
        self.name = _named(folder, self._tree)
        self.path = self._tree.root / self.name / FILE
        self.shown = self._tree.position_name(self.path)
        self._around = surroundings(self._tree, self.name, (self.name,), settings)

    def read(self) -> EncryptedFile | None:
        """Return the file, None when there is none. Raises SpecError for its mistakes."""
        found: list[Diagnostic] = []
        file = understood_at(self.path, self._around, found)
        if found:
            raise SpecError(tuple(found))
        return file

    def existing(self) -> EncryptedFile:
        """Return the file. Raises SpecError for its mistakes, EncryptedFileError when there is none."""
        file = self.read()
        if file is None:
            make = f"envctl secrets encrypt {self.name} NAME --recipient KEY makes it"
            raise EncryptedFileError(f"there is no {self.shown}", hint=make)
        return file

    def look(self) -> Seen:
        """Return the file with its values, as far as they can be decrypted. Raises as `existing` does."""
        file = self.existing()
        try:
            keys = self._keys()
        except Unusable as error:
            return Seen(file, dict.fromkeys(file.secrets, error.missing))
        return Seen(file, {name: _opened(file, name, keys) for name in file.secrets}, keys.own)

    def edit(self, file: EncryptedFile, edit: Edit) -> None:
        """Change the file, all else in it stays as it is. Raises EncryptedFileError."""
        text = edited(self.path.read_bytes().decode("utf-8-sig"), edit)
        kept = {name: one.text for name, one in file.secrets.items() if name not in edit.removed}
        self.write(text, tuple(edit.recipients or file.recipients), {**kept, **edit.values})

    def write(self, text: str, recipients: tuple[str, ...], values: Mapping[str, str]) -> None:
        """Write the file, if its text says just these recipients and values. Raises EncryptedFileError."""
        found: list[Diagnostic] = []
        said = understood(read_yaml(text.encode(), self.shown, found), self.shown, found)
        if (
            said is None
            or said.recipients != recipients
            or {name: one.text for name, one in said.secrets.items()} != dict(values)
        ):
            raise EncryptedFileError(
                f"{self.shown} is laid out in a way in which it cannot be changed in place",
                hint="write each recipient and each value on a line of its own, as envctl does in a new file",
            )
        put(self.path, text)

    def _keys(self) -> Keys:
        """Return the keys at hand: for an environment those that it names itself. Raises Unusable."""
        entry: object = AgeEntry()
        if (self.path.parent / ENVIRONMENT_FILE).is_file():
            reader = reader_for(self._tree, KINDS, self._settings)
            drawn = draft(self._tree, reader, self.name, settings=self._settings, lookup=Lookup.ALL)
            if isinstance(drawn, Draft) and drawn.sources.stores:
                entry = drawn.sources.stores.entry(AGE)
        if isinstance(entry, Missing):
            raise Unusable(entry)
        return keys_from(entry if isinstance(entry, AgeEntry) else AgeEntry(), self._around)


def label_of(name: str) -> str:
    """Return what is shown of a secret instead of its value."""
    return f"${{age:{name}}}"


def _named(folder: str, tree: Tree) -> str:
    if tree.has_folder(folder):
        return folder
    path = Path(folder)
    if path.is_dir() and path.resolve().parent == tree.root.resolve():
        return path.resolve().name
    hint = nearest(folder, tree.folders())
    raise UsageError(f"no environment or layer {folder!r} in {tree.shown}", hint=hint)


def _opened(file: EncryptedFile, name: str, keys: Keys) -> Secret | Missing:
    try:
        return unseal(file.secrets[name], keys.identities, label_of(name), keys.own)
    except Unusable as error:
        return error.missing
