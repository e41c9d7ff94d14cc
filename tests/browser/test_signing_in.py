"""Who may come in, and that going out is for good."""

from __future__ import annotations

import re

import requests
from playwright.sync_api import Page, expect

from infra.local.seed import PASSWORD
from tests.browser.conftest import NewPage
from tests.browser.screens import Desk
from tests.browser.visitor import Visitor
from tests.deployed import Stack


def sign_in(page: Page, password: str) -> None:
    page.get_by_label("E-mail address").fill("maria@manyline.example")
    page.get_by_label("Password").fill(password)
    page.get_by_label("Password").press("Enter")


def test_a_wrong_password_is_told_and_the_right_one_leads_to_where_one_wanted_to_go(
    stack: Stack, floor: None, new_page: NewPage
) -> None:
    page = new_page()
    page.goto(f"{stack.url}/desk")
    expect(page).to_have_url(re.compile("/login"))
    sign_in(page, "not this one")
    expect(page.get_by_role("alert")).to_contain_text("That did not match")
    expect(page.get_by_label("E-mail address")).to_have_value("maria@manyline.example")
    expect(page.get_by_label("Password")).to_be_focused()
    expect(page.get_by_label("Password")).to_have_value("")
    sign_in(page, PASSWORD)
    expect(page).to_have_url(f"{stack.url}/desk")
    Desk(page, stack.url).expect_live()


def test_who_signed_out_is_out_also_with_the_old_cookie(stack: Stack, maria: Desk) -> None:
    page = maria.page
    cookies = page.context.cookies()
    assert all(cookie["httpOnly"] for cookie in cookies if cookie["name"] == "sid")
    sid = next(cookie["value"] for cookie in cookies if cookie["name"] == "sid")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{stack.url}/login")
    page.go_back()
    expect(page).to_have_url(re.compile("/login"))
    assert requests.get(f"{stack.url}/api/me", cookies={"sid": sid}, timeout=30).status_code in (401, 403)


def test_a_desk_whose_session_is_over_asks_to_sign_in_again(stack: Stack, maria: Desk) -> None:
    sid = next(cookie["value"] for cookie in maria.page.context.cookies() if cookie["name"] == "sid")
    elsewhere = stack.visitor()
    elsewhere.cookies.set("sid", sid)
    gone = elsewhere.post(f"{stack.url}/logout", data={"from": "elsewhere"}, allow_redirects=False, timeout=30)
    assert gone.headers["Location"] == "/login"
    maria.page.locator(".menu summary").click()
    maria.page.get_by_role("button", name="Break").click()
    expect(maria.page).to_have_url(f"{stack.url}/login?next=%2Fdesk")


def test_nobody_signs_out_while_a_customer_is_there(stack: Stack, maria: Desk) -> None:
    Visitor(stack, "Hello?", name="Ben")
    maria.take("Ben")
    maria.page.get_by_role("button", name="Sign out").click()
    expect(maria.page.locator(".toast")).to_contain_text("finish your open contacts first")
    expect(maria.page).to_have_url(f"{stack.url}/desk")
