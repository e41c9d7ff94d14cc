"""What the stacks promise, read from their templates."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from chalicelib.routing.service.safety_net import REPAIRS, SUMS
from infra import permissions
from infra.flows import FLOWS
from infra.permissions import GRANTS
from tests.infra.conftest import Resource, Stacks

LOCAL_ONLY = {"contacts", "data", "identity"}
AWS_ONLY = {"mail", "telephony", "web"}

# Who is not signed in may ask for these; each says for itself what a stranger gets.
PUBLIC = {
    ("/", "get"),  # leads to the log-in page
    ("/home", "get"),  # reads the session itself, and leads to the log-in page
    ("/login", "get"),
    ("/login", "post"),
    ("/logout", "post"),
    ("/api/alive", "get"),
    ("/widget/loader.js", "get"),  # chat: a customer of a client, known by a session token of the widget
    ("/widget/{key}/frame", "get"),
    ("/api/chat/sessions", "post"),
    ("/api/chat/messages", "get"),
    ("/api/chat/messages", "post"),
    ("/api/chat/ticket", "post"),
    ("/api/chat/end", "post"),
    ("/oncall/{token}", "get"),  # whoever on call has the link: it shows and takes one message
    ("/oncall/{token}", "post"),
}

# Topics without a key of their own, and why.
PLAIN_TOPICS = {
    "MailReceived": "SES cannot publish under the account's SNS key",
    "Alarms": "CloudWatch cannot publish under the account's SNS key; an alarm names a queue",
}


def props(resource: Resource) -> dict[str, Any]:
    properties: dict[str, Any] = resource.get("Properties", {})
    return properties


def test_this_machine_gets_what_an_emulator_can_hold_and_aws_gets_everything(local: Stacks, prod: Stacks) -> None:
    assert set(local.templates) == LOCAL_ONLY
    assert set(prod.templates) == LOCAL_ONLY | AWS_ONLY


def test_both_stages_have_the_same_functions(local: Stacks, prod: Stacks) -> None:
    assert set(local.functions()) == set(prod.functions())


def test_cdk_nag_finds_nothing_that_is_not_answered_with_a_reason(local: Stacks, prod: Stacks) -> None:
    assert local.findings == []
    assert prod.findings == []


# --- what is kept -----------------------------------------------------------------------------------------------


def test_what_is_kept_lives_apart_from_code(prod: Stacks) -> None:
    for kind in ("AWS::Serverless::Function", "AWS::Lambda::Function"):
        assert prod.all(kind, "data", "identity") == {}


def test_every_table_is_encrypted_recoverable_and_outlives_its_stack(prod: Stacks) -> None:
    tables = prod.all("AWS::DynamoDB::Table")
    assert len(tables) == 6
    for name, table in tables.items():
        assert props(table)["SSESpecification"] == {"SSEEnabled": True}, name
        assert props(table)["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], name
        assert props(table)["DeletionProtectionEnabled"], name
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain", name
        assert props(table)["BillingMode"] == "PAY_PER_REQUEST", name


def test_every_bucket_is_private_encrypted_versioned_and_outlives_its_stack(prod: Stacks) -> None:
    buckets = prod.all("AWS::S3::Bucket")
    assert buckets
    for name, bucket in buckets.items():
        assert set(props(bucket)["PublicAccessBlockConfiguration"].values()) == {True}, name
        assert props(bucket)["BucketEncryption"], name
        assert props(bucket)["VersioningConfiguration"] == {"Status": "Enabled"}, name
        assert bucket["DeletionPolicy"] == "Retain", name


def test_the_pool_the_secret_and_the_phone_instance_outlive_their_stacks(prod: Stacks) -> None:
    for kind in ("AWS::Cognito::UserPool", "AWS::SecretsManager::Secret", "AWS::Connect::Instance"):
        kept = prod.all(kind)
        assert len(kept) == 1
        assert {resource["DeletionPolicy"] for resource in kept.values()} == {"Retain"}


def test_every_log_ends_after_a_while(prod: Stacks) -> None:
    logs = prod.all("AWS::Logs::LogGroup")
    assert len(logs) >= len(prod.functions())
    assert [name for name, log in logs.items() if not props(log).get("RetentionInDays")] == []


# --- queues and events ------------------------------------------------------------------------------------------


def test_every_queue_has_a_dead_letter_queue_and_every_dead_letter_queue_rings(prod: Stacks) -> None:
    queues = prod.all("AWS::SQS::Queue")
    dead = {
        _reference(props(queue)["RedrivePolicy"]["deadLetterTargetArn"])
        for queue in queues.values()
        if "RedrivePolicy" in props(queue)
    }
    dead |= {_reference(target) for target in _failure_targets(prod)}
    lonely = {
        name
        for name, queue in queues.items()
        if "RedrivePolicy" not in props(queue) and name.partition("/")[2] not in dead
    }
    alarms = [props(alarm) for alarm in prod.all("AWS::CloudWatch::Alarm").values()]
    rung = {_reference(alarm["Dimensions"][0]["Value"]) for alarm in alarms if alarm["Namespace"] == "AWS/SQS"}
    assert lonely == set()
    assert rung == dead


def test_everything_that_the_sweep_repairs_is_alarmed_on(prod: Stacks) -> None:
    alarms = [props(alarm) for alarm in prod.all("AWS::CloudWatch::Alarm").values()]
    watched = {alarm["MetricName"] for alarm in alarms if alarm["Namespace"] == "Manyline"}
    assert watched == {*SUMS, permissions.LOST}
    assert {kind for kinds in SUMS.values() for kind in kinds} == set(REPAIRS)
    assert all(alarm["AlarmActions"] for alarm in alarms)


def test_queues_are_encrypted_and_longer_than_the_work_on_a_message(prod: Stacks) -> None:
    timeouts = {name: props(function)["Timeout"] for name, function in prod.functions().items()}
    for name, queue in prod.all("AWS::SQS::Queue").items():
        assert props(queue)["SqsManagedSseEnabled"], name
    for mapping in prod.all("AWS::Lambda::EventSourceMapping", "contacts").values():
        source, function = props(mapping)["EventSourceArn"], _function(mapping)
        if "Fn::GetAtt" in source:
            queue = prod.templates["contacts"]["Resources"][source["Fn::GetAtt"][0]]
            assert props(queue)["VisibilityTimeout"] >= 6 * timeouts[f"contacts/{function}"], function


def test_a_topic_that_carries_what_customers_say_is_encrypted(prod: Stacks) -> None:
    plain = [name for name, topic in prod.all("AWS::SNS::Topic").items() if "KmsMasterKeyId" not in props(topic)]
    assert {re.sub(r"^contacts/|[0-9A-F]{8}$", "", name) for name in plain} == set(PLAIN_TOPICS)


def test_consumers_report_the_messages_that_failed_and_the_stream_is_read_from_its_first_record(prod: Stacks) -> None:
    mappings = prod.all("AWS::Lambda::EventSourceMapping", "contacts")
    consumers = {name for name, grants in GRANTS.items() if grants.consumes}
    assert len(mappings) == len(consumers) + 1
    for name, mapping in mappings.items():
        assert props(mapping)["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
    stream = [mapping for mapping in mappings.values() if _function(mapping) == "PublishFacts"]
    assert [props(mapping)["StartingPosition"] for mapping in stream] == ["TRIM_HORIZON"]


def test_events_of_the_phone_side_reach_their_listener(prod: Stacks) -> None:
    patterns = [
        props(rule)["EventPattern"] for rule in prod.all("AWS::Events::Rule").values() if "EventPattern" in props(rule)
    ]
    heard = {"eventType": ["CONNECTED_TO_AGENT", "CONNECTED_TO_SYSTEM", "DISCONNECTED"]}
    assert patterns == [{"source": ["aws.connect"], "detail-type": ["Amazon Connect Contact Event"], "detail": heard}]


# --- functions and rights ---------------------------------------------------------------------------------------


def test_each_function_has_a_role_of_its_own(prod: Stacks) -> None:
    roles = [json.dumps(props(function)["Role"]) for function in prod.functions().values()]
    assert len(roles) == len(set(roles))


def test_every_row_of_the_permissions_is_a_function_and_the_other_way_round(prod: Stacks) -> None:
    names = {props(function)["FunctionName"].removeprefix("manyline-prod-") for function in prod.functions().values()}
    assert names == set(GRANTS)


def test_only_the_printer_carries_the_typesetter(prod: Stacks) -> None:
    heavy = {name for name, function in prod.functions().items() if len(props(function)["Layers"]) > 1}
    assert heavy == {"contacts/RenderInvoice"}


def test_every_function_knows_every_setting(prod: Stacks) -> None:
    from chalicelib.aws.settings import Settings

    wanted = {f"MANYLINE_{name.upper()}" for name in Settings.__dataclass_fields__}
    for name, function in prod.functions().items():
        assert wanted <= set(props(function)["Environment"]["Variables"]), name


def _where(statement: dict[str, Any]) -> Any:
    return statement["Resource"] if "Resource" in statement else statement["NotResource"]


def test_texts_go_to_telephones_and_to_no_topic(prod: Stacks) -> None:
    found = [
        one for _, one in _our_statements(prod) if "sns:Publish" in _listed(one["Action"]) and "NotResource" in one
    ]
    assert len(found) == sum(grants.pages for grants in GRANTS.values()) > 0
    for statement in found:
        assert json.dumps(statement["NotResource"]).endswith(':sns:*:*:*"]]}')


def test_a_star_in_a_role_stands_only_where_a_reason_is_written(prod: Stacks) -> None:
    unexplained = [
        f"{name}: {action}"
        for name, statement in _our_statements(prod)
        if "*" in json.dumps([statement["Action"], _where(statement)])
        for action in _listed(statement["Action"])
        if action not in permissions.STARS
    ]
    assert unexplained == []


def test_no_function_may_scan_delete_a_table_or_give_rights(prod: Stacks) -> None:
    actions = {action for _, statement in _our_statements(prod) for action in _listed(statement["Action"])}
    assert not {action for action in actions if re.match(r"dynamodb:(Scan|DeleteTable)|iam:|sts:", action)}


def test_only_the_ledgers_own_index_can_be_queried(prod: Stacks) -> None:
    text = json.dumps([_where(statement) for _, statement in _our_statements(prod)])
    assert set(re.findall(r"/index/[^\"]+", text)) == {"/index/period"}


# --- the API and the phone side ---------------------------------------------------------------------------------


def test_every_door_but_the_public_ones_asks_who_is_there(prod: Stacks) -> None:
    paths = props(prod.templates["contacts"]["Resources"]["RestAPI"])["DefinitionBody"]["paths"]
    open_doors = {
        (path, method)
        for path, methods in paths.items()
        for method, door in methods.items()
        if method != "options" and not door.get("security")
    }
    assert open_doors <= PUBLIC


def test_a_session_that_ended_is_not_remembered_by_the_gateway(prod: Stacks) -> None:
    definition = props(prod.templates["contacts"]["Resources"]["RestAPI"])["DefinitionBody"]
    authorizer = definition["securityDefinitions"]["session"]["x-amazon-apigateway-authorizer"]
    assert authorizer["authorizerResultTtlInSeconds"] == 0


@pytest.mark.parametrize("flow", FLOWS)
def test_a_flow_is_deployed_with_every_name_in_it_filled(prod: Stacks, flow: str) -> None:
    content = props(prod.templates["telephony"]["Resources"][flow.removesuffix("Arn")])["Content"]
    text, known = (content["Fn::Sub"][0], content["Fn::Sub"][1]) if isinstance(content, dict) else (content, {})
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(known)


def test_the_phone_side_may_ask_the_flow_function_and_no_other(prod: Stacks) -> None:
    lent = prod.all("AWS::Connect::IntegrationAssociation")
    assert [props(one)["IntegrationArn"]["Fn::Join"][1][-1] for one in lent.values()] == [
        ":function:manyline-prod-contact_flow"
    ]


def test_a_browser_sees_one_origin(prod: Stacks) -> None:
    [distribution] = prod.all("AWS::CloudFront::Distribution").values()
    behaviours = props(distribution)["DistributionConfig"]["CacheBehaviors"]
    assert {behaviour["PathPattern"] for behaviour in behaviours} == {"/ws", "/static/*"}


# --- reading templates ------------------------------------------------------------------------------------------


def _our_statements(stacks: Stacks) -> list[tuple[str, dict[str, Any]]]:
    """Of the roles of our functions; CDK's own helpers are cdk-nag's business, with their reasons there."""
    policies = stacks.all("AWS::IAM::Policy", "contacts")
    return [
        (name, statement)
        for name, policy in policies.items()
        for statement in props(policy)["PolicyDocument"]["Statement"]
    ]


def _failure_targets(stacks: Stacks) -> list[Any]:
    mappings = [
        props(mapping).get("DestinationConfig") for mapping in stacks.all("AWS::Lambda::EventSourceMapping").values()
    ]
    configs = [
        props(config).get("DestinationConfig") for config in stacks.all("AWS::Lambda::EventInvokeConfig").values()
    ]
    rules = [
        target.get("DeadLetterConfig")
        for rule in stacks.all("AWS::Events::Rule").values()
        for target in props(rule)["Targets"]
    ]
    return [config["OnFailure"]["Destination"] for config in [*mappings, *configs] if config] + [
        config["Arn"] for config in rules if config
    ]


def _function(mapping: Resource) -> str:
    return str(re.findall(r'"Fn::GetAtt": \["(\w+)", "Arn"\]', json.dumps(props(mapping)["FunctionName"]))[0])


def _reference(value: Any) -> str:
    return str(value["Fn::GetAtt"][0])


def _listed(value: Any) -> list[str]:
    return list(value) if isinstance(value, list) else [value]
