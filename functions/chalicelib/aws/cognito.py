"""Log-ins in a Cognito user pool. The password passes through here and nowhere else; no token leaves."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.aws.clients import client
from chalicelib.kernel.errors import Invalid, NotSignedIn, TooMany, Unavailable

NEW_PASSWORD = "NEW_PASSWORD_REQUIRED"  # noqa: S105  the name of a challenge
CODE = "SOFTWARE_TOKEN_MFA"

_ANSWERS = {NEW_PASSWORD: "NEW_PASSWORD", CODE: "SOFTWARE_TOKEN_MFA_CODE"}
_WRONG = ("NotAuthorizedException", "UserNotFoundException", "CodeMismatchException", "ExpiredCodeException")
_UNFINISHED = ("PasswordResetRequiredException", "UserNotConfirmedException")
_BUSY = ("TooManyRequestsException", "TooManyFailedAttemptsException", "LimitExceededException")


@dataclass(frozen=True, slots=True)
class Claims:
    """What the pool says of a person whose password was right."""

    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Challenge:
    """The password was right, but the pool wants something more first. `ticket` is good for three minutes."""

    name: str
    ticket: str


class UserPool:
    def __init__(self, client_id: str) -> None:
        self._client_id = client_id

    def check(self, user: str, password: str) -> Claims | Challenge:
        """Raises NotSignedIn, TooMany or Unavailable."""
        return self._ask(
            "initiate_auth",
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user, "PASSWORD": password},
        )

    def answer(self, user: str, challenge: Challenge, answer: str) -> Claims | Challenge:
        """Raises Invalid too, where a new password breaks the pool's rules."""
        if challenge.name not in _ANSWERS:
            raise NotSignedIn(f"the log-in asks for {challenge.name}, which this page cannot do")
        return self._ask(
            "respond_to_auth_challenge",
            ChallengeName=challenge.name,
            Session=challenge.ticket,
            ChallengeResponses={"USERNAME": user, _ANSWERS[challenge.name]: answer},
        )

    def _ask(self, operation: str, **request: Any) -> Claims | Challenge:
        pool = client("cognito-idp")
        try:
            answer = getattr(pool, operation)(ClientId=self._client_id, **request)
        except pool.exceptions.ClientError as error:
            raise _ours(error.response["Error"]["Code"], error.response["Error"]["Message"]) from None
        if "AuthenticationResult" not in answer:
            return Challenge(answer["ChallengeName"], answer["Session"])
        return Claims(self._claims(answer["AuthenticationResult"]["IdToken"]))

    def _claims(self, token: str) -> Mapping[str, Any]:
        """The token came from the pool itself over TLS just now, so its signature proves nothing more."""
        _, payload, _ = token.split(".")
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        if claims.get("token_use") != "id" or claims.get("aud") != self._client_id:
            raise NotSignedIn("the user pool gave a token for something else")
        return claims


def _ours(code: str, message: str) -> Exception:
    if code in _WRONG:
        disabled = "disabled" in message.lower()
        return NotSignedIn("this log-in is switched off" if disabled else "that did not match; please try again")
    if code in _UNFINISHED:
        return NotSignedIn("this log-in is not ready yet; please ask your operator")
    if code == "InvalidPasswordException":
        return Invalid("new_password", "does not keep the rules", "at least 12 characters: Aa, a digit, a sign")
    if code == "InvalidParameterException":
        return NotSignedIn("that did not match; please try again")
    if code in _BUSY:
        return TooMany("log-in attempts", 60)
    return Unavailable("the user pool")
