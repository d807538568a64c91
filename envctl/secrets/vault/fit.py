"""Whether what comes from variables, files and references can be used at all, before anything is sent."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from envctl.errors import Position
from envctl.fields.parts import fitting
from envctl.model.node import Scalar
from envctl.secrets.vault.entry import Url

if TYPE_CHECKING:
    from pathlib import Path

    from envctl.model.secret import Secret

_SENDABLE = re.compile(r"[!-~]+")
_NAMESPACE = re.compile(r"[ -~]+")
_WISH = "must be printable ASCII without spaces or line ends, as HTTP headers are"
_URL: TypeAdapter[str] = TypeAdapter(Url)


def address_in(variable: str, text: str) -> str:
    """Return the server's address that a variable holds, by the rules of the key `url`.

    Raises ValueError, which goes on from the variable's name and shows nothing of what it holds.
    """
    try:
        return _URL.validate_python(Scalar(text.strip(), plain=False, position=Position(variable, 0, 0)))
    except ValidationError as error:
        why = error.errors(include_input=False, include_url=False)[0]["msg"]
    raise ValueError(why)


def sendable(secret: Secret) -> Secret:
    """Return a token as it is. Raises ValueError when no HTTP header can carry it."""
    try:
        fitting(secret, lambda text: bool(_SENDABLE.fullmatch(str(text))), _WISH)
    except PydanticCustomError as error:
        why = f"{secret.label} {error.message()}"
    else:
        return secret
    raise ValueError(why)


def is_namespace(text: str) -> bool:
    """Tell whether a namespace can be sent, which is in a header."""
    return bool(_NAMESPACE.fullmatch(text))


def holds_certificate(file: Path) -> bool:
    """Tell whether a file has an authority's certificate that can be read."""
    try:
        ssl.create_default_context(cafile=file)
    except OSError:
        return False
    return True
