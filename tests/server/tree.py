"""Spec trees for one test, in its own folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

LOGIN = {"method": "password", "username": "admin", "password": "${AIRFLOW_PASSWORD}"}


class Tree:
    """A folder `environments` with the environment `dev`, which points at a url."""

    def __init__(self, folder: Path, url: str, auth_method: str = LOGIN["method"]) -> None:
        self.login = {**LOGIN, "method": auth_method}
        self.root = folder / "environments"
        self.url = url
        self.environment("dev", url)

    def environment(
        self,
        name: str,
        url: str,
        auth: dict[str, Any] | None = None,
        airflow: dict[str, Any] | None = None,
        **keys: Any,
    ) -> None:
        """Write an environment.yaml; `airflow` holds further keys there, such as ca_file."""
        content = {"airflow": {"url": url, "auth": auth or self.login, **(airflow or {})}, **keys}
        self.write(f"{name}/environment.yaml", content)

    def write(self, path: str, content: str | dict[str, Any]) -> None:
        """Write a file: YAML as it is, or a document (JSON is YAML)."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content, indent=1, ensure_ascii=False)
        file.write_text(text, encoding="utf-8", newline="")

    def spec(self, content: str | dict[str, Any] | None = None, **sections: Any) -> None:
        """Write the one spec file of dev: `tree.spec(variables={"a": "1"})`, or YAML."""
        self.write("dev/spec.yaml", content if content is not None else sections)
