"""What contenders are called, in the tables and in the targets."""

from __future__ import annotations

ENVCTL = "envctl"
FLOOR = "floor"
AIRFLOWCTL = "airflowctl"
AIRFLOWCTL_VARIABLES = "airflowctl, variables only"
ON_SERVER = "airflow import, on the server"
ONE_BY_ONE = "one request per object"
