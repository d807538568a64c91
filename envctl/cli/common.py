"""Options that every command has, before its name or after it."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable


class Format(StrEnum):
    """What stdout carries."""

    TEXT = "text"
    JSON = "json"


class Color(StrEnum):
    """When to use colours."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Common:
    """The common options as given; None and 0 where they were not."""

    root: Path | None = None
    format: Format | None = None
    color: Color | None = None
    verbose: int = 0
    quiet: bool = False

    def over(self, below: Common) -> Common:
        """Return these options, completed by those given before the command's name."""
        return Common(
            root=self.root or below.root,
            format=self.format or below.format,
            color=self.color or below.color,
            verbose=self.verbose + below.verbose,
            quiet=self.quiet or below.quiet,
        )


Root = Annotated[Path | None, typer.Option(help="Folder of the environments [ENVCTL_ROOT; environments].")]
FormatOption = Annotated[
    Format | None, typer.Option("--format", help="What stdout carries [ENVCTL_FORMAT; text].")
]
ColorOption = Annotated[Color | None, typer.Option("--color", help="Colours [ENVCTL_COLOR; auto].")]
Verbose = Annotated[int, typer.Option("-v", "--verbose", count=True, help="Say more; -vv logs each request.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress, no warnings.")]

_OPTIONS: dict[str, tuple[Any, Any]] = {
    "root": (Root, None),
    "format": (FormatOption, None),
    "color": (ColorOption, None),
    "verbose": (Verbose, 0),
    "quiet": (Quiet, False),
}


def with_common(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the common options; it receives them, with those before its name, as `common`."""

    @functools.wraps(command)
    def wrapper(ctx: typer.Context, **given: Any) -> None:
        own = Common(**{name: given.pop(name) for name in _OPTIONS})
        before = ctx.find_object(Common) or Common()
        ctx.obj = own.over(before)
        command(**given, common=ctx.obj)

    signature = inspect.signature(command, eval_str=True)
    kept = [parameter for name, parameter in signature.parameters.items() if name != "common"]
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in _OPTIONS.items()
    ]
    keyword_only = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in kept]
    wrapper.__signature__ = signature.replace(parameters=[context, *keyword_only, *added])  # type: ignore[attr-defined]
    wrapper.__annotations__ = {
        "ctx": typer.Context,
        **{parameter.name: parameter.annotation for parameter in (*keyword_only, *added)},
    }
    return wrapper
