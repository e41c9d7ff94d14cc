"""Actions with an effect outside the contact: Lambdas and customer profiles."""

from __future__ import annotations

from collections.abc import Mapping

from infra.local.connect.catalogue.rules import CATCH_ALL, Rule, names

_PROFILE = Rule(
    required=names("ProfileRequestData"),
    optional=names("ProfileResponseData"),
    errors=CATCH_ALL,
    tolerated=names("MultipleFoundError NoneFoundError"),
)
_WRITTEN = Rule(required=names("ProfileRequestData"), optional=names("ProfileResponseData"), errors=CATCH_ALL)

RULES: Mapping[str, Rule] = {
    "InvokeLambdaFunction": Rule(
        required=names("LambdaFunctionARN InvocationTimeLimitSeconds"),
        optional=names("InvocationType LambdaInvocationAttributes ResponseValidation"),
        choices={"InvocationType": names("SYNCHRONOUS ASYNCHRONOUS")},
        errors=CATCH_ALL,
    ),
    "AssociateContactToCustomerProfile": _WRITTEN,
    "CreateCustomerProfile": _WRITTEN,
    "UpdateCustomerProfile": _WRITTEN,
    "GetCustomerProfile": _PROFILE,
    "GetCustomerProfileObject": _PROFILE,
    "GetCalculatedAttributesForCustomerProfile": _PROFILE,
}
