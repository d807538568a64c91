"""Random secrets, planted wherever a secret can come from and wherever one can stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.unit.age_keys import encrypted_file, pair

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.server.envctl import Envctl
    from tests.server.tree import Tree
    from tests.stores.bao import Bao
    from tests.stores.moto import Moto

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_NASTY = (
    "",
    "%2F",
    "'",
    '"',
    "\\",
    " ",
    "&",
    "{",
    "[red]",
    "é",
    "☃",
    "@",
    ":",
    "/",
    "<b>",
    "$$",
    "#",
    "\t",
    "\n",
    "\r\n",
)


def canary(dice: random.Random) -> str:
    """Make a secret that is like no other text, with something in it that has to be quoted somewhere."""
    word = "".join(dice.choice(_LETTERS) for _ in range(12))
    return f"{word}{dice.choice(_NASTY)}{''.join(dice.choice(_LETTERS) for _ in range(8))}"


@dataclass
class Planted:
    """A spec full of references, and the secrets behind them."""

    envctl: Envctl
    tree: Tree
    bao: Bao
    moto: Moto
    dice: random.Random
    secrets: list[str] = field(default_factory=list)
    encrypted: dict[str, str] = field(default_factory=dict)
    spec: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {"variables": {}, "connections": {}, "pools": {}}
    )

    def plant(self, count: int) -> None:
        """Make so many secrets: each in another store and another place than the one before."""
        for number in range(count):
            secret = canary(self.dice)
            self.secrets.append(secret)
            source = _SOURCES[number % len(_SOURCES)]
            place = _PLACES[(number // len(_SOURCES) + number) % len(_PLACES)]
            place(self, number, source(self, number, secret))
        self.envctl.canaries |= set(self.secrets)
        self.envctl.secrets["ENVCTL_AGE_KEY"], public = pair()
        self.tree.write("dev/secrets.enc.yaml", encrypted_file(self.encrypted, public))
        self.tree.spec(self.spec)

    def rotate(self) -> None:
        """Give every secret that comes from a variable another text."""
        for name in [one for one in self.envctl.secrets if one.startswith("CANARY_")]:
            self.envctl.secrets[name] = canary(self.dice)
            self.secrets.append(self.envctl.secrets[name])
        self.envctl.canaries |= set(self.secrets)


def _from_variable(here: Planted, number: int, secret: str) -> str:
    here.envctl.secrets[f"CANARY_{number}"] = secret
    return f"${{CANARY_{number}}}"


def _from_file(here: Planted, number: int, secret: str) -> str:
    here.tree.write(f"dev/secret_{number}.txt", secret)
    return f"${{file:secret_{number}.txt}}"


def _from_vault(here: Planted, number: int, secret: str) -> str:
    here.bao.put(f"canary/{number // 20}/{number}", word=secret)
    return f"${{vault:canary/{number // 20}/{number}#word}}"


def _from_old_vault(here: Planted, number: int, secret: str) -> str:
    here.bao.root.secrets.kv.v1.create_or_update_secret(
        f"canary/{number}", secret={"word": secret}, mount_point="kv1"
    )
    return f"${{vault:kv1/canary/{number}#word}}"


def _from_secrets_manager(here: Planted, number: int, secret: str) -> str:
    here.moto.secret(f"canary-{number}", word=secret)
    return f"${{aws-secret:canary-{number}#word}}"


def _from_parameter_store(here: Planted, number: int, secret: str) -> str:
    here.moto.parameter(f"/canary/{number}", secret)
    return f"${{aws-ssm:/canary/{number}}}"


def _from_encrypted_file(here: Planted, number: int, secret: str) -> str:
    here.encrypted[f"canary_{number}"] = secret
    return f"${{age:canary_{number}}}"


_SOURCES: tuple[Callable[[Planted, int, str], str], ...] = (
    _from_variable,
    _from_file,
    _from_vault,
    _from_old_vault,
    _from_secrets_manager,
    _from_parameter_store,
    _from_encrypted_file,
)


def _variable(here: Planted, number: int, entry: Any) -> None:
    """Write a variable; every third is kept in Vault."""
    here.spec["variables"][f"{'kept' if number % 3 == 0 else 'v'}_{number}"] = entry


def _connection(here: Planted, number: int, **fields: Any) -> None:
    """Write a connection; every third is kept in Vault."""
    entry = {"conn_type": "postgres", **fields}
    here.spec["connections"][f"{'kept' if number % 3 == 0 else 'c'}_{number}"] = entry


def _as_variable(here: Planted, number: int, reference: str) -> None:
    _variable(here, number, reference)


def _as_secret_variable(here: Planted, number: int, reference: str) -> None:
    here.spec["variables"][f"api_token_{number}"] = {"value": reference, "description": "plain"}


def _joined(here: Planted, number: int, reference: str) -> None:
    _variable(here, number, f"before {reference} after, and again {reference}")


def _in_json(here: Planted, number: int, reference: str) -> None:
    document = {"plain": 1, "list": [reference, {"token": f"Bearer {reference}"}]}
    _variable(here, number, {"value": document})


def _as_description(here: Planted, number: int, reference: str) -> None:
    _variable(here, number, {"value": "plain", "description": reference})


def _as_password(here: Planted, number: int, reference: str) -> None:
    _connection(here, number, password=reference, host="h")


def _as_login_and_host(here: Planted, number: int, reference: str) -> None:
    _connection(here, number, login=reference, host=f"{reference}.example.com", schema=reference)


def _in_extra(here: Planted, number: int, reference: str) -> None:
    _connection(here, number, extra={"api_key": reference, "plain": {"deep": [reference]}})


def _in_uri(here: Planted, number: int, reference: str) -> None:
    here.spec["connections"][f"c{number}"] = {"uri": f"postgres://u:{reference}@h:5432/db?mode={reference}"}


def _in_pool(here: Planted, number: int, reference: str) -> None:
    here.spec["pools"][f"p{number}"] = {"slots": 1, "description": reference}


_PLACES: tuple[Callable[[Planted, int, str], None], ...] = (
    _as_variable,
    _as_secret_variable,
    _joined,
    _in_json,
    _as_description,
    _as_password,
    _as_login_and_host,
    _in_extra,
    _in_uri,
    _in_pool,
)

CRASHES = (
    "hvac.adapters:Adapter.get",
    "hvac.adapters:JSONAdapter.request",
    "botocore.client:BaseClient._make_api_call",
    "pyrage:decrypt",
    "urllib3._request_methods:RequestMethods.request",
    "urllib3.connectionpool:HTTPConnectionPool.urlopen",
    "envctl.ledger.fingerprints:Fingerprinter.make",
    "envctl.ledger.codec:encode",
    "envctl.body:reveal",
    "envctl.engine.diff:compare",
    "json:dumps",
)
"""Where a library, or envctl itself, is made to fall over with everything it was given in its last words."""

CRASHER = """
import importlib, importlib.abc, os, sys

module, _, path = os.environ["CRASH_AT"].partition(":")


def crash(*given, **named):
    body = getattr(given[0], "__dict__", None) if given else None
    raise RuntimeError(f"{given!r} {named!r} {body!r} {[str(one) for one in given]}")


def wreck(target):
    *way, last = path.split(".")
    for step in way:
        target = getattr(target, step)
    setattr(target, last, crash)


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != module:
            return None
        sys.meta_path.remove(self)
        found = importlib.util.find_spec(name)
        load = found.loader.exec_module

        def exec_module(one):
            load(one)
            wreck(one)

        found.loader.exec_module = exec_module
        return found


if module in sys.modules:
    wreck(sys.modules[module])
else:
    sys.meta_path.insert(0, Finder())
"""
"""A sitecustomize module: Python runs it first, in every process that has its folder on the path."""
