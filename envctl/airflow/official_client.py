"""The transport of apache-airflow-client, without the rest of it.

`import airflow_client.client` runs 180 generated modules and takes over a second; the transport
(`ApiClient`, `Configuration`) needs none of them. So empty modules stand in for the package and its
models while the transport is imported, and are taken away afterwards: whoever imports the client in
earnest later gets all of it. See docs/adr/0002-transport.md.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

_PACKAGE = "airflow_client.client"
_MODELS = "airflow_client.client.models"


class Official(NamedTuple):
    """The classes that are used."""

    api_client: Any
    configuration: Any


@cache
def official() -> Official:
    """Import and return the transport's classes."""
    stand_ins = [] if _PACKAGE in sys.modules else _stand_in()
    try:
        return Official(
            importlib.import_module(f"{_PACKAGE}.api_client").ApiClient,
            importlib.import_module(f"{_PACKAGE}.configuration").Configuration,
        )
    finally:
        for name in stand_ins:
            sys.modules.pop(name, None)


def _stand_in() -> list[str]:
    found = importlib.util.find_spec("airflow_client")
    if found is None or not found.submodule_search_locations:
        return []
    package, models = ModuleType(_PACKAGE), ModuleType(_MODELS)
    package.__path__ = [f"{found.submodule_search_locations[0]}/client"]
    package.models = models  # type: ignore[attr-defined]
    sys.modules[_PACKAGE] = package
    sys.modules[_MODELS] = models
    return [_PACKAGE, _MODELS]
