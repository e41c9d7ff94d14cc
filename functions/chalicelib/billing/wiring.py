"""The one place that puts stores and brands into the services of billing; each is built once, on first use.

What they share with the rest of the house comes from `chalicelib.wiring`. Imports stand inside the functions there and
here, so that a Lambda loads what it serves and nothing else.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chalicelib import wiring as house

if TYPE_CHECKING:
    from chalicelib.billing.service.account_watch import AccountWatch
    from chalicelib.billing.service.bill_runs import BillRuns
    from chalicelib.billing.service.bill_worker import BillWorker
    from chalicelib.billing.service.costs import CostDesk
    from chalicelib.billing.service.documents import Documents, Drafts
    from chalicelib.billing.service.metering import Metering
    from chalicelib.billing.service.office import Office
    from chalicelib.billing.service.plan_desk import PlanDesk
    from chalicelib.billing.service.print_room import PrintRoom
    from chalicelib.billing.service.what_if import WhatIf

_MOST_WAITED_FOR = 50_000  # records: some 25 s of the 29 that a door has, at its part of a processor


@cache
def office() -> Office:
    """Behind doors, where somebody waits."""
    return _office(_MOST_WAITED_FOR)


@cache
def _office(most: int | None) -> Office:
    """Whoever keeps or reads the books."""
    from chalicelib.aws.files import Bucket
    from chalicelib.aws.functions import Function
    from chalicelib.aws.settings import settings
    from chalicelib.billing.service.archive import Archive
    from chalicelib.billing.service.documents import Documents
    from chalicelib.billing.service.office import Office
    from chalicelib.billing.store.books import BookStore
    from chalicelib.billing.store.invoices import InvoiceStore
    from chalicelib.billing.store.ledger import LedgerStore
    from chalicelib.billing.store.operator import seller
    from chalicelib.billing.store.zones import tzdata_version

    bucket = Bucket(settings().bucket_documents)
    return Office.of(
        ledger=LedgerStore(house.database()),
        book_store=BookStore(house.database()),
        invoice_store=InvoiceStore(house.database()),
        people=house.workforce(),
        tenants=house.directory(),
        archive=Archive(Documents(bucket, Function(settings().render_function)), bucket),
        seller=seller,
        tzdata=tzdata_version(),
        pause=house.pause,
        most=most,
    )


@cache
def metering() -> Metering:
    from chalicelib.billing.service.books import Books
    from chalicelib.billing.service.metering import Metering
    from chalicelib.billing.service.reconciled import Reconciled
    from chalicelib.billing.store.books import BookStore
    from chalicelib.billing.store.ledger import LedgerStore
    from chalicelib.billing.store.zones import tzdata_version

    ledger = LedgerStore(house.database())
    books = Books(BookStore(house.database()), ledger, house.directory(), tzdata_version(), house.pause)
    return Metering(ledger, books, Reconciled(ledger, books))


@cache
def drafts() -> Drafts:
    from chalicelib.aws.files import Bucket
    from chalicelib.aws.functions import Function
    from chalicelib.aws.settings import settings
    from chalicelib.billing.service.documents import Drafts

    return Drafts(office().billing, Bucket(settings().bucket_documents), Function(settings().render_function))


@cache
def documents() -> Documents:
    from chalicelib.aws.files import Bucket
    from chalicelib.aws.functions import Function
    from chalicelib.aws.settings import settings
    from chalicelib.billing.service.documents import Documents

    return Documents(Bucket(settings().bucket_documents), Function(settings().render_function))


@cache
def bill_runs() -> BillRuns:
    from chalicelib.aws.files import Bucket
    from chalicelib.aws.machines import Machine
    from chalicelib.aws.settings import settings
    from chalicelib.billing.service.bill_runs import BillRuns
    from chalicelib.billing.store.bill_runs import BillRunStore

    bucket = Bucket(settings().bucket_documents)
    return BillRuns(BillRunStore(house.database()), house.directory(), bucket, Machine(settings().machine_bills))


@cache
def bill_worker() -> BillWorker:
    from datetime import UTC, datetime

    from chalicelib.billing.service.bill_worker import BillWorker
    from chalicelib.billing.store.bill_runs import BillRunStore

    return BillWorker(BillRunStore(house.database()), _office(None), lambda: datetime.now(UTC))


@cache
def costs() -> CostDesk:
    from chalicelib.billing.service.costs import CostDesk, Costs
    from chalicelib.billing.service.revenue import Invoiced, Roll
    from chalicelib.billing.store.costs import CostStore
    from chalicelib.billing.store.invoices import InvoiceStore
    from chalicelib.billing.store.ledger import LedgerStore
    from chalicelib.billing.store.rates import rates

    revenue = Invoiced(InvoiceStore(house.database()), office().archive, office().billing)
    ledger, kept = LedgerStore(house.database()), CostStore(house.database())
    return CostDesk(Costs(ledger, house.workforce(), Roll(house.directory()), revenue, kept, rates))


@cache
def what_if() -> WhatIf:
    from chalicelib.billing.service.what_if import WhatIf
    from chalicelib.billing.store.ledger import LedgerStore
    from chalicelib.billing.store.plans import catalogue

    return WhatIf(office().books, LedgerStore(house.database()), house.directory(), catalogue)


@cache
def plan_desk() -> PlanDesk:
    from chalicelib.billing.service.plan_desk import PlanDesk
    from chalicelib.billing.store.plans import catalogue

    return PlanDesk(office().books, house.switching(), what_if(), catalogue)


@cache
def account_watch() -> AccountWatch:
    from chalicelib.aws.mail import send_raw
    from chalicelib.aws.settings import settings
    from chalicelib.aws.topics import Topic
    from chalicelib.billing.service.account_watch import AccountWatch
    from chalicelib.billing.store.budgets import BudgetStore
    from chalicelib.billing.store.crier import Crier
    from chalicelib.billing.store.operator import seller
    from chalicelib.tenancy.model.caller import Scope

    sender = f"billing@{settings().mail_domain}"
    return AccountWatch(
        lambda: [one.tenant for one in house.directory().listings(Scope.everyone()) if one.budget],
        office().drafting,
        house.switching(),
        BudgetStore(house.database()),
        Crier(Topic(settings().topic_facts), send_raw, sender=sender, finance=seller().get("email") or sender),
    )


@cache
def print_room() -> PrintRoom:
    from chalicelib.aws.files import Bucket
    from chalicelib.aws.settings import settings
    from chalicelib.billing.service.print_room import PrintRoom
    from chalicelib.billing.store.typeset import Typst

    return PrintRoom(Bucket(settings().bucket_documents), Typst())
