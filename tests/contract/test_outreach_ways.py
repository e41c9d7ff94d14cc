"""The ways to somebody on call, as AWS takes them: on the emulator."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from botocore.exceptions import ClientError

from chalicelib.aws import clients, connect, site
from chalicelib.aws.texts import Texts
from chalicelib.kernel.errors import Conflict, Unavailable
from chalicelib.outreach.model.letters import Letter
from chalicelib.outreach.store.mails import SesMails, composed
from tests.fakes.stage import aws, environment

LETTER = Letter(subject="Urgent für Müller: Wasser", text="Hallo Ray,\n\nWasser im Keller.\n")
SENDER = "on-call@mail.manyline.example"


def test_a_text_is_taken_and_has_an_id(stage: None) -> None:
    first, second = (Texts().send("+15550100777", "Rapid Plumbing: water") for _ in range(2))
    assert first
    assert first != second


def test_a_mail_is_taken_and_has_an_id(stage: None) -> None:
    clients.client("ses").verify_email_identity(EmailAddress=SENDER)
    assert SesMails().send(SENDER, "Rapid", "dana@office.example", LETTER, "t-1").startswith("<")


def test_a_mail_says_whose_it_is_and_that_no_machine_shall_answer() -> None:
    mail = message_from_bytes(
        composed(SENDER, "Müller, Söhne", "dana@office.example", LETTER, "t-1"), policy=policy.default
    )
    assert mail["From"].addresses[0].display_name == "Müller, Söhne"
    assert mail["From"].addresses[0].addr_spec == SENDER
    assert mail["Subject"] == LETTER.subject
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content() == LETTER.text


class Refusing:
    def __init__(self, code: str) -> None:
        self.code = code

    def publish(self, **_: object) -> None:
        raise ClientError({"Error": {"Code": self.code}}, "Publish")


@pytest.mark.parametrize(("code", "raised"), [("InvalidParameter", Conflict), ("Throttling", Unavailable)])
def test_what_is_never_sent_is_told_from_what_may_be(
    monkeypatch: pytest.MonkeyPatch, code: str, raised: type[Exception]
) -> None:
    monkeypatch.setattr("chalicelib.aws.texts.client", lambda _: Refusing(code))
    with pytest.raises(raised):
        Texts().send("+15550100777", "x")


def test_links_lead_to_the_sites_own_name_or_to_where_it_is_written(endpoint: str) -> None:
    site.origin.cache_clear()
    with environment(**aws(endpoint), SITE_URL="https://desk.example/"):
        assert site.origin() == "https://desk.example"
    site.origin.cache_clear()
    with environment(**aws(endpoint), SITE_URL="/manyline/prod/site"):
        clients.client("ssm").put_parameter(Name="/manyline/prod/site", Value="https://d1.example", Type="String")
        assert site.origin() == "https://d1.example"
    site.origin.cache_clear()


def test_where_it_is_written_nowhere_yet_it_may_be_tried_again(endpoint: str) -> None:
    site.origin.cache_clear()
    connect._looked_up.cache_clear()
    with environment(**aws(endpoint), SITE_URL="/manyline/none/site", CONNECT_INSTANCE="/manyline/none/instance"):
        with pytest.raises(Unavailable):
            site.origin()
        with pytest.raises(Unavailable):
            connect.Telephone().goes_on("c-1")
