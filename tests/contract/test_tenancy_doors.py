"""Signing in through the real doors: the emulator's user pool and tables, and the Lambdas as they are loaded."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws import clients
from chalicelib.kernel.errors import Invalid
from infra.people import UserPool, apply_people, invent_password, read_people
from tests.fakes.browser import HERE, PASSWORD, Browser, allowed, authorize
from tests.fakes.clock import MONDAY
from tests.fakes.stage import aws, create_pool, create_tables, environment, every_setting
from tests.fakes.tenants import sample

PEOPLE = Path(__file__).resolve().parents[2] / "infra" / "local" / "people.toml"


@pytest.fixture(scope="module")
def deployed(endpoint: str) -> dict[str, str]:
    with environment(**aws(endpoint)):
        pool, client = create_pool()
        tables = {f"table_{name}": name_ for name, name_ in create_tables(endpoint, uuid.uuid4().hex[:8]).items()}
        settings = {**aws(endpoint), **every_setting(**tables, user_pool=pool, user_pool_client=client, stage="cloud")}
    with environment(**settings):
        onboarding = wiring.onboarding()
        for proposal in onboarding.propose([sample(name) for name in ("plumber", "shop", "clinic")]):
            onboarding.apply(proposal, MONDAY)
        apply_people(read_people(PEOPLE), people_pool(), wiring.workforce(), lambda: PASSWORD)
    return settings


@pytest.fixture(autouse=True)
def _stage(deployed: dict[str, str]) -> Iterator[None]:
    with environment(**deployed):
        yield


def people_pool() -> UserPool:
    from chalicelib.aws.settings import settings

    return UserPool(clients.client("cognito-idp"), settings().user_pool)


def alert(answer: dict[str, Any]) -> str:
    found = re.search(r'role="alert"[^>]*>([^<]+)<', answer["body"])
    return found[1] if found else ""


def location(answer: dict[str, Any]) -> str:
    assert answer["statusCode"] == 303
    return str(answer["headers"]["Location"])


def test_a_stranger_is_shown_the_log_in_page_and_no_data() -> None:
    browser = Browser()
    assert location(browser.get("/")) == "/login"
    assert location(browser.get("/home")) == "/login"
    assert browser.get("/api/me")["statusCode"] == 403
    page = browser.get("/login?next=/desk")
    assert page["statusCode"] == 200
    assert 'name="next" value="/desk"' in page["body"]
    assert "frame-ancestors 'none'" in page["headers"]["Content-Security-Policy"]


def test_an_agent_signs_in_lands_at_the_desk_and_sees_the_clients_of_the_team() -> None:
    browser = Browser()
    answer = browser.sign_in("maria")
    assert location(answer) == "/desk"
    cookie = answer["headers"]["Set-Cookie"]
    assert all(mark in cookie for mark in ("HttpOnly", "SameSite=Lax", "Path=/", "Secure"))
    me = json.loads(browser.get("/api/me", accept="application/json")["body"])
    assert (me["role"], me["agent"], me["team"], me["tenants"]) == ("agent", "maria", "shared", ["plumber", "shop"])
    tenants = json.loads(browser.get("/api/tenants")["body"])["tenants"]
    assert [tenant["tenant"] for tenant in tenants] == ["plumber", "shop"]
    assert tenants[0]["channels"] == ["voice"]
    assert location(browser.get("/login")) == "/"
    assert location(browser.get("/")) == "/desk"


@pytest.mark.parametrize(("name", "finds"), [("fiona", True), ("clara", False), ("olivia", False)])
def test_finance_finds_the_quarantine_from_its_first_page(name: str, finds: bool) -> None:
    browser = Browser()
    browser.sign_in(name)
    assert ('href="/finance/quarantine"' in browser.get("/home")["body"]) is finds


@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("amira", ["clinic"]),
        ("clara", ["shop"]),
        ("olivia", ["clinic", "plumber", "shop"]),
        ("sam", ["clinic", "plumber", "shop"]),
        ("fiona", ["clinic", "plumber", "shop"]),
    ],
)
def test_everyone_sees_his_own_clients_on_every_door(name: str, sees: list[str]) -> None:
    browser = Browser()
    browser.sign_in(name)
    assert json.loads(browser.get("/api/me")["body"])["tenants"] == sees
    page = browser.get("/home")["body"]
    for tenant in ("clinic", "plumber", "shop"):
        assert (sample(tenant).name in page) is (tenant in sees)


def test_a_program_signs_in_with_json_and_is_answered_in_json() -> None:
    browser = Browser()
    body = json.dumps({"user": "fiona@manyline.example", "password": PASSWORD})
    headers = {"content-type": "application/json", "accept": "application/json", "origin": f"https://{HERE}"}
    answer = browser._ask("POST", "/login", body, headers)
    assert (answer["statusCode"], json.loads(answer["body"])["role"]) == (200, "finance")
    assert json.loads(browser.get("/api/me")["body"])["name"] == "Fiona Finance"
    wrong = browser._ask("POST", "/login", json.dumps({"user": "fiona@manyline.example", "password": "x"}), headers)
    assert (wrong["statusCode"], json.loads(wrong["body"])["title"]) == (401, "NotSignedIn")
    assert browser._ask("POST", "/login", "[]", headers)["statusCode"] == 422


@pytest.mark.parametrize(("user", "password"), [("maria", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_password_and_an_unknown_person_get_the_same_answer(user: str, password: str) -> None:
    browser = Browser()
    answer = browser.sign_in(user, password)
    assert (answer["statusCode"], alert(answer)) == (401, "That did not match; please try again.")
    assert not browser.cookie
    assert PASSWORD not in answer["body"]


def test_an_endless_password_is_not_passed_on() -> None:
    assert Browser().sign_in("maria", "x" * 300)["statusCode"] == 422


def test_what_somebody_types_stays_text_on_the_page() -> None:
    answer = Browser().post("/login", user='"><script>alert(1)</script>', password="x", next='"><b>')
    assert "<script>" not in answer["body"]
    assert "<b>" not in answer["body"]


def test_a_log_in_that_is_switched_off_is_told_so() -> None:
    pool = people_pool()
    person = next(person for person in read_people(PEOPLE).people if person.agent == "jonas")
    cognito, pool_id = pool._pool, pool._id
    cognito.admin_disable_user(UserPoolId=pool_id, Username=person.email)
    assert alert(Browser().sign_in("jonas")) == "This log-in is switched off."
    cognito.admin_enable_user(UserPoolId=pool_id, Username=person.email)
    assert location(Browser().sign_in("jonas")) == "/desk"


def test_a_newcomer_chooses_his_own_password_before_anything_else() -> None:
    pool = people_pool()
    name = f"new-{uuid.uuid4().hex[:6]}"
    user = f"{name}@manyline.example"
    attributes = [{"Name": "email", "Value": user}, {"Name": "name", "Value": "Nora"}]
    pool._pool.admin_create_user(
        UserPoolId=pool._id,
        Username=user,
        UserAttributes=attributes,
        TemporaryPassword="First-Secret-1",
        MessageAction="SUPPRESS",
    )
    pool._pool.admin_add_user_to_group(UserPoolId=pool._id, Username=user, GroupName="supervisor")
    browser = Browser()
    page = browser.sign_in(name, "First-Secret-1", next="/home")
    assert page["statusCode"] == 200
    assert "Choose your own password" in page["body"]
    assert not browser.cookie
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page["body"]))
    assert (fields["user"], fields["wish"], fields["next"]) == (user, "new_password", "/home")
    assert location(browser.post("/login", **fields, answer="Second-Secret-2")) == "/home"
    assert location(Browser().sign_in(name, "Second-Secret-2")) == "/home"


def test_after_the_log_out_the_cookie_of_before_opens_nothing() -> None:
    browser = Browser()
    browser.sign_in("maria")
    stolen = browser.cookie
    assert allowed(authorize(stolen))
    assert location(browser.post("/logout")) == "/login"
    assert browser.cookie == "sid="
    assert not allowed(authorize(stolen))


def test_signing_in_anew_ends_the_session_that_was_open_in_this_browser() -> None:
    browser = Browser()
    browser.sign_in("maria")
    before = browser.cookie
    browser.sign_in("amira")
    assert not allowed(authorize(before))
    assert allowed(authorize(browser.cookie))


def test_a_form_on_another_site_can_neither_sign_in_nor_out() -> None:
    browser = Browser()
    assert (
        browser.post("/login", origin="https://evil.example", user="maria@manyline.example", password=PASSWORD)[
            "statusCode"
        ]
        == 403
    )
    browser.sign_in("maria")
    assert browser.post("/logout", origin="https://evil.example")["statusCode"] == 403
    assert allowed(authorize(browser.cookie))


@pytest.mark.parametrize(
    "next_",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/a\r\nSet-Cookie: sid=x",
        "login",
    ],
)
def test_after_the_log_in_nobody_is_sent_to_another_site(next_: str) -> None:
    assert location(Browser().sign_in("maria", next=next_)) == "/desk"


def test_after_the_log_in_one_is_where_one_wanted_to_go() -> None:
    assert location(Browser().sign_in("maria", next="/desk/inbox?tenant=shop#c1")) == "/desk/inbox?tenant=shop#c1"


@pytest.mark.parametrize("cookie", ["", "sid=", "sid=invented", "a=1; b=2", "sid=" + "x" * 4000])
def test_the_authorizer_lets_nobody_else_in_and_tells_nothing(cookie: str) -> None:
    policy = authorize(cookie)
    assert not allowed(policy)
    assert policy["context"] == {}


def test_people_are_applied_again_without_a_change_and_keep_their_passwords() -> None:
    assert apply_people(read_people(PEOPLE), people_pool(), wiring.workforce(), invent_password) == {}
    assert location(Browser().sign_in("olivia")) == "/home"


def test_a_person_moves_to_another_role_and_leaves_the_old_one(tmp_path: Path) -> None:
    name = f"p-{uuid.uuid4().hex[:6]}"
    file = tmp_path / "people.toml"
    for role in ("supervisor", "finance"):
        file.write_text(f'[[people]]\nemail = "{name}@manyline.example"\nname = "Pat"\nrole = "{role}"\n')
        apply_people(read_people(file), people_pool(), wiring.workforce(), lambda: PASSWORD)
        browser = Browser()
        browser.sign_in(name)
        assert json.loads(browser.get("/api/me")["body"])["role"] == role


@pytest.mark.parametrize(
    "text",
    [
        'people = "all"',
        '[[people]]\nemail = "a@b.example"\nname = "A"\nrole = "boss"',
        '[[people]]\nemail = "a@b.example"\nname = "A"\nrole = "agent"\nagent = "a"\nteam = "unknown"',
        '[[people]]\nemail = "a@b.example"\nname = "A"\nrole = "client"',
        '[[people]]\nemail = "a@b.example"\nname = "A"\nrole = "finance"\nteam = "shared"',
        "[[people]",
    ],
)
def test_a_file_of_people_that_cannot_work_changes_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "people.toml"
    file.write_text(text)
    with pytest.raises(Invalid):
        read_people(file)
