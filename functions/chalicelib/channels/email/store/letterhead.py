"""Letters as the templates in `templates/email` draw them. The only place of this channel that loads Jinja."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from chalicelib.channels.email.service.ports import Style

# In a Lambda `vendor/` has been unpacked beside `chalicelib`; in the repository it stands beside it.
_BESIDE = Path(__file__).resolve().parents[4]
_FOLDERS = (_BESIDE / "templates" / "email", _BESIDE / "vendor" / "templates" / "email")


class TemplateLetterhead:
    def text(self, words: str, style: Style) -> str:
        return self._environment.get_template("reply.txt").render(words=words, style=style)

    def html(self, words: str, style: Style) -> str:
        return self._environment.get_template("reply.html").render(paragraphs=_paragraphs(words), style=style)

    @cached_property
    def _environment(self) -> Environment:
        return Environment(
            loader=FileSystemLoader(_FOLDERS),
            autoescape=select_autoescape(("html",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )


def _paragraphs(words: str) -> list[list[str]]:
    """Paragraphs of lines: blank lines part them."""
    blocks = words.replace("\r\n", "\n").strip("\n").split("\n\n")
    return [block.split("\n") for block in blocks if block.strip()]
