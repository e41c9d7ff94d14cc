"""Mail into the system: SES receives for our domain, keeps the raw mail in S3 and announces it. AWS only.

On this machine infra/local/mail does the same with an SMTP port.
"""

from __future__ import annotations

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_ses as ses
from aws_cdk import aws_ses_actions as actions
from aws_cdk import custom_resources as custom
from aws_cdk.aws_iam import PolicyStatement
from constructs import Construct

from infra import naming
from infra.nag import accept_singleton
from infra.stacks.contacts import ContactsStack
from infra.stacks.data import RAW_MAIL, DataStack


class MailStack(Stack):
    def __init__(
        self, scope: Construct, stage: str, *, data: DataStack, contacts: ContactsStack, mail_domain: str
    ) -> None:
        super().__init__(scope, naming.stack(stage, "mail"), description="Manyline: mail receiving")
        identity = ses.EmailIdentity(self, "Domain", identity=ses.Identity.domain(mail_domain))
        rules = ses.ReceiptRuleSet(self, "Rules", receipt_rule_set_name=naming.stack(stage, "mail"))
        rules.add_rule(
            "Everything",
            # Clients forward their mailboxes to our domain, or move their MX to us and verify theirs: both come here.
            scan_enabled=True,
            tls_policy=ses.TlsPolicy.OPTIONAL,
            actions=[actions.S3(bucket=data.mail_by_name(self), object_key_prefix=RAW_MAIL, topic=contacts.mail)],
        )
        self._activate(rules)
        for number, record in enumerate(identity.dkim_records, 1):
            CfnOutput(self, f"Dkim{number}", value=f"{record.name} CNAME {record.value}")
        CfnOutput(self, "Mx", value=f"{mail_domain} MX 10 inbound-smtp.{self.region}.amazonaws.com")

    def _activate(self, rules: ses.ReceiptRuleSet) -> None:
        """CloudFormation can make a rule set and cannot switch it on."""
        on = custom.AwsSdkCall(
            service="SES",
            action="setActiveReceiptRuleSet",
            parameters={"RuleSetName": rules.receipt_rule_set_name},
            physical_resource_id=custom.PhysicalResourceId.of("active-rule-set"),
        )
        off = custom.AwsSdkCall(service="SES", action="setActiveReceiptRuleSet", parameters={})
        switch = custom.AwsCustomResource(
            self,
            "Active",
            on_update=on,
            on_delete=off,
            install_latest_aws_sdk=False,
            policy=custom.AwsCustomResourcePolicy.from_statements(
                [PolicyStatement(actions=["ses:SetActiveReceiptRuleSet"], resources=["*"])]
            ),
        )
        switch.node.add_dependency(rules)
        accept_singleton(self, switch, "ses:SetActiveReceiptRuleSet has no resource-level form")
