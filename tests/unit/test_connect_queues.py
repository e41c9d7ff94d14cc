"""What a flow asks of the exchange beside the line: hours, figures, criteria, tasks, streams, modules, Lambdas."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from infra.local.connect.hours import Hours
from infra.local.connect.language import Flow, FlowType
from infra.local.connect.parties import Call, CallState, LegState, Speaker
from infra.local.connect.script import Reply
from tests.fakes.switchboard import (
    ANY,
    BYE,
    FALLBACK,
    FUNCTION,
    HOLDING,
    LOOP,
    WAIT,
    Action,
    Switchboard,
    act,
    aim,
    aim_at_agent,
    flow,
    heard,
    inbound,
    journal,
    say,
)

YES, NO = say("yes", "yes", "bye"), say("no", "no", "bye")
FAILS = {ANY: "no"}


def said(board: Switchboard, keys: str = "") -> list[str]:
    call = board.dial(keys)
    board.clock.advance(120)
    return heard(call.transcript, Speaker.SYSTEM)


def checks_hours(**named: str) -> Flow:
    cases = {"True": "open", "False": "shut"}
    check = act("check", "CheckHoursOfOperation", "no", FAILS, cases, **named)
    return inbound(
        aim(FALLBACK, "check", "first"), check, say("open", "open", "bye"), say("shut", "shut", "bye"), NO, BYE
    )


@pytest.mark.parametrize(
    ("named", "says"),
    [({}, "open"), ({"HoursOfOperationId": "Always"}, "open"), ({"HoursOfOperationId": "Night"}, "shut"),
     ({"HoursOfOperationId": "arn:aws:connect:x:y:instance/i/operating-hours/Berlin"}, "open"),
     ({"HoursOfOperationId": "Lost"}, "no"), ({"HoursOfOperationId": "Weekend"}, "shut")],
)  # fmt: skip
def test_hours_are_those_named_else_those_of_the_queue(named: dict[str, str], says: str) -> None:
    """It is Monday, 15:00 UTC."""
    hours = (
        Hours(name="Always"),
        Hours(name="Night", opens=time(20), until=time(0)),
        Hours(name="Berlin", opens=time(16), until=time(17), zone="Europe/Berlin"),
        Hours(name="Weekend", days=(5, 6)),
    )
    assert said(Switchboard(flows={"InboundFlowArn": checks_hours(**named)}, hours=hours)) == [says]


def checks(metric: str, **named: str) -> Flow:
    condition = {"Operator": "NumberGreaterThan", "Operands": ["0"]}
    check = act("check", "CheckMetricData", "no", {ANY: "no", "NoMatchingCondition": "no"}, MetricType=metric, **named)
    check["Transitions"]["Conditions"] = [{"NextAction": "yes", "Condition": condition}]
    return inbound(aim(FALLBACK, "check", "first"), check, YES, NO, BYE)


@pytest.mark.parametrize(
    ("metric", "named", "here", "says"),
    [("NumberOfAgentsAvailable", {}, "free", "yes"), ("NumberOfAgentsAvailable", {}, "busy", "no"),
     ("NumberOfAgentsStaffed", {}, "busy", "yes"), ("NumberOfAgentsOnline", {}, "lunch", "yes"),
     ("NumberOfAgentsStaffed", {}, "lunch", "no"), ("NumberOfAgentsOnline", {}, "nobody", "no"),
     ("NumberOfAgentsAvailable", {"QueueId": HOLDING}, "free", "no"),
     ("NumberOfAgentsAvailable", {"AgentId": "maria"}, "free", "yes"),
     ("NumberOfAgentsAvailable", {"AgentId": "ben"}, "free", "no")],
)  # fmt: skip
def test_agents_are_counted_on_the_floor(metric: str, named: dict[str, str], here: str, says: str) -> None:
    board = Switchboard(flows={"InboundFlowArn": checks(metric, **named)})
    if here != "nobody":
        board.exchange.sign_in("maria")
    if here == "busy":
        board.exchange.dial_out("maria", "+15550100123")
    if here == "lunch":
        board.exchange.set_status("maria", "Lunch")
    assert said(board) == [says]


def test_callers_in_a_queue_are_counted_and_the_oldest_ages() -> None:
    text = "$.Metrics.Queue.Size wait, $.Metrics.Queue.OldestContactAge s, $.Metrics.Agents.Busy.Count"
    get = act("get", "GetMetricData", "tell", FAILS)
    tell = inbound(aim(FALLBACK, "get", "first"), get, say("tell", text, "wait"), WAIT, NO, BYE)
    board = Switchboard(flows={"InboundFlowArn": tell})
    first = board.dial()
    board.clock.advance(60)
    assert heard(first.transcript, Speaker.SYSTEM)[0] == "0 wait, 0 s, 0"
    board.dial()
    board.clock.advance(10)
    board.exchange.sign_in("maria")  # rings for the first, who is still in the queue
    third = board.dial()
    assert heard(third.transcript, Speaker.SYSTEM)[0] == "2 wait, 69 s, 1"


def criteria(*steps: tuple[list[str], int | None]) -> Action:
    made: list[dict[str, Any]] = []
    for agents, expires in steps:
        match = {"ComparisonOperator": "Match", "MatchCriteria": {"AgentsCriteria": {"AgentIds": agents}}}
        step: dict[str, Any] = {"Expression": {"AttributeCondition": match}}
        made.append(step | ({"Expiry": {"DurationInSeconds": str(expires)}} if expires else {}))
    return act("first", "UpdateContactRoutingCriteria", "aim", {ANY: "bye"}, RoutingCriteria={"Steps": made})


def waits_with(*steps: tuple[list[str], int | None]) -> Switchboard:
    return Switchboard(flows={"InboundFlowArn": inbound(criteria(*steps), aim(FALLBACK), WAIT, BYE)})


def rings_at(board: Switchboard) -> list[str]:
    return [agent.id for agent in board.exchange.floor.agents.values() if agent.leg is not None]


def test_criteria_step_by_step_and_then_anyone() -> None:
    board = waits_with((["ben"], 10), (["carl", "dora"], 20))
    board.exchange.sign_in("adam")
    call = board.dial()
    board.clock.advance(9)
    assert rings_at(board) == []
    board.exchange.sign_in("dora")
    assert rings_at(board) == []
    board.clock.advance(1)
    assert rings_at(board) == ["dora"]
    board.exchange.reject("dora")
    board.clock.advance(19)
    assert call.state is CallState.WAITING
    board.clock.advance(1)
    assert rings_at(board) == ["adam", "dora"]
    assert board.leg("dora").state is LegState.MISSED


def test_a_step_that_never_expires_waits_for_its_agents() -> None:
    board = waits_with((["ben"], None))
    board.exchange.sign_in("adam")
    board.dial()
    board.clock.advance(3_000)
    assert rings_at(board) == []
    board.exchange.sign_in("ben")
    assert rings_at(board) == ["ben"]


def test_who_came_first_is_first() -> None:
    board = Switchboard()
    calls = [board.dial(), board.dial()]
    board.exchange.sign_in("maria")
    assert [call.state for call in calls] == [CallState.RINGING, CallState.WAITING]


@pytest.mark.parametrize(
    ("parameters", "first"), [({"QueuePriority": "1"}, 1), ({"QueueTimeAdjustmentSeconds": "600"}, 1), ({}, 0)]
)
def test_the_more_urgent_caller_is_first(parameters: dict[str, str], first: int) -> None:
    usual = {"QueuePriority": "5"}
    urgent = act("urgent", "UpdateContactRoutingBehavior", "aim", **(parameters or usual))
    errors = {"InputTimeLimitExceeded": "aim", "NoMatchingCondition": "aim", ANY: "bye"}
    ask = act("first", "GetParticipantInput", "aim", errors, {"1": "urgent"}, Text="Urgent? Press 1",
              StoreInput="False", InputTimeLimitSeconds="5")  # fmt: skip
    board = Switchboard(flows={"InboundFlowArn": inbound(ask, urgent, aim(FALLBACK), WAIT, BYE)})
    calls = [board.dial("0"), board.dial("1")]
    board.clock.advance(5)
    board.exchange.sign_in("maria")
    assert calls[first].state is CallState.RINGING


def test_a_task_gets_a_contact_of_its_own_that_is_related_to_the_call() -> None:
    flow_of_task = {"ContactFlowId": "goodbye", "References": {}, "Attributes": {"a": "b"}}
    make = act("first", "CreateTask", "tell", FAILS, Name="Look", Description="At it", **flow_of_task)
    board = Switchboard(flows={"InboundFlowArn": inbound(make, say("tell", "$.Task.ContactId", "bye"), NO, BYE)})
    call = board.dial()
    board.clock.settle()
    (task,) = [event for event in board.events.sent if event["channel"] == "TASK"]
    assert heard(call.transcript, Speaker.SYSTEM) == [task["contactId"]]
    assert task["relatedContactId"] == call.id
    assert "Task 'Look' made" in journal(call)


def test_media_that_stream_are_told_to_flows_and_lambdas() -> None:
    whom = [{"ParticipantType": "Customer", "MediaDirections": ["From"]}]
    on = act("first", "UpdateContactMediaStreamingBehavior", "ask", FAILS, MediaStreamingState="Enabled",
             MediaStreamType="Audio", Participants=whom)  # fmt: skip
    board = Switchboard(flows={"InboundFlowArn": inbound(on, asks("x", "bye"), NO, BYE)})
    call = board.dial()
    board.clock.settle()
    told = board.lambdas.asked[0]["Details"]["ContactData"]["MediaStreams"]["Customer"]["Audio"]
    assert told["StreamARN"].endswith(call.id)


def asks(step: str, to: str, name: str = "ask", **more: str) -> Action:
    return act(
        name, "InvokeLambdaFunction", to, FAILS, LambdaFunctionARN=FUNCTION, InvocationTimeLimitSeconds="8",
        LambdaInvocationAttributes={"step": step}, ResponseValidation={"ResponseType": "STRING_MAP"},
        **{"InvocationType": "SYNCHRONOUS", **more},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "says"),
    [(Reply(value={"a": "b"}), "got b"), (Reply(value={"a": 1}), "no"), (Reply(value={"a": "x" * 33_000}), "no"),
     (Reply(value=["a"]), "no"), (Reply(failed="Unhandled"), "no")],
)  # fmt: skip
def test_an_answer_that_connect_would_not_take_is_the_error_branch(reply: Reply, says: str) -> None:
    asks_first = asks("x", "got", "first")
    board = Switchboard(flows={"InboundFlowArn": inbound(asks_first, say("got", "got $.External.a", "bye"), NO, BYE)})
    board.lambdas.replies["x"] = reply
    assert said(board) == [says]


def test_an_asynchronous_lambda_lets_the_flow_go_on_and_its_answer_is_read_later() -> None:
    board = Switchboard(
        flows={
            "InboundFlowArn": inbound(
                asks("slow", "wait", "first", InvocationType="ASYNCHRONOUS"),
                act("wait", "Wait", "no", FAILS, {"WaitCompleted": "tell"}, TimeLimitSeconds="10"),
                say("tell", "got $.LambdaInvocation.Result.a", "bye"), NO, BYE,
            )
        }
    )  # fmt: skip
    board.lambdas.after_s, board.lambdas.replies["slow"] = 6, Reply(value={"a": "b"})
    assert said(board) == ["got b"]


def test_a_module_returns_its_result_and_its_data() -> None:
    call = act("first", "InvokeFlowModule", "no", {ANY: "no", "NoMatchingCondition": "no"}, {"Success": "tell"},
               FlowModuleId="module")  # fmt: skip
    ends = act("ends", "EndFlowModuleExecution", Result="Success", ResultData={"who": "me"})
    settings = {"InputParameters": [], "OutputParameters": [], "Transitions": [{"ReferenceName": "Success"}]}
    module = flow(FlowType.MODULE, ends, settings=settings)
    tell = say("tell", "$.Modules.Result $.Modules.ResultData.who", "bye")
    board = Switchboard(flows={"InboundFlowArn": inbound(call, tell, NO, BYE), "module": module})
    assert said(board) == ["Success me"]


def test_attributes_over_32_kb_are_refused_whole() -> None:
    big = {"a": "$.Attributes.big", "b": "x"}
    much = {"big": "x" * 20_000}
    put = act("first", "UpdateContactAttributes", "yes", FAILS, Attributes=much, TargetContact="Current")
    again = act("again", "UpdateContactAttributes", "yes", FAILS, Attributes=big, TargetContact="Current")
    put["Transitions"]["NextAction"] = "again"
    board = Switchboard(flows={"InboundFlowArn": inbound(put, again, YES, NO, BYE)})
    call = board.dial()
    board.clock.settle()
    assert heard(call.transcript, Speaker.SYSTEM) == ["no"]
    assert "b" not in call.now.attributes


def test_the_eleventh_caller_finds_an_agents_queue_full() -> None:
    board = Switchboard(flows={"InboundFlowArn": inbound(aim_at_agent("ben", name="first"), WAIT, BYE)})
    calls: list[Call] = [board.dial() for _ in range(11)]
    assert [call.state for call in calls] == [CallState.WAITING] * 10 + [CallState.OVER]


def test_a_whisper_of_more_than_two_minutes_drops_the_call() -> None:
    long = flow(FlowType.AGENT_WHISPER, say("say", "long " * 500))
    board = Switchboard(flows={"agent_whisper": long})
    board.exchange.sign_in("maria")
    call = board.dial()
    board.exchange.accept("maria")
    board.clock.advance(119)
    assert call.state is CallState.RINGING
    board.clock.advance(1)
    assert call.state is CallState.OVER


def test_a_thousand_calls_at_once_are_all_answered_in_the_order_in_which_they_came() -> None:
    board = Switchboard(flows={"queue": flow(FlowType.CUSTOMER_QUEUE, LOOP)}, keep=50)
    calls = [board.dial() for _ in range(1_000)]
    board.clock.advance(30)
    answered: list[Call] = []
    agents = [f"agent{n}" for n in range(50)]
    for agent in agents:
        board.exchange.sign_in(agent)
    while len(answered) < len(calls):
        for agent in agents:
            if (leg := board.exchange.floor.agents[agent].leg) is not None and leg.state is LegState.CONNECTING:
                answered.append(leg.segment.call)
                board.exchange.accept(agent)
        board.clock.advance(5)
        for agent in agents:
            board.exchange.agent_hangs_up(agent) if board.exchange.floor.agents[agent].leg else None
            board.exchange.clear(agent)
    assert answered == calls
    board.clock.advance(60)
    assert len(board.exchange.calls) == 50
    assert sum(queue.waiting != [] for queue in board.exchange.floor.queues.values()) == 0
