"""One table says what a tier includes; whoever is turned away is turned away politely."""

from __future__ import annotations

import pytest

from chalicelib.kernel.channel import Channel
from chalicelib.tenancy.model.gate import Admitted, Reason, Refused, gate
from chalicelib.tenancy.model.tier import ENTITLEMENTS, Feature, Tier
from tests.fakes.tenants import changed, sample


@pytest.mark.parametrize("channel", list(Channel))
def test_a_voice_client_gets_calls_and_nothing_else(channel: Channel) -> None:
    outcome = gate(sample("plumber"), channel)
    assert isinstance(outcome, Admitted) is (channel is Channel.VOICE)


@pytest.mark.parametrize("channel", list(Channel))
def test_a_multichannel_client_gets_every_channel(channel: Channel) -> None:
    assert gate(sample("shop"), channel) == Admitted()


def test_a_refused_mail_gets_the_clients_own_words() -> None:
    outcome = gate(sample("plumber"), Channel.EMAIL)
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.tier) == (Reason.TIER, Tier.VOICE)
    assert outcome.answer.startswith("Thank you for writing to Rapid Plumbing.")


def test_on_a_channel_that_nobody_thought_of_the_answer_is_polite_all_the_same() -> None:
    outcome = gate(sample("plumber"), Channel.MESSAGE)
    assert isinstance(outcome, Refused)
    assert outcome.answer.startswith("Rapid Plumbing: Thank you")


def test_a_paused_client_turns_everyone_away_in_the_customers_language() -> None:
    clinic = changed("clinic", status="paused")
    german, english = gate(clinic, Channel.VOICE), gate(clinic, Channel.VOICE, "en")
    assert isinstance(german, Refused)
    assert isinstance(english, Refused)
    assert german.reason is Reason.PAUSED
    assert "Vielen Dank" in german.answer
    assert "Thank you" in english.answer


def test_every_tier_has_its_row_and_the_higher_one_lacks_nothing_of_the_lower() -> None:
    assert set(ENTITLEMENTS) == set(Tier)
    lower, higher = ENTITLEMENTS[Tier.VOICE], ENTITLEMENTS[Tier.MULTICHANNEL]
    assert lower.channels < higher.channels
    assert lower.features < higher.features
    assert not sample("plumber").has(Feature.CHAT_WIDGET)
    assert sample("shop").has(Feature.CHAT_WIDGET)


def test_closed_answers_fall_back_to_a_sentence_with_the_clients_name() -> None:
    assert sample("clinic").closed_answer(Channel.VOICE, "en").startswith("Hello, Praxis am Park is closed")
    assert sample("clinic").closed_answer(Channel.POST).startswith("Praxis am Park: Wir haben")
    assert sample("clinic").closed_answer(Channel.VOICE, "fr").startswith("Guten Tag")
