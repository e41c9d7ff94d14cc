"""`manyline numbers`: what is said, and what is done."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError
from click.testing import CliRunner, Result

from chalicelib.tenancy.service.onboarding import Onboarding
from chalicelib.tenancy.store.tenants import TenantStore
from infra.cli import COMMANDS
from infra.cli import numbers as command
from infra.cli.tenants import apply_all, read
from infra.local.connect.library import INSTANCE as SIMULATED
from infra.local.connect.library import flow_arn
from infra.telephony.calls import Calls
from infra.telephony.errors import NoPhoneSide
from infra.telephony.exchange import Exchange
from infra.telephony.numbers import Numbers
from infra.telephony.place import Place, place
from tests.fakes.clock import MONDAY
from tests.fakes.connect_api import INSTANCE, FakeConnect, Time
from tests.fakes.memory import MemoryDatabase
from tests.fakes.tenants import FOLDER

FLOW = "99999999-8888-4777-8666-555544443333"
AUSTIN, SHOP = "+15125550101", "+15550100200"
CLAIM = ("claim", "--tenant", "shop", "--country", "us", "--prefix", "+1512", "--yes")


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeConnect:
    """A deployed stage on which the samples are live, and AWS has one number in Austin."""
    onboarding = Onboarding(TenantStore(MemoryDatabase()))
    apply_all(onboarding, read([FOLDER]), MONDAY)
    time = Time()
    api = FakeConnect(tick=time.tick, offers=[(AUSTIN, "US", "DID")])
    book = command.book_of(onboarding)
    exchange = Exchange(Calls(api, tick=time.tick, sleep=time.sleep), INSTANCE)
    numbers = Numbers(exchange, book, flow=FLOW, stage="prod")
    monkeypatch.setattr(command, "desk", lambda stage: (numbers, book))
    return api


def run(*words: str, said: str = "") -> Result:
    return CliRunner().invoke(command.numbers, [*words, "--stage", "prod"], input=said)


def test_it_is_a_command_of_manyline() -> None:
    assert COMMANDS["numbers"] == "infra.cli.numbers:numbers"


def test_a_claim_ends_with_the_line_that_makes_it_live(api: FakeConnect) -> None:
    result = run(*CLAIM)
    assert result.exit_code == 0, result.output
    assert "callers hear that it is unknown" in result.output
    assert f'phones = ["{SHOP}", "{AUSTIN}"]' in result.output
    assert [line.tags["tenantId"] for line in api.lines.values()] == ["shop"]


def test_it_is_asked_before_money_is_spent(api: FakeConnect) -> None:
    assert run(*CLAIM[:-1], said="n\n").exit_code == 1
    assert api.lines == {}


def test_a_plan_does_nothing(api: FakeConnect) -> None:
    result = run(*CLAIM, "--plan")
    assert (result.exit_code, result.output) == (0, f"{AUSTIN}: on offer, would be shop's\n")
    api.has(SHOP, tags={"tenantId": "shop"})
    assert "to be led into the inbound flow" in run("assign", SHOP, "shop", "--plan").output
    assert run("release", SHOP, "--force", "--plan").exit_code == 0
    writes = ("claim_phone_number", "tag_resource", "associate_phone_number_contact_flow", "release_phone_number")
    assert [api.count(write) for write in writes] == [0, 0, 0, 0]


def test_a_number_that_the_file_names_already_is_live_at_once(api: FakeConnect) -> None:
    api.has(SHOP)
    result = run("assign", "+1 (555) 010-0200", "shop")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == f"{SHOP}: live, answers as shop"


def test_what_stands_in_the_way_is_one_sentence(api: FakeConnect) -> None:
    api.quota = 0
    full = run(*CLAIM)
    assert (full.exit_code, full.exception.__class__) == (1, SystemExit)
    assert "Error: the instance may hold no more numbers" in full.output
    assert "no client 'shpo' is live" in run("claim", "--tenant", "shpo", "--country", "US").output
    api.has(SHOP, tags={"tenantId": "shop"})
    assert "live configuration of shop" in run("release", SHOP, "--yes").output
    assert "is shop's" in run("assign", SHOP, "clinic").output


@pytest.mark.parametrize(
    "words",
    [
        ("assign", "12", "shop"),
        ("claim", "--tenant", "shop", "--country", "US", "--prefix", "1512"),
        ("claim", "--tenant", "shop", "--country", "US", "--type", "FAX"),
    ],
)
def test_what_can_be_no_number_is_not_asked_for(api: FakeConnect, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2
    assert api.calls == []


def test_a_release_is_asked_for_and_a_second_one_has_nothing_to_do(api: FakeConnect) -> None:
    api.has(AUSTIN, tags={"tenantId": "shop"})
    assert run("release", AUSTIN, said="n\n").exit_code == 1
    assert len(api.lines) == 1
    assert run("release", AUSTIN, "--yes").output.splitlines()[-1] == f"{AUSTIN}: released"
    again = run("release", AUSTIN, "--yes")
    assert (again.exit_code, again.output) == (0, f"{AUSTIN}: not held on prod; nothing to release\n")


def test_the_list_says_for_each_number_who_answers(api: FakeConnect) -> None:
    api.has(AUSTIN, tags={"tenantId": "shop"}, flow=FLOW)
    api.has(SHOP, tags={"tenantId": "clinic"}, flow=FLOW)
    api.has("+15125550199", tags={"tenantId": "shop"})
    told = {line.split()[0]: line.split(maxsplit=4)[-1] for line in run("list").output.splitlines()}
    assert told[AUSTIN] == "answers as unknown; claimed for shop"
    assert told[SHOP] == "answers as shop (claimed for clinic)"
    assert told["+15125550199"] == "for shop, not led into the inbound flow; `assign` it"
    assert sum("not a number of this instance" in line for line in told.values()) == len(told) - 3


def test_on_this_machine_a_number_of_a_file_rings_without_a_claim(api: FakeConnect) -> None:
    told = {line.split()[0]: line for line in CliRunner().invoke(command.numbers, ["list"]).output.splitlines()}
    assert told[SHOP].endswith("in the file of shop; rings here without being claimed")


def test_where_the_local_stack_does_not_answer_it_is_said_how_to_start_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def desk(stage: str) -> None:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1/connect-api")

    monkeypatch.setattr(command, "desk", desk)
    result = CliRunner().invoke(command.numbers, ["list"])
    assert (result.exit_code, "make run" in result.output, "AWS" in result.output) == (1, True, False)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NoCredentialsError(), "AWS_PROFILE"),
        (NoRegionError(), "AWS_REGION"),
        (EndpointConnectionError(endpoint_url="https://connect"), "reaches AWS"),
    ],
)
def test_who_cannot_ask_aws_hears_what_is_missing_and_what_needs_none_of_it(
    error: BotoCoreError, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def desk(stage: str) -> None:
        raise error

    monkeypatch.setattr(command, "desk", desk)
    result = run("list")
    assert result.exit_code == 1
    assert said in result.output
    assert "simulator of this machine" in result.output


class Cloud:
    def __init__(self, *outputs: tuple[str, str]) -> None:
        self.outputs = [{"OutputKey": key, "OutputValue": value} for key, value in outputs]

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803  boto3's own spelling
        if StackName != "manyline-prod-telephony":
            told = {"Error": {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}}
            raise ClientError(told, "DescribeStacks")
        return {"Stacks": [{"Outputs": self.outputs}]}


def test_the_instance_and_its_flow_are_read_from_the_stack() -> None:
    cloud = Cloud(("ConnectInstance", INSTANCE), ("ConnectInboundFlow", f"{INSTANCE}/contact-flow/{FLOW}"))
    assert place("prod", cloud) == Place(instance=INSTANCE, flow=FLOW)


def test_on_this_machine_it_is_the_simulators_and_no_stack_is_asked() -> None:
    found = place("local", None)
    assert (found.instance, flow_arn(found.flow)) == (SIMULATED, flow_arn("InboundFlowArn"))


def test_a_stage_without_a_phone_side_says_why() -> None:
    with pytest.raises(NoPhoneSide, match="manyline-test-telephony does not exist"):
        place("test", Cloud())
    with pytest.raises(NoPhoneSide, match="does not say ConnectInboundFlow"):
        place("prod", Cloud(("ConnectInstance", INSTANCE)))
