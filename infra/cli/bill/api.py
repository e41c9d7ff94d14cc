"""Finance at the API of a stage: how the commands of `manyline bill` log in, ask, and say what went wrong."""

from __future__ import annotations

import functools
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import CookieJar
from typing import Any

import click

from infra import naming

Command = Callable[..., Any]


def at_a_stage(command: Command) -> Command:
    """Gives the command `finance`, logged in by the options that every command of `manyline bill` has."""

    @click.option("--stage", default=naming.LOCAL, show_default=True, help="A deployed stage.")
    @click.option("--url", help="Where the stage is; found by its name if left out.")
    @click.option("--user", default="fiona@manyline.example", show_default=True, help="Who asks.")
    @click.option("--password", help="Asked for if left out; on this machine the one of the samples.")
    @functools.wraps(command)
    def run(*, stage: str, url: str | None, user: str, password: str | None, **more: Any) -> Any:
        finance = Finance(url or url_of(stage))
        with told():
            finance.log_in(user, password or password_of(stage))
            return command(finance=finance, **more)

    return run


class Name(click.ParamType[str]):
    """Empty, it would be another address: that is refused before anything is asked."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return value if value.strip() else self.fail("is empty; name one", param, ctx)


of_tenant = click.argument("tenant", type=Name())
of_period = click.argument("period", type=Name(), metavar="PERIOD")
as_json = click.option("--json", "as_json", is_flag=True, help="As the API answers it.")


@contextmanager
def told() -> Iterator[None]:
    """A refusal is one sentence, not a traceback."""
    try:
        yield
    except Refused as error:
        raise click.ClickException(str(error)) from error


def quoted(*names: str) -> list[str]:
    """Names as parts of a path."""
    return [urllib.parse.quote(name, safe="") for name in names]


def printed(document: Any) -> None:
    """A document for programs."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


class Refused(Exception):
    """The stage said no, or nothing (status 0); the text says what."""

    def __init__(self, why: str, status: int = 0) -> None:
        super().__init__(why)
        self.status = status


class Finance:
    """A person of finance at the API: logs in as in a browser, then asks."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def log_in(self, user: str, password: str) -> None:
        form = json.dumps({"user": user, "password": password}).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Origin": self._url}
        self._open(urllib.request.Request(f"{self._url}/login", data=form, headers=headers))  # noqa: S310

    def ask(self, path: str, **query: Any) -> Any:
        """What the API answers, as JSON; a parameter that is empty is left out."""
        return json.loads(self.get(path, **query))

    def tell(self, path: str, **body: Any) -> Any:
        """What the API answers to it; None where it has nothing to say."""
        answer = self.post(path, body)
        return json.loads(answer) if answer else None

    def get(self, path: str, **query: Any) -> bytes:
        headers = {"Accept": "application/json"}
        return self._open(urllib.request.Request(self._place(path, query), headers=headers))  # noqa: S310

    def post(self, path: str, body: Mapping[str, Any], **query: Any) -> bytes:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Origin": self._url}
        content = json.dumps(body).encode()
        return self._open(urllib.request.Request(self._place(path, query), data=content, headers=headers))  # noqa: S310

    def _place(self, path: str, query: Mapping[str, Any]) -> str:
        wishes = urllib.parse.urlencode({name: value for name, value in query.items() if value not in ("", None)})
        return f"{self._url}{path}?{wishes}" if wishes else f"{self._url}{path}"

    def _open(self, request: urllib.request.Request) -> bytes:
        try:
            with self._browser.open(request, timeout=60) as answer:
                body: bytes = answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(_why(error), error.code) from error
        except OSError as error:
            raise Refused(f"{self._url} does not answer ({error}); is it up? try `manyline status`") from error
        return body


def _why(error: urllib.error.HTTPError) -> str:
    try:
        detail = json.loads(error.read()).get("detail", "")
    except (ValueError, AttributeError):
        detail = ""
    return f"{error.code}: {detail or error.reason}"


def url_of(stage: str) -> str:
    from infra.stage import NotDeployed, open_stage  # noqa: PLC0415  boto3 is slow to load, and --url needs none

    try:
        return open_stage(stage).base_url
    except NotDeployed as error:
        raise click.ClickException(str(error)) from error


def password_of(stage: str) -> str:
    if stage != naming.LOCAL:
        return str(click.prompt("Password", hide_input=True, err=True))
    from infra.local.seed import PASSWORD  # noqa: PLC0415

    return PASSWORD
