"""Every kind of offline mistake in one tree: all found in one run, each once, each at its place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from envctl.kinds import KINDS
from envctl.settings import read_settings
from envctl.spec.reader import SpecReader
from envctl.spec.tree import open_tree
from envctl.stages.loading import Loaded, load
from tests.unit.trees import AIRFLOW, write

if TYPE_CHECKING:
    import pytest

URL = "{url: https://a.example.com}"
KEY_251 = "k" * 251
BOMB = "b0: &b0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"b{i}: &b{i} [{','.join([f'*b{i - 1}'] * 10)}]\n" for i in range(1, 12)
)

FILES: dict[str, str | bytes] = {
    "dev/environment.yaml": f"layers: [base, bse]\nairflow: {URL}\nparams: {{region: eu}}\npolcy: {{}}\n",
    "base/anchors.yaml": BOMB,
    "base/brackets.yaml": "variables: {x: " + "[" * 100_000,
    "base/connections.yaml": f"""\
connections:
  bad/id: {{conn_type: http}}
  far: {{conn_type: http, port: 70000}}
  text: {{conn_type: http, extra: '{{}}'}}
  masked: {{conn_type: http, password: '***', extra: {{token: '***'}}}}
  nowhere: {{uri: no-scheme}}
  secret: {{conn_type: http, password: '${{UNSET_ONE}}', login: '${{UNSET_TWO}}'}}
variables:
  {KEY_251}: 1
""",
    "base/empty.yaml": "",
    "base/latin1.yaml": "variables: {a: caf\xe9}".encode("latin-1"),
    "base/pools.yaml": "pools:\n  lost: {description: no slots}\n  odd: {slots: 4, colour: red}\n",
    "base/tab.yaml": "variables:\n\tx: 1\n",
    "base/twice.yaml": "variables:\n  one: 1\n  one: 2\n",
    "base/variables.yaml": """\
variables:
  bare:
  wrong: {value: 1, description: [a]}
  tagged: !secret x
  typo: {vlaue: 1}
  regional: ${param:regoin}
  vaulted: ${valt:a#b}
  filed: ${file:../../outside.txt}
  open: ${UNSET_ONE
  declared: 1
""",
    "base/zz.yaml": "variables: {declared: 2}\nvariable: {}\n",
    "dev/mask.yaml": "variables: {list: [a, '***'], env: '${MASKED}'}\n",
    "ring_a/environment.yaml": f"layers: [ring_b]\n{AIRFLOW}",
    "ring_b/environment.yaml": f"layers: [ring_a]\n{AIRFLOW}",
}

EXPECTED = [
    ("base/anchors.yaml:5:5", "aliases make this document explode"),
    ("base/brackets.yaml:1:77", "nested deeper than 64 levels"),
    ("base/connections.yaml:2:3", "a connection id may hold letters, digits, '_', '.' and '-' only"),
    ("base/connections.yaml:3:26", "connection 'far': port must be a whole number from 0 to 65535"),
    ("base/connections.yaml:4:27", "connection 'text': extra must be a mapping"),
    ("base/connections.yaml:5:29", "connection 'masked': password is Airflow's mask '***'"),
    ("base/connections.yaml:5:54", "connection 'masked': extra.token is Airflow's mask '***'"),
    ("base/connections.yaml:6:13", "connection 'nowhere': uri has no scheme"),
    ("base/connections.yaml:7:39", "environment variable UNSET_ONE is not set"),
    ("base/connections.yaml:7:62", "environment variable UNSET_TWO is not set"),
    ("base/connections.yaml:9:3", "at most 250 characters, this one has 251"),
    ("base/huge.yaml:1:1", "100 MB: a spec file may have 32 MB"),
    ("base/latin1.yaml:1:19", "not UTF-8"),
    ("base/link.yaml:1:1", "a symbolic link that leaves the spec tree"),
    ("base/pools.yaml:2:3", "pool 'lost': slots is missing"),
    ("base/pools.yaml:3:19", "pool 'odd': unknown key 'colour'"),
    ("base/tab.yaml:2:1", "a tab in the indentation"),
    ("base/twice.yaml:3:3", "'one' stands here twice, first in line 2"),
    ("base/variables.yaml:2:3", "variable 'bare' is empty"),
    ("base/variables.yaml:3:21", "variable 'wrong': description must be text, not a list"),
    ("base/variables.yaml:4:11", "unknown tag !secret"),
    ("base/variables.yaml:5:10", "variable 'typo': unknown key 'vlaue'"),
    ("base/variables.yaml:6:13", "${param:regoin}: the environment has no param 'regoin'"),
    ("base/variables.yaml:7:12", "${valt:a#b}: unknown source 'valt'; did you mean 'vault'?"),
    ("base/variables.yaml:8:10", "${file:../../outside.txt}: outside of the spec tree"),
    ("base/variables.yaml:9:9", "'${' is not closed"),
    ("base/zz.yaml:1:13", "variable/declared is declared twice, first at tree/base/variables.yaml:10:3"),
    ("base/zz.yaml:2:1", "unknown section 'variable'"),
    ("dev/environment.yaml:1:16", "unknown layer 'bse'"),
    ("dev/environment.yaml:4:1", "environment: unknown key 'polcy'"),
    ("dev/mask.yaml:1:23", "variable 'list': value[1] is Airflow's mask '***'"),
    ("dev/mask.yaml:1:36", "${MASKED} holds Airflow's mask '***', not a value"),
    ("ring_a/environment.yaml:1:10", "layers in a circle: ring_a -> ring_b -> ring_a"),
]


def mistakes_of_all() -> list[tuple[str, str]]:
    tree = open_tree(Path("tree"))
    reader = SpecReader(tree, KINDS)
    found = {}
    for name in tree.environments():
        loaded = load(tree, reader, name, KINDS, settings=read_settings())
        for one in loaded.diagnostics if isinstance(loaded, Loaded) else loaded:
            found[one] = one.position
    ordered = sorted(found, key=lambda one: one.position or ())
    return [(str(one.position).removeprefix("tree/"), one.message) for one in ordered]


def test_all_of_them_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASKED", "***")
    Path("outside.txt").write_text("secret")
    Path("outside.yaml").write_text("variables: {}")
    write(FILES)
    Path("tree/base/link.yaml").symlink_to("../../outside.yaml")
    with Path("tree/base/huge.yaml").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    found = mistakes_of_all()
    assert [place for place, _ in found] == [place for place, _ in EXPECTED]
    for (_, message), (place, words) in zip(found, EXPECTED, strict=True):
        assert words in message, place
