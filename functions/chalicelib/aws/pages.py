"""Jinja: pages and pieces of pages from `templates/pages`. Whatever a person wrote comes out as text."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from chalicelib.kernel.clock import stamp


def folders() -> tuple[Path, ...]:
    """In a Lambda `vendor/` has been unpacked beside `chalicelib`; in the repository it stands there itself."""
    beside = Path(__file__).resolve().parents[2]
    return (beside / "templates" / "pages", beside / "vendor" / "templates" / "pages")


class Pages:
    def render(self, template: str, **values: Any) -> str:
        """Raises UndefinedError for a value that the template asks for and does not get."""
        return self._environment.get_template(template).render(**values)

    @cached_property
    def _environment(self) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(folders()),
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
