"""Whoever asks for what is not his: no session, a wrong role, another client's affairs, a foreign site."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from app import app
from chalicelib.tenancy.model.caller import Role
from tests.deployed import Stack
from tests.journeys.agents import Agent
from tests.journeys.books import Books
from tests.journeys.customers import Line, Visitor

WORLD = ("contacts", "routing", "ledger", "tenants", "workforce")
SIGNED_IN = {"agent": "maria", "supervisor": "sam", "operator": "olivia", "finance": "fiona", "client": "clara"}
PUBLIC = {
    "/",
    "/login",
    "/logout",
    "/home",
    "/api/alive",
    "/widget/{key}/frame",
    "/widget/loader.js",
    "/oncall/{token}",
}
# What each role may ask, and the client that maria (of another team) and clara (of another client) must not see.
ABROAD = {"agent": "clinic", "client": "plumber"}
_FINANCE, _OFFICE = {Role.FINANCE}, {Role.FINANCE, Role.OPERATOR}
_WATCHES = {Role.OPERATOR, Role.SUPERVISOR}
# The first row that fits "METHOD /path" holds.
MAY: dict[str, set[Role]] = {
    r"GET /api/desk/\{tenant\}/\{contact\}/voicemail": {Role.AGENT, Role.SUPERVISOR},
    r"\w+ /api/desk/(status|dial)|\w+ /api/desk/\{tenant\}/.*": {Role.AGENT},
    r"\w+ /desk|\w+ /desk/.*|\w+ /api/desk": {Role.AGENT, Role.SUPERVISOR},
    r"GET /api/billing/(costs|runs)/.*": _OFFICE,
    r"\w+ /api/billing/.*|\w+ /finance/.*": _FINANCE,
    r"POST /api/tenants/\{tenant\}/invoices/\{period\}/disputes": {Role.CLIENT, Role.FINANCE},
    r"POST /api/tenants/\{tenant\}/(invoices|records)/.*|GET /api/tenants/\{tenant\}/(billing/.*|.*/replay)": _FINANCE,
    r"GET /api/tenants/\{tenant\}/campaigns.*|DELETE /api/tenants/\{tenant\}/appointments/.*": _WATCHES,
    r"(GET|POST) /api/tenants/\{tenant\}/(appointments|do-not-call)": {*_WATCHES, Role.CLIENT},
    r"\w+ /api/tenants/\{tenant\}/(campaigns/.*|do-not-call)|\w+ /api/do-not-call": {Role.OPERATOR},
    r"\w+ /api/tenants/\{tenant\}/.*|\w+ /plans/.*": {Role.FINANCE, Role.OPERATOR, Role.CLIENT},
    r"\w+ /api/me|\w+ /api/tenants": set(Role),
    r"\w+ /api/routing/plan": {Role.OPERATOR, Role.SUPERVISOR},
}


def _routes() -> Iterator[tuple[str, str]]:
    """Every method and path of the API that is deployed."""
    for path, methods in sorted(app.routes.items()):
        for method in sorted(methods):
            yield method, path


GUARDED = [(method, path) for method, path in _routes() if path not in PUBLIC and not path.startswith("/api/chat/")]
OF_A_TENANT = [(method, path) for method, path in GUARDED if "{tenant}" in path]


def _roles(method: str, path: str) -> set[Role]:
    return next(roles for pattern, roles in MAY.items() if re.fullmatch(pattern, f"{method} {path}"))


def _ask(session: requests.Session, stack: Stack, method: str, path: str, **in_path: str) -> requests.Response:
    for name, value in {"tenant": "shop", "contact": "c" * 21, "period": "current", **in_path}.items():
        path = path.replace(f"{{{name}}}", value)
    sent: dict[str, Any] = {}
    if method == "POST" and path.endswith("/people"):
        sent = {"data": "number\n", "headers": {"Content-Type": "text/csv"}}
    elif method == "POST":
        sent = {"json": {"text": "hi", "client_id": "hi", "status": "available", "disposition": "advice"}}
    return session.request(method, f"{stack.url}{path}", timeout=30, allow_redirects=False, **sent)


@pytest.fixture(scope="module")
def people(stack: Stack) -> dict[str, requests.Session]:
    return {role: stack.sign_in(name) for role, name in SIGNED_IN.items()}


def test_the_list_of_doors_is_whole() -> None:
    assert len(GUARDED) >= 17
    assert {path for _, path in OF_A_TENANT} >= {
        *(f"/api/desk/{{tenant}}/{{contact}}/{deed}" for deed in ("accept", "hold", "end", "wrap", "messages")),
        *(
            f"/api/desk/{{tenant}}/{{contact}}/{deed}"
            for deed in ("transfer", "destinations", "recording", "voicemail")
        ),
        "/api/tenants/{tenant}/usage",
        "/api/tenants/{tenant}/invoices/{period}/draft.pdf",
    }
    assert all(_roles(method, path) for method, path in GUARDED), "a new door names who may enter in MAY"


def test_without_a_session_no_door_opens(stack: Stack, books: Books) -> None:
    with books.unchanged(*WORLD):
        for cookie in ("", "sid=", "sid=guessed", "sid=" + "a" * 5_000, "other=1; sid=%00"):
            stranger = stack.visitor()
            if cookie:
                stranger.headers["Cookie"] = cookie
            for method, path in GUARDED:
                answer = _ask(stranger, stack, method, path)
                assert answer.status_code in ((401,) if not cookie else (401, 403)), (cookie[:20], method, path)
                assert not {"shop", "Luna"} & set(re.findall(r"\w+", answer.text)), answer.text


def test_a_role_without_the_right_is_told_so(stack: Stack, people: dict[str, requests.Session], books: Books) -> None:
    with books.unchanged(*WORLD):
        refused = 0
        for method, path in GUARDED:
            for role in set(Role) - _roles(method, path):
                answer = _ask(people[role.value], stack, method, path)
                problem = answer.json()
                assert (answer.status_code, problem["title"]) == (403, "NotAllowed"), (role, method, path, answer.text)
                refused += 1
        assert refused > 30


@pytest.mark.parametrize("role", ["agent", "client"])
def test_another_client_s_affairs_are_not_there(
    role: str, stack: Stack, people: dict[str, requests.Session], books: Books
) -> None:
    """404 and not 403: who may not see it does not even learn that it exists."""
    with books.unchanged(*WORLD):
        doors = [(method, path) for method, path in OF_A_TENANT if Role(role) in _roles(method, path)]
        assert doors
        for method, path in doors:
            abroad = _ask(people[role], stack, method, path, tenant=ABROAD[role])
            nowhere = _ask(people[role], stack, method, path, tenant="nobody")
            odd = _ask(people[role], stack, method, path, tenant="..%2Fclinic")
            assert (abroad.status_code, nowhere.status_code, odd.status_code) == (404, 404, 404), (method, path)
            assert abroad.text.replace(ABROAD[role], "") == nowhere.text.replace("nobody", ""), "not even by the words"


def test_a_contact_of_another_client_is_not_found_under_one_s_own(
    stack: Stack, visitor: Callable[..., Visitor], velo: str, books: Books, maria: Agent, jonas: Agent
) -> None:
    maria.is_available()
    customer = visitor()
    customer.opens("Only for the shop.")
    maria.accepts(customer.contact)
    with books.unchanged("contacts", "routing"):
        for deed in ("accept", "decline", "hold", "resume", "end", "wrap", "messages"):
            answer = maria.asks(velo, customer.contact, deed, text="hi", client_id="hi", disposition="advice")
            assert answer.status_code == 404, (deed, answer.text)
        # And a contact on somebody else's desk is no business of his neighbour.
        for deed in ("accept", "hold", "end", "messages", "wrap", "transfer", "recording"):
            answer = jonas.asks(
                "shop", customer.contact, deed, text="hi", client_id="hi", disposition="advice", state="on"
            )
            assert answer.status_code == 409, (deed, answer.text)
    maria.finishes(customer.contact)


def test_a_post_from_a_foreign_site_does_nothing(
    stack: Stack, people: dict[str, requests.Session], books: Books
) -> None:
    with books.unchanged(*WORLD):
        cookie = f"sid={people['agent'].cookies['sid']}"
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
            for method, path in GUARDED:
                if method != "POST":
                    continue
                stranger = requests.Session()
                stranger.headers.update({**headers, "Cookie": cookie})
                answer = _ask(stranger, stack, method, path)
                assert answer.status_code == 403, (headers, path, answer.text)
        login = requests.post(
            f"{stack.url}/login",
            data={"user": "maria@manyline.example"},
            headers={"Origin": "https://evil.example"},
            timeout=30,
        )
        assert login.status_code == 403
        with Line(f"{stack.url.replace('http', 'ws', 1)}/ws", "https://evil.example", cookie) as line:
            assert line.refused in (401, 403), "a socket that another site opens carries the cookie, too"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/api/desk/status", b"{", "body"),
        ("/api/desk/status", b"[]", "body"),
        ("/api/desk/status", b"{}", "status"),
        ("/api/desk/status", b'{"status": 7}', "status"),
        ("/api/desk/status", b'{"status": "asleep"}', "status"),
        ("/api/desk/status", b'{"status": "missed"}', "status"),
        ("/api/desk/status", b'{"status": "paused", "reason": "nap"}', "reason"),
        ("/api/desk/shop/cnobody/messages", b'{"client_id": "x"}', "text"),
        ("/api/desk/shop/cnobody/messages", b'{"text": "   ", "client_id": "x"}', "text"),
        ("/api/desk/shop/cnobody/wrap", b'{"disposition": "party"}', "disposition"),
    ],
)
def test_a_command_that_makes_no_sense_names_the_field(
    path: str, body: bytes, field: str, stack: Stack, people: dict[str, requests.Session], books: Books
) -> None:
    with books.unchanged(*WORLD):
        json_type = {"Content-Type": "application/json"}
        answer = people["agent"].post(f"{stack.url}{path}", data=body, headers=json_type, timeout=30)
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text


def test_periods_that_are_none_are_refused_and_a_signed_out_session_is_over(
    stack: Stack, people: dict[str, requests.Session]
) -> None:
    for period in ("2026-13", "26-11", "november", "2026-11-01"):
        answer = people["finance"].get(f"{stack.url}/api/tenants/shop/usage?period={period}", timeout=30)
        assert (answer.status_code, answer.json()["field"]) == (422, "period"), answer.text
    olivia = stack.sign_in("olivia")
    cookie = {"Cookie": f"sid={olivia.cookies['sid']}"}
    assert requests.get(f"{stack.url}/api/me", headers=cookie, timeout=30).ok
    assert olivia.post(f"{stack.url}/logout", json={}, timeout=30, allow_redirects=False).status_code == 303
    assert requests.get(f"{stack.url}/api/me", headers=cookie, timeout=30).status_code in (401, 403)


def test_a_wrong_password_opens_no_session(stack: Stack, books: Books) -> None:
    with books.unchanged("sessions"):
        for user, password in (
            ("maria@manyline.example", "wrong"),
            ("nobody@manyline.example", "Manyline-2026!"),
            ("", ""),
        ):
            session = stack.visitor()
            answer = session.post(f"{stack.url}/login", json={"user": user, "password": password}, timeout=30)
            assert (answer.status_code, "sid" in session.cookies) == (401, False), answer.text
