"""Marks that keep mail from being sent twice: the same on the fake and on the emulator."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.table import Database
from chalicelib.channels.email.service.ports import Busy, Done, Rejected, Sent, Yours
from chalicelib.channels.email.store.marks import LEASE_S, MailMarks
from chalicelib.kernel.ids import ContactId, TenantId
from tests.fakes.clock import Clock

LUNA, CLINIC = TenantId("luna"), TenantId("clinic")


@pytest.fixture
def contact() -> ContactId:
    return ContactId(f"e{uuid.uuid4().hex[:20]}")


def test_who_comes_first_may_send(database: Database, contact: ContactId) -> None:
    marks, clock = MailMarks(database), Clock()
    assert marks.begin(LUNA, contact, 1, clock()) == Yours()
    assert marks.begin(LUNA, contact, 1, clock()) == Busy()
    assert marks.begin(LUNA, contact, 2, clock()) == Yours()
    assert marks.begin(CLINIC, contact, 1, clock()) == Yours()


def test_what_was_sent_or_rejected_stays_so(database: Database, contact: ContactId) -> None:
    marks, clock = MailMarks(database), Clock()
    for n, outcome in ((1, Sent("<a@email.amazonses.com>")), (2, Rejected("not verified"))):
        marks.begin(LUNA, contact, n, clock())
        marks.finish(LUNA, contact, n, outcome, clock())
        clock.passes(10 * LEASE_S)
        assert marks.begin(LUNA, contact, n, clock()) == Done(outcome)


def test_a_sender_that_died_is_replaced_by_one_other(database: Database, contact: ContactId) -> None:
    marks, clock = MailMarks(database), Clock()
    marks.begin(LUNA, contact, 1, clock())
    clock.passes(LEASE_S)
    assert marks.begin(LUNA, contact, 1, clock()) == Yours()
    assert marks.begin(LUNA, contact, 1, clock()) == Busy()


def test_of_many_who_begin_at_once_one_sends(emulated: DynamoDatabase, contact: ContactId) -> None:
    marks, clock = MailMarks(emulated), Clock()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: marks.begin(LUNA, contact, 1, clock()), range(32)))
    assert answers.count(Yours()) == 1
    clock.passes(LEASE_S)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: marks.begin(LUNA, contact, 1, clock()), range(32)))
    assert answers.count(Yours()) == 1


def test_a_customer_is_answered_once_a_day(database: Database, contact: ContactId) -> None:
    marks, clock = MailMarks(database), Clock()
    customer, today, other = f"{contact}@example.com", clock().date(), ContactId("other")
    assert marks.may_answer(LUNA, customer, today, contact, clock())
    assert marks.may_answer(LUNA, customer.upper(), today, contact, clock())  # the same contact, delivered again
    assert not marks.may_answer(LUNA, customer, today, other, clock())
    assert marks.may_answer(CLINIC, customer, today, other, clock())
    assert marks.may_answer(LUNA, customer, clock.passes(86_400).date(), other, clock())
