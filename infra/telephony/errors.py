"""What did not come about on the phone side, and why; each says what to do.

PhoneSideError
├── NoPhoneSide           the stage has no instance
├── ServiceRefused        whatever the service says, in its own words; also when it is asked too often
├── NoProfile             the instance lacks what users are made with
└── NumberError           why a number was not claimed, assigned or released
    ├── UnknownTenant     no such client is live
    ├── NoneAvailable     no number like this is on offer
    ├── Gone              somebody else took the number in between
    ├── QuotaReached      the instance may hold no more numbers
    ├── ClaimFailed       the service gave up, for another reason
    ├── StillClaiming     the service has not finished; the same command takes it up
    ├── NotHeld           the instance does not hold this number
    ├── OfAnother         the number is another client's
    ├── StillLive         a live client has the number in its configuration
    └── NotOurs           neither this command nor a client stands behind the number
"""

from __future__ import annotations


class PhoneSideError(Exception):
    """The root; its text is for the person at the command line."""


class NumberError(PhoneSideError):
    """About one number, or the wish for one."""


class NoPhoneSide(PhoneSideError):
    def __init__(self, stage: str, why: str) -> None:
        super().__init__(f"stage {stage} has no phone side: {why}")


class UnknownTenant(NumberError):
    def __init__(self, tenant: str) -> None:
        super().__init__(
            f"no client {tenant!r} is live here; apply its file first (`manyline tenants apply`). Nothing was done"
        )


class NoneAvailable(NumberError):
    def __init__(self, wish: str) -> None:
        super().__init__(f"no {wish} is on offer now; try another prefix or type, or ask again later")


class Gone(NumberError):
    def __init__(self, phone: str) -> None:
        super().__init__(f"{phone} is not on offer any more; run the command again for another one")


class QuotaReached(NumberError):
    def __init__(self, words: str) -> None:
        super().__init__(
            f"the instance may hold no more numbers ({words}); release one, or ask AWS to raise the quota "
            "`Phone numbers per instance`. The number stays reserved for a day: the same command takes it up"
        )


class ClaimFailed(NumberError):
    def __init__(self, phone: str, words: str) -> None:
        super().__init__(f"{phone} could not be claimed: {words}; the same command tries it again for a day")


class StillClaiming(NumberError):
    def __init__(self, phone: str, waited_s: float) -> None:
        super().__init__(
            f"{phone} is still being claimed after {waited_s:.0f} s; run the same command again, it takes this one up"
        )


class NotHeld(NumberError):
    def __init__(self, phone: str) -> None:
        super().__init__(f"{phone} is not a number of this instance; `manyline numbers list` shows those there are")


class OfAnother(NumberError):
    def __init__(self, phone: str, owner: str, *, live: bool) -> None:
        fix = (
            "remove it from that client's file and apply that first"
            if live
            else "`--force` moves it, for it is in no live configuration"
        )
        super().__init__(f"{phone} is {owner}'s; {fix}. Nothing was done")


class StillLive(NumberError):
    def __init__(self, phone: str, owner: str) -> None:
        super().__init__(
            f"{phone} is in the live configuration of {owner}: its customers would reach nobody, and it cannot be had "
            "back. Remove it from the file and apply that first, or say --force. Nothing was done"
        )


class NotOurs(NumberError):
    def __init__(self, phone: str, why: str) -> None:
        super().__init__(f"{phone} {why}. Nothing was done")


class ServiceRefused(PhoneSideError):
    def __init__(self, operation: str, code: str, words: str) -> None:
        super().__init__(f"Amazon Connect refused {operation}: {words or code}")
        self.code = code


class NoProfile(PhoneSideError):
    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"the instance has no {kind} {name!r}; deploy the telephony stack of this version first")
