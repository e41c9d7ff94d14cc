"""The desk's page: what people wrote is text on it, and its doors say whose it is."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from app import app
from chalicelib.contacts.model.contact import Contact
from chalicelib.contacts.model.conversation import Attachment
from chalicelib.desk.store.drawing import DeskDrawing
from chalicelib.kernel.channel import Channel
from chalicelib.tenancy.model.caller import Caller, Role, Scope
from tests.fakes.workplace import JONAS, MARIA, SHOP, Workplace

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "pages"
EVIL = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
    "</textarea><script>alert(1)</script>",
    "<b hx-get=/desk hx-trigger=load>x</b>",
    "<hx-partial hx-target=body hx-swap=innerHTML>x</hx-partial>",
    "</template><script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "<!--", "]]>", "&lt;script&gt;", "\u202egpj.exe", "a\x00b",
)  # fmt: skip


class Structure(HTMLParser):
    """Which elements and attributes there are, whatever is written between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))

    def handle_comment(self, data: str) -> None:
        self.found.append(("<!--", ()))


@pytest.fixture
def place() -> Workplace:
    return Workplace()


def written_by(place: Workplace, words: str, channel: Channel) -> Contact:
    contact = place.taken(channel, customer=words, customer_name=words, subject=words, entry_point=words)
    file = Attachment(name=words, type="text/plain", size=5, key="k")
    place.customer_says(contact, words, quoted=words, subject=words, attachments=(file,))
    place.desk.say(MARIA, SHOP, contact.contact, text=words, client_id="1", note=True, now=place.clock.passes(1))
    return contact


@pytest.mark.parametrize("words", EVIL)
@pytest.mark.parametrize("channel", [Channel.CHAT, Channel.EMAIL, Channel.VOICE])
def test_what_a_customer_writes_never_becomes_a_part_of_the_page(channel: Channel, words: str) -> None:
    pages = []
    for text in ("harmless", words):
        place = Workplace()
        place.opens_page()
        written_by(place, text, channel)
        place.tells()
        pushed = "".join(str(frame.get("content", "")) for frame in place.came())
        board = place.desk.board(MARIA, place.clock())
        drawn = [place.drawing.page(board), place.drawing.board(board), place.drawing.card(board.cards[0]), pushed]
        pages.append([Structure(html).found for html in drawn])
    assert pages[0] == pages[1]


def test_a_name_of_quotes_stays_within_its_attribute(place: Workplace) -> None:
    written_by(place, "' onfocus=\"x\" '", Channel.EMAIL)
    html = place.drawing.page(place.desk.board(MARIA, place.clock()))
    assert 'onfocus="x"' not in html


SOURCES = sorted(path for path in TEMPLATES.rglob("*.html") if path.parent.name in {"desk"})
_FOLDERS = {"static", "desk", "telephone"}
SCRIPTS = sorted(path for path in (TEMPLATES / "static").rglob("*.js") if path.parent.name in _FOLDERS)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_template_steps_around_escaping_or_the_content_policy(source: Path) -> None:
    html = source.read_text()
    assert not re.search(r"\|\s*safe\b|autoescape|Markup|tojson", html)
    assert not re.search(r"\son[a-z]+\s*=|\sstyle\s*=|javascript:|hx-on|<style|hx-vals=\W*js:", html)
    assert not re.search(r"<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"=\{\{", html), "an attribute without quotes"


@pytest.mark.parametrize("source", SCRIPTS, ids=lambda path: path.name)
def test_no_script_makes_html_of_text(source: Path) -> None:
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", source.read_text()
    )


_PAGE = {"live.js", "desk.js"}


def test_the_scripts_of_the_desk_stay_small() -> None:
    """The page itself; the two telephones, of which one is loaded to be used, are counted apart."""
    lines = {path: len(path.read_text().splitlines()) for path in SCRIPTS}
    phones = {path: many for path, many in lines.items() if path.parent.name == "telephone"}
    desk = {path: many for path, many in lines.items() if path.parent.name == "desk" or path.name in _PAGE}
    assert sum(desk.values()) < 1_550
    assert sum(phones.values()) < 450
    assert max(lines.values()) <= 400


def test_every_icon_that_is_used_is_there() -> None:
    known = set(re.findall(r'<symbol id="([a-z-]+)"', (TEMPLATES / "static" / "icons.svg").read_text()))
    parts = "".join(path.read_text() for path in SOURCES)
    parts += "".join(path.read_text() for path in SCRIPTS)
    used = set(re.findall(r'icon\("([a-z-]+)"', parts)) | set(re.findall(r'": "([a-z]+-?[a-z]*)"', parts)) & known
    assert used <= known
    assert len(used) > 10


def test_a_state_is_a_word_and_an_icon_and_not_only_a_colour(place: Workplace) -> None:
    place.taken(Channel.VOICE)
    html = place.drawing.page(place.desk.board(MARIA, place.clock()))
    chips = re.findall(r'<span class="chip [a-z]+">(.*?)</span>', html)
    assert chips
    assert all("<use href=" in chip and re.search(r"</svg>\w", chip) for chip in chips)


def test_a_call_is_answered_where_the_telephone_is(place: Workplace) -> None:
    place.starts_shift()
    call = place.arrives(Channel.VOICE)
    card = place.desk.card(MARIA, SHOP, call.contact, place.clock())
    assert card is not None
    assert 'data-phone="accept"' in place.drawing.card(card)
    cloud = DeskDrawing(place.drawing._pages, phone="connect", url="https://luna.my.connect.aws")
    assert 'data-phone="accept"' in cloud.card(card)
    board = place.desk.board(MARIA, place.clock())
    assert "connect-streams.js" in cloud.page(board)
    assert "connect-streams.js" not in place.drawing.page(board), "only where Amazon Connect is the telephone"
    assert 'id="ccp"' not in place.drawing.page(board)


def test_an_offer_says_why_it_came_to_this_agent_and_a_taken_contact_no_longer(place: Workplace) -> None:
    place.starts_shift()
    chat = place.arrives(Channel.CHAT)
    card = place.desk.card(MARIA, SHOP, chat.contact, place.clock())
    offered = chat.last("offered")
    assert card is not None
    assert offered is not None
    told = str(offered.data["reason"]).replace("maria", "Maria")
    assert card.reason == card.as_json()["reason"] == told != offered.data["reason"]
    assert f"<b>Why you:</b> {html.escape(card.reason, quote=False)}" in place.drawing.card(card)
    taken = place.router.accept(SHOP, chat.contact, agent=MARIA.agent, now=place.clock.passes(1))
    after = place.desk.card(MARIA, SHOP, taken.contact, place.clock())
    assert after is not None
    assert "reason" not in after.as_json()
    assert "Why you" not in place.drawing.card(after)


def test_a_reason_with_hostile_words_stays_text(place: Workplace) -> None:
    place.starts_shift()
    chat = place.arrives(Channel.CHAT)
    card = place.desk.card(MARIA, SHOP, chat.contact, place.clock())
    assert card is not None
    facts = tuple(
        replace(fact, data={**fact.data, "reason": EVIL[0]}) if fact.kind == "offered" else fact for fact in chat.facts
    )
    drawn = place.drawing.card(replace(card, contact=replace(chat, facts=facts)))
    assert EVIL[0] not in drawn
    assert "Why you:</b> &lt;script&gt;" in drawn


def test_a_mail_that_is_laid_aside_for_a_call_says_so_and_goes_on_by_itself(place: Workplace) -> None:
    mail = place.taken(Channel.EMAIL)
    (card,) = place.desk.board(MARIA, place.clock()).cards
    assert (card.word, card.paused) == ("Active", False)
    assert "Laid aside" not in place.drawing.card(card)
    place.contacts.hold(SHOP, mail.contact, agent="maria", now=place.clock.passes(1))
    (lies,) = place.desk.board(MARIA, place.clock()).cards
    assert (lies.word, lies.tone, lies.as_json()["paused"]) == ("Laid aside", "due", True)
    assert "Laid aside: it goes on when you have room again" in place.drawing.card(lies)
    assert lies.commands == {"note", "end"}, "what is laid aside is not answered beside a call"


def test_a_call_on_hold_is_no_work_laid_aside(place: Workplace) -> None:
    call = place.taken(Channel.VOICE)
    place.contacts.hold(SHOP, call.contact, agent="maria", now=place.clock.passes(1))
    (card,) = place.desk.board(MARIA, place.clock()).cards
    assert (card.word, card.paused) == ("On hold", False)
    assert card.may("resume")
    assert "Laid aside" not in place.drawing.card(card)


# The doors


@pytest.fixture
def doors(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    with place.stands_in(monkeypatch):
        yield place


def ask(
    method: str,
    route: str,
    caller: Caller,
    accept: str = "application/json",
    body: dict[str, Any] | None = None,
    **path: str,
) -> dict[str, Any]:
    form = "text/html" in accept
    content = "application/x-www-form-urlencoded" if form else "application/json"
    headers = {"accept": accept} | ({"content-type": content} if body is not None else {})
    event = {
        "resource": route, "path": route.format(**path), "httpMethod": method,
        "body": (urlencode(body) if form else json.dumps(body)) if body is not None else None,
        "isBase64Encoded": False, "headers": headers, "multiValueHeaders": {},
        "pathParameters": path, "queryStringParameters": None, "multiValueQueryStringParameters": None,
        "requestContext": {"httpMethod": method, "resourcePath": route, "authorizer": caller.as_context()},
        "stageVariables": None,
    }  # fmt: skip
    answer: dict[str, Any] = app(event, None)
    return answer


def test_the_page_lets_only_our_own_files_in(doors: Workplace) -> None:
    answer = ask("GET", "/desk", MARIA, accept="text/html")
    policy = answer["headers"]["Content-Security-Policy"]
    assert answer["statusCode"] == 200
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_every_door_of_the_desk_asks_who_is_there() -> None:
    mine = {path: methods for path, methods in app.routes.items() if path.startswith(("/desk", "/api/desk"))}
    assert len(mine) == 23
    assert all(route.authorizer is not None for methods in mine.values() for route in methods.values())


COMMANDS = ("accept", "decline", "hold", "resume", "end", "wrap", "messages")


@pytest.mark.parametrize("command", COMMANDS)
def test_another_clients_contact_does_not_exist_for_an_agent(doors: Workplace, command: str) -> None:
    contact = doors.taken()
    stranger = Caller(
        **{**{f: getattr(MARIA, f) for f in ("user", "role", "name", "agent", "team")}, "scope": Scope.of(["clinic"])}
    )
    body = {"disposition": "advice", "text": "Hi", "client_id": "1"}
    answer = ask(
        "POST",
        f"/api/desk/{{tenant}}/{{contact}}/{command}",
        stranger,
        body=body,
        tenant="shop",
        contact=contact.contact,
    )
    assert answer["statusCode"] == 404
    assert doors.contacts.get(SHOP, contact.contact) == contact


@pytest.mark.parametrize("command", COMMANDS)
def test_another_agents_contact_is_left_alone(doors: Workplace, command: str) -> None:
    contact = doors.taken()
    body = {"disposition": "advice", "text": "Hi", "client_id": "1"}
    answer = ask(
        "POST", f"/api/desk/{{tenant}}/{{contact}}/{command}", JONAS, body=body, tenant="shop", contact=contact.contact
    )
    assert answer["statusCode"] == (200 if command == "decline" else 409)
    assert doors.contacts.get(SHOP, contact.contact) == contact


def test_who_is_no_agent_may_look_and_not_touch(doors: Workplace) -> None:
    contact = doors.taken()
    sam = Caller(user="sam", role=Role.SUPERVISOR, name="Sam", scope=Scope.everyone())
    fiona = Caller(user="fiona", role=Role.FINANCE, name="Fiona", scope=Scope.everyone())
    where = {"tenant": "shop", "contact": contact.contact}
    assert ask("GET", "/desk/contacts/{tenant}/{contact}", sam, accept="text/html", **where)["statusCode"] == 200
    assert ask("POST", "/api/desk/{tenant}/{contact}/end", sam, body={}, **where)["statusCode"] == 403
    assert ask("GET", "/desk/contacts/{tenant}/{contact}", fiona, accept="text/html", **where)["statusCode"] == 403
    assert ask("GET", "/api/desk", fiona)["statusCode"] == 403


def test_a_script_gets_json_and_a_page_gets_its_pieces(doors: Workplace) -> None:
    contact = doors.taken()
    where = {"tenant": "shop", "contact": contact.contact}
    route = "/api/desk/{tenant}/{contact}/messages"
    told = ask("POST", route, MARIA, body={"text": "Hi", "client_id": "1"}, **where)
    assert json.loads(told["body"])["n"] == 1
    drawn = ask("POST", route, MARIA, accept="text/html", body={"text": "Hi", "client_id": "1", "kind": ""}, **where)
    assert f'hx-target="#thread-{contact.contact}"' in drawn["body"]
    assert len(doors.contacts.messages(SHOP, contact.contact)) == 1
    ended = ask("POST", "/api/desk/{tenant}/{contact}/end", MARIA, body={}, **where)
    assert json.loads(ended["body"])["state"] == "ended"
    wrap = {"disposition": "complaint", "note": "angry", "tags": "lamp, , late,lamp"}
    gone = ask("POST", "/api/desk/{tenant}/{contact}/wrap", MARIA, accept="text/html", body=wrap, **where)
    assert f'hx-target="#row-{contact.contact}" hx-swap="delete"' in gone["body"]
    assert doors.contacts.get(SHOP, contact.contact).facts[-1].data["tags"] == ["lamp", "late"]


def test_a_contact_that_left_the_desk_is_taken_off_the_page(doors: Workplace) -> None:
    contact = doors.taken()
    answer = ask(
        "GET", "/desk/contacts/{tenant}/{contact}", JONAS, accept="text/html", tenant="shop", contact=contact.contact
    )
    assert f'hx-target="#pane-{contact.contact}" hx-swap="delete"' in answer["body"]
    assert "jana@example.com" not in answer["body"]


def test_a_shift_begins_and_pauses_by_the_form(doors: Workplace) -> None:
    begun = ask("POST", "/api/desk/status", MARIA, body={"status": "available"})
    assert json.loads(begun["body"])["status"] == "available"
    paused = ask("POST", "/api/desk/status", MARIA, accept="text/html", body={"status": "paused", "reason": "lunch"})
    assert 'data-status="paused"' in paused["body"]
    assert "Back to Available" in paused["body"]
    wrong = ask("POST", "/api/desk/status", MARIA, body={"status": "paused", "reason": "golf"})
    assert wrong["statusCode"] == 422
    assert json.loads(wrong["body"])["field"] == "reason"


def test_the_snapshot_is_the_desk_as_json(doors: Workplace) -> None:
    contact = doors.taken(text="Hello?")
    told = json.loads(ask("GET", "/api/desk", MARIA)["body"])
    assert [one["contact"] for one in told["contacts"]] == [contact.contact]
