"""The checks of an environment, top to bottom: each needs what those before it found."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from envctl.airflow.instance import AirflowInstance
from envctl.airflow.meeting import met, proxy_for
from envctl.crew import side_by_side
from envctl.doctor import chart, configuration, records, rights, route, server, tree
from envctl.doctor.chart import Chart, of_error, rights_name
from envctl.errors import EnvctlError, Forbidden, InstanceError, LoginRefused, SpecError, TlsFailed
from envctl.kinds import KINDS
from envctl.ledger.connection_locks import LOCK_ADDRESS
from envctl.ledger.variable_ledgers import KIND as LEDGER_KIND
from envctl.model.checkup import Checkup
from envctl.model.reserved import LOCK
from envctl.spec.tree import choose, open_tree
from envctl.stages.connecting import instance_settings
from envctl.stages.loading import Draft
from envctl.stages.opening import locks_of

if TYPE_CHECKING:
    from envctl.airflow.settings import InstanceSettings
    from envctl.kinds.kind import Kind
    from envctl.model.checkup import Check
    from envctl.model.event import Seen
    from envctl.model.secret import Secret
    from envctl.request import Request, Watcher
    from envctl.settings import Settings
    from envctl.spec.reader import EnvironmentSpec
    from envctl.spec.tree import Tree


def examine(names: tuple[str, ...], request: Request, watcher: Watcher) -> tuple[Checkup, ...]:
    """Look environments over, side by side; all of them when none is named. Raises UsageError."""
    folder = open_tree(request.settings.root)
    chosen = choose(folder, names)
    watcher.begin("examining", len(chosen))

    def one(name: str) -> Checkup:
        try:
            return Examination(folder, name, request.settings).made()
        finally:
            watcher.advance(1)

    return tuple(side_by_side(one, chosen))


class _Known(Struct, frozen=True):
    """What the environment's file says, of which every further check is made."""

    spec: EnvironmentSpec
    owner: str
    keys: tuple[Secret, ...]
    kinds: tuple[Kind, ...]
    """Those of the spec, and those of which ledger and lock are."""


class Examination:
    """Of one environment."""

    def __init__(self, folder: Tree, name: str, settings: Settings) -> None:
        self._tree, self._name, self._settings = folder, name, settings
        self._chart = Chart()

    def made(self) -> Checkup:
        """Make all checks that can be made, and return them."""
        self._chart.make("spec", lambda: tree.spec_check(self._tree, self._name, self._settings))
        self._chart.make("secrets", lambda: tree.secrets_check(self._tree, self._name, self._settings))
        known = self._known()
        settings = self._address(known)
        if known is None or settings is None:
            self._skip_rest(KINDS, "it is not known where the instance is, or how to log in there")
            return Checkup(self._name, tuple(self._chart.checks))
        version = self._of_instance(known, settings) if self._reached(known, settings) else None
        self._skip_rest(known.kinds, "the instance cannot be reached")
        return Checkup(self._name, tuple(self._chart.checks), settings.url, version)

    def _skip_rest(self, kinds: tuple[Kind, ...], why: str) -> None:
        names = [rights_name(kind.section) for kind in kinds]
        self._chart.skip((*chart.ROUTE, *chart.SERVER, *names, *chart.CONFIG, *chart.STATE), why)

    def _known(self) -> _Known | None:
        """Return what the files say, if they say enough: mistakes elsewhere do not stand in the way."""
        drawn = self._chart.known("address", lambda: tree.drawn(self._tree, self._name, self._settings))
        if not isinstance(drawn, Draft):
            if drawn is not None:
                self._chart.add(tree.address_trouble(SpecError(drawn)))
            return None
        spec = drawn.spec
        own = self._chart.known("fingerprint_key", lambda: tree.own_keys(drawn)) or ()
        needed = {LEDGER_KIND.name, LOCK_ADDRESS.kind}
        return _Known(
            spec,
            drawn.owner,
            tuple(key for key in (self._settings.fingerprint_key, *own) if key),
            tuple(kind for kind in KINDS if kind.section in spec.sections.entries or kind.name in needed),
        )

    def _address(self, known: _Known | None) -> InstanceSettings | None:
        if known is None:
            return None
        settings = self._chart.known("address", lambda: self._told(known.spec))
        if settings is None:
            return None
        self._chart.add(tree.address_check(settings))
        return replace(settings, wire=replace(settings.wire, retries=min(settings.wire.retries, 1)))

    def _told(self, spec: EnvironmentSpec) -> InstanceSettings | None:
        """Return how to reach the instance, None for mistakes in its part of the file: those are a check."""
        try:
            return instance_settings(self._tree, spec, self._settings)
        except SpecError as error:
            self._chart.add(tree.address_trouble(error))
            return None

    def _reached(self, known: _Known, settings: InstanceSettings) -> bool:
        """Make the checks of the way, and tell whether anybody is at its end."""
        self._chart.make("proxy", lambda: route.proxy_check(proxy_for(settings.url)))
        try:
            peer = met(settings)
        except TlsFailed as error:
            self._chart.add(route.reached_but(settings.url))
            self._chart.add(of_error("tls", error))
            return False
        except LoginRefused as error:
            # Nothing was sent: what the login needs is not there.
            why = "there is no login to try it with"
            self._chart.skip((*chart.ROUTE, *chart.SERVER[:-1]), why)
            self._chart.add(of_error(chart.SERVER[-1], error))
            self._skip_rest(known.kinds, why)
            return False
        except InstanceError as error:
            self._chart.add(of_error("reach", error))
            return False
        if peer is None:
            self._chart.skip(("reach", "tls"), "somebody else makes the requests in our place")
            return True
        self._chart.make("reach", lambda: route.reach_check(settings.url, peer))
        self._chart.make("tls", lambda: route.tls_check(settings.url, peer.tls, datetime.now(UTC)))
        return True

    def _of_instance(self, known: _Known, settings: InstanceSettings) -> str | None:
        """Make the checks of what answers, and return its version, None when it is no Airflow."""
        instance = self._chart.known("version", lambda: AirflowInstance(settings))
        if instance is None:
            self._skip_rest(known.kinds, "what answers is no Airflow that envctl can ask")
            return None
        with instance:
            described = instance.described
            ours = datetime.now(UTC)
            theirs = instance.clock()
            make = self._chart.make
            make(
                "version",
                lambda: server.version_check(described.airflow_version, instance.api, instance.warnings),
            )
            make("auth_manager", lambda: server.auth_manager_check(settings.url, _auth_manager(instance)))
            make("clock", lambda: server.clock_check(theirs, ours))
            if self._logged_in(settings, instance):
                self._of_login(known, instance)
            else:
                self._skip_rest(known.kinds, "the login did not work")
        return described.airflow_version

    def _logged_in(self, settings: InstanceSettings, instance: AirflowInstance) -> bool:
        check = self._chart.known(
            "login", lambda: server.login_check(instance, settings.login, instance.clock())
        )
        if check is not None:
            self._chart.add(check)
        return check is not None

    def _of_login(self, known: _Known, instance: AirflowInstance) -> None:
        """Make the checks of what the login may do and see."""
        for kind in known.kinds:
            self._chart.make(
                rights_name(kind.section),
                lambda kind=kind: rights.rights_check(instance, kind, _need(kind, known.spec)),  # type: ignore[misc]
            )
        self._of_configuration(known, instance)
        seen = self._of_ledgers(known, instance)
        make = self._chart.make
        make("event_log", lambda: records.log_check(instance.oldest_event(), seen, instance.clock()))
        make("lock", lambda: self._lock(known, instance))

    def _lock(self, known: _Known, instance: AirflowInstance) -> Check:
        record = locks_of(instance).read(LOCK)
        taken = records.lock_taken(instance, known.kinds) if record is not None else None
        return records.lock_check(record, taken, self._name, instance.clock())

    def _of_configuration(self, known: _Known, instance: AirflowInstance) -> None:
        options: configuration.Options | None = None
        try:
            options = configuration.options_of(instance)
        except Forbidden as error:
            self._chart.add(configuration.hidden_check(error, known.kinds))
        except EnvctlError as error:
            self._chart.add(of_error("config", error))
        else:
            self._chart.add(configuration.exposure_check(options))
        self._chart.make("page_limit", lambda: configuration.page_check(options, _page_size(instance)))
        backed = known.spec.file.secrets_backend
        self._chart.make("secrets_backend", lambda: configuration.backend_check(options, backed))

    def _of_ledgers(self, known: _Known, instance: AirflowInstance) -> Seen | None:
        """Make the checks of ledgers, and return up to where the last apply saw the event log."""
        found = self._chart.known("ledger", lambda: records.ledgers_of(instance, known.owner))
        if found is None:
            self._chart.skip(("other_ledgers",), "no ledger can be read")
            return None
        own, others = found
        make = self._chart.make
        make("ledger", lambda: records.ledger_check(own, self._name, known.keys, instance.clock()))
        make("other_ledgers", lambda: records.others_check(others))
        return own.ledger.seen if own.ledger is not None else None


def _need(kind: Kind, spec: EnvironmentSpec) -> str:
    """Say what rights to a kind are for when the spec has none of it."""
    if kind.section in spec.sections.entries:
        return ""
    return "for the ledger" if kind.name == LEDGER_KIND.name else "for the lock"


def _auth_manager(instance: AirflowInstance) -> str | None:
    try:
        return instance.auth_manager()
    except InstanceError:
        return None


def _page_size(instance: AirflowInstance) -> int | None:
    try:
        return instance.page_size()
    except InstanceError:
        return None
