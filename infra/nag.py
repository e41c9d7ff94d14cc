"""Findings of cdk-nag that are right in general and wrong here; each is accepted with its reason."""

from __future__ import annotations

import json
from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct

_SINGLETONS = ("AWS679f53fac002430cb0da5b7982bd2287", "Custom::CDKBucketDeployment")
_LOG_POLICY = "Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def accept(construct: IConstruct, finding: str, reason: str) -> None:
    Validations.of(construct).acknowledge(Acknowledgment(id=finding, reason=reason))


def accept_star(construct: IConstruct, arn: str, reason: str) -> None:
    """A resource with a star in it, as cdk-nag writes it."""
    accept(construct, f"AwsSolutions-IAM5[Resource::{_flat(Stack.of(construct).resolve(arn))}]", reason)


def accept_singleton(stack: Stack, custom_resource: IConstruct, star: str, *actions: str, objects: str = "") -> None:
    """What CDK brings along to make one API call while it deploys: its function, role and policy are CDK's own."""
    accept(custom_resource, "AwsSolutions-IAM5[Resource::*]", star)
    for child in stack.node.children:
        if not child.node.id.startswith(_SINGLETONS):
            continue
        accept(child, "AwsSolutions-L1", "the runtime of CDK's own function comes with the CDK version")
        accept(child, f"AwsSolutions-IAM4[{_LOG_POLICY}]", "CDK's own function writes its log while a deployment runs")
        accept(child, "AwsSolutions-IAM5[Resource::*]", star)
        for action in actions:
            accept(child, f"AwsSolutions-IAM5[Action::{action}]", star)
        if objects:
            accept_star(child, objects, star)
            accept_star(child, f"arn:{stack.partition}:s3:::{_assets(stack)}/*", star)


def _assets(stack: Stack) -> str:
    return f"cdk-hnb659fds-assets-{stack.account}-{stack.region}"


def _flat(resolved: Any) -> str:
    match resolved:
        case {"Fn::Join": [str() as joint, [*parts]]}:
            return joint.join(_flat(part) for part in parts)
        case {"Ref": str() as name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [str() as name, str() as attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::ImportValue": str() as name}:
            return name
        case {"Fn::Select": [*_]}:
            return json.dumps(resolved, separators=(",", ":"))
        case str():
            return resolved
    raise ValueError(f"cdk-nag's spelling of {resolved!r} is not known here")
