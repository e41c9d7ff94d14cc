"""A consumer's queue with its dead-letter queue and the alarm that says something lies there."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.nag import accept

RECEIVES = 5


class DeadLetters(sqs.Queue):
    """Where a message goes that nobody could take: kept two weeks, rings at the first."""

    def __init__(self, scope: Construct, name: str, *, alarms: sns.ITopic) -> None:
        super().__init__(
            scope,
            name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        accept(self, "AwsSolutions-SQS3", "it is where dead letters go")
        alarm = cloudwatch.Alarm(
            self,
            "Alarm",
            metric=self.metric_approximate_number_of_messages_visible(period=Duration.minutes(1)),
            threshold=1,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=f"{name}: a message could not be taken and waits for a redrive",
        )
        alarm.add_alarm_action(actions.SnsAction(alarms))


class ConsumerQueue(Construct):
    def __init__(self, scope: Construct, name: str, *, alarms: sns.ITopic, timeout_s: int) -> None:
        super().__init__(scope, name)
        self.dead = DeadLetters(self, "Dead", alarms=alarms)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
            # AWS asks for six times the function's timeout; a shorter one redelivers what is still being worked on.
            visibility_timeout=Duration.seconds(6 * timeout_s),
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=RECEIVES, queue=self.dead),
        )

    def follow(self, topic: sns.ITopic, **wanted: Sequence[str]) -> None:
        """Takes the messages whose attributes are among `wanted`; raw, as they were published."""
        policy = {
            attribute: sns.SubscriptionFilter.string_filter(allowlist=list(values))
            for attribute, values in wanted.items()
        }
        topic.add_subscription(
            subscriptions.SqsSubscription(self.queue, raw_message_delivery=True, filter_policy=policy or None)
        )
