"""A client company with everything that its contacts need to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.tenancy.model.address import EntryPoints, Mailbox
from chalicelib.tenancy.model.calls import Accounts, Calls, Faq, Orders
from chalicelib.tenancy.model.contract import Contract
from chalicelib.tenancy.model.form import Colour, Language, Line, Name, Prose, Slug, Zone, rule
from chalicelib.tenancy.model.hours import Hours
from chalicelib.tenancy.model.menu import Menu, Texts
from chalicelib.tenancy.model.on_call import OnCall
from chalicelib.tenancy.model.outreach import Campaign
from chalicelib.tenancy.model.party import Buyer
from chalicelib.tenancy.model.plan import CapAction, Plan
from chalicelib.tenancy.model.routing import Routing
from chalicelib.tenancy.model.tier import ENTITLEMENTS, Feature, Tier


class Status(StrEnum):
    LIVE = "live"
    PAUSED = "paused"  # everyone is turned away politely; agents finish what is open


class WrapUpField(StrEnum):
    NOTE = "note"
    TAGS = "tags"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """How agents and customers recognise the client."""

    colour: Colour = rule("The stripe beside the client's name; never the colour of a status.")
    logo: Line | None = rule("Where the logo lies: a root-relative path or an https address.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What an agent says and asks."""

    opening: Texts = rule("The first sentence, per language.", least=1)
    steps: tuple[Prose, ...] = rule("What to ask or do next, in order, for the agent's eyes.", empty=tuple, most=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """A coded outcome of a contact."""

    code: Name = rule("The outcome as reports know it.")
    label: Line = rule("The outcome as agents read it.")
    requires: tuple[WrapUpField, ...] = rule("What an agent must fill in with it.", empty=tuple, most=2)
    again_s: int | None = rule(
        "Whom we called is called again after so many seconds, if he may be called that often.",
        default=None,
        least=900,
        most=90 * 24 * 3600,
    )
    do_not_call: bool = rule("Who says so is never called again for this client.", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """How the client's mail to customers looks."""

    reply_from: Mailbox = rule("The sender; one of the client's own mailboxes.")
    sender_name: Line = rule("The sender's name, as the customer's mail program shows it.")
    signature: Texts = rule("Ends each reply, per language.", least=1)
    legal_footer: Texts = rule("What the law asks for, below the signature, per language.", empty=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A service target: so many percent of contacts answered within so many seconds."""

    percent: int = rule("Percent of contacts.", least=1, most=100)
    within_s: int = rule("Seconds from the queue to the first answer.", least=1, most=7 * 24 * 3600)


USUAL_TARGETS: Mapping[Channel, Target] = MappingProxyType(
    {
        Channel.VOICE: Target(percent=80, within_s=20),
        Channel.EMAIL: Target(percent=90, within_s=12 * 3600),
        Channel.CHAT: Target(percent=80, within_s=60),
        Channel.MESSAGE: Target(percent=80, within_s=15 * 60),
        Channel.POST: Target(percent=90, within_s=48 * 3600),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A client company. One file `tenants/<id>.toml` describes one."""

    id: TenantId
    name: Line = rule("The company as customers know it.")
    status: Status = rule("live, or paused: everyone is turned away politely.", default=Status.LIVE)
    tier: Tier = rule("voice: calls only. multichannel: every channel.")
    zone: Zone = rule("The client's time zone.")
    languages: tuple[Language, ...] = rule("Languages of the client's customers, the usual one first.", least=1, most=8)
    team: Slug = rule("The team that serves the client: a shared one, or one of its own.")
    skill: Name = rule(
        "The skill that a contact needs unless the menu says otherwise; left out: any agent of the team will do.",
        default=Name(""),
    )
    brand: Brand = rule("How agents and customers recognise the client.")
    entry_points: EntryPoints = rule("Where customers reach the client.")
    hours: Hours = rule("When agents answer.")
    greeting: Texts = rule("The first words a customer hears or reads, per language.", least=1)
    menu: Menu = rule("What a caller may press.", empty=Menu)
    calls: Calls = rule("The client's telephone beside its menu.", empty=Calls)
    faq: tuple[Faq, ...] = rule("What callers ask often, in the order in which it is read out.", empty=tuple, most=9)
    orders: Orders | None = rule("Where the client's own system is asked about orders.", default=None)
    accounts: Accounts | None = rule("Where the client's own system is asked about accounts.", default=None)
    campaigns: tuple[Campaign, ...] = rule("Whom we call for the client, and when.", empty=tuple, most=50)
    on_call: tuple[OnCall, ...] = rule(
        "Ladders of the client's own people, who are tried until one takes it.", empty=tuple, most=9
    )
    script: Script = rule("What an agent says and asks.")
    dispositions: tuple[Disposition, ...] = rule("The outcomes to choose from at wrap-up.", least=1, most=60)
    replies: Replies | None = rule("How the client's mail looks; wherever it answers mail.", default=None)
    refusals: Mapping[Channel, Texts] = rule("What a customer is told on a channel outside of the tier.", empty=dict)
    closed: Mapping[Channel, Texts] = rule("What a customer is told outside of the hours, per channel.", empty=dict)
    targets: Mapping[Channel, Target] = rule("Service targets per channel.", empty=dict)
    routing: Routing = rule("The client's place in its team.", empty=Routing)
    contract: Contract = rule("When and where the plan holds.")
    plan: Plan = rule("What the client pays.")
    bill_to: tuple[Line, ...] = rule(
        "Name and address as invoices show them, line by line; the company's name if left out.",
        empty=tuple,
        most=8,
    )
    buyer: Buyer | None = rule("The same for programs: without it, invoices are read by people only.", default=None)
    capped: CapAction = CapAction.NONE  # what a used-up budget does now: of no file, see `standing`

    @property
    def team_id(self) -> TeamId:
        return TeamId(self.team)

    @property
    def language(self) -> Language:
        """The usual one."""
        return self.languages[0]

    @property
    def channels(self) -> frozenset[Channel]:
        return ENTITLEMENTS[self.tier].channels

    def has(self, feature: Feature) -> bool:
        return feature in ENTITLEMENTS[self.tier].features

    def say(self, texts: Texts, language: str = "") -> str:
        """The text in that language, or in the client's usual one."""
        return texts.get(Language(language)) or texts[self.language]

    def is_open(self, at: datetime) -> bool:
        return self.hours.is_open(at, self.zone.info)

    def next_change(self, at: datetime) -> datetime | None:
        """When open turns to closed or back (UTC); None if it never does."""
        return self.hours.next_change(at, self.zone.info)

    def closed_answer(self, channel: Channel, language: str = "") -> str:
        """What a customer is told outside of the hours."""
        if channel in self.closed:
            return self.say(self.closed[channel], language)
        return f"{self.name}: {_CLOSED.get(language or self.language, _CLOSED['en'])}"

    def target(self, channel: Channel) -> Target:
        return self.targets.get(channel, USUAL_TARGETS[channel])

    def ladder(self, name: str) -> OnCall | None:
        return next((ladder for ladder in self.on_call if ladder.name == name), None)

    def campaign(self, name: str) -> Campaign | None:
        return next((campaign for campaign in self.campaigns if campaign.name == name), None)

    def disposition(self, code: str) -> Disposition | None:
        return next((disposition for disposition in self.dispositions if disposition.code == code), None)


_CLOSED: Mapping[str, str] = {
    "en": "We are closed at the moment. Please try again during our opening hours.",
    "de": "Wir haben gerade geschlossen. Bitte melden Sie sich während unserer Öffnungszeiten wieder.",
}
