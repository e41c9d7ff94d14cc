"""Messages on tape, full lines, what is read out, and who may be recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels.voice.model.opening import opening, time_said
from chalicelib.channels.voice.model.phrases import voice, words
from chalicelib.channels.voice.model.words import de, en, es, fr, it, nl, pl
from chalicelib.contacts.model.contact import State
from chalicelib.contacts.model.parts import seconds_of
from tests.fakes.asking import Asking, with_client
from tests.fakes.telephone import CLINIC, MONDAY_MORNING, Telephone, heard
from tests.fakes.tenants import changed, sample

SUNDAY = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
HOLIDAY = datetime(2026, 12, 24, 9, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
SHOP = "+15550100200"


def in_berlin(day: int, hour: int, minute: int = 0) -> datetime:
    """Of November 2026; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


def test_outside_of_the_hours_a_message_may_be_left_and_the_call_has_served_itself() -> None:
    asking = Asking(Telephone(SUNDAY), CLINIC)
    answer = asking.arrives()
    assert answer["outcome"] == "voicemail"
    assert "hat gerade geschlossen" in answer["greeting"]
    assert "Geburtsdatum" in answer["message"]
    assert answer["turns"] == "6"  # three minutes
    contact = asking.ours()
    assert (contact.state, contact.answered_by_machine) == (State.ARRIVED, "voicemail")
    assert "melden uns" in asking.ask("left")["message"]


def test_the_flow_records_until_the_pound_key_and_says_goodbye() -> None:
    telephone = Telephone(SUNDAY)
    call = telephone.exchange.dial(CLINIC, "+15557654321")
    telephone.clock.advance(45)
    assert call.now.attributes["voicemail"] == "1"
    telephone.exchange.press(call, "#")
    telephone.clock.settle()
    assert heard(call)[-1].startswith("Vielen Dank für Ihre Nachricht")
    assert telephone.facts(call, "clinic") == ["arrived", "read_out", "self_served"]


def test_a_machine_is_at_work_for_the_caller_until_the_end_of_his_message() -> None:
    telephone = Telephone(SUNDAY)
    call = telephone.exchange.dial(CLINIC, "+15557654321")
    telephone.clock.advance(45)
    telephone.exchange.hang_up(call)
    telephone.clock.settle()
    contact = telephone.contact(call, "clinic")
    assert (contact.state, contact.facts[-1].data) == (State.SELF_SERVED, {"topic": "voicemail"})
    assert seconds_of(contact.facts)["automated"] == 45


def test_who_never_stops_talking_is_thanked_after_the_longest_message() -> None:
    telephone = Telephone(SUNDAY)
    call = telephone.exchange.dial(CLINIC, "+15557654321")
    telephone.clock.settle()
    assert heard(call)[-1].startswith("Vielen Dank für Ihre Nachricht")
    ended, began = call.now.ended_at, call.now.began_at
    assert ended is not None
    assert 180 <= (ended - began).total_seconds() <= 230  # the words before and after it, too


def test_a_client_without_words_of_its_own_takes_messages_in_ours() -> None:
    client = changed("clinic", calls__voicemail=None)
    asking = Asking(with_client(Telephone(SUNDAY), client), CLINIC)
    assert asking.arrives()["message"] == words("de", "voicemail")
    assert asking.last["turns"] == "4"


def test_a_key_of_the_menu_takes_a_message() -> None:
    option = {"digit": "1", "label": {"en": "For a message, press 1."}, "voicemail": True}
    client = changed("plumber", menu__options=[option], calls__full=None)
    assert Asking(with_client(Telephone(), client)).waits("1")["outcome"] == "voicemail"


@pytest.mark.parametrize(("full", "outcome"), [("message", "say"), ("voicemail", "voicemail")])
def test_when_too_many_wait_the_next_caller_is_told_or_may_leave_a_message(full: str, outcome: str) -> None:
    telephone = with_client(Telephone(), changed("plumber", calls__queue_most=1, calls__full=full))
    first, second = Asking(telephone, connect="connect-1"), Asking(telephone, connect="connect-2")
    assert first.waits()["outcome"] == "wait"
    telephone.clock.advance(1)
    answer = second.waits()
    assert answer["outcome"] == outcome
    assert "lines are busy" in answer["message"]
    told = second.ours()
    assert (told.state, told.facts[-1].kind) == (State.ARRIVED, "read_out"), "served when he hangs up"


def test_who_is_in_line_is_not_turned_away_when_he_is_asked_for_again() -> None:
    telephone = with_client(Telephone(), changed("plumber", calls__queue_most=1, calls__full="message"))
    first, second = Asking(telephone, connect="connect-1"), Asking(telephone, connect="connect-2")
    first.arrives()
    menu = first.last
    first.key("1")
    telephone.agent("maria")  # takes the first, so that the second is alone in line
    second.waits()
    first.last = menu
    assert first.key("1")["outcome"] == "agent"


def test_a_caller_is_asked_for_his_consent_before_he_waits_and_only_yes_is_yes() -> None:
    for key, record in (("1", "on"), ("2", "off"), ("Timeout", "off"), ("7", "off")):
        asking = Asking(Telephone(), CLINIC)
        asking.arrives()
        answer = asking.key("2")
        assert (answer["next"], answer["about"]) == ("consent", "2")
        assert asking.ours().state is State.ARRIVED
        answer = asking.key(key)
        assert (answer["outcome"], answer["record"]) == ("wait", record)
        assert asking.ours().skill == "prescriptions"


def test_consent_is_asked_for_in_the_language_that_the_caller_chose() -> None:
    asking = Asking(Telephone(), CLINIC)
    asking.arrives()
    assert asking.key("9")["outcome"] == "again"
    assert asking.key("1")["message"].startswith("May we record")


def test_where_talks_are_recorded_anyway_the_caller_is_told_so_with_the_greeting() -> None:
    client = changed("plumber", calls__recording={"mode": "on"})
    answer = Asking(with_client(Telephone(), client)).arrives()
    assert answer["record"] == "on"
    assert answer["greeting"].endswith("This call is recorded.")


def test_nothing_is_recorded_without_a_word_about_it() -> None:
    telephone = Telephone()
    assert Asking(telephone).waits()["record"] == "off"


def test_the_questions_are_read_out_answered_and_lead_back_to_the_menu() -> None:
    asking = Asking(Telephone(), SHOP)
    asking.arrives()
    questions = asking.key("5")
    assert "How can I pay? Press 2." in questions["message"]
    answer = asking.key("2")
    assert "never ask for your card" in answer["message"]
    assert asking.key("*")["next"] == "choose"
    asking.key("5")
    asking.key("1")
    assert asking.key("Timeout")["outcome"] == "say"
    assert asking.ours().facts[-1].data == {"topic": "returns"}


def test_after_an_answer_a_key_of_the_menu_works_at_once() -> None:
    asking = Asking(Telephone(), SHOP)
    asking.arrives()
    asking.key("5")
    asking.key("1")
    assert asking.key("2")["outcome"] == "wait"
    assert asking.ours().skill == "returns"


@pytest.mark.parametrize("keys", ["Timeout", "none"])
def test_who_asks_no_question_of_the_list_gets_an_agent(keys: str) -> None:
    asking = Asking(Telephone(), SHOP)
    asking.arrives()
    asking.key("5")
    assert asking.key(keys)["outcome"] == "wait"


@pytest.mark.parametrize("keys", ["9", "#"])
def test_who_presses_no_key_of_the_list_hears_so_and_the_list_and_at_last_gets_an_agent(keys: str) -> None:
    asking = Asking(Telephone(), SHOP)
    asking.arrives()
    listed = asking.key("5")["message"]
    for _ in range(2):
        assert asking.key(keys)["message"] == f"{words('en', 'unknown_key')} {listed}"
    assert asking.key(keys)["outcome"] == "wait"


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (in_berlin(23, 9), "We are open today until 12:30 p.m."),
        (in_berlin(23, 13), "We are closed right now and open again today at 2 p.m."),
        (in_berlin(23, 15), "We are open today until 6 p.m."),
        (in_berlin(23, 20), "We are closed right now and open again tomorrow at 8 a.m."),
        (in_berlin(27, 20), "We are closed right now and open again on Monday at 8 a.m."),
    ],
)
def test_the_hours_are_said_as_people_say_them(at: datetime, said: str) -> None:
    assert opening(sample("clinic"), at, "en") == said


def test_a_special_day_is_called_by_its_name_in_the_clients_language() -> None:
    clinic = sample("clinic")
    assert opening(clinic, HOLIDAY, "de").startswith("Heute ist Heiligabend. Wir haben gerade geschlossen")
    assert "Heiligabend" not in opening(clinic, HOLIDAY, "en")


def test_who_never_closes_says_so() -> None:
    assert opening(sample("plumber"), MONDAY_MORNING, "en") == "We are here at any hour, every day."


def test_midnight_belongs_to_the_day_that_it_ends() -> None:
    client = changed("plumber", hours={"monday": ["08:00-24:00"]}, calls__callback__latest=None)
    assert opening(client, MONDAY_MORNING, "en") == "We are open today until midnight."


def test_the_menus_key_for_the_hours_says_them_and_leads_back() -> None:
    asking = Asking(Telephone(), CLINIC)
    asking.arrives()
    assert asking.key("3")["message"].startswith("Wir haben heute bis 18 Uhr geöffnet.")
    assert asking.key("Timeout")["outcome"] == "say"
    assert asking.ours().facts[-1].data == {"topic": "opening_hours"}


@pytest.mark.parametrize(
    ("language", "half_past_six", "noon"),
    [
        ("en", "6:30 p.m.", "noon"),
        ("de", "18 Uhr 30", "12 Uhr"),
        ("fr", "18 heures 30", "midi"),
        ("es", "las 6 y media de la tarde", "las 12 de la tarde"),
        ("it", "18 e 30", "12"),
        ("nl", "18 uur 30", "12 uur"),
        ("pl", "18:30", "12:00"),
    ],
)
def test_times_are_said_as_each_language_says_them(language: str, half_past_six: str, noon: str) -> None:
    assert time_said(language, 18, 30) == half_past_six
    assert time_said(language, 12, 0) == noon


@pytest.mark.parametrize(
    ("hour", "minute", "said"),
    [(18, 8, "6:08 p.m."), (18, 10, "6:10 p.m."), (6, 0, "6 a.m."), (0, 5, "12:05 a.m."), (24, 0, "midnight")],
)
def test_an_english_time_is_said_in_one_form_whatever_its_minute(hour: int, minute: int, said: str) -> None:
    assert time_said("en", hour, minute) == said


@pytest.mark.parametrize("module", [de, es, fr, it, nl, pl])
def test_every_language_has_every_sentence_with_the_same_blanks(module: object) -> None:
    other = module.WORDS  # type: ignore[attr-defined]
    assert other.keys() == en.WORDS.keys()
    for key, text in other.items():
        assert _blanks(text) == _blanks(en.WORDS[key]), key
    assert len(module.DAYS) == 7  # type: ignore[attr-defined]


def _blanks(text: str) -> set[str]:
    return {name for name in ("name", "n", "number", "question", "key", "time", "day") if f"{{{name}}}" in text}


def test_a_language_that_we_do_not_speak_is_answered_in_english() -> None:
    assert words("pt-BR", "recorded") == "This call is recorded."
    assert voice("de-AT")["languageCode"] == "de-DE"


@given(st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 12, 31)))  # noqa: DTZ001
def test_at_any_moment_the_hours_can_be_said_in_every_language(at: datetime) -> None:
    for name in ("plumber", "clinic"):
        client, now = sample(name), at.replace(tzinfo=UTC)
        for language in ("en", "de", "fr", "es", "it", "nl", "pl"):
            said = opening(client, now, language)
            assert said
            assert "{" not in said
            assert said.endswith(".")


def test_the_greeting_of_a_closed_client_without_words_says_when_it_opens() -> None:
    client = changed("clinic", closed__voice=None, calls__closed=None, calls__voicemail=None)
    answer = Asking(with_client(Telephone(SUNDAY), client), CLINIC).arrives()
    assert answer["outcome"] == "closed"
    assert "öffnen morgen um 8 Uhr wieder" in answer["message"]
