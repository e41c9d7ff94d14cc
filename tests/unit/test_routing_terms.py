"""From the clients' files and the agents' records to the words of the rule."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.routing.model import eligibility
from chalicelib.routing.model.eligibility import Ring, ring_of
from chalicelib.routing.model.share import Share
from chalicelib.routing.model.terms import (
    boost_s,
    helped_by,
    need_of,
    profile_of,
    shares_of,
    target_s,
    terms_of,
)
from chalicelib.tenancy.model.menu import ToQueue
from chalicelib.tenancy.model.routing import Reach, Routing
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.workforce.model import Agent, graded
from tests.fakes.tenants import changed, sample

SHARED = TeamId("shared")


def client(name: str, **routing: object) -> Tenant:
    return changed("shop", name, routing=routing)


def test_clients_without_a_share_split_what_the_others_leave() -> None:
    shares = shares_of([client("one", share=50), client("two"), client("three"), client("four", share=12.5)])
    assert {tenant: share.weight for tenant, share in shares.items()} == {
        "one": 0.5, "two": 0.1875, "three": 0.1875, "four": 0.125,
    }  # fmt: skip


def test_every_term_of_a_file_is_a_term_of_the_share() -> None:
    terms = {"share": 20, "reserve": 3, "cap": 1.5, "ceiling": 8, "hard_reserve": True}
    assert shares_of([client("one", **terms)]) == {
        TenantId("one"): Share(weight=0.2, reserve=3.0, cap=1.5, ceiling=8.0, hard=True)
    }
    assert shares_of([client("one")]) == {TenantId("one"): Share(weight=1.0)}


def test_shares_that_two_applied_at_once_shrink_in_proportion() -> None:
    shares = shares_of([client("one", share=90), client("two", share=60), client("three")])
    assert shares[TenantId("one")].weight == pytest.approx(0.6)
    assert shares[TenantId("two")].weight == pytest.approx(0.4)
    assert shares[TenantId("three")].weight == 0


@given(st.lists(st.none() | st.integers(0, 100), min_size=1, max_size=12))
def test_weights_are_never_negative_and_never_more_than_the_team(given_shares: list[int | None]) -> None:
    shop = sample("shop")
    clients = [
        replace(shop, id=TenantId(f"t{n}"), routing=Routing(share=None if share is None else Decimal(share)))
        for n, share in enumerate(given_shares)
    ]
    weights = [share.weight for share in shares_of(clients).values()]
    assert min(weights) >= 0
    assert sum(weights) <= 1 + 1e-9
    if None in given_shares:
        assert sum(weights) == pytest.approx(1)


def test_a_contact_that_chose_nothing_asks_for_what_is_usual() -> None:
    need = need_of(sample("clinic"))
    assert (need.tenant, need.team, need.skill, need.level, need.language) == ("clinic", "clinic", "reception", 1, "de")
    assert need.certifications == {"confidentiality"}
    assert need.widest is Ring.ANYONE


def test_the_usual_level_is_of_the_usual_skill_only() -> None:
    clinic = changed("clinic", routing__level=4)
    assert need_of(clinic).level == 4
    assert need_of(clinic, skill="reception").level == 4
    assert need_of(clinic, skill="reception", level=2).level == 2
    assert need_of(clinic, skill="prescriptions").level == 1
    assert need_of(changed("shop"), level=3).level == 1, "without a skill there is no level"


@pytest.mark.parametrize(("reach", "ring"), list(zip(Reach, Ring, strict=True)))
def test_a_reach_is_the_ring_of_its_name(reach: Reach, ring: Ring) -> None:
    assert reach.name == ring.name
    assert need_of(client("one", widest=reach.value)).widest is ring


def test_the_pressed_key_brings_its_skill_level_and_boost_and_the_language_is_kept() -> None:
    plumber = sample("plumber")
    emergency, booking = plumber.menu.pressed("1"), plumber.menu.pressed("2")
    assert isinstance(emergency, ToQueue)
    assert isinstance(booking, ToQueue)
    terms = terms_of(plumber, Channel.VOICE, chosen=emergency, language="en-US")
    assert (terms.need.skill, terms.need.level, terms.need.language) == ("emergency", 3, "en")
    assert (terms.target_s, terms.boost_s, terms.sticky) == (30, 15, True)
    plain = terms_of(plumber, Channel.VOICE, chosen=booking)
    assert (plain.need.skill, plain.need.level, plain.boost_s) == ("booking", 1, 0)
    assert terms_of(plumber, Channel.VOICE).need.skill == ""


def test_a_client_may_do_without_agents_it_knows() -> None:
    assert terms_of(client("one", sticky=False), Channel.CHAT).sticky is False


def test_a_boost_is_never_more_than_the_target_and_never_a_delay() -> None:
    shop = sample("shop")
    assert target_s(shop, Channel.VOICE) == 20
    assert [boost_s(shop, Channel.VOICE, wished) for wished in (-5, 0, 7, 20, 21, 9999)] == [0, 0, 7, 20, 20, 20]
    assert target_s(shop, Channel.POST) == 48 * 3600, "what the file leaves out is as usual"


def test_a_team_looks_for_work_where_it_helps_and_not_in_itself() -> None:
    one, two = client("one", overflow=["clinic", "night"]), client("two", overflow=["night"])
    other = changed("clinic", routing__overflow=["shared"])
    assert helped_by([one, two, other]) == {
        "clinic": frozenset({SHARED}), "night": frozenset({SHARED}), "shared": frozenset({TeamId("clinic")}),
    }  # fmt: skip
    assert helped_by([sample("shop"), sample("plumber")]) == {}
    assert helped_by([replace(one, routing=replace(one.routing, overflow=(one.team,)))]) == {}
    assert need_of(replace(one, routing=replace(one.routing, overflow=(one.team,)))).overflow == frozenset()


def test_an_agents_record_is_his_profile() -> None:
    amira = Agent(
        agent=AgentId("amira"),
        name="Amira",
        team=TeamId("clinic"),
        skills={"reception": 4, "prescriptions": 2},
        languages=frozenset({"de", "pt-BR"}),
        certifications=frozenset({"confidentiality"}),
        walls=frozenset({TenantId("shop")}),
        dedicated=frozenset({TenantId("clinic")}),
    )
    profile = profile_of(amira)
    assert (profile.team, profile.skills) == ("clinic", (("prescriptions", 2), ("reception", 4)))
    assert profile.languages == {"de", "pt"}
    assert (profile.certifications, profile.walls, profile.tenants) == ({"confidentiality"}, {"shop"}, {"clinic"})
    assert ring_of(profile, need_of(sample("clinic"), language="de-CH")) is Ring.PRIMARY
    assert ring_of(profile, need_of(sample("clinic"), skill="prescriptions", level=3)) is Ring.SECONDARY
    assert ring_of(profile, need_of(sample("shop"))) is None


def test_agents_of_the_same_record_share_a_profile() -> None:
    def agent(name: str, *skills: str) -> Agent:
        return Agent(agent=AgentId(name), name=name, team=SHARED, skills=graded(skills))

    one, two = profile_of(agent("maria", "orders", "returns")), profile_of(agent("jonas", "returns", "orders"))
    assert one == two
    assert hash(one) == hash(two)
    assert one.level("orders") == eligibility.TOP_LEVEL, "a skill without a level is known at the top one"
