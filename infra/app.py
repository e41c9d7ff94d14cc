"""The CDK application: `npx cdk deploy --all -c stage=prod`, or the local stack through `manyline up`.

A stage is a row of `stages` in cdk.json. `local` holds what the emulator can hold; every other stage has the lot.
"""

from __future__ import annotations

from typing import Any

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from infra import naming
from infra.local.environment import default_region
from infra.stacks.contacts import ContactsStack
from infra.stacks.data import DataStack
from infra.stacks.identity import IdentityStack
from infra.stacks.mail import MailStack
from infra.stacks.telephony import TelephonyStack
from infra.stacks.web import WebStack


def build(app: App) -> App:
    stage = app.node.try_get_context("stage")
    stages: dict[str, dict[str, Any]] = app.node.try_get_context("stages") or {}
    if stage not in stages:
        raise SystemExit(f"no stage {stage!r}: say -c stage=<one of {', '.join(sorted(stages))}> (rows of cdk.json)")
    choice = stages[stage]
    data = DataStack(app, stage)
    identity = IdentityStack(app, stage)
    contacts = ContactsStack(
        app,
        stage,
        data=data,
        identity=identity,
        mail_domain=choice["mail_domain"],
        alias=choice.get("connect_alias", ""),
        domain=choice.get("domain", ""),
    )
    if stage != naming.LOCAL:
        MailStack(app, stage, data=data, contacts=contacts, mail_domain=choice["mail_domain"])
        web = WebStack(app, stage, contacts=contacts, domain=choice["domain"], certificate=choice["certificate"])
        origin = f"https://{choice['domain'] or web.distribution.distribution_domain_name}"
        TelephonyStack(
            app,
            stage,
            alias=choice["connect_alias"],
            numbers=choice["numbers"],
            origin=origin,
            readers=contacts.roles,
            alarms=contacts.alarms,
        )
    return app


def main() -> None:
    default_region()
    app = build(App(analytics_reporting=False, tree_metadata=False))
    if app.node.try_get_context("nag") or app.node.try_get_context("stage") != naming.LOCAL:
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()


if __name__ == "__main__":
    main()
