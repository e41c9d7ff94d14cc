"""HTTP requests as API Gateway hands them to the Lambda of all routes, after the authorizer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from app import app
from chalicelib.tenancy.model.caller import Caller

_HOST = "manyline.example"
_FORM = "application/x-www-form-urlencoded"


def ask(path: str, caller: Caller, **query: str) -> tuple[int, Any, dict[str, str]]:
    """Status, body (read, if it is JSON), headers."""
    return _sent("GET", path, caller, query, None)


def post(path: str, caller: Caller, **body: Any) -> tuple[int, Any, dict[str, str]]:
    return _sent("POST", path, caller, {}, body)


def send_list(path: str, caller: Caller, text: str, **query: str) -> tuple[int, Any]:
    """A CSV file: status and what is said to it."""
    answer = _answer("POST", path, caller, query, text, accept="application/json", kind="text/csv")
    return answer["statusCode"], json.loads(answer["body"])


def delete(path: str, caller: Caller, **query: str) -> tuple[int, Any]:
    """Status and what is said to it."""
    status, said, _ = _sent("DELETE", path, caller, query, None)
    return status, said


def page(path: str, caller: Caller) -> tuple[int, str]:
    """As a browser asks: status and HTML."""
    answer = _answer("GET", path, caller, {}, None, accept="text/html")
    return answer["statusCode"], answer["body"]


def piece(path: str, caller: Caller, accept: str = "text/html", **more: str) -> tuple[int, dict[str, str], str]:
    """As a script asks for HTML, with `more` headers: status, headers, body."""
    answer = _answer("POST", path, caller, {}, "{}", accept=accept, more=more)
    return answer["statusCode"], answer["headers"], answer["body"]


def refused(path: str, caller: Caller, **fields: str) -> tuple[int, str]:
    """What a browser shows after it sent a form: status and HTML."""
    answer = _answer("POST", path, caller, {}, urlencode(fields), accept="text/html", kind=_FORM)
    return answer["statusCode"], answer["body"]


def submit(path: str, caller: Caller, **fields: str) -> tuple[int, dict[str, str]]:
    """As a browser sends a form: status and headers."""
    answer = _answer("POST", path, caller, {}, urlencode(fields), accept="text/html", kind=_FORM)
    return answer["statusCode"], answer["headers"]


def _sent(
    method: str, path: str, caller: Caller, query: dict[str, str], body: dict[str, Any] | None
) -> tuple[int, Any, dict[str, str]]:
    content = None if body is None else json.dumps(body)
    answer = _answer(method, path, caller, query, content, accept="application/json")
    is_json = "json" in answer["headers"].get("Content-Type", "json")
    said = json.loads(answer["body"] or "null") if is_json else answer["body"]
    return answer["statusCode"], said, answer["headers"]


def _answer(
    method: str,
    path: str,
    caller: Caller,
    query: dict[str, str],
    body: str | None,
    accept: str,
    kind: str = "application/json",
    more: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    template, parameters = _matching(path, method)
    headers = {
        "accept": accept,
        "host": _HOST,
        "origin": f"https://{_HOST}",
        "content-type": kind,
        **{name.replace("_", "-"): value for name, value in (more or {}).items()},
    }
    said: dict[str, Any] = app(
        {
            "resource": template,
            "path": path,
            "httpMethod": method,
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "pathParameters": parameters,
            "queryStringParameters": query or None,
            "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
            "requestContext": {"httpMethod": method, "resourcePath": template, "authorizer": caller.as_context()},
            "body": body,
            "isBase64Encoded": False,
            "stageVariables": None,
        },
        None,
    )
    return said


def _matching(path: str, method: str) -> tuple[str, dict[str, str]]:
    """The route with the most names that are not placeholders, as API Gateway chooses."""
    parts = path.split("/")
    found = []
    for template, methods in app.routes.items():
        names = template.split("/")
        pairs = list(zip(names, parts, strict=False))
        if method in methods and len(names) == len(parts) and all(n == p or n.startswith("{") for n, p in pairs):
            found.append((sum(n == p for n, p in pairs), template, {n[1:-1]: p for n, p in pairs if n.startswith("{")}))
    if not found:
        raise LookupError(f"{method} {path}")
    _, template, parameters = max(found, key=lambda one: one[0])
    return template, parameters
