"""Who gets whom on the floor: the rule as the live path keeps it, with all that was sold and promised."""

from __future__ import annotations

import pytest

from chalicelib.aws.table import Database, Key, Put
from chalicelib.contacts.model.contact import State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import AgentId, TeamId
from chalicelib.routing.model.capacity import UNITS
from chalicelib.routing.model.eligibility import Ring
from chalicelib.routing.model.offer import Offered, Queued
from chalicelib.routing.model.share import Share
from chalicelib.routing.service.router import Router
from chalicelib.routing.store.seats import RoutingStore
from chalicelib.workforce.model import Agent, Status
from tests.contract.routing_team import SHOP, TENANTS, Floor, floor_of
from tests.fakes.memory import MemoryDatabase
from tests.fakes.terms import terms
from tests.unit.routing_floor import arrived, put


@pytest.fixture
def floor(database: Database) -> Floor:
    return floor_of(database)


def test_the_least_loaded_then_the_longest_idle_agent_is_first(floor: Floor) -> None:
    maria, jonas, *_ = [floor.agent(name) for name in ("maria", "jonas", "amira", "tom")]
    offered = [floor.arrives()[1] for _ in range(2)]
    assert [outcome.agent for outcome in offered if isinstance(outcome, Offered)] == [maria.agent, jonas.agent]


def test_the_last_whole_agent_is_kept_for_a_call(floor: Floor) -> None:
    maria, jonas = floor.agent("maria"), floor.agent("jonas")
    offered = [floor.arrives()[1] for _ in range(3)]
    assert [outcome.agent for outcome in offered if isinstance(outcome, Offered)] == [maria.agent] * 3
    _, call = floor.arrives(Channel.VOICE)
    assert isinstance(call, Offered)
    assert call.agent == jonas.agent


def test_a_skill_that_nobody_has_waits_for_somebody_who_has_it_where_the_client_insists(floor: Floor) -> None:
    floor.agent("maria")
    german, outcome = floor.arrives(skill="de", widest=Ring.SECONDARY)
    assert isinstance(outcome, Queued)
    amira = floor.agent("amira", skills={"de": 5})
    assert floor.now_of(german).agent == amira.agent


def test_a_skill_that_nobody_signed_in_has_is_waived_at_once_where_the_client_does_not_insist(floor: Floor) -> None:
    maria = floor.agent("maria")
    _, outcome = floor.arrives(skill="de")
    assert isinstance(outcome, Offered)
    assert outcome.agent == maria.agent
    assert "without the skill" in outcome.reason


def test_rings_open_with_time_and_the_deadline_stays(floor: Floor) -> None:
    expert = floor.agent("amira", skills={"sales": 5})
    floor.arrives(Channel.VOICE, skill="sales", level=4)  # she has a call now
    beginner = floor.agent("jonas", skills={"sales": 2})
    waits, outcome = floor.arrives(Channel.VOICE, skill="sales", level=4, target_s=40)
    assert isinstance(outcome, Queued)
    message, delay_s = floor.later.sent[-1]
    assert (message["contact"], delay_s) == (waits.contact, 10)  # a quarter of the target
    floor.router.due(message, floor.clock.passes(delay_s))
    taken = floor.now_of(waits)
    assert (taken.agent, taken.deadline) == (beginner.agent, outcome.deadline)
    assert "at a lower level" in taken.facts[-1].data["reason"]
    assert expert.agent != beginner.agent
    floor.check_books()


def test_a_moment_that_is_far_away_is_reached_in_steps(floor: Floor) -> None:
    contact, _ = floor.arrives(Channel.EMAIL, target_s=40_000)
    message, delay_s = floor.later.sent[-1]
    assert delay_s == 900
    floor.later.sent.clear()
    floor.router.due(message, floor.clock.passes(900))
    assert floor.later.sent == [({"tenant": SHOP, "contact": contact.contact}, 900)]


def test_an_able_agent_is_found_behind_a_page_full_of_others(floor: Floor) -> None:
    for number in range(60):
        floor.agent(f"a{number:02}", walls=frozenset({SHOP}))
    able = floor.agent("b", skills={"sales": 1})
    _, outcome = floor.arrives(Channel.VOICE)
    assert isinstance(outcome, Offered)
    assert outcome.agent == able.agent


def test_the_next_one_is_asked_when_the_only_one_that_a_page_showed_was_lost() -> None:
    """The page of a look ended with the lines and one free agent, and another contact took him."""
    database = MemoryDatabase()
    floor = floor_of(database)
    maria, jonas = floor.agent("maria"), floor.agent("jonas")
    for number in range(72):
        standing = {"pk": f"TEAM#{floor.team}", "sk": f"LINE#t{number:02}", "units": 0, "claimed": 0}
        database.write(Put(table="routing", item=standing))
    contact = put(database, arrived(SHOP, Channel.VOICE, "s", floor.clock()))
    router = Router(RoutingStore(database), floor.later)  # it has not looked before, so it asks for 75 items
    asked: list[str] = []

    def he_is_lost(operation: str) -> None:
        asked.append(operation)
        if asked == ["transact", "query", "transact"]:
            seat = Key(f"TEAM#{floor.team}", f"SEAT#{maria.agent}")
            database.tables["routing"][seat] |= {"version": "another"}

    database.before = he_is_lost
    outcome = router.enqueue(contact, terms(SHOP, floor.team), now=floor.clock())
    assert isinstance(outcome, Offered)
    assert outcome.agent == jonas.agent


def test_walls_and_certifications_are_never_waived(floor: Floor) -> None:
    floor.agent("maria", walls=frozenset({SHOP}), certifications=frozenset({"iso"}))
    floor.agent("jonas")
    contact, outcome = floor.arrives(certifications=frozenset({"iso"}))
    assert isinstance(outcome, Queued)
    floor.router.again(SHOP, contact.contact, floor.clock.passes(999))
    assert floor.now_of(contact).state is State.QUEUED


def test_a_dedicated_agent_is_asked_before_a_shared_one(floor: Floor) -> None:
    floor.agent("maria")
    own = floor.agent("jonas", dedicated=frozenset({SHOP}))
    _, outcome = floor.arrives(Channel.VOICE)
    assert isinstance(outcome, Offered)
    assert outcome.agent == own.agent
    assert isinstance(floor.arrives(Channel.VOICE, tenant=TENANTS[0])[1], Offered)
    assert floor.store.board(floor.team).busy == {TENANTS[0]: UNITS}


def test_a_client_under_its_reserve_goes_first_and_the_reason_says_so(floor: Floor) -> None:
    shares = {SHOP: Share(weight=0.5), TENANTS[0]: Share(weight=0.5, reserve=1)}
    floor.router.set_terms(floor.team, shares, frozenset())
    first, _ = floor.arrives(Channel.VOICE, target_s=20)
    reserved, _ = floor.arrives(Channel.VOICE, tenant=TENANTS[0], target_s=600)
    floor.agent("maria")
    offered = floor.now_of(reserved)
    assert offered.state is State.OFFERED
    assert "under its reserve (0 of 1 seats)" in offered.facts[-1].data["reason"]
    assert floor.now_of(first).state is State.QUEUED


def test_nobody_gets_more_than_its_ceiling_until_one_of_its_own_is_done(floor: Floor) -> None:
    floor.router.set_terms(floor.team, {SHOP: Share(weight=1, ceiling=1)}, frozenset())
    maria, _ = floor.agent("maria"), floor.agent("jonas")
    first, _ = floor.arrives(Channel.VOICE)
    second, outcome = floor.arrives(Channel.VOICE)
    assert isinstance(outcome, Queued)
    floor.handle(first, maria)
    assert floor.now_of(second).state is State.OFFERED
    floor.check_books()


def test_a_hard_reserve_keeps_a_seat_free(floor: Floor) -> None:
    shares = {SHOP: Share(weight=0.5), TENANTS[0]: Share(weight=0.5, reserve=1, hard=True)}
    floor.router.set_terms(floor.team, shares, frozenset())
    floor.agent("maria")
    kept, outcome = floor.arrives(Channel.VOICE)
    assert isinstance(outcome, Queued)
    assert isinstance(floor.arrives(Channel.VOICE, tenant=TENANTS[0])[1], Offered)
    floor.agent("jonas")
    assert floor.now_of(kept).state is State.OFFERED


def test_a_call_that_presses_has_mail_laid_aside_and_it_goes_on_after_it(floor: Floor) -> None:
    maria = floor.agent("maria")
    mail, _ = floor.arrives(Channel.EMAIL, target_s=9000)
    floor.router.accept(mail.tenant, mail.contact, agent=maria.agent, now=floor.clock.passes(1))
    untaken, _ = floor.arrives(Channel.EMAIL, target_s=9000)
    call, outcome = floor.arrives(Channel.VOICE, target_s=20)
    assert isinstance(outcome, Queued)
    floor.router.again(SHOP, call.contact, floor.clock.passes(11))
    assert floor.now_of(call).agent == maria.agent
    laid = floor.now_of(mail)
    assert (laid.state, laid.facts[-1].by, laid.facts[-1].data) == (State.HELD, "system", {"why": "voice came first"})
    seat = floor.router.seat(floor.team, maria.agent)
    assert (seat.units, seat.contacts[mail.contact].paused, seat.contacts[untaken.contact].paused) == (
        UNITS,
        True,
        True,
    )
    # What she could not take while the call rang is no offer that she missed.
    assert floor.router.miss(SHOP, untaken.contact, floor.now_of(untaken).offer, floor.clock.passes(20))
    assert floor.router.seat(floor.team, maria.agent).status is Status.AVAILABLE
    floor.handle(call, maria)
    assert floor.now_of(mail).state is State.CONNECTED
    assert floor.now_of(mail).facts[-1].kind == "resumed"
    seat = floor.router.seat(floor.team, maria.agent)
    assert (seat.units, seat.contacts[mail.contact].pauses) == (2, 1)
    assert floor.now_of(untaken).agent == maria.agent
    floor.check_books()


def test_a_case_waits_for_its_agent_for_a_while_and_blocks_nobody(floor: Floor) -> None:
    maria, jonas = floor.agent("maria"), floor.agent("jonas")
    call, _ = floor.arrives(Channel.VOICE)
    assert floor.now_of(call).agent == maria.agent
    case, outcome = floor.arrives(Channel.EMAIL, target_s=400, prefer=maria.agent)
    assert isinstance(outcome, Queued)
    other, _ = floor.arrives(Channel.EMAIL, target_s=400)
    assert floor.now_of(other).agent == jonas.agent
    message, delay_s = next(one for one in floor.later.sent if one[0] == {"tenant": SHOP, "contact": case.contact})
    assert delay_s == 100
    floor.router.due(message, floor.clock.passes(99))
    joined = floor.now_of(case)
    assert (joined.agent, joined.deadline) == (jonas.agent, outcome.deadline)
    floor.check_books()


def test_a_case_goes_to_its_agent_when_he_is_free_in_time(floor: Floor) -> None:
    maria, _ = floor.agent("maria"), floor.agent("jonas")
    call, _ = floor.arrives(Channel.VOICE)
    case, _ = floor.arrives(Channel.EMAIL, target_s=400, prefer=maria.agent)
    floor.handle(call, maria)
    assert floor.now_of(case).agent == maria.agent
    assert "whom it was kept for" in floor.now_of(case).facts[-1].data["reason"]
    again, outcome = floor.arrives(Channel.EMAIL, target_s=400, prefer=maria.agent)
    assert isinstance(outcome, Offered)
    assert outcome.agent == maria.agent
    assert floor.now_of(again).state is State.OFFERED
    floor.check_books()


def test_a_case_whose_agent_goes_home_or_whose_customer_gives_up_leaves_his_line(floor: Floor) -> None:
    maria = floor.agent("maria")
    call, _ = floor.arrives(Channel.VOICE)
    floor.router.accept(SHOP, call.contact, agent=maria.agent, now=floor.clock.passes(1))
    case, _ = floor.arrives(Channel.EMAIL, target_s=400, prefer=maria.agent)
    gone, _ = floor.arrives(Channel.EMAIL, target_s=400, prefer=maria.agent)
    floor.router.abandon(SHOP, gone.contact, "", floor.clock.passes(1))
    assert floor.router.seat(floor.team, maria.agent).personal == 1
    floor.router.set_status(maria, Status.OFFLINE, floor.clock.passes(1))
    assert floor.router.seat(floor.team, maria.agent).personal == 0
    jonas = floor.agent("jonas")
    assert floor.now_of(case).agent == jonas.agent


def test_a_team_that_helps_out_is_asked_when_the_own_one_is_late(floor: Floor) -> None:
    helpers = TeamId(f"{floor.team}-help")
    floor.router.set_terms(helpers, {}, frozenset({floor.team}))
    floor.agent("maria")
    floor.arrives(Channel.VOICE)
    helper = Agent(agent=AgentId(f"tom-{helpers}"), name="Tom", team=helpers)
    floor.router.set_status(helper, Status.AVAILABLE, floor.clock.passes(1))
    late, outcome = floor.arrives(Channel.VOICE, target_s=40, overflow=frozenset({helpers}))
    assert isinstance(outcome, Queued)
    floor.router.again(SHOP, late.contact, floor.clock.passes(20))
    assert floor.now_of(late).agent == helper.agent
    # Done, he looks at his own team's lines first, then at those of the team that he helps.
    next_one, _ = floor.arrives(Channel.VOICE, target_s=40, overflow=frozenset({helpers}))
    floor.clock.passes(25)
    floor.router.accept(SHOP, late.contact, agent=helper.agent, now=floor.clock())
    floor.contacts.end(SHOP, late.contact, by="customer", now=floor.clock.passes(1))
    floor.router.finish(
        SHOP, late.contact, Channel.VOICE, agent=helper.agent, team=helpers, disposition="solved", now=floor.clock()
    )
    assert floor.now_of(next_one).agent == helper.agent
    assert floor.store.board(floor.team).busy == {SHOP: UNITS}  # help is extra: only Maria's call counts


def test_whoever_lacks_the_skill_is_not_asked_before_his_time_while_a_team_that_helps_out_is_there(
    floor: Floor,
) -> None:
    """Nobody looked whether it was: it counted as empty, its ring was skipped, and he had the call at a quarter."""
    helpers = TeamId(f"{floor.team}-help")
    floor.router.set_terms(helpers, {}, frozenset({floor.team}))
    floor.agent("maria", skills={"sales": 5})
    floor.arrives(Channel.VOICE, skill="sales")
    helper = Agent(agent=AgentId(f"tom-{helpers}"), name="Tom", team=helpers, skills={"sales": 5})
    floor.router.set_status(helper, Status.AVAILABLE, floor.clock.passes(1))
    asked = {"skill": "sales", "target_s": 40, "overflow": frozenset({helpers})}
    first, _ = floor.arrives(Channel.VOICE, **asked)
    floor.router.again(SHOP, first.contact, floor.clock.passes(10))
    assert floor.now_of(first).agent == helper.agent  # nobody has the skill at a lower level
    unskilled = floor.agent("lars")
    late, _ = floor.arrives(Channel.VOICE, **asked)
    for passes in (10, 10, 10):
        floor.router.again(SHOP, late.contact, floor.clock.passes(passes))
        assert floor.now_of(late).state is State.QUEUED
    floor.router.again(SHOP, late.contact, floor.clock.passes(10))
    assert floor.now_of(late).agent == unskilled.agent


def test_agents_are_kept_free_of_chats_while_a_call_presses(floor: Floor) -> None:
    maria = floor.agent("maria")
    chat, _ = floor.arrives(Channel.CHAT)
    call, _ = floor.arrives(Channel.VOICE, target_s=20)
    floor.clock.passes(11)
    late, outcome = floor.arrives(Channel.CHAT)
    assert isinstance(outcome, Queued)
    floor.router.abandon(SHOP, call.contact, "", floor.clock.passes(1))
    assert floor.now_of(late).agent == maria.agent
    assert floor.now_of(chat).agent == maria.agent


def test_reserves_above_the_agents_signed_in_shrink_and_the_reason_names_what_is_left(floor: Floor) -> None:
    shares = {SHOP: Share(weight=0.5, reserve=6), TENANTS[0]: Share(weight=0.5, reserve=2)}
    floor.router.set_terms(floor.team, shares, frozenset())
    waits = [floor.arrives(Channel.VOICE, tenant=tenant)[0] for tenant in (SHOP, SHOP, SHOP, TENANTS[0], SHOP)]
    for number in range(4):
        floor.agent(f"a{number}", Status.PAUSED)
    floor.agent("maria", Status.PAUSED)
    floor.agent("maria", Status.OFFLINE)  # four are signed in: half of what was promised
    limits = floor.store.board(floor.team).limits
    assert (limits[SHOP].reserve, limits[TENANTS[0]].reserve) == (3 * UNITS, 1 * UNITS)
    for number in range(4):
        floor.agent(f"a{number}")
    offered = [floor.now_of(contact).state for contact in waits]
    assert offered == [State.OFFERED] * 4 + [State.QUEUED]
    assert {"turn=reserved", "reserve=3"} <= set(floor.now_of(waits[0]).facts[-1].data["why"])
    assert "reserve=1" in floor.now_of(waits[3]).facts[-1].data["why"]


def test_a_cap_below_the_reserve_counts_as_the_reserve(floor: Floor) -> None:
    shares = {SHOP: Share(weight=0.1, reserve=2, cap=0.5), TENANTS[0]: Share(weight=0.9)}
    floor.router.set_terms(floor.team, shares, frozenset())
    waits = [floor.arrives(Channel.VOICE, tenant=tenant)[0] for tenant in (TENANTS[0], SHOP, SHOP, SHOP)]
    for number in range(3):
        floor.agent(f"a{number}", Status.PAUSED)
    for number in range(3):
        floor.agent(f"a{number}")
    # Two of its three go first; the third is over what is its cap now.
    assert [floor.now_of(contact).state for contact in waits] == [State.OFFERED] * 3 + [State.QUEUED]
    assert "cap=2" in floor.now_of(waits[1]).facts[-1].data["why"]


def test_who_waits_for_a_client_who_is_one_no_more_is_served_and_wrapped_up_all_the_same(floor: Floor) -> None:
    """The client is taken out of the directory while its contacts wait, are offered, and lie before an agent."""
    both = {SHOP: Share(weight=0.5, reserve=1), TENANTS[0]: Share(weight=0.5)}
    floor.router.set_terms(floor.team, both, frozenset())
    maria = floor.agent("maria")
    taken, _ = floor.arrives(Channel.VOICE)
    floor.router.accept(SHOP, taken.contact, agent=maria.agent, now=floor.clock.passes(1))
    jonas = floor.agent("jonas")
    offered, _ = floor.arrives(Channel.VOICE)
    waits, outcome = floor.arrives(Channel.VOICE)
    assert isinstance(outcome, Queued)
    floor.router.set_terms(floor.team, {TENANTS[0]: Share(weight=1)}, frozenset())
    other, _ = floor.arrives(Channel.VOICE, tenant=TENANTS[0])
    floor.router.decline(SHOP, offered.contact, agent=jonas.agent, now=floor.clock.passes(1))
    floor.contacts.end(SHOP, taken.contact, by="customer", now=floor.clock.passes(1))
    for contact, after in ((taken, offered), (offered, waits), (waits, other)):
        if contact is not taken:
            floor.router.accept(SHOP, contact.contact, agent=maria.agent, now=floor.clock.passes(1))
            floor.contacts.end(SHOP, contact.contact, by="customer", now=floor.clock.passes(1))
        floor.finish(contact, maria)
        assert floor.now_of(contact).state is State.WRAPPED
        assert floor.now_of(after).agent == maria.agent
    assert floor.store.board(floor.team).busy[SHOP] == 0
    floor.check_books()
