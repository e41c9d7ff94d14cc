"""The operator's catalogue of plans: read by the same rules as the plans in clients' files."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid
from chalicelib.tenancy.model.address import EntryPoints
from chalicelib.tenancy.model.offer import Offer
from chalicelib.tenancy.model.plan import Plan
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.model.tier import ENTITLEMENTS, Tier
from chalicelib.tenancy.service.billable import BILLABLE
from chalicelib.tenancy.service.reading import Mistake, read_part


def read_catalogue(files: Mapping[str, str]) -> dict[str, Offer]:
    """Offers by id, from each file's name with its text. Raises Invalid with every mistake in all of them."""
    offers: dict[str, Offer] = {}
    mistakes: list[str] = []
    for file, text in sorted(files.items()):
        name = file.rpartition("/")[2].removesuffix(".toml")
        try:
            plain = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            mistakes.append(f"{file}: is not TOML: {error}")
            continue
        offer, found = read_offer(name, plain)
        mistakes += [f"{file}: {one.key} {one.why}; {one.fix}" for one in found]
        if offer is not None:
            offers[name] = offer
    if mistakes:
        raise Invalid("plans", " / ".join(mistakes), "mend the files of the catalogue")
    return offers


def offer_in(text: str, field: str = "toml") -> Offer:
    """A plan that somebody brings: a file of the catalogue, or a client's file of which tier and plan are taken."""
    try:
        plain = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(field, f"is not TOML: {error}", "send a file with tier and [plan]") from None
    known: dict[str, Any] = {name: plain[name] for name in ("tier", "plan") if name in plain}
    offer, mistakes = read_offer("given", {"text": "as given"} | known, own=True)
    if offer is None:
        said = " / ".join(f"{one.key} {one.why}; {one.fix}" for one in mistakes)
        raise Invalid(field, said, "mend the plan")
    return offer


def read_offer(name: str, plain: Mapping[str, Any], *, own: bool = False) -> tuple[Offer | None, list[Mistake]]:
    """`own`: the plan may be one client's, with what only a client has."""
    offer, mistakes = read_part(Offer, plain, id=name)
    if mistakes:
        return None, mistakes
    if own:
        mistakes += _disagreements(_without_codes(offer))
        return (offer, []) if not mistakes else (None, mistakes)
    if offer.plan.non_billable:
        why = "are a client's own, which it keeps on any plan"
        mistakes.append(Mistake(("plan", "non_billable"), why, "remove it"))
    mistakes += _disagreements(offer)
    return (offer, []) if not mistakes else (None, mistakes)


@dataclass(frozen=True, slots=True)
class _Anybody:
    """What the rules of a plan ask of a client."""

    plan: Plan
    tier: Tier
    dispositions: tuple[Any, ...] = ()
    entry_points: EntryPoints = EntryPoints()

    @property
    def channels(self) -> frozenset[Channel]:
        return ENTITLEMENTS[self.tier].channels


def _disagreements(offer: Offer) -> Iterable[Mistake]:
    anybody = cast(Tenant, _Anybody(offer.plan, offer.tier))
    return [Mistake(*found) for rule in BILLABLE for found in rule(anybody)]


def _without_codes(offer: Offer) -> Offer:
    return replace(offer, plan=replace(offer.plan, non_billable=()))
