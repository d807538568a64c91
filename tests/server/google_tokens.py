"""Google's token endpoint on loopback: it verifies what a service account signed, and gives tokens for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.listener import Came, Listener, Said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EMAIL = "envctl@project.iam.gserviceaccount.com"
AUDIENCE = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class GoogleTokens(Listener):
    """Gives what `token` returns; use as a context manager."""

    def __init__(self, token: Callable[[], str], lives: int = 3600) -> None:
        super().__init__(self._grant)
        self._token, self._lives = token, lives
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.given: list[str] = []

    def key_file(self, path: Path) -> Path:
        """Write the service account's key, as Google hands them out."""
        private = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        content = {
            "type": "service_account",
            "project_id": "project",
            "private_key_id": "1",
            "private_key": private,
            "client_email": EMAIL,
            "token_uri": f"{self.url}/token",
        }
        path.write_text(json.dumps(content))
        return path

    def _grant(self, came: Came) -> Said:
        form = parse_qs(came.body.decode())
        assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        try:
            claims = jwt.decode(form["assertion"][0], self._key.public_key(), ["RS256"], audience=AUDIENCE)
        except jwt.InvalidTokenError as error:
            return Said(400, json.dumps({"error": "invalid_grant", "error_description": str(error)}).encode())
        assert (claims["iss"], claims["scope"]) == (EMAIL, SCOPE)
        token = self._token()
        self.given.append(token)
        content = {"access_token": token, "expires_in": self._lives, "token_type": "Bearer"}
        return Said(200, json.dumps(content).encode())
