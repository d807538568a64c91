"""What the instance shows of its airflow.cfg, and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.airflow.pages import PAGE_LIMIT
from envctl.errors import Forbidden, WrongServer
from envctl.kinds.config import CONFIG, HIDDEN_OPTION
from envctl.model.checkup import fine, skipped, warning
from envctl.model.request import ApiCall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.airflow.instance import AirflowInstance
    from envctl.kinds.kind import Kind
    from envctl.model.checkup import Check

_TELLTALES = (("database", "sql_alchemy_conn"), ("core", "fernet_key"), ("webserver", "secret_key"))
"""Options whose values are secret, and which every instance has."""
_BY_CHOICE = "chose not to expose"
"""What Airflow says when it is set so; without these words the login lacks the right."""

Options = dict[tuple[str, str], str]


def options_of(instance: AirflowInstance) -> Options:
    """Return what is shown of airflow.cfg, by section and option; secrets may be in it.

    Raises Forbidden, WrongServer when that is no configuration, and other InstanceErrors.
    """
    content = instance.send(
        ApiCall("GET", CONFIG.endpoint.path, base=CONFIG.endpoint.base), "read the configuration"
    )
    try:
        return {
            (str(section["name"]), str(option["key"])): str(option["value"])
            for section in content["sections"]
            for option in section["options"]
        }
    except (KeyError, TypeError):
        raise WrongServer("GET /config is answered with JSON that is no configuration") from None


def exposure_check(options: Options) -> Check:
    """Tell how much of airflow.cfg whoever may read it sees."""
    if any(options.get(one, HIDDEN_OPTION) not in ("", HIDDEN_OPTION) for one in _TELLTALES):
        return warning(
            "config",
            "/config shows secret options in clear, such as the address of the database",
            "set [api] expose_config ([webserver] in Airflow 2) to non-sensitive-only",
        )
    return fine("config", "/config is exposed, its secret options hidden")


def hidden_check(error: Forbidden, kinds: Sequence[Kind]) -> Check:
    """Tell what it means that airflow.cfg is not to be seen."""
    chosen = _BY_CHOICE in error.message
    why = "is not exposed" if chosen else "may not be read by this login"
    if not any(kind.name == CONFIG.name for kind in kinds):
        return fine("config", f"/config {why}; this environment needs it for nothing")
    remedy = "set [api] expose_config ([webserver] in Airflow 2) to non-sensitive-only"
    return warning(
        "config",
        f"/config {why}, so that options in the spec cannot be compared",
        remedy if chosen else error.hint,
    )


def page_check(options: Options | None, seen: int | None) -> Check:
    """Tell how many objects a page holds: as the configuration says, or as a long list was `seen` to have."""
    told = (options or {}).get(("api", "maximum_page_limit"), "")
    limit = int(told) if told.isdigit() else seen
    if limit is None:
        return skipped("page_limit", "not known: no list is longer than a page, and /config does not tell")
    if limit >= PAGE_LIMIT:
        return fine(
            "page_limit", f"{limit} or more objects in a page" if not told else f"{limit} objects in a page"
        )
    times = f"{PAGE_LIMIT / max(limit, 1):.0f}"
    return warning(
        "page_limit",
        f"{limit} objects in a page: reading takes about {times} times as many requests",
        f"let [api] maximum_page_limit be {PAGE_LIMIT} or more",
    )


def backend_check(options: Options | None, backed: object) -> Check:
    """Tell whether the instance reads from a secrets backend of which the spec (`backed`) knows."""
    if options is None or ("secrets", "backend") not in options:
        return skipped("secrets_backend", "not known: /config does not tell")
    name = options["secrets", "backend"].rpartition(".")[2]
    if name and backed is None:
        return warning(
            "secrets_backend",
            f"the instance reads variables and connections from {name} first; the spec does not know of it",
            "what stands there hides what envctl writes: describe it under secrets_backend, if it is Vault",
        )
    if not name and backed is not None:
        return warning(
            "secrets_backend",
            "the spec has a secrets_backend, but the API server is set to none",
            "check [secrets] backend of the instance, its workers' too",
        )
    return fine("secrets_backend", f"{name}, as the spec has it" if name else "none")
