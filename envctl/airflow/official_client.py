"""The transport of apache-airflow-client, without the rest of it.

`import airflow_client.client` runs 180 generated modules and takes over a second; the transport
(`RESTClientObject`, `Configuration`) needs none of them. So an empty module stands in for the package
while the transport is imported, and is taken away afterwards: whoever imports the client in earnest
later gets all of it. See docs/adr/0002-transport.md.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

_PACKAGE = "airflow_client.client"
_importing = threading.Lock()


class Official(NamedTuple):
    """The classes that are used."""

    rest_client: Any
    configuration: Any


@cache
def official() -> Official:
    """Import and return the transport's classes; several threads may ask for them at once."""
    with _importing:
        stands_in = _PACKAGE not in sys.modules and _stand_in()
        try:
            return Official(
                importlib.import_module(f"{_PACKAGE}.rest").RESTClientObject,
                importlib.import_module(f"{_PACKAGE}.configuration").Configuration,
            )
        finally:
            if stands_in:
                sys.modules.pop(_PACKAGE, None)


def _stand_in() -> bool:
    found = importlib.util.find_spec("airflow_client")
    if found is None or not found.submodule_search_locations:
        return False
    package = ModuleType(_PACKAGE)
    package.__path__ = [f"{found.submodule_search_locations[0]}/client"]
    sys.modules[_PACKAGE] = package
    return True
