"""Jinja: what is drawn from a folder of `templates`. Whatever a person wrote comes out as text."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from chalicelib.kernel.clock import stamp


def folders(name: str) -> tuple[Path, ...]:
    """In a Lambda `vendor/` has been unpacked beside `chalicelib`; in the repository it stands there itself."""
    beside = Path(__file__).resolve().parents[2]
    return (beside / "templates" / name, beside / "vendor" / "templates" / name)


class Pages:
    """Templates whose names end in .html escape what they are given; letters in plain text do not."""

    def __init__(self, folder: str = "pages") -> None:
        self._folder = folder

    def render(self, template: str, **values: Any) -> str:
        """Raises UndefinedError for a value that the template asks for and does not get."""
        return self._environment.get_template(template).render(**values)

    @cached_property
    def _environment(self) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(folders(self._folder)),
            autoescape=select_autoescape(("html",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.filters["stamp"] = stamp
        environment.filters["hours_minutes"] = _hours_minutes
        return environment


def _hours_minutes(at: datetime) -> str:
    """For whom no script puts it into his own time zone."""
    return f"{at:%H:%M} UTC"
