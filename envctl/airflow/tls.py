"""TLS that fails, in plain words."""

from __future__ import annotations

from envctl.errors import TlsFailed

_WANTS_CERTIFICATE = ("certificate required", "handshake failure")
_REFUSES_CERTIFICATE = (
    "alert unknown ca",
    "alert bad certificate",
    "certificate expired",
    "certificate revoked",
)
_HUNG_UP = "EOF occurred"


def tls_failure(place: str, text: str) -> TlsFailed:
    """Tell an untrusted certificate from a handshake that fails otherwise; `text` is OpenSSL's."""
    _, untrusted, reason = text.partition("certificate verify failed: ")
    if untrusted:
        return TlsFailed(
            f"{place}: the TLS certificate does not verify: {reason.partition(' (_ssl')[0]}",
            hint="name its authority with airflow.ca_file; envctl never turns verification off",
        )
    words = (text.partition("] ")[2] or text).partition(" (_ssl")[0]
    return TlsFailed(f"{place}: the TLS handshake fails: {words}", hint=_hint(words))


def _hint(words: str) -> str:
    if any(one in words for one in _WANTS_CERTIFICATE):
        return "does the server want to see a certificate? airflow.client_cert and client_key name one"
    if any(one in words for one in _REFUSES_CERTIFICATE):
        return "the server does not take the certificate of airflow.client_cert"
    if _HUNG_UP in words:
        # With TLS 1.3 a server may refuse us when we have begun to send, and what it says is lost.
        return (
            "does it speak https at all, and does it want a certificate, or another one: airflow.client_cert?"
        )
    return "does the instance speak https at all?"
