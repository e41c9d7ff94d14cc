"""What every door wears: the service it needs, who is asking, one log line, one table of errors.

    @bp.route("/api/desk/{tenant}/{contact}/end", methods=["POST"], authorizer=session)
    @entry.request(bp, wiring.desk, Role.AGENT)
    def end(desk, call, tenant, contact): ...          # `tenant` is a TenantId that the caller may see

    @bp.lambda_function(name="contact_flow")
    @entry.event(wiring.voice)
    def contact_flow(voice, event, now): ...            # the whole event; the return value is the answer

Functions that a queue or a stream feeds wear `batch.each` instead (`batch.py`).

Chalice's own middleware is not used: it does not run for functions that a blueprint defines.
Log lines carry ids and outcomes, never a person's name, address or words.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from chalice.app import Blueprint, Response

from chalicelib import wiring
from chalicelib.aws.settings import handler
from chalicelib.kernel.errors import (
    Conflict,
    Invalid,
    ManylineError,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TooLarge,
    TooMany,
    Unavailable,
)
from chalicelib.tenancy.model.caller import Caller, Role
from chalicelib.tenancy.model.origin import same_origin

log = Logger(service="manyline")
metrics = Metrics(namespace="Manyline", service="manyline")

STATUS: Mapping[type[ManylineError], int] = {
    Invalid: 422,
    NotSignedIn: 401,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    TooMany: 429,
    Unavailable: 503,
}

# How a page is headed that says why something was not done; what it was stands below.
_HEADINGS: Mapping[int, str] = {403: "Not allowed", 404: "Not here", 409: "Not possible now", 503: "Try again"}

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_noted: dict[str, Any] = {}


def note(**facts: Any) -> None:
    """Adds fields to the log line of the invocation under way."""
    _noted.update(facts)


def count(metric: str, number: int) -> None:
    """Adds a metric to those of the invocation under way."""
    metrics.add_metric(metric, MetricUnit.Count, number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One HTTP request, read once. `caller` is None at a public door."""

    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    query: Mapping[str, str]
    body: Mapping[str, Any]  # of JSON or of a form; empty where there is none
    now: datetime
    signed_in: Caller | None = None
    source_ip: str = ""
    cookies: Mapping[str, str] = field(default_factory=dict)

    @property
    def caller(self) -> Caller:
        if self.signed_in is None:
            raise NotSignedIn()
        return self.signed_in

    @property
    def wants_html(self) -> bool:
        return "text/html" in self.headers.get("accept", "")

    @property
    def wants_page(self) -> bool:
        """A person's browser opening an address or sending a form. A script that takes pieces of HTML says that it is
        htmx, or that it takes problems."""
        accept = self.headers.get("accept", "")
        return self.wants_html and "json" not in accept and "hx-request" not in self.headers

    def text(self, name: str, default: str | None = None, *, most: int = 4_000) -> str:
        """A text field of the body. Raises Invalid where it is missing, no text, or too long."""
        value = self.body.get(name, default)
        if not isinstance(value, str):
            raise Invalid(name, "is missing or no text", f"send {name} as text")
        if any("\ud800" <= c <= "\udfff" for c in value):  # half of a character: no table and no mail can hold it
            raise Invalid(name, "is no Unicode text", "send whole characters")
        if len(value) > most:
            raise Invalid(name, f"has {len(value)} characters", f"send at most {most}")
        return value


def request(
    bp: Blueprint, service: Callable[[], Any], *roles: Role, public: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """For `@bp.route`. The view gets (service, call, **path) and returns a dict, a list, None or a Response.

    A `{tenant}` in the path is opened in the caller's scope here, and nowhere else.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        def wrapper(**path: str) -> Response:
            with Invocation(view.__name__):
                call = None
                try:
                    call = _read(bp.current_request)
                    scoped: dict[str, Any] = dict(path)
                    if not public:
                        call.caller.demand(roles or tuple(Role))
                        note(role=call.caller.role.value)
                        if "tenant" in path:
                            scoped["tenant"] = call.caller.scope.open(path["tenant"])
                    if call.method not in _SAFE and not same_origin(call.headers):
                        raise NotAllowed("the request comes from another site")
                    return _answer(view(service(), call, **scoped))
                except ManylineError as error:
                    return _problem(error, call)

        return wrapper

    return decorate


_PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' https: data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def page(html: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A page, or a piece of one, that runs no script and loads no style but our own files.

    `headers` come on top of the usual ones, or in their place.
    """
    return Response(body=html, status_code=status, headers={**_PAGE_HEADERS, **(headers or {})})


def event(service: Callable[[], Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """For `@bp.lambda_function` and the WebSocket decorators: (service, event, now) → the answer."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        build_if_mine(view, service)

        @functools.wraps(view)
        def wrapper(event: Any, context: Any) -> Any:
            with Invocation(view.__name__):
                return view(service(), event, datetime.now(UTC))

        return wrapper

    return decorate


def authorizer(service: Callable[[], Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """For `@bp.authorizer`: (service, request, now) → the policy."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        build_if_mine(view, service)

        @functools.wraps(view)
        def wrapper(request: Any) -> Any:
            with Invocation(view.__name__):
                return view(service(), request, datetime.now(UTC))

        return wrapper

    return decorate


class Invocation:
    """One log line and one metric per invocation, however it ends."""

    def __init__(self, door: str) -> None:
        self._door = door

    def __enter__(self) -> None:
        _noted.clear()
        self._began = time.perf_counter()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        took = round((time.perf_counter() - self._began) * 1000, 1)
        extra = {"door": self._door, "ms": took, **_noted}
        if kind is None:
            log.info("done", extra=extra)
        else:
            log.error("failed", extra={**extra, "error": kind.__name__}, exc_info=error)
        metrics.add_dimension("door", self._door)
        metrics.add_metric("Faults", MetricUnit.Count, 0 if kind is None else 1)
        metrics.add_metric("Duration", MetricUnit.Milliseconds, took)
        # On stderr: the emulator waits 50 ms for a first line there. On AWS both streams go to the same log.
        print(json.dumps(metrics.serialize_metric_set()), file=sys.stderr)
        metrics.clear_metrics()


def build_if_mine(view: Callable[..., Any], service: Callable[[], Any]) -> None:
    """The Lambda that this view belongs to builds its service while it starts, all others never."""
    if handler() == f"{view.__module__}.{view.__name__}":
        service()


def _read(raw: Any) -> Call:
    headers = {name.lower(): value for name, value in (raw.headers or {}).items()}
    context = raw.context.get("authorizer") or {}
    return Call(
        method=raw.method,
        path=raw.path,
        headers=headers,
        query=dict(raw.query_params or {}),
        body=_body(raw, headers.get("content-type", "")),
        now=datetime.now(UTC),
        signed_in=Caller.from_context(context) if "role" in context else None,
        source_ip=(raw.context.get("identity") or {}).get("sourceIp") or "",
        cookies=_cookies(headers.get("cookie", "")),
    )


def _body(raw: Any, content_type: str) -> Mapping[str, Any]:
    if not raw.raw_body:
        return {}
    if content_type.startswith("application/x-www-form-urlencoded"):
        fields = parse_qs(raw.raw_body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: values[-1] for name, values in fields.items()}
    if not content_type.startswith("application/json"):
        return {}
    try:
        body = json.loads(raw.raw_body)
    except ValueError:
        raise Invalid("body", "is not JSON", "send one JSON object") from None
    if not isinstance(body, dict):
        raise Invalid("body", "is not an object", "send one JSON object")
    return body


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}


def _answer(value: Any) -> Response:
    if isinstance(value, Response):
        return value
    if value is None:
        return Response(body="", status_code=204)
    return Response(body=value, status_code=200, headers={"Cache-Control": "no-store"})


def _problem(error: ManylineError, call: Call | None) -> Response:
    status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
    note(status=status, problem=type(error).__name__)
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after_s)
    if call is not None and call.wants_html and isinstance(error, NotSignedIn):
        return Response(body="", status_code=303, headers={**headers, "Location": "/login"})
    if call is not None and call.wants_page:
        return page(_problem_page(error, status), status=status, headers=headers)
    problem = {
        "type": f"urn:manyline:problem:{type(error).__name__}",
        "title": type(error).__name__,
        "status": status,
        "detail": error.message,
        **{name: value for name, value in error.facts.items() if isinstance(value, str | int | list)},
    }
    return Response(body=problem, status_code=status, headers={**headers, "Content-Type": "application/problem+json"})


def _problem_page(error: ManylineError, status: int) -> str:
    heading = _HEADINGS.get(status, "That did not work")
    return wiring.pages().render("problem.html", heading=heading, why=error.message, status=status)
