"""A client's place in its team: written in its file, kept in bounds, and never more than the team has."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import wiring
from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.routing.service.router import Router
from chalicelib.routing.service.safety_net import SafetyNet
from chalicelib.routing.store.seats import RoutingStore
from chalicelib.tenancy.model.caller import Scope
from chalicelib.tenancy.model.menu import ToQueue
from chalicelib.tenancy.model.plain import to_plain, trusted
from chalicelib.tenancy.model.routing import Reach, Routing
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.changes import changes
from chalicelib.tenancy.service.directory import Directory
from chalicelib.tenancy.service.files import BadFiles, read_files, write_file
from chalicelib.tenancy.service.onboarding import Onboarding, SharesExceeded
from chalicelib.tenancy.service.schema import schema
from chalicelib.tenancy.store.tenants import TenantStore
from chalicelib.workforce.service import Workforce
from chalicelib.workforce.store import WorkforceStore
from infra.cli import tenants as command
from infra.cli.tenants import apply_all, tenants
from tests.fakes.clock import MONDAY
from tests.fakes.memory import MemoryDatabase
from tests.fakes.queues import KeptQueue
from tests.fakes.tenants import FOLDER, changed, mistakes_of, plain_of, sample, text_of

WHOLE = {
    "share": 12.5,
    "reserve": 3,
    "cap": 1.75,
    "ceiling": 9,
    "hard_reserve": True,
    "level": 2,
    "certifications": ["confidentiality", "hygiene"],
    "overflow": ["shared", "night-team"],
    "widest": "overflow",
    "sticky": False,
}


def client(name: str, **routing: Any) -> Tenant:
    """A client of the shared team with addresses of its own."""
    number = f"+1555{int.from_bytes(name.encode()) % 10**7:07d}"
    points = {"phones": [number]}
    return changed("shop", name, entry_points=points, routing=routing, replies=None)


def test_a_file_without_the_block_means_what_it_always_meant() -> None:
    assert changed("clinic", routing=None).routing == Routing()
    assert to_plain(changed("clinic", routing=None)).get("routing") is None


def test_every_term_is_read_and_comes_back_from_file_and_store() -> None:
    clinic = changed("clinic", routing=WHOLE)
    assert clinic.routing == Routing(
        share=Decimal("12.5"),
        reserve=3,
        cap=Decimal("1.75"),
        ceiling=9,
        hard_reserve=True,
        level=2,
        certifications=clinic.routing.certifications,
        overflow=clinic.routing.overflow,
        widest=Reach.OVERFLOW,
        sticky=False,
    )
    assert (clinic.routing.certifications, clinic.routing.helpers) == (
        ("confidentiality", "hygiene"),
        {"shared", "night-team"},
    )
    assert read_files({"clinic.toml": write_file(clinic)}) == [clinic]
    assert trusted(Tenant, json.loads(json.dumps(to_plain(clinic), default=str)), id=clinic.id) == clinic
    plain = json.loads(json.dumps(plain_of("clinic", routing=WHOLE), default=str))
    jsonschema.Draft7Validator(json.loads(schema())).validate(plain)


@pytest.mark.parametrize(
    ("routing", "key", "words"),
    [
        ({"share": 101}, "share", "allowed are 0 to 100"),
        ({"share": -0.5}, "share", "is -0.5; allowed are 0 to 100"),
        ({"share": "20"}, "share", "write a number without quotes"),
        ({"share": True}, "share", "is true"),
        ({"share": float("nan")}, "share", "at most 4 decimals"),
        ({"share": 33.333333}, "share", "at most 4 decimals"),
        ({"cap": 0.8}, "cap", "allowed are 1 to 100"),
        ({"reserve": -1}, "reserve", "allowed are 0 to"),
        ({"reserve": 2.5}, "reserve", "a whole number"),
        ({"ceiling": 0}, "ceiling", "allowed are 1 to"),
        ({"reserve": 4, "ceiling": 3}, "ceiling", "is 3, below the reserve of 4 seats; write at least 4"),
        ({"hard_reserve": "yes"}, "hard_reserve", "write true or false"),
        ({"hard_reserve": 1}, "hard_reserve", "write true or false"),
        ({"hard_reserve": True}, "hard_reserve", "no seats to keep free"),
        ({"level": 6}, "level", "allowed are 1 to 5"),
        ({"certifications": ["Confidential!"]}, "certifications[1]", "small letters"),
        ({"certifications": ["a", "a"]}, "certifications", "has 'a' twice"),
        ({"overflow": ["X"]}, "overflow[1]", "3 to 40 small letters"),
        ({"overflow": ["clinic"]}, "overflow[1]", "is the client's own team"),
        ({"overflow": ["shared"], "widest": "primary"}, "overflow", "has no effect"),
        ({"widest": "everyone"}, "widest", "allowed are: primary, secondary, overflow, anyone"),
        ({"sticky": "no"}, "sticky", "write true or false"),
        ({"shares": 20}, "shares", "did you mean 'share'?"),
    ],
)
def test_each_mistake_in_the_terms_names_field_and_fix(routing: dict[str, Any], key: str, words: str) -> None:
    told = {mistake.key: f"{mistake.why}; {mistake.fix}" for mistake in mistakes_of("clinic", routing=routing)}
    assert list(told) == [f"routing.{key}"]
    assert words.lower() in told[f"routing.{key}"].lower()


def test_a_level_needs_a_skill_to_be_the_level_of() -> None:
    (mistake,) = mistakes_of("shop", routing={"level": 2})
    assert (mistake.key, mistake.why) == ("routing.level", "has no usual skill to be the level of")


def with_option(**option: Any) -> dict[str, Any]:
    return {"menu": {"options": [{"digit": "1", "label": {"en": "Press 1."}, **option}]}}


def test_a_key_of_the_menu_may_ask_for_a_level_and_go_ahead() -> None:
    shop = changed("shop", **with_option(queue="orders", level=4, boost=20))
    assert shop.menu.pressed("1") == ToQueue(shop.menu.options[0].queue, 4, 20)  # type: ignore[arg-type]
    assert sample("shop").menu.pressed("1") == ToQueue(sample("shop").menu.options[0].queue)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("option", "key", "words"),
    [
        ({"queue": "orders", "boost": 21}, "boost", "is 21 s, more than the 20 s within which calls are answered"),
        ({"queue": "orders", "boost": -1}, "boost", "is -1; allowed are 0 and more"),
        ({"queue": "orders", "level": 0}, "level", "allowed are 1 to 5"),
        ({"say": {"en": "Hi."}, "boost": 5}, "boost", "no queue"),
        ({"say": {"en": "Hi."}, "level": 2}, "level", "no queue"),
    ],
)
def test_a_boost_or_level_that_cannot_be_names_its_key_of_the_menu(
    option: dict[str, Any], key: str, words: str
) -> None:
    (mistake,) = mistakes_of("shop", **with_option(**option))
    assert mistake.key == f"menu.options[1].{key}"
    assert words in f"{mistake.why}; {mistake.fix}"


def test_a_number_reads_the_same_however_it_is_written() -> None:
    """12, 12.0 and 12.00 are no change, and neither is what comes back from an export."""
    for twelve in (12, 12.0):
        assert changes(changed("clinic", routing={"share": 12}), changed("clinic", routing={"share": twelve})) == ()
    exported = read_files({"clinic.toml": write_file(changed("clinic", routing={"share": 12.0, "cap": 1.50}))})[0]
    assert changes(changed("clinic", routing={"share": 12, "cap": 1.5}), exported) == ()


def test_a_change_of_the_terms_reads_as_what_it_is() -> None:
    after = changed("plumber", routing={"share": 22.5, "cap": 2, "reserve": 2, "ceiling": 6})
    assert [str(change) for change in changes(sample("plumber"), after)] == [
        "~ routing.share: 25 → 22.5",
        "~ routing.reserve: 1 → 2",
        "+ routing.ceiling: 6",
    ]


# All of a team


NAMES = ("aaa", "bbb", "ccc", "ddd", "eee")


def file_of(name: str, share: str) -> str:
    """A copy of a voice-only sample that shares its addresses with nobody."""
    text = text_of("plumber").replace("+15550100100", f"+1555{int.from_bytes(name.encode()) % 10**7:07d}")
    text = text.replace("wk_rapid_5f3a9c21", f"wk_{name}_5f3a9c21").replace("office@", f"{name}@")
    return text.replace("share = 25\n", share)


def test_shares_above_all_of_the_team_are_refused_with_file_line_and_fix() -> None:
    files = {f"{name}.toml": file_of(name, f"share = {n}\n") for name, n in (("aaa", 50), ("bbb", 40), ("ccc", 10.5))}
    with pytest.raises(BadFiles) as bad:
        read_files(files)
    line = files["ccc.toml"][: files["ccc.toml"].index("share = 10.5")].count("\n") + 1
    assert [str(mistake) for mistake in bad.value.mistakes] == [
        f"ccc.toml:{line}: routing.share is too much: the clients of the team 'shared' have 100.5 % together "
        "(aaa 50, bbb 40, ccc 10.5). Lower shares until they have at most 100 %."
    ]
    assert len(read_files(files | {"ccc.toml": file_of("ccc", "share = 10\n")})) == 3
    other_team = files["ccc.toml"].replace('team = "shared"', 'team = "night"')
    assert len(read_files(files | {"ccc.toml": other_team})) == 3


def test_a_client_for_whom_nothing_is_left_is_told_so() -> None:
    files = {"aaa.toml": file_of("aaa", "share = 100\n"), "bbb.toml": file_of("bbb", "")}
    with pytest.raises(BadFiles) as bad:
        read_files(files)
    (mistake,) = bad.value.mistakes
    assert (mistake.file, mistake.key) == ("bbb.toml", "routing.share")
    assert mistake.why == "is missing, and the other clients of the team 'shared' have all of 100 % (aaa 100)"
    assert len(read_files(files | {"bbb.toml": file_of("bbb", "share = 0\n")})) == 2


@given(st.lists(st.integers(0, 60), min_size=1, max_size=5))
def test_exactly_the_sums_above_a_hundred_are_refused(shares: list[int]) -> None:
    files = {f"{name}.toml": file_of(name, f"share = {n}\n") for name, n in zip(NAMES, shares, strict=False)}
    if sum(shares) <= 100:
        assert len(read_files(files)) == len(shares)
    else:
        with pytest.raises(BadFiles):
            read_files(files)


def test_shares_are_held_against_the_live_clients_of_the_team() -> None:
    database = MemoryDatabase()
    onboarding = Onboarding(TenantStore(database))
    apply_all(onboarding, [client("one", share=70)], MONDAY)
    with pytest.raises(SharesExceeded, match=r"two: routing.share is too much: .* 110 % together \(one 70, two 40\)"):
        onboarding.propose([client("two", share=40)])
    assert onboarding.live() == ["one"]
    apply_all(onboarding, [client("one", share=60), client("two", share=40)], MONDAY)
    assert onboarding.live() == ["one", "two"]


def test_an_old_excess_holds_up_no_other_change() -> None:
    """Two who applied at once: until somebody mends the shares, greetings may still change."""
    store = TenantStore(MemoryDatabase())
    for tenant in (client("one", share=70), client("two", share=70)):
        store.replace(None, tenant, MONDAY)
    onboarding = Onboarding(store)
    louder = changed("shop", "one", entry_points={"phones": ["+15550009999"]}, routing={"share": 70}, replies=None)
    assert len(onboarding.propose([louder])) == 1
    with pytest.raises(SharesExceeded):
        onboarding.propose([client("one", share=71)])


def test_one_read_of_the_directory_has_the_terms_of_a_whole_team() -> None:
    database = MemoryDatabase()
    apply_all(Onboarding(TenantStore(database)), [client("one", share=12.5, reserve=2), client("two")], MONDAY)
    database.requests.clear()
    directory = Directory(TenantStore(database), lambda: 0.0)
    everyone = directory.listings(Scope.everyone())
    listed = {listing.id: listing.routing for listing in everyone if listing.team == TeamId("shared")}
    assert listed == {"one": Routing(share=Decimal("12.5"), reserve=2), "two": Routing()}
    directory.listings(Scope.everyone())
    assert database.requests == ["query"]


def test_a_team_that_helps_out_sees_the_clients_whom_it_helps() -> None:
    database = MemoryDatabase()
    apply_all(Onboarding(TenantStore(database)), [client("one", overflow=["night"]), client("two")], MONDAY)
    directory = Directory(TenantStore(database), lambda: 0.0)
    assert directory.tenants_of(TeamId("night")) == {TenantId("one")}
    assert [one.id for one in directory.listings(Scope.everyone()) if one.team == TeamId("night")] == []
    assert directory.tenants_of(TeamId("shared")) == {TenantId("one"), TenantId("two")}


# The command


def test_check_says_what_the_people_of_a_file_cannot_keep(tmp_path: Path) -> None:
    people = tmp_path / "people.toml"
    people.write_text('[[teams]]\nid = "shared"\nname = "Shared"\n')
    result = CliRunner().invoke(tenants, ["check", "--people", str(people)])
    assert result.exit_code == 0
    assert result.stdout == "clinic: good\nplumber: good\nshop: good\n"
    assert [line.split(", ")[0] for line in result.stderr.splitlines()] == [
        "! clinic: team is 'clinic'", "! plumber: team is 'shared'", "! shop: team is 'shared'",
    ]  # fmt: skip


def test_check_with_a_bad_file_of_people_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    people = tmp_path / "people.toml"
    people.write_text('people = "all"')
    result = CliRunner().invoke(tenants, ["check", "--people", str(people)])
    assert result.exit_code == 1
    assert "people.toml: `people` is no list of tables" in result.stderr


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Onboarding:
    """A stage with one client that has most of the shared team, in which one person works."""
    database = MemoryDatabase()
    onboarding, workforce = Onboarding(TenantStore(database)), Workforce(WorkforceStore(database))
    apply_all(onboarding, [client("one", share=80, reserve=1, cap=2)], MONDAY)
    workforce.put_team("shared", "Shared team")
    workforce.put_agent("maria", "Maria", "shared", ["emergency", "booking"])
    monkeypatch.setattr(command, "open_stage", lambda name: None)
    monkeypatch.setattr(wiring, "onboarding", lambda: onboarding)
    monkeypatch.setattr(wiring, "workforce", lambda: workforce)
    monkeypatch.setattr(wiring, "routing_store", lambda: RoutingStore(database))
    directory = Directory(TenantStore(database), lambda: 0.0)
    net = SafetyNet(
        Router(RoutingStore(database), KeptQueue()),
        RoutingStore(database),
        workforce.teams,
        lambda: directory.listings(Scope.everyone()),
    )
    monkeypatch.setattr(wiring, "safety_net", lambda: net)
    return onboarding


def file_in(folder: Path, share: str) -> str:
    file = folder / "two.toml"
    file.write_text(file_of("two", share))
    return str(file)


def test_plan_and_apply_say_what_the_people_of_the_stage_cannot_keep(stage: Onboarding, tmp_path: Path) -> None:
    file = file_in(tmp_path, "share = 20\n")
    doubts = [
        "! two: routing.reserve is 1 of 2 seats reserved in a team of 1: all its reserves shrink to fit. "
        "Lower reserves, or seat more people.",
        # The reserve has shrunk to half a seat.
        "! two: routing.cap makes 0.4 seats in a team of 1, below its reserve: the reserve counts as the cap. "
        "Raise its share or its cap, or lower its reserve.",
    ]
    planned = CliRunner().invoke(tenants, ["plan", file])
    assert (planned.exit_code, planned.stderr.splitlines()) == (0, doubts)
    assert stage.live() == ["one"]
    applied = CliRunner().invoke(tenants, ["apply", "--yes", file])
    assert (applied.exit_code, applied.stderr.splitlines()) == (0, doubts)
    assert applied.stdout.endswith("two: live, revision 1\n"), "a doubt is no refusal"
    told = wiring.routing_store().board(TeamId("shared")).shares
    assert {name: share.weight for name, share in told.items()} == {"one": 0.8, "two": 0.2}, "the team knows at once"


def test_plan_may_be_asked_about_people_who_are_not_there_yet(stage: Onboarding, tmp_path: Path) -> None:
    people = FOLDER.parent / "infra" / "local" / "people.toml"
    planned = CliRunner().invoke(tenants, ["plan", "--people", str(people), file_in(tmp_path, "share = 20\n")])
    assert "reserve is" not in planned.stderr, "two people, two seats reserved"


def test_apply_refuses_shares_that_the_live_clients_leave_no_room_for(stage: Onboarding, tmp_path: Path) -> None:
    for verb in (["plan"], ["apply", "--yes"]):
        refused = CliRunner().invoke(tenants, [*verb, file_in(tmp_path, "share = 20.5\n")])
        assert refused.exit_code == 1
        assert refused.stderr == (
            "Error: two: routing.share is too much: the clients of the team 'shared' have 100.5 % together "
            "(one 80, two 20.5); lower shares until they have at most 100 %; nothing was changed\n"
        )
    assert stage.live() == ["one"]
