"""Days for the simulator: what comes, who works, and how long."""

from math import inf

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.routing.model.eligibility import Need, Profile
from chalicelib.routing.service.traffic import Crew, Handle, Scenario, Source

TEAM, PARTNER = TeamId("floor"), TeamId("partner")
ACME, BOLT = TenantId("acme"), TenantId("bolt")
UNIVERSAL = Profile(team=TEAM)
HOUR = 3600.0


def calls(tenant: TenantId = ACME, *, rates: tuple[float, ...] = (0.05,), **more: object) -> Source:
    given = {"channel": Channel.VOICE, "target_s": 20.0, "handle": Handle(mean_s=120.0), **more}
    return Source(need=Need(tenant=tenant, team=TEAM), rates=rates, **given)  # type: ignore[arg-type]


def agents(number: int, on: float = 0.0, off: float = inf, profile: Profile = UNIVERSAL) -> Crew:
    return Crew(profile=profile, shifts=((on, off),) * number)


def day(*sources: Source, crews: tuple[Crew, ...] = (agents(5),), **more: object) -> Scenario:
    given = {"interval_s": HOUR, "length_s": HOUR * len(sources[0].rates), **more}
    return Scenario(sources=sources, crews=crews, **given)  # type: ignore[arg-type]
