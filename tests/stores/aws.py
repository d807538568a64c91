"""An environment whose variables are references to AWS, loaded as every command loads it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from envctl.body import reveal
from envctl.kinds import KINDS
from envctl.model.lookup import Lookup
from envctl.model.secret import Secret
from envctl.settings import Settings
from envctl.spec.tree import open_tree
from envctl.stages.loading import Draft, Loaded, draft, finish, reader_for
from tests.stores.moto import SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.stores.moto import Gate, Moto


@dataclass
class Told:
    """What became of references: their secrets in the order asked, and what is said of the others."""

    secrets: list[Secret]
    messages: list[str]

    @property
    def texts(self) -> list[Any]:
        return [reveal(one) if one.available else None for one in self.secrets]

    @property
    def versions(self) -> list[str]:
        return [version for one in self.secrets for _, version in one.versions]

    @property
    def message(self) -> str:
        assert len(self.messages) == 1, self.messages
        return self.messages[0]


@dataclass
class Aws:
    """One spec tree."""

    folder: Path
    gate: Gate
    moto: Moto
    canaries: set[str] = field(default_factory=lambda: {SECRET_KEY})
    """Texts that no message may hold."""
    settings: dict[str, Any] = field(default_factory=lambda: {"retries": 0})

    def look_up(self, *references: str, pins: Mapping[str, str] | None = None, **secrets: Any) -> Told:
        """Load an environment with these references; `secrets` is what its `secrets: {aws: ...}` holds."""
        here = self.folder / "environments" / "dev"
        here.mkdir(parents=True, exist_ok=True)
        content = {"airflow": {"url": "http://127.0.0.1:1"}, "secrets": {"aws": secrets} if secrets else {}}
        (here / "environment.yaml").write_text(json.dumps(content))
        variables = {f"v{number:04}": text for number, text in enumerate(references)}
        (here / "spec.yaml").write_text(json.dumps({"variables": variables}))
        settings = Settings(root=self.folder / "environments", **self.settings)
        tree = open_tree(settings.root)
        reader = reader_for(tree, KINDS, settings)
        drawn = draft(tree, reader, "dev", settings=settings, lookup=Lookup.ALL, pins=pins)
        assert isinstance(drawn, Draft), drawn
        drawn.fetch(KINDS)
        loaded = finish(tree, drawn, KINDS, settings)
        found = loaded.diagnostics if isinstance(loaded, Loaded) else loaded
        messages = [f"{one.message} ({one.hint})" for one in found]
        assert not [canary for canary in self.canaries for text in messages if canary in text]
        if not isinstance(loaded, Loaded):
            return Told([], messages)
        values = [one.fields["value"] for _, one in sorted(loaded.desired.items())]
        assert all(isinstance(one, Secret) for one in values)
        return Told([one for one in values if isinstance(one, Secret)], messages)
