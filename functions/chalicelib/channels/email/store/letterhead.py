"""Letters as the templates in `templates/email` draw them."""

from __future__ import annotations

from chalicelib.aws.pages import Pages
from chalicelib.channels.email.service.ports import Style


class TemplateLetterhead:
    def __init__(self) -> None:
        self._templates = Pages("email")

    def text(self, words: str, style: Style) -> str:
        return self._templates.render("reply.txt", words=words, style=style)

    def html(self, words: str, style: Style) -> str:
        return self._templates.render("reply.html", paragraphs=_paragraphs(words), style=style)


def _paragraphs(words: str) -> list[list[str]]:
    """Paragraphs of lines: blank lines part them."""
    blocks = words.replace("\r\n", "\n").strip("\n").split("\n\n")
    return [block.split("\n") for block in blocks if block.strip()]
