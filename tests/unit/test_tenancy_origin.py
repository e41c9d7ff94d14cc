"""Whether a request comes from a page of our own."""

from __future__ import annotations

import pytest

from chalicelib.tenancy.model.cookie import Cookies, sid_in
from chalicelib.tenancy.model.origin import same_origin

HERE = {"host": "desk.manyline.example"}


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "https://desk.manyline.example"}, False),
        ({"origin": "https://desk.manyline.example"}, True),
        ({"origin": "https://desk.manyline.example:443"}, True),
        ({"origin": "https://desk.manyline.example:8443"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "https://desk.manyline.example.evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": "https://[broken"}, False),
        ({"host": "x1.execute-api.us-east-1.amazonaws.com", "x-forwarded-host": "desk.manyline.example",
          "origin": "https://desk.manyline.example"}, True),
        ({"host": "127.0.0.1:8080", "origin": "http://127.0.0.1:8080"}, True),
        ({"host": "127.0.0.1:8080", "origin": "http://127.0.0.1:9090"}, False),
        ({}, True),  # a program with no browser around it
    ],
)  # fmt: skip
def test_a_form_on_another_site_cannot_act_here(headers: dict[str, str], ours: bool) -> None:
    assert same_origin(HERE | headers) is ours


def test_the_cookie_is_out_of_reach_for_scripts_other_sites_and_eavesdroppers() -> None:
    assert Cookies(secure=True).carry("abc", 60) == "sid=abc; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure"
    assert "Secure" not in Cookies(secure=False).carry("abc", 60)
    assert Cookies(secure=False).drop().startswith("sid=; Max-Age=0;")


@pytest.mark.parametrize(
    ("header", "sid"),
    [
        ("sid=abc", "abc"),
        ("a=1; sid=abc; b=2", "abc"),
        ('x=@{"; sid=abc', "abc"),
        ("bad[name]=1;sid=abc", "abc"),
        ("notsid=abc", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_our_cookie_is_found_among_the_neighbours(header: str | None, sid: str) -> None:
    assert sid_in(header) == sid
