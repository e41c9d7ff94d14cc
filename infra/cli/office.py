"""The operator at the API of a stage: how commands log in, ask, send lists, and say what went wrong."""

from __future__ import annotations

import functools
import json
import urllib.request
from typing import Any

import click

from infra import naming
from infra.cli.bill.api import Command, Finance, password_of, told, url_of


def at_the_office(command: Command) -> Command:
    """Gives the command `office`, logged in by the options that all these commands have."""

    @click.option("--stage", default=naming.LOCAL, show_default=True, help="A deployed stage.")
    @click.option("--url", help="Where the stage is; found by its name if left out.")
    @click.option("--user", default="olivia@manyline.example", show_default=True, help="Who asks.")
    @click.option("--password", help="Asked for if left out; on this machine the one of the samples.")
    @functools.wraps(command)
    def run(*, stage: str, url: str | None, user: str, password: str | None, **more: Any) -> Any:
        office = Office(url or url_of(stage))
        with told():
            office.log_in(user, password or password_of(stage))
            return command(office=office, **more)

    return run


class Office(Finance):
    def send_list(self, path: str, text: str, **query: Any) -> Any:
        """A list of people, as CSV."""
        headers = {"Content-Type": "text/csv", "Accept": "application/json", "Origin": self._url}
        request = urllib.request.Request(self._place(path, query), data=text.encode(), headers=headers)  # noqa: S310
        return json.loads(self._open(request))

    def remove(self, path: str, **query: Any) -> Any:
        headers = {"Accept": "application/json", "Origin": self._url}
        request = urllib.request.Request(self._place(path, query), headers=headers, method="DELETE")  # noqa: S310
        return json.loads(self._open(request))
