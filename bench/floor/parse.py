"""The floor of reading a spec: PyYAML's C loader over the same files, and what it gives thrown away.

parse.py FILE...
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

if __name__ == "__main__":
    for name in sys.argv[1:]:
        yaml.load(Path(name).read_bytes(), Loader=yaml.CSafeLoader)
