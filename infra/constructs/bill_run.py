"""The run of a month for all clients as a distributed map: one client at a time to the worker, several side by side.

    every client ─► bill ─► again? ── yes ─► wait ─► bill
                     │        └────── no ──► next client
                     └ broke ─► report ────► next client

What a worker finds is data: the rows that it writes are the progress and the result, so that an execution that is gone
is taken up by another one. Only a worker that breaks is an error here, and it is written into its client's row.
The list of clients lies in the bucket of documents, as it may be longer than a message.
"""

from __future__ import annotations

from aws_cdk import Duration, Fn, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from infra import naming
from infra.nag import accept, accept_star
from infra.permissions import STARS

AT_ONCE = 10  # all take their numbers from few series, so more would only wait for each other
AT_ONCE_HERE = 3  # each is a process of its own on this machine
RESULTS = "runs/results"
_PAUSE_S = 5
_LABEL = "EveryClient"


def machine_name(stage: str) -> str:
    return f"manyline-{stage}-bills"


class BillRun(Construct):
    def __init__(self, scope: Construct, *, stage: str, worker: lambda_.IFunction, documents: str) -> None:
        """`documents` is the name of the bucket in which the lists lie."""
        super().__init__(scope, "BillRun")
        bucket = s3.Bucket.from_bucket_name(self, "Documents", documents)
        clients = sfn.DistributedMap(
            self,
            _LABEL,
            label=_LABEL,
            max_concurrency=AT_ONCE_HERE if stage == naming.LOCAL else AT_ONCE,
            item_reader=sfn.S3JsonItemReader(bucket=bucket, key=sfn.JsonPath.string_at("$.list")),
            # What failed is in its row; a client whose row could not even be written must not stop the others.
            tolerated_failure_percentage=100,
            # On AWS the results of thousands are too long for a state; nobody reads them.
            result_writer=sfn.ResultWriter(bucket=bucket, prefix=RESULTS),
            result_path=sfn.JsonPath.DISCARD,
        )
        clients.item_processor(
            self._client(worker),
            mode=sfn.ProcessorMode.DISTRIBUTED,
            execution_type=sfn.ProcessorType.STANDARD,  # the other one ends after five minutes
        )
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=machine_name(stage),
            definition_body=sfn.DefinitionBody.from_chainable(clients),
        )
        self._explain(worker, documents)

    def _client(self, worker: lambda_.IFunction) -> sfn.IChainable:
        bill = tasks.LambdaInvoke(
            self,
            "Bill",
            lambda_function=worker,
            payload_response_only=True,
            retry_on_service_exceptions=False,
            result_path="$.answer",
        )
        report = tasks.LambdaInvoke(
            self,
            "Report",
            lambda_function=worker,
            payload_response_only=True,
            retry_on_service_exceptions=False,
            result_path="$.answer",
        )
        over = sfn.Succeed(self, "Over")
        wait = sfn.Wait(self, "Wait", time=sfn.WaitTime.duration(Duration.seconds(_PAUSE_S)))
        bill.add_retry(errors=["States.TaskFailed"], interval=Duration.seconds(_PAUSE_S), max_attempts=1)
        bill.add_catch(report, errors=["States.ALL"], result_path="$.broken")
        again = sfn.Choice(self, "Again")
        again.when(sfn.Condition.boolean_equals("$.answer.again", value=True), wait.next(bill))
        again.otherwise(over)
        report.next(over)
        return bill.next(again)

    def _explain(self, worker: lambda_.IFunction, documents: str) -> None:
        machine = self.machine
        why = "its rows in the ledger's table and the worker's log tell each client's story; input is a list's address"
        accept(machine, "AwsSolutions-SF1", why)
        accept(machine, "AwsSolutions-SF2", "one kind of function is called, and its own metrics tell how long it took")
        stack = Stack.of(self)
        name = Fn.select(6, Fn.split(":", machine.state_machine_arn))
        execution = f"arn:{stack.partition}:states:{stack.region}:{stack.account}:execution:{name}"
        accept_star(machine, f"arn:{stack.partition}:s3:::{documents}/*", STARS["s3:GetObject"])
        accept_star(machine, f"{worker.function_arn}:*", STARS["lambda:InvokeFunction"])
        accept_star(machine, f"{execution}:*", STARS["states:StopExecution"])
        accept_star(machine, f"{execution}/{_LABEL}:*", STARS["states:RedriveExecution"])
