"""The phone side as it would be deployed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from infra import naming, permissions
from infra.flows import FLOWS, QUEUES, FlowFile
from infra.layout import FLOWS as DIRECTORY
from infra.layout import PAGES_STATIC
from infra.permissions import GRANTS
from infra.stacks import telephony_desk, telephony_people
from infra.stacks.telephony import MODULE, TelephonyStack
from infra.stacks.telephony_records import RETRIES, TAG
from tests.infra.conftest import Resource, Stacks

ARN = {"Fn::GetAtt": ["Instance", "Arn"]}


def props(resource: Resource) -> dict[str, Any]:
    properties: dict[str, Any] = resource.get("Properties", {})
    return properties


def every(prod: Stacks, kind: str) -> list[dict[str, Any]]:
    return [props(resource) for resource in prod.all(kind, "telephony").values()]


def the(prod: Stacks, kind: str) -> dict[str, Any]:
    [only] = every(prod, kind)
    return only


def at(value: dict[str, Any]) -> str:
    """The logical id behind a reference."""
    return str(value["Fn::GetAtt"][0]) if "Fn::GetAtt" in value else str(value["Ref"])


@pytest.mark.parametrize(
    "function", ["contact_flow", "connect_events", "contact_records", "reconcile_calls", "lost_calls"]
)
def test_who_puts_callers_into_lines_or_takes_them_out_may_do_so(function: str) -> None:
    grants = GRANTS[function]
    assert {"contacts", "routing", "workforce"} <= set(grants.writes)
    assert "tenants" in grants.reads
    assert grants.sets_offer_timers, "who is freed by it is offered the next one"


def test_nothing_on_the_phone_side_is_found_fault_with(prod: Stacks) -> None:
    assert [finding for finding in prod.findings if "telephony" in finding] == []


def test_the_instance_rings_and_dials(prod: Stacks) -> None:
    instance = the(prod, "AWS::Connect::Instance")
    assert instance["InstanceAlias"] == "manyline"
    assert instance["Attributes"]["InboundCalls"] is instance["Attributes"]["OutboundCalls"] is True


def test_every_flow_file_is_deployed_with_its_type(prod: Stacks) -> None:
    assert {file.file for file in FLOWS.values()} == {path.name for path in DIRECTORY.glob("*.json")}
    flows = {flow["Name"]: flow["Type"] for flow in every(prod, "AWS::Connect::ContactFlow")}
    assert flows == {file.title: file.type for file in FLOWS.values() if file.type != MODULE}
    modules = {module["Name"] for module in every(prod, "AWS::Connect::ContactFlowModule")}
    assert modules == {file.title for file in FLOWS.values() if file.type == MODULE}


def test_a_module_is_deployed_as_one_and_flows_can_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "consent.json").write_text('{"Settings": {}}')
    (tmp_path / "inbound.json").write_text('{"FlowModuleId": "${ConsentModuleArn}"}')
    monkeypatch.setattr("infra.flows.DIRECTORY", tmp_path)
    files = {
        "ConsentModuleArn": FlowFile("consent.json", MODULE, "Consent"),
        "InboundFlowArn": FlowFile("inbound.json", "CONTACT_FLOW", "Inbound"),
    }
    app = App(context={"@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True})  # as cdk.json has it
    bell = sns.Topic(Stack(app, "bell"), "Alarms")
    stack = TelephonyStack(app, "test", alias="a", numbers=[], origin="https://desk.example", flows=files, alarms=bell)
    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::Connect::ContactFlowModule", {"Content": '{"Settings": {}}'})
    template.has_resource_properties(
        "AWS::Connect::ContactFlow",
        {
            "Content": {
                "Fn::Sub": [
                    '{"FlowModuleId": "${ConsentModuleArn}"}',
                    {"ConsentModuleArn": {"Fn::GetAtt": ["ConsentModule", "ContactFlowModuleArn"]}},
                ]
            }
        },
    )


def test_the_queues_are_open_day_and_night(prod: Stacks) -> None:
    hours = the(prod, "AWS::Connect::HoursOfOperation")
    midnight = {"Hours": 0, "Minutes": 0}
    assert hours["TimeZone"] == "Etc/UTC"
    assert len({day["Day"] for day in hours["Config"]}) == 7
    assert all(day["StartTime"] == day["EndTime"] == midnight for day in hours["Config"])
    queues = prod.all("AWS::Connect::Queue")
    waiting = {f"telephony/{name.removesuffix('Arn')}" for name in QUEUES}
    [desk] = set(queues) - waiting
    assert waiting < set(queues)
    assert props(queues[desk])["Name"] == "Manyline desk"
    assert {at(props(queue)["HoursOfOperationArn"]) for queue in queues.values()} == {"Always"}


def test_an_agent_takes_one_call_at_a_time_and_is_served_from_the_fallback_queue_alone(prod: Stacks) -> None:
    profile = the(prod, "AWS::Connect::RoutingProfile")
    assert profile["MediaConcurrencies"] == [{"Channel": "VOICE", "Concurrency": 1}]
    served, desk = profile["QueueConfigs"]
    assert at(served["QueueReference"]["QueueArn"]) == "FallbackQueue"
    assert (served["Delay"], served["Priority"], served["QueueReference"]["Channel"]) == (0, 1, "VOICE")
    assert at(desk["QueueReference"]["QueueArn"]) == at(profile["DefaultOutboundQueueArn"]), "nobody waits in it"


def test_the_desk_transfers_by_one_quick_connect_and_calls_out_by_one_flow(prod: Stacks) -> None:
    quick = the(prod, "AWS::Connect::QuickConnect")
    config = quick["QuickConnectConfig"]
    assert (quick["Name"], config["QuickConnectType"]) == ("Manyline transfer", "QUEUE")
    assert at(config["QueueConfig"]["QueueArn"]) == "HoldingQueue"
    assert at(config["QueueConfig"]["ContactFlowArn"]) == "QueueTransferFlow"
    [queue] = [queue for queue in every(prod, "AWS::Connect::Queue") if queue["Name"] == "Manyline desk"]
    [connected] = prod.all("AWS::Connect::QuickConnect", "telephony")
    assert [at(arn) for arn in queue["QuickConnectArns"]] == [connected.removeprefix("telephony/")]
    assert at(queue["OutboundCallerConfig"]["OutboundFlowArn"]) == "OutboundWhisperFlow"
    profile = the(prod, "AWS::Connect::RoutingProfile")
    [desk] = [name for name, one in prod.all("AWS::Connect::Queue").items() if props(one)["Name"] == "Manyline desk"]
    assert at(profile["DefaultOutboundQueueArn"]) == desk.removeprefix("telephony/")


def test_the_page_looks_for_the_quick_connect_by_the_name_that_is_deployed() -> None:
    script = PAGES_STATIC / "desk" / "telephone" / "connect.js"
    assert f'QUICK_CONNECT = "{telephony_desk.QUICK_CONNECT}"' in script.read_text()


def test_nothing_on_the_phone_side_waits_for_itself(prod: Stacks) -> None:
    """CloudFormation refuses a circle only when it deploys."""
    resources = prod.templates["telephony"]["Resources"]
    needs = {
        name: {found for found in re.findall(r'"([A-Za-z0-9]+)"', json.dumps(resource)) if found in resources} - {name}
        for name, resource in resources.items()
    }
    while free := {name for name, wanted in needs.items() if not wanted}:
        needs = {name: wanted - free for name, wanted in needs.items() if name not in free}
    assert needs == {}


def test_the_desk_may_pause_a_recording_and_fetch_a_message_and_nothing_else(prod: Stacks) -> None:
    [policy] = [
        props(policy) for name, policy in prod.all("AWS::IAM::Policy", "telephony").items() if "DeskRights" in name
    ]
    allowed = {
        action: statement["Resource"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert set(allowed) == {
        "connect:SuspendContactRecording",
        "connect:ResumeContactRecording",
        "ssm:GetParameter",
        "s3:GetObject",
        "s3:ListBucket",
        "kms:Decrypt",
    }
    assert allowed["connect:SuspendContactRecording"] == {"Fn::Join": ["", [ARN, "/contact/*"]]}
    assert all(resource != "*" for resource in allowed.values())
    named = {one["Name"]: one["Value"] for one in every(prod, "AWS::SSM::Parameter")}
    assert named["/manyline/prod/connect-instance"] == {"Fn::GetAtt": ["Instance", "Id"]}


def _calls_out(prod: Stacks, name: str) -> dict[str, Any]:
    policies = prod.all("AWS::IAM::Policy", "telephony").items()
    [policy] = [props(policy) for one, policy in policies if f"CallsOut{name}" in one]
    return policy


def test_who_begins_calls_may_do_so_on_our_instance_alone_and_who_asks_begins_none(prod: Stacks) -> None:
    begin, enquire = _calls_out(prod, "Begin"), _calls_out(prod, "Enquire")
    calls, reads = begin["PolicyDocument"]["Statement"]
    asks, finds = enquire["PolicyDocument"]["Statement"]
    questions = {"connect:DescribeContact", "connect:ListAssociatedContacts"}
    assert set(calls["Action"]) == {"connect:StartOutboundVoiceContact", "connect:StopContact", *questions}
    assert set(asks["Action"]) == questions
    assert calls["Resource"] == asks["Resource"] == {"Fn::Join": ["", [ARN, "/contact/*"]]}
    assert {reads["Action"], finds["Action"]} == {"ssm:GetParameter"}
    existing = [name for name in permissions.CALLERS if name in permissions.GRANTS]
    assert len(begin["Roles"]) == len(existing)
    pause = _calls_out(prod, "Pause")
    assert pause["PolicyDocument"]["Statement"][0]["Action"] == "connect:SuspendContactRecording"
    assert len(pause["Roles"]) == 1
    assert len(enquire["Roles"]) == len(permissions.ENQUIRERS)


def test_a_flow_that_functions_begin_calls_with_is_known_to_them_by_its_id(tmp_path: Path) -> None:
    (tmp_path / "dispatch.json").write_text("{}")
    flows = {
        "DispatchFlowArn": FlowFile(str(tmp_path / "dispatch.json"), "CONTACT_FLOW", "Dispatch"),
        "InboundFlowArn": FLOWS["InboundFlowArn"],
    }
    app = App(context={"@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True})
    where = Stack(app, "bell")
    bell, role = sns.Topic(where, "Alarms"), iam.Role(where, "Role", assumed_by=iam.AnyPrincipal())
    stack = TelephonyStack(
        app, "test", alias="a", numbers=[], origin="https://desk.example", flows=flows, alarms=bell,
        readers={"api_handler": role},
    )  # fmt: skip
    template = Template.from_stack(stack)
    arn = {"Fn::GetAtt": ["DispatchFlow", "ContactFlowArn"]}
    template.has_resource_properties(
        "AWS::SSM::Parameter",
        {"Name": naming.connect_flow("test", "dispatch"), "Value": {"Fn::Select": [3, {"Fn::Split": ["/", arn]}]}},
    )


def test_functions_look_where_the_phone_side_writes(prod: Stacks) -> None:
    [told] = {
        json.dumps({name: value for name, value in variables.items() if name.startswith("CONNECT_")}, sort_keys=True)
        for one in prod.functions().values()
        if (variables := props(one).get("Environment", {}).get("Variables"))
    }
    assert json.loads(told) == {
        "CONNECT_INSTANCE": "/manyline/prod/connect-instance",
        "CONNECT_FLOW_DISPATCH": "/manyline/prod/connect-flow-dispatch",
        "CONNECT_URL": json.loads(told)["CONNECT_URL"],
    }


def test_no_status_but_available_takes_calls(prod: Stacks) -> None:
    statuses = every(prod, "AWS::Connect::AgentStatus")
    assert {status["Name"] for status in statuses} == {"Busy elsewhere", "Break", "Lunch", "Training", "Meeting"}
    assert {(status["State"], status["Type"]) for status in statuses} == {("ENABLED", "CUSTOM")}
    assert sorted(status["DisplayOrder"] for status in statuses) == [1, 2, 3, 4, 5]


def test_agents_may_do_less_than_supervisors_and_neither_changes_the_instance(prod: Stacks) -> None:
    rights = {
        profile["SecurityProfileName"]: set(profile["Permissions"])
        for profile in every(prod, "AWS::Connect::SecurityProfile")
    }
    assert set(rights) == set(telephony_people.RIGHTS)
    assert "BasicAgentAccess" in rights["Manyline agents"]
    assert rights["Manyline agents"] < rights["Manyline supervisors"]
    assert not [right for all_ in rights.values() for right in all_ if right.endswith((".Edit", ".Create", ".Delete"))]


def test_recordings_records_and_events_are_kept_encrypted_for_as_long_as_is_said(prod: Stacks) -> None:
    configs = {config["ResourceType"]: config for config in every(prod, "AWS::Connect::InstanceStorageConfig")}
    assert set(configs) == {"CALL_RECORDINGS", "CONTACT_TRACE_RECORDS", "AGENT_EVENTS"}
    [key] = prod.all("AWS::KMS::Key", "telephony")
    key = key.removeprefix("telephony/")
    s3 = configs["CALL_RECORDINGS"]["S3Config"]
    assert (s3["EncryptionConfig"]["EncryptionType"], at(s3["EncryptionConfig"]["KeyId"])) == ("KMS", key)
    bucket = prod.templates["telephony"]["Resources"][at(s3["BucketName"])]
    backstop, *tagged = props(bucket)["LifecycleConfiguration"]["Rules"]
    assert "TagFilters" not in backstop
    assert backstop["ExpirationInDays"] == 365, "what does not say how long it is kept does not live for ever"
    assert backstop["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}, "deleted is gone"
    assert backstop["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert {rule["Status"] for rule in (backstop, *tagged)} == {"Enabled"}
    told = {rule["TagFilters"][0]["Value"]: rule["ExpirationInDays"] for rule in tagged}
    assert told == {str(days): days for days in (7, 14, 30, 60, 90, 180, 365)}
    assert all(rule["TagFilters"] == [{"Key": TAG, "Value": str(rule["ExpirationInDays"])}] for rule in tagged)
    # S3 takes neither of these in a rule with a tag.
    assert not {"AbortIncompleteMultipartUpload", "ExpiredObjectDeleteMarker"} & {key for one in tagged for key in one}
    for kind in ("CONTACT_TRACE_RECORDS", "AGENT_EVENTS"):
        name = at(configs[kind]["KinesisStreamConfig"]["StreamArn"])
        stream = props(prod.templates["telephony"]["Resources"][name])
        assert stream["RetentionPeriodHours"] == 7 * 24
        assert at(stream["StreamEncryption"]["KeyId"]) == key


def test_who_reads_records_writes_on_recordings_how_long_they_are_kept_and_nothing_else(prod: Stacks) -> None:
    [policy] = [
        props(policy) for name, policy in prod.all("AWS::IAM::Policy", "telephony").items() if "RecordsMark" in name
    ]
    tags, lists = policy["PolicyDocument"]["Statement"]
    assert (tags["Action"], lists["Action"]) == (["s3:GetObjectTagging", "s3:PutObjectTagging"], "s3:ListBucket")
    bucket = {"Fn::GetAtt": [at(lists["Resource"]), "Arn"]}
    assert lists["Resource"] == bucket
    assert at(bucket).startswith("RecordsRecordings")
    assert tags["Resource"] == {"Fn::Join": ["", [bucket, f"/{naming.RECORDINGS_PREFIX}/*"]]}
    roles = json.dumps(policy["Roles"])
    assert [naming.logical_id(name) in roles for name in permissions.MARKERS] == [True, True], roles
    assert len(policy["Roles"]) == len(permissions.MARKERS)


def test_the_key_turns_stays_and_is_lent_to_the_instance_and_nobody_else(prod: Stacks) -> None:
    [key] = prod.all("AWS::KMS::Key", "telephony").values()
    assert key["DeletionPolicy"] == "Retain"
    assert props(key)["EnableKeyRotation"] is True
    owner, lent = props(key)["KeyPolicy"]["Statement"]
    assert ":root" in json.dumps(owner["Principal"])
    assert lent["Principal"] == {"AWS": {"Fn::GetAtt": ["Instance", "ServiceRole"]}}
    assert set(lent["Action"]) == {"kms:GenerateDataKey", "kms:Decrypt"}


def test_streams_outlive_the_stack(prod: Stacks) -> None:
    streams = prod.all("AWS::Kinesis::Stream")
    assert len(streams) == 2
    assert {stream["DeletionPolicy"] for stream in streams.values()} == {"Retain"}


def test_each_stream_feeds_the_function_of_its_name_from_the_first_record_on(prod: Stacks) -> None:
    feeds = {feed["FunctionName"]: feed for feed in every(prod, "AWS::Lambda::EventSourceMapping")}
    assert set(feeds) == {"manyline-prod-contact_records", "manyline-prod-agent_events"}
    for function, feed in feeds.items():
        stream = naming.output(function.removeprefix("manyline-prod-"))
        assert at(feed["EventSourceArn"]).startswith(f"Records{stream}")
        assert feed["StartingPosition"] == "TRIM_HORIZON"
        assert feed["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_what_a_reader_cannot_take_ends_in_the_dead_letters_of_its_stream(prod: Stacks) -> None:
    resources = prod.templates["telephony"]["Resources"]
    policies = json.dumps(prod.all("AWS::IAM::Policy", "telephony"))
    alarms = json.dumps(every(prod, "AWS::CloudWatch::Alarm"))
    told = set()
    for feed in every(prod, "AWS::Lambda::EventSourceMapping"):
        assert feed["MaximumRetryAttempts"] == RETRIES
        assert feed["BisectBatchOnFunctionError"] is True
        queue = at(feed["DestinationConfig"]["OnFailure"]["Destination"])
        assert props(resources[queue])["MessageRetentionPeriod"] == 14 * 86_400
        assert f'"{queue}", "QueueName"' in alarms, "somebody is told"
        assert f'"Action": "sqs:SendMessage", "Effect": "Allow", "Resource": {{"Fn::GetAtt": ["{queue}"' in policies
        told.add(queue)
    assert len(told) == 2


def test_who_reads_a_stream_reads_that_one_alone(prod: Stacks) -> None:
    policies = prod.all("AWS::IAM::Policy", "telephony")
    rights = {name: props(policy) for name, policy in policies.items() if "Right" in name and "Desk" not in name}
    assert len(rights) == 2
    for name, policy in rights.items():
        read, decrypt, tell = policy["PolicyDocument"]["Statement"]
        assert "*" not in json.dumps(policy["PolicyDocument"])
        assert at(read["Resource"])[: len("RecordsAgent")] == name.removeprefix("telephony/")[: len("RecordsAgent")]
        assert decrypt["Action"] == "kms:Decrypt"
        assert tell["Action"] == "sqs:SendMessage"
        assert len(policy["Roles"]) == 1


def test_only_the_desk_may_embed_the_softphone(prod: Stacks) -> None:
    origin = the(prod, "AWS::Connect::ApprovedOrigin")
    assert origin["InstanceId"] == ARN
    scheme, host = origin["Origin"]["Fn::Join"][1]
    assert scheme == "https://"
    assert "Distribution" in json.dumps(host)


def test_a_number_of_the_stage_is_led_into_the_inbound_flow(prod: Stacks) -> None:
    assert at(the(prod, "AWS::Connect::PhoneNumber")["TargetArn"]) == "Instance"
    call = json.dumps(the(prod, "Custom::AWS")["Create"])
    assert "associatePhoneNumberContactFlow" in call
    assert [name in call for name in ("NumberMain", "InboundFlow", "Instance")] == [True] * 3


def test_who_leads_it_may_do_that_one_thing_to_those_three(prod: Stacks) -> None:
    policies = prod.all("AWS::IAM::Policy", "telephony")
    [policy] = [props(policy) for name, policy in policies.items() if "Lead" in name]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "connect:AssociatePhoneNumberContactFlow"
    assert {at(resource) for resource in statement["Resource"]} == {"NumberMain", "InboundFlow", "Instance"}


def test_commands_find_the_instance_and_its_flow(prod: Stacks) -> None:
    outputs = prod.templates["telephony"]["Outputs"]
    wanted = {"ConnectInstance", "ConnectInboundFlow", "Recordings", "StreamContactRecords", "StreamAgentEvents"}
    wanted |= {naming.unread(function) for function in permissions.FEEDS}
    assert wanted <= set(outputs)
    assert at(outputs["ConnectInboundFlow"]["Value"]) == "InboundFlow"
