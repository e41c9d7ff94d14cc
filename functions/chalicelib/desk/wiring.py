"""The one place that puts stores and brands into the services of the desk; each is built once, on first use.

What they share with the rest of the house comes from `chalicelib.wiring`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chalicelib import wiring as house

if TYPE_CHECKING:
    from chalicelib.desk.service.desk import Desk
    from chalicelib.desk.service.live import Live
    from chalicelib.desk.service.outreach import DeskOutreach
    from chalicelib.desk.service.ports import Abouts, Recorder, Tapes
    from chalicelib.desk.service.pushes import Pushes
    from chalicelib.desk.service.switchboard import Switchboard
    from chalicelib.desk.store.drawing import DeskDrawing


@cache
def desk() -> Desk:
    from chalicelib.aws.connect import Telephone
    from chalicelib.desk.service.desk import Desk

    return Desk(
        contacts=house.contacts(),
        router=house.routing(),
        workforce=house.workforce(),
        clients=house.directory(),
        abouts=abouts(),
        lines=Telephone(),
    )


@cache
def recorder() -> Recorder:
    from chalicelib.aws.connect import Recording

    return Recording()


@cache
def tapes() -> Tapes:
    from chalicelib.aws.settings import recordings_bucket
    from chalicelib.desk.store.tapes import BucketTapes

    return BucketTapes(recordings_bucket())


@cache
def switchboard() -> Switchboard:
    from chalicelib.desk.service.cards import Cards
    from chalicelib.desk.service.colleagues import Colleagues
    from chalicelib.desk.service.switchboard import Switchboard
    from chalicelib.outreach.wiring import permission

    names = Colleagues(house.workforce())
    return Switchboard(
        contacts=house.contacts(),
        router=house.routing(),
        workforce=house.workforce(),
        clients=house.directory(),
        recorder=recorder(),
        tapes=tapes(),
        lists=permission(),
        cards=Cards(contacts=house.contacts(), clients=house.directory(), abouts=abouts(), names=names),
    )


@cache
def abouts() -> Abouts:
    from chalicelib.outreach.wiring import briefing

    return briefing().about


@cache
def outreach() -> DeskOutreach:
    from chalicelib.desk.service.colleagues import Colleagues
    from chalicelib.desk.service.outreach import DeskOutreach
    from chalicelib.outreach import wiring as outreach

    return DeskOutreach(
        contacts=house.contacts(),
        router=house.routing(),
        clients=house.directory(),
        permission=outreach.permission(),
        appointments=outreach.appointments(),
        dispatches=outreach.dispatches(),
        zones=outreach.zones_of,
        names=Colleagues(house.workforce()),
    )


@cache
def drawing() -> DeskDrawing:
    from chalicelib.aws.settings import connect_url, settings
    from chalicelib.desk.store.drawing import DeskDrawing

    if settings().stage == "local":
        return DeskDrawing(house.pages(), phone="simulator")
    return DeskDrawing(house.pages(), phone="connect" if connect_url() else "none", url=connect_url())


@cache
def pushes() -> Pushes:
    from chalicelib.desk.service.pushes import Pushes

    return Pushes(
        contacts=house.contacts(),
        clients=house.directory(),
        router=house.routing(),
        workforce=house.workforce(),
        drawing=drawing(),
        socket=house.push(),
        abouts=abouts(),
    )


@cache
def live() -> Live:
    from chalicelib.desk.service.live import Live
    from chalicelib.desk.store.book import PageStore

    return Live(
        sessions=house.sessions(),
        tickets=house.tickets(),
        visitors=house.chat_live(),
        book=PageStore(house.database()),
        router=house.routing(),
        workforce=house.workforce(),
        contacts=house.contacts(),
        socket=house.push(),
    )
