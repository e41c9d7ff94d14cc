"""Passes a request on to the deployed REST API, as CloudFront does in the cloud."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import ClientSession, ClientTimeout, web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

_HOP_BY_HOP = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding"),
    *("upgrade", "host", "content-length", "accept-encoding"),
}
_TIMEOUT = ClientTimeout(total=35)


async def forward(request: web.Request, session: ClientSession, rest_url: str) -> web.StreamResponse:
    """HEAD is asked as GET: the API knows no HEAD."""
    method = "GET" if request.method == "HEAD" else request.method
    target = URL(rest_url + request.raw_path, encoded=True)
    headers = _passed(request.headers)
    headers["X-Forwarded-For"] = request.remote or "127.0.0.1"
    headers["X-Forwarded-Host"] = request.host
    headers["X-Forwarded-Proto"] = request.scheme
    body = await request.read() if request.can_read_body else None
    async with session.request(
        method, target, headers=headers, data=body, allow_redirects=False, timeout=_TIMEOUT
    ) as answer:
        content = await answer.read()
        if answer.status == HTTPStatus.FORBIDDEN and b"Missing Authentication Token" in content:
            raise web.HTTPNotFound  # what API Gateway says of a path that it does not know
        if _signed_out(answer.status, content) and _wants_page(request):
            raise web.HTTPSeeOther(location=URL("/login").with_query(next=request.path_qs).human_repr())
        return web.Response(status=answer.status, headers=_passed(answer.headers), body=content)


def _signed_out(status: int, content: bytes) -> bool:
    """401: no cookie at all. 403 in the words of API Gateway: one that the authorizer does not take (any more)."""
    return status == HTTPStatus.UNAUTHORIZED or (status == HTTPStatus.FORBIDDEN and b"is not authorized" in content)


def _wants_page(request: web.Request) -> bool:
    """A person's browser opening a page, not a script."""
    return request.method == "GET" and "text/html" in request.headers.get("Accept", "")


def _passed(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in _HOP_BY_HOP)
