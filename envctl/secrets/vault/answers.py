"""What a Vault or OpenBao answers: JSON of a shape that is known, or a refusal, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hvac.adapters import JSONAdapter

from envctl.secrets.vault.words import in_our_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

_OK, _NOTHING, _FAILS = 200, 204, 500


class Refusal(Exception):
    """The server answered with an error; `words` are ours, None for a reason that is not known."""

    def __init__(self, status: int, words: str | None, content: Mapping[str, Any]) -> None:
        super().__init__(words or f"answers {status}")
        self.status, self.words, self.content = status, words, content


class OddAnswer(Exception):
    """What answered is no Vault: a proxy's page, or something else that listens there."""


class VaultAdapter(JSONAdapter):  # type: ignore[misc] # hvac has no types
    """Sends requests as hvac does, and takes no answer but an object in JSON, or none at all."""

    def request(self, *args: Any, **kwargs: Any) -> Any:
        """Return the object that was answered. Raises Refusal, OddAnswer, and what requests raises."""
        answer = super().request(*args, **kwargs)
        if isinstance(answer, dict) or getattr(answer, "status_code", _OK) == _NOTHING:
            return answer
        raise OddAnswer

    def _raise_for_error(self, _method: str, _url: str, response: requests.Response) -> None:
        try:
            content = response.json()
        except ValueError:
            content = None
        its_own = isinstance(content, dict) and bool({"errors", "data"} & set(content))
        words = in_our_words(content.get("errors") if isinstance(content, dict) else response.text)
        # What stands before a server may fail with pages of its own; a right or a path it knows nothing of.
        if not its_own and words is None and response.status_code < _FAILS:
            raise OddAnswer
        raise Refusal(response.status_code, words, content if isinstance(content, dict) else {})


def mapping_in(answer: Any, *path: str) -> dict[str, Any]:
    """Return the mapping at a path of keys. Raises OddAnswer."""
    for key in path:
        answer = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(answer, dict):
        raise OddAnswer
    return answer


def optional_mapping_in(answer: Any, *path: str) -> dict[str, Any]:
    """Return the mapping at a path of keys, an empty one where there is nothing. Raises OddAnswer."""
    for key in path:
        if answer is None:
            return {}
        answer = mapping_in(answer).get(key)
    return {} if answer is None else mapping_in(answer)


def number_in(answer: Mapping[str, Any], key: str, otherwise: int | None = None) -> int:
    """Return a whole number, or a text that spells one; `otherwise` when there is none. Raises OddAnswer."""
    found = answer.get(key)
    if found in (None, "") and otherwise is not None:
        return otherwise
    try:
        return int(found)  # type: ignore[arg-type] # what is no number is told by the error
    except (TypeError, ValueError):
        raise OddAnswer from None


def text_in(answer: Mapping[str, Any], key: str) -> str:
    """Return a text that is not empty. Raises OddAnswer."""
    found = answer.get(key)
    if not isinstance(found, str) or not found:
        raise OddAnswer
    return found
