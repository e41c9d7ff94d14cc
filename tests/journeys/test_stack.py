"""The local stack itself: one origin, closed doors, and a memory that survives."""

from __future__ import annotations

import pytest
import requests

from tests.deployed import Stack, eventually


def test_a_page_asks_a_stranger_to_sign_in_and_an_api_says_no(stack: Stack) -> None:
    page = requests.get(f"{stack.url}/desk", headers={"Accept": "text/html"}, allow_redirects=False, timeout=30)
    api = requests.get(f"{stack.url}/api/me", timeout=30)
    assert (page.status_code, page.headers["Location"]) == (303, "/login?next=/desk")
    assert api.status_code == 401


def test_an_address_that_is_not_there_is_a_page_for_people_and_a_problem_for_scripts(stack: Stack) -> None:
    page = requests.get(f"{stack.url}/nowhere", headers={"Accept": "text/html"}, timeout=30)
    script = requests.get(f"{stack.url}/nowhere", timeout=30)
    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert (script.status_code, script.json()["status"]) == (404, 404)


@pytest.mark.parametrize("path", ["vendor/../../package.json", "../door.py", "vendor/aws-cdk"])
def test_only_what_is_meant_to_be_seen_is_served(stack: Stack, path: str) -> None:
    assert requests.get(f"{stack.url}/static/{path}", timeout=30).status_code == 404


def test_the_scripts_of_the_pages_are_served(stack: Stack) -> None:
    assert requests.get(f"{stack.url}/static/vendor/htmx.js", timeout=30).status_code == 200


def test_a_person_who_signed_in_is_still_signed_in_after_a_restart(stack: Stack) -> None:
    maria = stack.sign_in("maria")
    before = maria.get(f"{stack.url}/api/me", timeout=30)
    stack.restart()
    after = eventually(lambda: maria.get(f"{stack.url}/api/me", timeout=30))
    assert (before.status_code, after.status_code) == (200, 200)
    assert after.json() == before.json()
