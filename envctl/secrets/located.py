"""Where the files are that a store's configuration names."""

from __future__ import annotations

import os
from pathlib import Path


def located(folder: Path, name: str) -> Path | None:
    """Return a file: as it is named from the environment's folder, or else from where one stands."""
    path = Path(name).expanduser()
    return next((one for one in (folder / path, path) if os.path.isfile(one)), None)  # noqa: PTH113
