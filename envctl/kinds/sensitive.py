"""Which names make Airflow mask the values below them.

A leaf that Airflow masks is remembered by a fingerprint, one that anyone can read by a digest. Before an
object exists only its names tell which it will be. Sites may add names of their own
(`[core] sensitive_var_conn_names`); what is masked because of those is found out when it is read.
"""

from __future__ import annotations

import re

_NO_WORD = re.compile(r"\W+")
_SENSITIVE = (
    "access_key",
    "api_key",
    "apikey",
    "auth_header",
    "authorization",
    "bearer",
    "connection_string",
    "dsn",
    "keyfile",
    "passphrase",
    "passwd",
    "password",
    "private_key",
    "proxies",
    "proxy",
    "secret",
    "service_account",
    "service_key",
    "token",
    "webhook_url",
)
"""`DEFAULT_SENSITIVE_FIELDS` of Airflow's secrets masker, 2.11 to 3.3, without those that hold another."""


def looks_sensitive(name: str) -> bool:
    """Tell whether Airflow's masker, as it comes, would hide what stands under a name."""
    folded = _NO_WORD.sub("_", name.lower())
    return any(word in folded for word in _SENSITIVE)
