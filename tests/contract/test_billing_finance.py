"""What finance and clients may do with invoices over HTTP, as Lambda opens the doors, on the emulator's tables."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib import wiring
from chalicelib.billing import wiring as billing_wiring
from chalicelib.kernel.ids import TenantId
from chalicelib.tenancy.model.address import E164, EntryPoints
from chalicelib.tenancy.model.caller import Caller, Role, Scope
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.store.tenants import TenantStore
from tests.fakes.gateway import ask, page, post, submit
from tests.fakes.usage import handled, message

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
IN_FEBRUARY = datetime(2026, 2, 10, 12, tzinfo=UTC)
FEBRUARY = "2026-02"  # over, with its days of grace, whenever these tests run


@pytest.fixture
def tenant(stage: None, shop: Tenant) -> TenantId:
    """With a call of 90 seconds in February, at 1.00 a minute."""
    number = E164(f"+1555{uuid.uuid4().int % 10**7:07d}")
    TenantStore(wiring.database()).replace(None, replace(shop, entry_points=EntryPoints(phones=(number,))), LONG_AGO)
    told(shop.id)
    return shop.id


def told(tenant: TenantId, talk: int = 60) -> None:
    billing_wiring.metering().record(message(handled(start=IN_FEBRUARY, talk=talk), tenant=tenant), datetime.now(UTC))


FIONA = Caller(user="fiona", role=Role.FINANCE, name="Fiona", scope=Scope.everyone())


def carla(tenant: TenantId) -> Caller:
    return Caller(user="carla", role=Role.CLIENT, name="Carla", scope=Scope.of([tenant]))


def test_an_invoice_goes_from_draft_to_credited(tenant: TenantId) -> None:
    place = f"/api/tenants/{tenant}/invoices"
    ask(f"{place}/{FEBRUARY}/draft", FIONA)
    assert [row["state"] for row in ask(place, FIONA)[1]["invoices"]] == ["draft"]
    status, issued, _ = post(f"{place}/{FEBRUARY}/finalize", FIONA)
    assert (status, issued["state"], issued["total"]) == (200, "final", 12_079)
    status, problem, _ = post(f"{place}/{FEBRUARY}/finalize", FIONA)
    assert (status, problem["title"], problem["number"]) == (409, "AlreadyFinal", issued["number"])
    assert ask(f"{place}/{FEBRUARY}", carla(tenant))[1]["number"] == issued["number"]
    status, paid, _ = post(f"{place}/{FEBRUARY}/pay", FIONA, reference="bank 1")
    assert (status, paid["state"]) == (200, "paid")
    status, note, _ = post(f"{place}/{FEBRUARY}/credit", FIONA, everything=True, reason="void")
    assert (status, note["total"]) == (200, 12_079)
    assert [row["state"] for row in ask(place, carla(tenant))[1]["invoices"]] == ["credited"]
    assert ask(f"{place}/{FEBRUARY}/credits", carla(tenant))[1]["credits"][0]["number"] == note["number"]
    proofs = ask(f"{place}/{FEBRUARY}/replay", FIONA)[1]["proofs"]
    assert [(proof["number"], proof["ok"]) for proof in proofs] == [(issued["number"], True), (note["number"], True)]
    for series in (issued["series"], f"{issued['series']}-cn"):
        assert ask(f"/api/billing/series/{issued['entity']}/{series}", FIONA)[1] == {"proofs": [], "next": None}
    deeds = ask(f"/api/tenants/{tenant}/billing/deeds", FIONA)[1]["deeds"]
    assert [deed["what"] for deed in deeds] == ["finalised", "paid", "credited"]
    assert {(deed["by"], deed["by_id"]) for deed in deeds} == {("Fiona", "fiona")}


def test_a_credit_note_has_its_files_also_for_its_client(tenant: TenantId) -> None:
    place = f"/api/tenants/{tenant}/invoices/{FEBRUARY}"
    post(f"{place}/finalize", FIONA)
    note = post(f"{place}/credit", FIONA, amount="10.00", reason="goodwill")[1]
    files = f"{place}/credits/{note['number']}/files"
    for form in ("json", "csv", "xml"):
        status, _, headers = ask(f"{files}/{form}", carla(tenant))
        assert (status, note["number"] in headers["Location"], headers["Cache-Control"]) == (303, True, "no-store")
    status, problem, _ = ask(f"{files}/contacts.csv", FIONA)
    assert (status, problem["detail"]) == (422, "form: 'contacts.csv' is none; ask for json, pdf, csv, xml")
    assert ask(f"{place}/credits/{note['number']}X/files/json", FIONA)[0] == 404
    assert ask(f"/api/tenants/{tenant}/invoices/2026-03/credits/{note['number']}/files/json", FIONA)[0] == 404
    assert ask(f"{files}/json", carla(TenantId("somebody-else")))[0] == 404
    assert ask(f"{files}/json", replace(carla(tenant), role=Role.AGENT))[0] == 403


def test_a_payment_is_taken_back_with_a_reason(tenant: TenantId) -> None:
    place = f"/api/tenants/{tenant}/invoices/{FEBRUARY}"
    post(f"{place}/finalize", FIONA)
    status, problem, _ = post(f"{place}/pay", FIONA, reference="bank 1", on="2130-01-01")
    assert (status, problem["field"], "in the future" in problem["detail"]) == (422, "on", True)
    assert post(f"{place}/pay", FIONA, reference="bank 1")[1]["state"] == "paid"
    status, back, _ = post(f"{place}/unpay", FIONA, reason="of another client")
    assert (status, back["state"], back["paid_on"], back["left"]) == (200, "final", "", 12_079)
    assert post(f"{place}/unpay", FIONA, reason="again")[0] == 409


def test_the_draft_of_a_final_month_names_its_invoice(tenant: TenantId) -> None:
    place = f"/api/tenants/{tenant}/invoices/{FEBRUARY}"
    issued = post(f"{place}/finalize", FIONA)[1]
    told(tenant, talk=120)
    for what in ("draft", "draft.pdf"):
        status, problem, _ = ask(f"{place}/{what}", carla(tenant))
        assert (status, problem["title"], problem["number"]) == (409, "AlreadyFinal", issued["number"])
    assert ask(f"/api/tenants/{tenant}/usage", FIONA, period=FEBRUARY)[0] == 200


@pytest.mark.parametrize("what", ["draft", "draft.pdf", "explain", "adjustments", "usage"])
def test_a_month_that_has_not_begun_is_refused(tenant: TenantId, what: str) -> None:
    place = f"/api/tenants/{tenant}"
    if what == "usage":
        status, problem, _ = ask(f"{place}/usage", FIONA, period="2130-01")
    else:
        status, problem, _ = ask(f"{place}/invoices/2130-01/{what}", FIONA)
    assert (status, problem["field"], "2130-01 has not begun" in problem["detail"]) == (422, "period", True)


_OF_AN_INVOICE = [
    ("GET", ""), ("POST", "/finalize"), ("POST", "/pay"), ("POST", "/unpay"), ("POST", "/credit"), ("GET", "/credits"),
    ("GET", "/explain"), ("GET", "/replay"), ("GET", "/disputes"), ("POST", "/disputes"), ("GET", "/files/json"),
    ("GET", "/credits/X-1/files/json"), ("GET", "/draft"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "what"), _OF_AN_INVOICE)
def test_an_unknown_client_is_named_before_its_invoice_and_what_is_no_month_before_that(
    tenant: TenantId, method: str, what: str
) -> None:
    body = {"reference": "bank", "reason": "why", "contact": "v1", "why": "spam", "everything": True}
    for client, month, answer in (
        ("SHOP", FEBRUARY, (404, "no tenant 'SHOP' here")),
        (tenant, "2026-13", (422, "period: '2026-13' is not a month; write it like 2026-11")),
    ):
        place = f"/api/tenants/{client}/invoices/{month}{what}"
        status, problem, _ = ask(place, FIONA) if method == "GET" else post(place, FIONA, **body)
        assert (status, problem["detail"]) == answer


def test_deeds_and_records_of_an_unknown_client_name_it(stage: None) -> None:
    for status, problem, _ in (
        ask("/api/tenants/SHOP/billing/deeds", FIONA),
        post("/api/tenants/SHOP/records/v1/voice_seconds/reverse", FIONA, why="a test call"),
    ):
        assert (status, problem["detail"]) == (404, "no tenant 'SHOP' here")


def test_a_line_leads_to_its_contacts(tenant: TenantId) -> None:
    place = f"/api/tenants/{tenant}/invoices/{FEBRUARY}"
    for final in (False, True):
        if final:
            post(f"{place}/finalize", FIONA)
        status, found, _ = ask(f"{place}/explain", carla(tenant), line="1")
        assert (status, found["of"], found["next"]) == (200, 1, None)
        assert found["contacts"][0]["contact"] == "v1"
        assert (found["contacts"][0]["raw"], found["contacts"][0]["after"]) == (90, 90)
        assert ask(f"{place}/explain", carla(tenant), line="0")[1]["contacts"] == []
    assert ask(f"{place}/explain", FIONA, line="99")[0] == 404
    for wish, field in (({"most": "0"}, "most"), ({"after": "1"}, "after"), ({"after": "100000"}, "after")):
        status, problem, _ = ask(f"{place}/explain", FIONA, line="1", **wish)
        assert (status, problem["field"]) == (422, field)
    assert ask(f"{place}/explain", FIONA, line="0", after="1")[0] == 422
    assert ask(f"{place}/explain", FIONA, line="-1")[0] == 422


def test_a_client_disputes_and_finance_answers(tenant: TenantId) -> None:
    place = f"/api/tenants/{tenant}/invoices/{FEBRUARY}"
    post(f"{place}/finalize", FIONA)
    assert post(f"{place}/disputes", carla(tenant), contact="v1", why="")[0] == 422
    assert post(f"{place}/disputes", carla(tenant), contact="v1", why="spam")[1]["by"] == "Carla"
    assert post(f"{place}/disputes/v1/accept", carla(tenant), reason="ours")[0] == 403
    status, answer, _ = post(f"{place}/disputes/v1/accept", FIONA, reason="so it was")
    assert (status, answer["answer"], answer["by"], answer["answered_by"]) == (200, "accepted", "Carla", "Fiona")
    again = post(f"{place}/disputes/v1/reject", FIONA, reason="no")[1]["detail"]
    assert again == "this dispute was accepted by Fiona"
    (note,) = ask(f"{place}/credits", FIONA)[1]["credits"]
    assert (answer["credit_note"], note["by"]) == (note["number"], "Fiona")
    assert ask(f"{place}/disputes", carla(tenant))[1]["disputes"][0]["reason"] == "so it was"


def test_the_quarantine_is_decided_on_its_page(tenant: TenantId) -> None:
    told(tenant, talk=120)
    records = [row for row in ask("/api/billing/quarantine", FIONA)[1]["records"] if row["tenant"] == tenant]
    (row,) = records
    status, html = page("/finance/quarantine", FIONA)
    assert status == 200
    where = f"/finance/quarantine/{tenant}/v1/{row['mark']}"
    assert where in html
    status, html = page(where, FIONA)
    assert status == 200
    assert f'action="/api/billing/quarantine/{tenant}/v1/{row["mark"]}/accept"' in html
    assert "<strong>150</strong>" in html
    place = f"/api/billing/quarantine/{tenant}/v1/{row['mark']}"
    assert post(f"{place}/accept", FIONA, why="")[0] == 422
    assert post(f"{place}/accept", FIONA, why="the switch was right")[1]["quantity"] == 150
    assert page(where, FIONA)[0] == 404
    assert post(f"{place}/reject", FIONA, why="after all")[0] == 409


def test_the_form_of_the_page_decides_and_leads_back_to_the_list(tenant: TenantId) -> None:
    told(tenant, talk=120)
    (row,) = [row for row in ask("/api/billing/quarantine", FIONA)[1]["records"] if row["tenant"] == tenant]
    place = f"/api/billing/quarantine/{tenant}/v1/{row['mark']}"
    status, headers = submit(f"{place}/reject", FIONA, why="a replayed tape")
    assert (status, headers["Location"]) == (303, "/finance/quarantine")
    assert ask(place, FIONA)[1]["settled"] == "dropped"


def test_a_record_is_taken_back_and_corrected(tenant: TenantId) -> None:
    place = f"/api/tenants/{tenant}/records/v1/voice_seconds"
    assert post(f"{place}/correct", FIONA, quantity=30, why="hung up late")[1]["revision"] == 3
    assert post(f"{place}/reverse", FIONA, why="a test call")[1]["reverses"] == 3
    assert post(f"{place}/reverse", FIONA, why="again")[0] == 409
    draft = ask(f"/api/tenants/{tenant}/invoices/{FEBRUARY}/draft", FIONA)[1]
    assert draft["net"] == 10_000


@pytest.mark.parametrize(
    ("method", "what"),
    [("POST", f"invoices/{FEBRUARY}/finalize"), ("POST", f"invoices/{FEBRUARY}/pay"),
     ("POST", f"invoices/{FEBRUARY}/unpay"),
     ("POST", f"invoices/{FEBRUARY}/credit"), ("POST", f"invoices/{FEBRUARY}/rebuild"),
     ("GET", f"invoices/{FEBRUARY}/replay"), ("GET", "billing/deeds"),
     ("POST", "records/v1/voice_seconds/reverse"), ("POST", "records/v1/voice_seconds/correct")],
)  # fmt: skip
def test_what_finance_does_nobody_else_may(tenant: TenantId, method: str, what: str) -> None:
    send = ask if method == "GET" else post
    for caller in (carla(tenant), replace(carla(tenant), role=Role.AGENT), replace(carla(tenant), role=Role.OPERATOR)):
        assert send(f"/api/tenants/{tenant}/{what}", caller)[0] == 403
    assert ask("/api/billing/quarantine", carla(tenant))[0] == 403
    assert ask("/api/billing/series/operator/INV", carla(tenant))[0] == 403
    assert page("/finance/quarantine", carla(tenant))[0] == 403


@pytest.mark.parametrize("what", ["invoices", f"invoices/{FEBRUARY}", f"invoices/{FEBRUARY}/explain",
                                  f"invoices/{FEBRUARY}/credits", f"invoices/{FEBRUARY}/disputes",
                                  f"invoices/{FEBRUARY}/adjustments"])  # fmt: skip
def test_a_client_sees_its_own_and_no_other(tenant: TenantId, what: str) -> None:
    post(f"/api/tenants/{tenant}/invoices/{FEBRUARY}/finalize", FIONA)
    assert ask(f"/api/tenants/{tenant}/{what}", carla(tenant))[0] == 200
    assert ask(f"/api/tenants/{tenant}/{what}", carla(TenantId("somebody-else")))[0] == 404


def test_a_month_that_runs_cannot_be_final(tenant: TenantId) -> None:
    status, problem, _ = post(f"/api/tenants/{tenant}/invoices/{datetime.now(UTC):%Y-%m}/finalize", FIONA)
    assert (status, problem["state"]) == (409, "open")
    assert post(f"/api/tenants/{tenant}/invoices/nonsense/finalize", FIONA)[0] == 422
