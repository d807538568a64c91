"""`envctl render`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from envctl.cli.common import Common, with_common


class ConfigForm(StrEnum):
    """How airflow.cfg is set where Airflow is deployed."""

    ENV = "env"
    CFG = "cfg"
    HELM = "helm"


@with_common
def render(
    environment: Annotated[str, typer.Argument(help="The environment.")],
    config: Annotated[
        ConfigForm,
        typer.Option(
            help="The config: section as variables of the process, a part of airflow.cfg, or Helm values."
        ),
    ],
    *,
    common: Common,
) -> None:
    """Write what a deployment must set, since Airflow's API cannot. Offline.

    Secrets are not written: a comment says which reference belongs there.

    \b
    envctl render prod --config env > prod.env           AIRFLOW__CORE__PARALLELISM=64
    envctl render prod --config cfg                      a part of airflow.cfg
    envctl render prod --config helm > values-prod.yaml  for Airflow's Helm chart
    """
    from envctl.cli.session import open_run, reported
    from envctl.model.lookup import Lookup
    from envctl.report.config_text import RENDERERS, deployment
    from envctl.request import Request
    from envctl.workflow import checking

    run = open_run(common)
    with reported(run, "render", environment):
        found = deployment(checking.expected_config(environment, Request(run.settings, lookup=Lookup.NONE)))
    if run.as_json:
        run.json("render", {"environment": environment, "config": found.options, "secret": found.secret})
    elif found.options or found.secret:
        typer.echo("\n".join(RENDERERS[config](found)))
    else:
        from rich.text import Text

        run.say(Text(f"the spec of {environment} has no config: section: there is nothing to render", "dim"))
