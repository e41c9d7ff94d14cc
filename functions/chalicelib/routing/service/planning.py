"""A plan for who asks by API: the forecast and the wishes in one request, the plan as one document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from chalicelib.kernel.errors import Invalid, TooLarge
from chalicelib.routing.service import forecasts, planner
from chalicelib.routing.service.plan_document import document
from chalicelib.routing.service.rehearsal import Setting, contacts_of, rehearse

# What one request may simulate: API Gateway hangs up after 29 s, and a Lambda of 512 MB has a third of a processor.
MOST_CONTACTS = 60_000
MOST_POOLS = 2_000  # that Erlang computes: intervals x (clients + 1)
MOST_LOAD = 50_000  # Erlang of all intervals together: a formula counts agent by agent


class Simulate(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    seeds: int = 3
    hours: float = 2  # for which a forecast of one interval is held


class Request(forecasts.Form, forbid_unknown_fields=True, frozen=True):
    occupancy_limit: float = planner.OCCUPANCY_LIMIT
    shrinkage: float = 0.0
    simulate: Simulate | None = None
    known_tenants: tuple[int, ...] = ()  # clients that an agent knows; found by simulation


class Planning:
    def plan(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Raises Invalid by field, TooLarge for what would not be ready in time."""
        forecast, request = forecasts.from_request(body, Request)
        pools = sum(len(interval.demands) + 1 for interval in forecast.intervals)
        if pools > MOST_POOLS:
            raise TooLarge("tenants x intervals", pools, MOST_POOLS)
        load = sum(forecast.load(interval) for interval in forecast.intervals)
        if load > MOST_LOAD:
            raise TooLarge("the forecast's load in Erlang, all intervals together", round(load), MOST_LOAD)
        if request.known_tenants and request.simulate is None:
            raise Invalid("known_tenants", "is found by simulation", 'add "simulate": {}')
        policy = planner.Policy(occupancy_limit=request.occupancy_limit, shrinkage=request.shrinkage)
        plan = planner.plan(forecast, policy)
        if request.simulate is None:
            return document(plan)
        if not 1 <= request.simulate.seeds <= 100:
            raise Invalid("simulate.seeds", f"is {request.simulate.seeds}", "give 1 to 100")
        setting = Setting(
            seeds=tuple(range(1, request.simulate.seeds + 1)),
            hours=request.simulate.hours,
            known=request.known_tenants,
        )
        size = contacts_of(plan, setting)
        if size > MOST_CONTACTS:
            raise TooLarge("contacts to simulate (contacts x seeds x ways to staff)", size, MOST_CONTACTS)
        return document(plan, rehearse(plan, setting))
