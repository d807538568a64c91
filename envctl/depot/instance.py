"""An Airflow instance that reads variables and connections from Vault before it looks into its database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.airflow.instance import AirflowInstance
from envctl.depot.reading import completed, uncompleted
from envctl.depot.writer import RoutingWriter
from envctl.errors import BackendFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from envctl.airflow.api import Hands
    from envctl.airflow.settings import InstanceSettings
    from envctl.depot.reading import Depot
    from envctl.kinds.kind import Kind
    from envctl.model.event import Sent
    from envctl.model.resource import Reading


class BackedInstance(AirflowInstance):
    """Reads and writes both; everything else, the ledger and the lock too, is Airflow's own."""

    def __init__(
        self, settings: InstanceSettings, open_depot: Callable[[], Depot], *, keeps_any: bool
    ) -> None:
        """`open_depot` is called with the first use of Vault. Raises what `AirflowInstance` raises.

        Unless it `keeps_any` object there, Vault is not written, and may be out of reach.
        """
        super().__init__(settings)
        self._open_depot, self._keeps_any = open_depot, keeps_any
        self._opened_depot: Depot | None = None

    def __exit__(self, *details: object) -> None:
        super().__exit__(*details)
        if self._opened_depot is not None:
            self._opened_depot.shelf.close()

    def read(self, kinds: Sequence[Kind], expected: Mapping[str, int] | None = None) -> Reading:
        """Return what there is of the kinds. Raises BackendFailed, and other InstanceErrors."""
        reading = super().read(kinds, expected)
        try:
            return completed(reading, kinds, self._depot())
        except BackendFailed as error:
            if self._keeps_any:
                raise
            return uncompleted(reading, error)

    def writer(self, sent: list[Sent], ready: Callable[[], None]) -> Hands:
        """Return the hands that carry out a plan; see `AirflowInstance.writer`."""
        hands = super().writer(sent, ready)
        return RoutingWriter(hands, ready, self._depot()) if self._keeps_any else hands

    def _depot(self) -> Depot:
        if self._opened_depot is None:
            self._opened_depot = self._open_depot()
        return self._opened_depot
