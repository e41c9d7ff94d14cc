"""SNS as a brand: short texts to telephones."""

from __future__ import annotations

from chalicelib.aws.clients import client
from chalicelib.kernel.errors import Conflict, Unavailable

# What SNS says when it will never send this text to this number.
_NEVER = frozenset({"InvalidParameter", "InvalidParameterValue", "OptedOut", "UserError"})
_KIND = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}


class Texts:
    def send(self, number: str, text: str) -> str:
        """SNS's id of the text. Raises Conflict where it will never be sent, Unavailable where it was not taken."""
        import botocore.exceptions as botocore  # noqa: PLC0415 - loaded with boto3, on first use

        try:
            return str(client("sns").publish(PhoneNumber=number, Message=text, MessageAttributes=_KIND)["MessageId"])
        except botocore.ClientError as error:
            if error.response.get("Error", {}).get("Code", "") in _NEVER:
                raise Conflict("this number takes no texts") from error
            raise Unavailable("Amazon SNS") from error
        except botocore.BotoCoreError as error:
            raise Unavailable("Amazon SNS") from error
