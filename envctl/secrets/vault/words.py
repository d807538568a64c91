"""Why a Vault or OpenBao refuses, in our own words.

A server may repeat what it was sent, so that its own words are never shown: a reason that is not known here
is told by the status alone.
"""

from __future__ import annotations

from typing import Any

NO_NAMESPACE = "there is no such namespace"
LOST = "it was written by somebody in between"
WANTS_TLS = "it was asked in plain HTTP, and speaks TLS"
SEALED = "it is sealed"

_KNOWN = (
    ("namespace not found", NO_NAMESPACE),
    ("check-and-set parameter did not match", LOST),
    ("http request to an https server", WANTS_TLS),
    ("plain http request was sent to https", WANTS_TLS),
    ("is sealed", SEALED),
    ("not initialized", "it is not initialised"),
    ("not yet initialized", "it is not initialised"),
    ("active cluster node not found", "no node of its cluster is active"),
    ("node not active", "no node of its cluster is active"),
    ("non-versioned to versioned", "the KV store is being upgraded to version 2: try again in a moment"),
    ("rate limit quota exceeded", "it is asked more often than its quota allows"),
    ("too large", "that is larger than it takes"),
    ("missing client token", "no token reached it"),
    ("cidr restriction", "it does not take this login from this address"),
    ("invalid role or secret id", "invalid role or secret ID"),
    ("invalid secret id", "invalid role or secret ID"),
    ("invalid role id", "invalid role or secret ID"),
    ("invalid role_id", "invalid role or secret ID"),
    ("wrapping token is not valid", "the wrapping token is not valid: it was used, has expired, or is none"),
    ("could not load configuration", "the method is not configured there"),
    ("could not load backend configuration", "the method is not configured there"),
    ("invalid audience", "the token is for another audience than the role takes"),
    ("audience claim", "the token is for another audience than the role takes"),
    ("invalid expiration time", "the token has expired"),
    ("token is expired", "the token has expired"),
    ("invalid not before", "the token is not valid yet: compare the clocks"),
    ("token not yet valid", "the token is not valid yet: compare the clocks"),
    ("invalid issued at", "the token is not valid yet: compare the clocks"),
    ("invalid issuer", "the token is of another issuer than the method takes"),
    ("does not match any associated bound claim", "a claim of the token is not one that the role takes"),
    ("error validating claims", "a claim of the token is not one that the role takes"),
    ("token signature", "the token's signature is of no key that the method knows"),
    ("no known key", "the token's signature is of no key that the method knows"),
    ("token is malformed", "what it was given is no token"),
    ("compact jws", "what it was given is no token"),
    ('" could not be found', "there is no such role"),
    ("invalid role name", "there is no such role"),
    ("service account name not authorized", "the role does not take this service account"),
    ("namespace not authorized", "the role does not take this service account's namespace"),
    ("service account unauthorized", "the cluster does not know this service account"),
    ("past the max ttl", "the token is past its longest life"),
    ("not renewable", "the token cannot be renewed"),
    ("no handler for route", "there is nothing of that kind there"),
    ("unsupported path", "there is nothing of that kind there"),
    ("unsupported operation", "that cannot be done there"),
    ("permission denied", "denied"),
)
"""What the server's words hold, in lower case, and what is said instead; the first that fits."""


def in_our_words(said: Any) -> str | None:
    """Return what a server's errors mean, None when that is not known."""
    texts = said if isinstance(said, list) else [said]
    text = " ".join(str(one) for one in texts).lower()
    return next((ours for theirs, ours in _KNOWN if theirs in text), None)
