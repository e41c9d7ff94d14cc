"""Who is signed in, for how long, and whose affairs he may see."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from chalicelib.kernel.errors import NotAllowed, NotFound, NotSignedIn
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.tenancy.model.caller import Caller, Role, Scope
from chalicelib.tenancy.service.sessions import Opened, Person, Place, Sessions, Wanted, Wish
from chalicelib.tenancy.service.tickets import Tickets
from chalicelib.tenancy.store.sessions import SessionStore, TicketStore
from tests.fakes.clock import Clock
from tests.fakes.memory import MemoryDatabase

PASSWORD = "right"
MARIA = Person(user="u-maria", name="Maria", roles=frozenset({Role.AGENT}), agent=AgentId("maria"))
CLARA = Person(user="u-clara", name="Clara", roles=frozenset({Role.CLIENT}), tenant=TenantId("shop"))


class Logins:
    """A user pool in which everybody has the same password, and newcomers must choose another."""

    def __init__(self, *people: Person, newcomers: tuple[str, ...] = ()) -> None:
        self.people = {f"{person.name.lower()}@manyline.example": person for person in people}
        self.newcomers = newcomers

    def check(self, user: str, password: str) -> Person | Wanted:
        if user not in self.people or password != PASSWORD:
            raise NotSignedIn("that did not match")
        return Wanted(Wish.NEW_PASSWORD, "t") if user in self.newcomers else self.people[user]

    def answer(self, user: str, wanted: Wanted, answer: str) -> Person | Wanted:
        assert wanted == Wanted(Wish.NEW_PASSWORD, "t")
        return self.people[user]


class House:
    def __init__(self, *people: Person, newcomers: tuple[str, ...] = ()) -> None:
        self.database = MemoryDatabase()
        self.clock = Clock()
        self.seats = {AgentId("maria"): Place(team=TeamId("shared"))}
        self.served = {TeamId("shared"): frozenset({TenantId("shop"), TenantId("plumber")})}
        numbers = itertools.count(1)
        self.sessions = Sessions(
            Logins(*people, newcomers=newcomers),
            SessionStore(self.database),
            place_of=self._place_of,
            tenants_of=lambda team: self.served.get(team, frozenset()),
            mint=lambda: f"secret-{next(numbers)}",
        )

    def _place_of(self, agent: AgentId) -> Place:
        if agent not in self.seats:
            raise NotFound("agent", agent)
        return self.seats[agent]

    def sign_in(self, name: str) -> str:
        opened = self.sessions.sign_in(f"{name}@manyline.example", PASSWORD, self.clock())
        assert isinstance(opened, Opened)
        return opened.sid

    def caller(self, sid: str) -> Caller | None:
        return self.sessions.caller(sid, self.clock())


def test_an_agent_sees_the_clients_of_his_team_and_no_other_exists_for_him() -> None:
    house = House(MARIA)
    caller = house.caller(house.sign_in("maria"))
    assert caller is not None
    assert (caller.agent, caller.team) == ("maria", "shared")
    assert caller.scope.open("shop") == "shop"
    for foreign in ("clinic", "Shop", "", "shop/../clinic"):
        with pytest.raises(NotFound):
            caller.scope.open(foreign)


def test_a_client_that_leaves_the_team_is_out_of_sight_with_the_next_request() -> None:
    house = House(MARIA)
    sid = house.sign_in("maria")
    house.served[TeamId("shared")] = frozenset({TenantId("shop")})
    caller = house.caller(sid)
    assert caller is not None
    assert caller.scope == Scope.of(["shop"])


@pytest.mark.parametrize(
    ("place", "sees"),
    [
        ({"walls": {"plumber"}}, ["shop"]),
        ({"dedicated": {"plumber"}}, ["plumber"]),
        ({"dedicated": {"plumber", "clinic"}, "walls": {"shop"}}, ["plumber"]),  # the clinic is another team's
        ({"walls": {"shop", "plumber"}}, []),
    ],
)
def test_a_client_behind_a_wall_does_not_exist_for_the_agent(place: dict[str, set[str]], sees: list[str]) -> None:
    house = House(MARIA)
    house.seats[AgentId("maria")] = Place(
        team=TeamId("shared"), **{field: frozenset(map(TenantId, named)) for field, named in place.items()}
    )
    caller = house.caller(house.sign_in("maria"))
    assert caller is not None
    assert caller.scope == Scope.of(sees)


def test_a_clients_person_sees_his_own_company_only() -> None:
    house = House(CLARA)
    caller = house.caller(house.sign_in("clara"))
    assert caller is not None
    assert caller.scope == Scope.of(["shop"])


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.FINANCE])
def test_who_works_for_the_whole_operator_sees_every_client(role: Role) -> None:
    house = House(Person(user="u", name="Olivia", roles=frozenset({role})))
    caller = house.caller(house.sign_in("olivia"))
    assert caller is not None
    assert caller.scope == Scope.everyone()


@pytest.mark.parametrize(
    "person",
    [
        Person(user="u", name="Jonas", roles=frozenset({Role.AGENT}), agent=AgentId("jonas")),  # nobody gave him a seat
        Person(user="u", name="Jonas", roles=frozenset({Role.AGENT})),
        Person(user="u", name="Jonas", roles=frozenset({Role.CLIENT})),
    ],
)
def test_a_log_in_that_belongs_nowhere_sees_nothing(person: Person) -> None:
    house = House(person)
    caller = house.caller(house.sign_in("jonas"))
    assert caller is not None
    assert caller.scope == Scope.of([])


def test_a_log_in_without_a_role_is_not_let_in() -> None:
    house = House(Person(user="u", name="Jonas", roles=frozenset()))
    with pytest.raises(NotAllowed):
        house.sign_in("jonas")
    assert not house.database.tables.get("sessions")


def test_a_wrong_password_opens_nothing() -> None:
    house = House(MARIA)
    with pytest.raises(NotSignedIn):
        house.sessions.sign_in("maria@manyline.example", "wrong", house.clock())
    assert not house.database.tables.get("sessions")


def test_a_newcomer_chooses_a_password_first() -> None:
    house = House(MARIA, newcomers=("maria@manyline.example",))
    wanted = house.sessions.sign_in(" Maria@Manyline.example ", PASSWORD, house.clock())
    assert isinstance(wanted, Wanted)
    opened = house.sessions.answer("maria@manyline.example", wanted, "new", house.clock())
    assert isinstance(opened, Opened)
    assert house.caller(opened.sid) == opened.caller


def test_the_table_does_not_hold_what_opens_the_session() -> None:
    house = House(MARIA)
    sid = house.sign_in("maria")
    assert sid not in repr(house.database.tables)


def test_a_log_out_holds_at_once() -> None:
    house = House(MARIA)
    mine, other = house.sign_in("maria"), house.sign_in("maria")
    house.sessions.sign_out(mine)
    assert house.caller(mine) is None
    assert house.caller(other) is not None
    house.sessions.sign_out(mine)
    house.sessions.sign_out("")


def test_a_session_in_use_lasts_a_shift_and_no_longer() -> None:
    house = House(MARIA)
    sid = house.sign_in("maria")
    for _ in range(12 * 60 - 1):
        house.clock.passes(60)
        assert house.caller(sid) is not None
    house.clock.passes(60)
    assert house.caller(sid) is None


def test_a_forgotten_session_is_over_after_four_hours() -> None:
    house = House(MARIA)
    sid = house.sign_in("maria")
    house.clock.passes(timedelta(hours=4).total_seconds() - 1)
    assert house.caller(sid) is not None
    house.clock.passes(timedelta(hours=4).total_seconds())
    assert house.caller(sid) is None


def test_a_busy_session_is_not_written_with_every_request() -> None:
    house = House(MARIA)
    sid = house.sign_in("maria")
    house.database.requests.clear()
    for _ in range(60):
        house.clock.passes(30)
        house.caller(sid)
    assert house.database.requests.count("write") == 3
    assert house.database.requests.count("get") == 60


def test_a_use_at_the_moment_of_the_log_out_does_not_bring_the_session_back() -> None:
    house = House(MARIA)
    sid = house.sign_in("maria")
    house.clock.passes(3600)

    def sign_out_in_between(operation: str) -> None:
        if operation == "write":
            house.database.before = lambda _: None
            house.sessions.sign_out(sid)

    house.database.before = sign_out_in_between
    house.caller(sid)
    assert house.caller(sid) is None


@pytest.mark.parametrize("sid", ["", "secret-99", "../../x"])
def test_an_invented_session_is_nobodys(sid: str) -> None:
    assert House(MARIA).caller(sid) is None


def test_a_caller_goes_through_the_gateway_unchanged() -> None:
    house = House(MARIA, CLARA, Person(user="u", name="Olivia", roles=frozenset({Role.OPERATOR})))
    for name in ("maria", "clara", "olivia"):
        caller = house.caller(house.sign_in(name))
        assert caller is not None
        context = caller.as_context()
        assert all(isinstance(value, str) for value in context.values())
        assert Caller.from_context(context) == caller


def test_a_ticket_opens_one_door_once_and_soon() -> None:
    clock = Clock()
    numbers = itertools.count(1)
    tickets = Tickets(TicketStore(MemoryDatabase()), lambda: f"ticket-{next(numbers)}")
    holder = {"tenant": "shop", "contact": "c1"}
    first = tickets.issue(holder, clock())
    assert tickets.redeem(first, clock()) == holder
    late = tickets.issue(holder, clock())
    for spent, wait in ((first, 0), (late, 30), ("ticket-9", 0), ("", 0)):
        clock.passes(wait)
        with pytest.raises(NotSignedIn):
            tickets.redeem(spent, clock())
