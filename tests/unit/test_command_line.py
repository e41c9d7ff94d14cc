"""The command line as a whole: what every command does when the stage does not answer."""

from __future__ import annotations

import click
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoRegionError
from click.testing import CliRunner

from infra import cli
from tests.bench import __main__ as bench


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:4610/"), "is the stage up? try `manyline status`"),
        (NoRegionError(), "a deployed stage needs AWS_REGION"),
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetItem"), "AWS refused: "),
    ],
)
def test_what_aws_does_not_answer_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, failure: Exception, told: str
) -> None:
    @click.command()
    def why() -> None:
        raise failure

    monkeypatch.setattr(cli.Lazy, "get_command", lambda group, context, name: why)
    result = CliRunner().invoke(cli.main, ["why"])
    assert (result.exit_code, result.stderr.startswith("Error: "), told in result.stderr) == (1, True, True)


def test_a_fault_of_our_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def why() -> None:
        raise KeyError("tenant")

    monkeypatch.setattr(cli.Lazy, "get_command", lambda group, context, name: why)
    assert isinstance(CliRunner().invoke(cli.main, ["why"]).exception, KeyError)


def test_a_bench_that_nobody_knows_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main("nonsense") == 2
    assert "no bench 'nonsense'; there are " in capsys.readouterr().err
