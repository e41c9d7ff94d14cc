"""HTML mail made safe to show, and readable as plain text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import nh3

HTML_LIMIT = 256 * 1024  # characters looked at; more than that is a newsletter, not a question
# The sanitizer's time grows with the square of the nesting (measured: 10,000 levels 0.2 s, 100,000 levels 18 s).
_DEPTH = 500


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TAGS = _names(
    "a abbr b blockquote br caption code col colgroup dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins li ol "
    "p pre q s small span strong sub sup table tbody td tfoot th thead tr u ul"
)
# No `src` on images, no `style`, no `class`: nothing is fetched from outside when an agent reads a mail.
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
    "*": {"dir", "lang"},
}
_SCHEMES = {"http", "https", "mailto", "tel"}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_UNNESTED = _names("area base br col embed hr img input link meta p li td th tr dd dt option source wbr")
_BLOCKS = _names("blockquote div dl h1 h2 h3 h4 h5 h6 hr ol p pre table tr ul dt dd caption")


def sanitize(html: str) -> str:
    """The mail without scripts, styles, forms and remote content; empty for HTML that is built to hurt."""
    html = html[:HTML_LIMIT]
    if _too_deep(html):
        return ""
    return nh3.clean(
        html,
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        clean_content_tags={"script", "style", "title", "head"},
    ).strip()


def readable(safe_html: str) -> str:
    """Plain text of HTML that `sanitize` made: lines where blocks were, addresses behind links."""
    reader = _Reader()
    reader.feed(safe_html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.words).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def stripped(html: str) -> str:
    """A last resort for HTML that `sanitize` will not touch: the text between the tags."""
    return " ".join(re.sub(r"<[^<>]{0,2000}>", " ", html[:HTML_LIMIT]).split())


def _too_deep(html: str) -> bool:
    depth = 0
    for closing, name in _TAG.findall(html):
        if name.lower() not in _UNNESTED:
            depth = max(0, depth - 1) if closing else depth + 1
            if depth > _DEPTH:
                return True
    return False


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._link = ""
        self._linked = 0  # where the words of the open link begin

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS or tag == "br":
            self.words.append("\n")
        elif tag == "li":
            self.words.append("\n- ")
        elif tag in ("td", "th"):
            self.words.append(" ")
        elif tag == "img":
            self.words.append(dict(attrs).get("alt") or "")
        elif tag == "a":
            self._link, self._linked = dict(attrs).get("href") or "", len(self.words)

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.words.append("\n\n" if tag in ("p", "blockquote", "table", "ul", "ol") else "\n")
        elif tag == "a":
            shown = "".join(self.words[self._linked :]).strip()
            target = self._link.removeprefix("mailto:").removeprefix("tel:")
            if target and target.rstrip("/") != shown.rstrip("/"):
                self.words.append(f" ({target})" if shown else target)
            self._link = ""

    def handle_data(self, data: str) -> None:
        # A line end in HTML is a space; line ends of ours come from blocks only.
        self.words.append(re.sub(r"\s+", " ", data))
