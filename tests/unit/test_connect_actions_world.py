"""Actions that ask the world around a flow, on a stage that answers what a test tells it to."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from infra.local.connect.actions.registry import HANDLERS
from infra.local.connect.clock import Timer, VirtualClock
from infra.local.connect.language import Flow, FlowType, read
from infra.local.connect.parties import Call, Queue, Segment
from infra.local.connect.script import Dial, Enquiry, Found, Script, Until
from infra.local.connect.script import Reply as Answer
from infra.local.connect.simulate.chances import PLAIN
from infra.local.connect.simulate.folder import Folder
from infra.local.connect.simulate.journey import BEGIN
from infra.local.connect.simulate.world import World
from infra.local.connect.transcript import Speaker
from infra.local.connect.wishes import Callback, Criterion, Metrics, Recording
from tests.fakes.telephone import spoken
from tests.unit.test_connect_actions import ANY, BYE, action, say, telephone
from tests.unit.test_connect_actions import run as call

FAILS = {ANY: "no"}
NO = say("no", "no")
OK = say("ok", "ok")


@dataclass
class Told:
    """What the world answers, and what it was asked for."""

    hours: bool | None = True
    metrics: Metrics | None = None
    dial: str = ""
    event: str = ""
    found: Found = field(default_factory=Found)
    reply: Answer = field(default_factory=Answer)
    keys: str = ""
    possible: bool = True
    asked: list[Any] = field(default_factory=list)


class Desk(World):
    def __init__(self, told: Told, folder: Folder, clock: VirtualClock) -> None:
        super().__init__(clock=clock, dice=random.Random(1), folder=folder, chances=PLAIN)
        self.told, self.clock, self.heard, self.left = told, clock, [], list(told.keys)

    def say(self, script: Script, text: str, block: str) -> float:
        self.heard.append(text)
        return 1.0

    def take_key(self, script: Script) -> str | None:
        return self.left.pop(0) if self.left else None

    def hours(self, segment: Segment, hours: str | None) -> bool | None:
        return self.told.hours

    def metrics(self, segment: Segment, *, queue: str | None, agent: str | None) -> Metrics | None:
        return self.told.metrics

    def dial(self, script: Script, dial: Dial, then: Callable[[str], None]) -> None:
        self.told.asked.append(dial)
        self.clock.later(5, lambda: then(self.told.dial))

    def until(self, script: Script, wait: Until, then: Callable[[str], None]) -> Timer:
        return self.clock.later(1 if self.told.event else wait.seconds, lambda: then(self.told.event))

    def ask(self, script: Script, question: Any, then: Callable[[Answer], None]) -> str:
        self.clock.later(3, lambda: then(self.told.reply))
        return "invocation-1"

    def enquire(self, script: Script, enquiry: Enquiry, then: Callable[[Found], None]) -> None:
        self.told.asked.append(enquiry)
        then(self.told.found)

    def call_back(self, segment: Segment, callback: Callback) -> bool:
        self.told.asked.append(callback)
        return self.told.possible

    def criteria(self, segment: Segment, steps: tuple[Criterion, ...]) -> bool:
        self.told.asked.append(steps)
        return self.told.possible

    def record(self, segment: Segment, recording: Recording) -> bool:
        self.told.asked.append(recording)
        return True

    def dialable(self, segment: Segment, number: str) -> bool:
        return self.told.possible

    def complete_outbound(self, script: Script, caller_id: str | None) -> bool:
        self.told.asked.append(caller_id)
        return self.told.possible

    def to_agent(self, segment: Segment) -> bool:
        return self.told.possible


@dataclass
class Played:
    heard: list[str]
    end: str
    segment: Segment
    script: Script
    seconds: float


def flow(*actions: Mapping[str, Any], name: str = "flow", type: FlowType = FlowType.INBOUND) -> Flow:
    document = {"Version": "2019-10-30", "StartAction": actions[0]["Identifier"], "Actions": list(actions)}
    return read(json.dumps(document), name=name, type=type)


def play(
    *actions: Mapping[str, Any],
    told: Told | None = None,
    modules: list[Flow] | None = None,
    target: Queue | None = None,
) -> Played:
    clock, ends = VirtualClock(BEGIN), []
    stage = Desk(told or Told(), Folder(modules or []), clock)
    telephone = Call(id="c", customer="+15550100199", dialled="+15550100100", began_at=BEGIN)
    segment = Segment(contact_id="c", call=telephone, method="INBOUND", began_at=BEGIN, target=target)
    telephone.segments.append(segment)
    script = Script(
        flow=flow(*actions), segment=segment, stage=stage, handlers=HANDLERS, done=lambda end: ends.append(end.value)
    )
    script.start()
    clock.settle(700_000)
    return Played(stage.heard, ends[0] if ends else "", segment, script, (clock.now() - BEGIN).total_seconds())


def heard(*actions: Mapping[str, Any], told: Told | None = None, **more: Any) -> str:
    return play(*actions, OK, NO, BYE, told=told, **more).heard[-1]


@pytest.mark.parametrize(("hours", "way"), [(True, "ok"), (False, "shut"), (None, "no")])
def test_hours_are_open_shut_or_unknown(hours: bool | None, way: str) -> None:
    check = action("check", "CheckHoursOfOperation", "no", FAILS, {"True": "ok", "False": "shut"})
    assert heard(check, say("shut", "shut"), told=Told(hours=hours)) == way


def test_hours_named_by_an_undefined_reference_are_the_error_branch() -> None:
    check = action("check", "CheckHoursOfOperation", "no", FAILS, {"True": "ok"}, HoursOfOperationId="$.External.none")
    assert heard(check) == "no"


@pytest.mark.parametrize(("age", "way"), [(29.9, "no"), (30.1, "ok")])
def test_the_oldest_age_is_compared_in_milliseconds(age: float, way: str) -> None:
    check = action("check", "CheckMetricData", "no", {**FAILS, "NoMatchingCondition": "no"},
                   MetricType="OldestContactInQueueAgeSeconds")  # fmt: skip
    test = {"Operator": "NumberGreaterThan", "Operands": ["30000"]}
    check["Transitions"]["Conditions"] = [{"Condition": test, "NextAction": "ok"}]
    assert heard(check, told=Told(metrics=Metrics(name="q", arn="q", oldest_s=age))) == way


def test_metrics_are_read_under_their_names_once_they_are_got() -> None:
    get = action("get", "GetMetricData", "read", FAILS)
    told = "$.Metrics.Queue.Name $.Metrics.Queue.Size $.Metrics.Queue.OldestContactAge $.Metrics.Agents.Busy.Count"
    metrics = Metrics(name="Sales", arn="q", size=4, oldest_s=12.7, busy=3)
    assert heard(get, say("read", told), told=Told(metrics=metrics)) == "Sales 4 12 3"
    assert heard(get, say("read", told)) == "no"


@pytest.mark.parametrize(
    ("format", "country", "keys", "value"),
    [
        ("Local", "US", "5550100123#", "+15550100123"),
        ("Local", "US", "550100123#", "bad"),
        ("Local", "DE", "03055501300#", "+493055501300"),
        ("Local", "XX", "5550100123#", "no"),
        ("E164", None, "493055501300#", "+493055501300"),
    ],
)
def test_a_phone_number_is_kept_with_its_country(format: str, country: str | None, keys: str, value: str) -> None:
    rules = {"PhoneNumberValidation": {"NumberFormat": format} | ({"CountryCode": country} if country else {})}
    ask = action("ask", "GetParticipantInput", "read", {**FAILS, "InvalidPhoneNumber": "bad"}, Text="Number?",
                 StoreInput="True", InputTimeLimitSeconds="5", InputValidation=rules)  # fmt: skip
    assert heard(ask, say("read", "$.StoredCustomerInput"), say("bad", "bad"), told=Told(keys=keys)) == value


def test_encrypted_input_never_stands_in_plain() -> None:
    ask = action("ask", "GetParticipantInput", "read", FAILS, Text="Card?",
                 StoreInput="True", InputTimeLimitSeconds="5",
                 InputValidation={"CustomValidation": {"MaximumLength": "4"}},
                 InputEncryption={"EncryptionKeyId": "key-1", "Key": "pem"})  # fmt: skip
    assert heard(ask, say("read", "$.StoredCustomerInput"), told=Told(keys="4711")) == "[encrypted with key-1, 4 keys]"


def third(returns: str) -> dict[str, Any]:
    errors = {**FAILS, "CallFailed": "busy", "ConnectionTimeLimitExceeded": "late"}
    return action("to", "TransferParticipantToThirdParty", "ok" if returns == "True" else "no", errors,
                  ThirdPartyPhoneNumber="+15550100124", ThirdPartyConnectionTimeLimitSeconds="30",
                  ContinueFlowExecution=returns)  # fmt: skip


def test_a_third_party_ends_the_flow_or_lets_it_go_on() -> None:
    rest = (OK, NO, say("busy", "busy"), say("late", "late"), BYE)
    assert play(third("False"), *rest).end == "third-party"
    assert play(third("False"), *rest).heard == []
    assert play(third("True"), *rest).heard == ["ok"]
    assert play(third("True"), *rest, told=Told(dial="CallFailed")).heard == ["busy"]
    assert play(third("False"), *rest, told=Told(dial="CallFailed")).heard == ["no"]


def module(name: str, *actions: Mapping[str, Any]) -> Flow:
    return flow(*actions, name=name, type=FlowType.MODULE)


def invoke(name: str, to: str, cases: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    errors = {**FAILS, "NoMatchingCondition": "else"} if cases else FAILS
    return action(f"call-{name}", "InvokeFlowModule", to, errors, cases, FlowModuleId=name, **more)


def test_a_module_returns_by_its_result_and_without_one_by_the_next_action() -> None:
    back = action("end", "EndFlowModuleExecution", Result="done", ResultData={"who": "$.Modules.Input.who"})
    one = module("one", say("in", "in $.Modules.Input.who", "end"), back)
    by = invoke("one", "no", {"done": "read"}, Input={"who": "Ann"})
    told = play(
        by, say("read", "$.Modules.Result $.Modules.ResultData.who"), say("else", "else"), NO, BYE, modules=[one]
    )
    assert told.heard == ["in Ann", "done Ann"]
    plain = module("one", action("end", "EndFlowModuleExecution"))
    assert heard(invoke("one", "ok", {"done": "no"}), say("else", "else"), modules=[plain]) == "ok"
    strange = module("one", action("end", "EndFlowModuleExecution", Result="odd"))
    assert heard(invoke("one", "ok", {"done": "no"}), say("else", "else"), modules=[strange]) == "else"


@pytest.mark.parametrize(("depth", "way"), [(5, "ok"), (6, "no")])
def test_modules_go_five_deep(depth: int, way: str) -> None:
    end = action("end", "EndFlowModuleExecution")
    modules = [module("m1", end)]
    for n in range(2, depth + 1):
        inner = action("in", "InvokeFlowModule", "end", {ANY: "deep"}, FlowModuleId=f"m{n - 1}")
        deep = action("deep", "UpdateContactAttributes", "end", {ANY: "end"}, Attributes={"deep": "yes"})
        modules.append(module(f"m{n}", inner, deep, end))
    told = play(invoke(f"m{depth}", "ok"), OK, NO, BYE, modules=modules)
    assert told.segment.attributes == ({} if way == "ok" else {"deep": "yes"})


def test_flow_attributes_of_a_module_are_its_own() -> None:
    put = action("put", "UpdateFlowAttributes", "call-m", FAILS, FlowAttributes={"a": {"Value": "outer"}})
    inner = action("put", "UpdateFlowAttributes", "in", {ANY: "in"}, FlowAttributes={"a": {"Value": "inner"}})
    one = module("m", inner, say("in", "$.FlowAttributes.a", "end"), action("end", "EndFlowModuleExecution"))
    told = play(put, invoke("m", "read"), say("read", "$.FlowAttributes.a"), NO, BYE, modules=[one])
    assert told.heard == ["inner", "outer"]


@pytest.mark.parametrize(("event", "way"), [("", "ok"), ("CustomerReturned", "back"), ("ParticipantNotFound", "gone")])
def test_a_wait_goes_by_its_event_or_by_its_time(event: str, way: str) -> None:
    wait = action("wait", "Wait", "no", {**FAILS, "ParticipantNotFound": "gone"},
                  {"WaitCompleted": "ok", "CustomerReturned": "back"}, TimeLimitSeconds="604800",
                  Events=["CustomerReturned"])  # fmt: skip
    assert heard(wait, say("back", "back"), say("gone", "gone"), told=Told(event=event)) == way


def test_an_asynchronous_lambda_lets_the_flow_go_on_and_is_read_when_it_has_answered() -> None:
    ask = action("ask", "InvokeLambdaFunction", "at-once", FAILS, LambdaFunctionARN="arn:f",
                 InvocationTimeLimitSeconds="60", InvocationType="ASYNCHRONOUS")  # fmt: skip
    first = say("at-once", "$.LambdaInvocation.InvocationId $.LambdaInvocation.Result.a.", "wait")
    wait = action("wait", "Wait", "no", FAILS, {"WaitCompleted": "read"}, TimeLimitSeconds="10")
    told = play(
        ask, first, wait, say("read", "$.LambdaInvocation.Result.a"), NO, BYE, told=Told(reply=Answer({"a": "b"}))
    )
    assert told.heard == ["invocation-1 .", "b"]


def test_a_callback_goes_to_the_number_that_was_set() -> None:
    put = action("put", "UpdateContactCallbackNumber", "make",
                 {"InvalidCallbackNumber": "bad", "CallbackNumberNotDialable": "no"},
                 CallbackNumber="$.CustomerEndpoint.Address")  # fmt: skip
    make = action("make", "CreateCallbackContact", "ok", FAILS, InitialCallDelaySeconds="5", RetryDelaySeconds="600",
                  MaximumConnectionAttempts="2")  # fmt: skip
    told = Told()
    assert heard(put, make, say("bad", "bad"), told=told) == "ok"
    assert told.asked == [Callback(number="+15550100199", delay_s=5, retry_s=600, attempts=2)]
    assert heard(put, make, say("bad", "bad"), told=Told(possible=False)) == "no"
    put["Parameters"]["CallbackNumber"] = "$.External.none"
    assert heard(put, make, say("bad", "bad")) == "bad"


def test_routing_criteria_name_their_agents_and_change_nothing_in_an_agents_own_queue() -> None:
    match = {"AgentsCriteria": {"AgentIds": ["$.ContactId"]}}
    steps = [{"Expression": {"AttributeCondition": {"MatchCriteria": match}}, "Expiry": {"DurationInSeconds": "30"}}]
    put = action("put", "UpdateContactRoutingCriteria", "ok", FAILS, RoutingCriteria={"Steps": steps})
    told = Told()
    assert heard(put, told=told) == "ok"
    assert told.asked == [(Criterion(agents=("c",), expires_s=30),)]
    own = Told(possible=False)
    assert heard(put, told=own, target=Queue(arn="q", name="q", agent="maria")) == "ok"
    assert own.asked == []
    match["AgentsCriteria"]["AgentIds"] = ["$.External.none"]
    assert heard(put) == "no"


def test_a_task_is_read_by_its_contact_id() -> None:
    make = action("make", "CreateTask", "read", FAILS, Name="Call $.ContactId")
    assert heard(make, say("read", "$.Task.ContactId")) == "task-1"


def test_recording_says_who_and_where() -> None:
    told = Told()
    put = action("put", "UpdateContactRecordingBehavior", "ok", AnalyticsBehavior={"Enabled": "True"},
                 RecordingBehavior={"RecordedParticipants": ["Agent"], "IVRRecordingBehavior": "Enabled"})  # fmt: skip
    assert heard(put, told=told) == "ok"
    assert told.asked == [Recording(participants=("Agent",), ivr=True, analytics=True)]


def test_an_outbound_call_is_dialled_with_the_caller_id_of_the_flow() -> None:
    told = Told()
    dial = action("dial", "CompleteOutboundCall", "ok", FAILS, CallerId={"Number": "$.SystemEndpoint.Address"})
    assert heard(dial, told=told) == "ok"
    assert told.asked == ["+15550100100"]
    dial["Parameters"]["CallerId"]["Number"] = "$.External.none"
    assert heard(dial) == "no"


def test_a_transfer_to_an_agent_ends_the_flow() -> None:
    assert play(action("to", "TransferContactToAgent"), BYE).end == "agent"


def test_a_service_answers_by_values_by_a_case_or_not_at_all() -> None:
    view = action("view", "ShowView", "no", {**FAILS, "NoMatchingCondition": "no", "TimeLimitExceeded": "late"},
                  {"Save": "read"}, ViewResource={"Id": "form"}, InvocationTimeLimitSeconds="60")  # fmt: skip
    rest = (say("read", "$.Views.Action"), say("late", "late"))
    assert heard(view, *rest, told=Told(found=Found(values={"Action": "Save"}, case="Save"))) == "Save"
    assert heard(view, *rest, told=Told(found=Found(case="Other"))) == "no"
    assert heard(view, *rest, told=Told(found=Found(failed="TimeLimitExceeded"))) == "late"


def test_a_prompt_that_grows_too_long_is_the_error_branch() -> None:
    long = action("long", "MessageParticipant", "ok", FAILS, Text="$.Attributes.a $.Attributes.a")
    put = action("put", "UpdateContactAttributes", "long", FAILS, Attributes={"a": "x" * 1_600})
    assert heard(put, long) == "no"


def test_a_hook_that_is_switched_off_is_taken_away() -> None:
    on = action("on", "UpdateContactEventHooks", "off", FAILS, EventHooks={"AgentWhisper": "w"})
    off = action("off", "UpdateContactEventHooks", "ok", FAILS, EventHooks={"AgentWhisper": "w"},
                 EventHooksConfiguration={"AgentWhisper": {"DisableExecution": "true"}})  # fmt: skip
    assert play(on, off, OK, NO, BYE).segment.hooks == {}


def test_a_service_that_is_not_on_the_exchange_is_the_error_branch_and_is_named_in_the_journal() -> None:
    errors = {ANY: "no", "MultipleFoundError": "bye", "NoneFoundError": "bye"}
    profile = action("check", "GetCustomerProfile", "bye", errors,
                     ProfileRequestData={"IdentifierName": "_phone", "IdentifierValue": "1"},
                     ProfileResponseData=["FirstName"])  # fmt: skip
    over = call(telephone(profile, NO, BYE))
    assert spoken(over.transcript.lines, Speaker.SYSTEM) == ["no"]
    assert any("GetCustomerProfile" in line.text for line in over.journal.lines)
