"""Groups of commands whose code is loaded when it is asked for, so that `manyline status` does not wait for boto3."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from typing import Any

import click


class Lazy(click.Group):
    """`places` maps a command to its module:attribute; one whose module is not there is not offered."""

    def __init__(self, *words: Any, places: Mapping[str, str], **more: Any) -> None:
        super().__init__(*words, **more)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, place in self._places.items() if importlib.util.find_spec(place.partition(":")[0])]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module, _, attribute = self._places[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """What AWS, or the emulator in its place, did not answer is said in a sentence."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            raise _explained(error) or error from error


def _explained(error: Exception) -> click.ClickException | None:
    """By name: boto3 is slow to load, and most commands that fail never did. None for what is no failure of AWS."""
    if not type(error).__module__.startswith("botocore."):
        return None
    match type(error).__name__:
        case "EndpointConnectionError" | "ConnectionClosedError" | "ConnectTimeoutError" | "ReadTimeoutError":
            return click.ClickException(f"{error}; is the stage up? try `manyline status`, or start it with `make run`")
        case "NoRegionError" | "NoCredentialsError" | "ProfileNotFound":
            return click.ClickException(f"{error}; a deployed stage needs AWS_REGION and a log-in (AWS_PROFILE)")
        case _:
            return click.ClickException(f"AWS refused: {error}")
