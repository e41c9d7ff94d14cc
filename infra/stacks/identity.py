"""Who may log in: the user pool, its groups and the one client that our log-in page uses."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra import naming
from infra.nag import accept

GROUPS = ("operator", "supervisor", "agent", "client", "finance")


class IdentityStack(Stack):
    def __init__(self, scope: Construct, stage: str) -> None:
        super().__init__(
            scope, naming.stack(stage, "identity"), description="Manyline: log-ins", termination_protection=True
        )
        self.pool = self._pool()
        self.client = self.pool.add_client(
            "Pages",
            # Our own server asks for the password over TLS and keeps the tokens: no browser ever sees one.
            auth_flows=cognito.AuthFlow(user_password=True),
            disable_o_auth=True,
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
            read_attributes=cognito.ClientAttributes()
            .with_standard_attributes(email=True, fullname=True)
            .with_custom_attributes("tenant", "agent"),
            # Nobody may make himself another client's person or another agent; an empty list would mean all.
            write_attributes=cognito.ClientAttributes().with_standard_attributes(locale=True),
            access_token_validity=Duration.hours(1),
            id_token_validity=Duration.hours(1),
            refresh_token_validity=Duration.days(1),
        )
        for group in GROUPS:
            cognito.CfnUserPoolGroup(self, group.capitalize(), user_pool_id=self.pool.user_pool_id, group_name=group)

        self.export_value(self.pool.user_pool_id)
        self.export_value(self.pool.user_pool_arn)
        self.export_value(self.client.user_pool_client_id)

    def _pool(self) -> cognito.UserPool:
        pool = cognito.UserPool(
            self,
            "People",
            sign_in_aliases=cognito.SignInAliases(email=True),
            self_sign_up_enabled=False,
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
            ),
            # Whose people a client's log-in belongs to, and which agent an agent's log-in is.
            custom_attributes={
                "tenant": cognito.StringAttribute(mutable=True, max_len=64),
                "agent": cognito.StringAttribute(mutable=True, max_len=64),
            },
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        accept(pool, "AwsSolutions-COG2", "a second factor is offered; demanding it is the operator's choice")
        accept(pool, "AwsSolutions-COG3", "threat protection is priced per user (Plus plan); the operator may buy it")
        accept(pool, "AwsSolutions-COG8", "the Plus plan is priced per user; the operator may choose it")
        return pool
