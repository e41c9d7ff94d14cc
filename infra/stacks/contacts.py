"""The way a contact goes: the Chalice functions, both APIs, the facts topic and the queues behind it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from aws_cdk import ArnFormat, CfnOutput, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra import naming, permissions
from infra.constructs.bill_run import BillRun, machine_name
from infra.constructs.chalice_app import SOCKET_STAGE, DeskApp, FunctionRole, configured_timeout, socket_arn
from infra.constructs.layers import locked
from infra.constructs.queues import ConsumerQueue, DeadLetters
from infra.flows import STARTED
from infra.layout import open_functions
from infra.listeners import FOLLOWS
from infra.nag import accept, accept_star
from infra.permissions import GRANTS, OBJECTS, STARS, Grants
from infra.stacks.data import DataStack
from infra.stacks.identity import IdentityStack

open_functions()
from chalicelib.aws.settings import Settings  # noqa: E402  lives where Chalice wants it

QUEUES = ("usage", "desk", "chat", "mail_in", "mail_out", "offers", "outreach")


class ContactsStack(Stack):
    def __init__(
        self,
        scope: Construct,
        stage: str,
        *,
        data: DataStack,
        identity: IdentityStack,
        mail_domain: str,
        alias: str = "",
        domain: str = "",
    ) -> None:
        """`alias` is that of the stage's Amazon Connect instance; empty where it has none. Without a `domain` the
        stage's pages are where the parameter says that is written when they are deployed."""
        super().__init__(scope, naming.stack(stage, "contacts"), description="Manyline: contacts")
        self.stage = stage
        self._alias, self._domain = alias, domain
        self._data, self._identity = data, identity
        self.alarms = sns.Topic(self, "Alarms", enforce_ssl=True)
        self.facts = self._encrypted(sns.Topic(self, "Facts", enforce_ssl=True))
        self.mail = sns.Topic(self, "MailReceived", enforce_ssl=True)
        self.mail.add_to_resource_policy(self._ses_may_announce())
        self.queues = {name: self._queue(name) for name in QUEUES}
        self._subscribe()
        self.app = DeskApp(self, "App", stage=stage, known=list(GRANTS))
        self.roles = {name: FunctionRole(self, name, stage=stage) for name in self.app.functions}
        self.functions = {name: self.app.imported(name, role) for name, role in self.roles.items()}
        self.settings = self._settings(mail_domain)
        if self.app.has_sockets:
            self._accept_sockets()
        self._dress()
        for name in self.app.functions:
            self._grant(name, GRANTS[name])
        self._feed()
        if biller := self.functions.get(permissions.BILLER):
            BillRun(self, stage=stage, worker=biller, documents=data.documents_name)
        self._watch_the_sweep()
        self._output()

    @staticmethod
    def _encrypted(topic: sns.Topic) -> sns.Topic:
        """With the account's own SNS key: what customers say passes here. (SES and alarms cannot publish under it.)"""
        inner = topic.node.default_child
        assert isinstance(inner, sns.CfnTopic)
        inner.kms_master_key_id = "alias/aws/sns"
        return topic

    def _ses_may_announce(self) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            sid="SesAnnouncesMail",
            principals=[iam.ServicePrincipal("ses.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[self.mail.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": self.account}},
        )

    def _queue(self, name: str) -> ConsumerQueue:
        consumer = next(function for function, grants in GRANTS.items() if grants.consumes == name)
        return ConsumerQueue(self, _camel(name), alarms=self.alarms, timeout_s=configured_timeout(consumer))

    def _subscribe(self) -> None:
        for name, wanted in FOLLOWS.items():
            self.queues[name].follow(self.facts, **wanted)
        self.queues["mail_in"].follow(self.mail)

    def _settings(self, mail_domain: str) -> Settings:
        return Settings(
            stage=self.stage,
            **{f"table_{name}": kept.table.table_name for name, kept in self._data.tables.items()},
            bucket_mail=self._data.mail.bucket_name,
            bucket_documents=self._data.documents.bucket_name,
            topic_facts=self.facts.topic_arn,
            queue_offers=self.queues["offers"].queue.queue_url,
            user_pool=self._identity.pool.user_pool_id,
            user_pool_client=self._identity.client.user_pool_client_id,
            secret_name=self._data.signing_name,
            ws_api=self.app.get_resource("WebsocketAPI").ref if self.app.has_sockets else "none",
            ws_stage=SOCKET_STAGE,
            mail_domain=mail_domain,
            render_function=naming.function(self.stage, permissions.PRINTER),
            machine_bills=self._arn("states", "stateMachine", machine_name(self.stage)),
        )

    def _arn(self, service: str, resource: str, name: str) -> str:
        return self.format_arn(
            service=service, resource=resource, resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME
        )

    def _accept_sockets(self) -> None:
        for name in ("Connect", "Message", "Disconnect"):
            accept(
                self.app.get_resource(f"Websocket{name}Route"),
                "AwsSolutions-APIG4",
                "the function behind $connect asks for the session or a chat ticket; the others serve who was let in",
            )
        accept(
            self.app.get_resource("WebsocketAPIStage"),
            "AwsSolutions-APIG1",
            "every function writes one line per invocation; API Gateway's own log would add addresses of persons",
        )

    def _dress(self) -> None:
        environment = {
            **{f"MANYLINE_{field.upper()}": value for field, value in dataclasses.asdict(self.settings).items()},
            # The simulator's, on this machine, are set where it starts.
            **(_telephony(self.stage, self._alias) if self._alias else {}),
            **({} if self.stage == naming.LOCAL else {"SITE_URL": self._site()}),
            "POWERTOOLS_LOG_LEVEL": "INFO",
            "POWERTOOLS_SERVICE_NAME": "manyline",
            "POWERTOOLS_METRICS_NAMESPACE": "Manyline",
        }
        runtime = self._layer("runtime")
        for name in self.app.functions:
            layers = [runtime, self._layer("render")] if name == permissions.PRINTER else [runtime]
            self.app.wear(name, role=self.roles[name], environment=environment, layers=layers)

    def _site(self) -> str:
        return f"https://{self._domain}" if self._domain else naming.site(self.stage)

    def _layer(self, name: str) -> str:
        return lambda_.LayerVersion(
            self,
            f"{name.capitalize()}Layer",
            code=lambda_.Code.from_asset(str(locked(name))),
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_11],
            compatible_architectures=[lambda_.Architecture.X86_64],
        ).layer_version_arn

    def _grant(self, name: str, grants: Grants) -> None:
        role = self.roles[name]
        for table in grants.reads:
            self._data.tables[table].grant(role, write=False)
        for table in grants.writes:
            self._data.tables[table].grant(role, write=True)
        self._grant_objects(role, grants)
        if grants.publishes_facts:
            self.facts.grant_publish(role)
        if grants.sets_offer_timers:
            _allow(role, ["sqs:SendMessage"], self.queues["offers"].queue.queue_arn)
        if grants.sends_mail:
            _allow(role, ["ses:SendRawEmail"], self.format_arn(service="ses", resource="identity", resource_name="*"))
        if grants.pages:
            self._let_page(role)
        if grants.pushes and self.app.has_sockets:
            _allow(role, ["execute-api:ManageConnections"], socket_arn(self, self.settings.ws_api))
        if grants.signs:
            _allow(role, ["secretsmanager:GetSecretValue"], self._data.signing.secret_arn)
        if grants.renders:
            _allow(role, ["lambda:InvokeFunction"], self._arn("lambda", "function", self.settings.render_function))
        if grants.runs_bills:
            _allow(role, ["states:StartExecution"], self.settings.machine_bills)
            runs = self._arn("states", "execution", f"{machine_name(self.stage)}:*")
            _allow(role, ["states:DescribeExecution"], runs)

    def _let_page(self, role: iam.Role) -> None:
        """Texts go to telephones, and to no topic."""
        topics = self.format_arn(service="sns", region="*", account="*", resource="*")
        role.add_to_policy(iam.PolicyStatement(actions=["sns:Publish"], not_resources=[topics]))
        site = self.format_arn(service="ssm", resource="parameter", resource_name=naming.site(self.stage).strip("/"))
        _allow(role, ["ssm:GetParameter"], site)

    def _grant_objects(self, role: iam.Role, grants: Grants) -> None:
        rights = {self._data.mail_arn: grants.mail_bucket, self._data.documents_arn: grants.documents_bucket}
        for bucket, right in rights.items():
            if right:
                _allow(role, OBJECTS[right], f"{bucket}/*")
                _allow(role, ["s3:ListBucket"], bucket)  # without it an object that is not there is "denied"

    def _feed(self) -> None:
        for name, function in self.functions.items():
            if queue := GRANTS[name].consumes:
                source = sources.SqsEventSource(
                    self.queues[queue].queue, batch_size=GRANTS[name].batch, report_batch_item_failures=True
                )
                function.add_event_source(source)
        if stream_reader := self.functions.get(permissions.STREAM_READER):
            self._read_stream(stream_reader)
        for name, minutes in permissions.CLOCKED.items():
            if name in self.functions:
                rule = events.Rule(
                    self, f"{_camel(name)}Clock", schedule=events.Schedule.rate(Duration.minutes(minutes))
                )
                rule.add_target(targets.LambdaFunction(self.functions[name], retry_attempts=0))
        if listener := self.functions.get(permissions.CONNECT_LISTENER):
            self._listen_to_connect(listener)

    def _read_stream(self, function: lambda_.IFunction) -> None:
        accept(self.roles[permissions.STREAM_READER], "AwsSolutions-IAM5[Resource::*]", STARS["dynamodb:ListStreams"])
        function.add_event_source(
            sources.DynamoEventSource(
                self._data.tables["contacts"].table,
                # What was written while nobody read must be read: the first record, not the next one.
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=100,
                retry_attempts=1000,
                bisect_batch_on_error=True,
                report_batch_item_failures=True,
                on_failure=sources.SqsDlq(DeadLetters(self, "UnreadFacts", alarms=self.alarms)),
            )
        )

    def _listen_to_connect(self, function: lambda_.IFunction) -> None:
        dead = DeadLetters(self, "UnheardConnectEvents", alarms=self.alarms)
        rule = events.Rule(
            self,
            "ConnectEvents",
            event_pattern=events.EventPattern(
                source=["aws.connect"] if self.stage != naming.LOCAL else ["aws.connect", "manyline.connect"],
                detail_type=["Amazon Connect Contact Event"],
                detail={"eventType": ["CONNECTED_TO_AGENT", "CONNECTED_TO_SYSTEM", "DISCONNECTED"]},
            ),
        )
        rule.add_target(targets.LambdaFunction(function, dead_letter_queue=dead))
        function.configure_async_invoke(on_failure=destinations.SqsDestination(dead))

    def _watch_the_sweep(self) -> None:
        """What it repairs should be nothing. People who leave their desk open are another matter: only many count."""
        self._alarm("RouterRepaired", "repaired", 1, "the sweep repaired what the router should have done itself")
        self._alarm("LeftBehind", "left_behind", 10, "many agents vanished, or left contacts without a wrap-up")
        for door in permissions.ENQUIRERS:
            words = "calls ended of whose end neither an event nor a record had told"
            self._alarm(_camel(door), permissions.LOST, 1, words, door=door)

    def _alarm(self, name: str, metric: str, threshold: int, words: str, *, door: str = "sweep") -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            metric=cloudwatch.Metric(
                namespace="Manyline",
                metric_name=metric,
                dimensions_map={"door": door, "service": "manyline"},
                statistic="Sum",
                period=Duration.minutes(5),
            ),
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=words,
        )
        alarm.add_alarm_action(actions.SnsAction(self.alarms))

    def _output(self) -> None:
        for field, value in dataclasses.asdict(self.settings).items():
            CfnOutput(self, f"Setting{naming.output(field)}", value=value).override_logical_id(naming.output(field))
        if self.app.functions.get("api_handler"):
            CfnOutput(self, "RestApiOutput", value=self.app.get_resource("RestAPI").ref).override_logical_id("RestApi")
        CfnOutput(self, "TopicMailOutput", value=self.mail.topic_arn).override_logical_id("TopicMail")
        for name, queue in self.queues.items():
            if name != "offers":  # a setting already
                CfnOutput(self, f"Queue{_camel(name)}", value=queue.queue.queue_url)
            CfnOutput(self, f"Dead{_camel(name)}", value=queue.dead.queue_url)


def _allow(role: iam.Role, actions: Sequence[str], arn: str) -> None:
    iam.Grant.add_to_principal(grantee=role, actions=list(actions), resource_arns=[arn])
    if "*" in arn:
        accept_star(role, arn, STARS[actions[0]])


def _telephony(stage: str, alias: str) -> dict[str, str]:
    return {
        "CONNECT_INSTANCE": naming.connect_instance(stage),
        **{f"CONNECT_FLOW_{name.upper()}": naming.connect_flow(stage, name) for name in STARTED},
        "CONNECT_URL": f"https://{alias}.my.connect.aws",
    }


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
