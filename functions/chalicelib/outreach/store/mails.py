"""SES as the post that takes mails to people on call."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formataddr

from chalicelib.aws.mail import MailRejected, send_raw
from chalicelib.kernel.errors import Conflict, Unavailable
from chalicelib.outreach.model.letters import Letter


class SesMails:
    def send(self, sender: str, name: str, to: str, letter: Letter, token: str) -> str:
        """SES's id. The token stands in the mail, so that one which was sent twice can be told. Raises Conflict where
        it is never taken, Unavailable where it was not."""
        import botocore.exceptions as botocore  # noqa: PLC0415 - loaded with boto3, on first use

        try:
            return send_raw(sender, [to], composed(sender, name, to, letter, token))
        except MailRejected as rejected:
            raise Conflict(f"the mail was refused: {rejected}") from rejected
        except (botocore.ClientError, botocore.BotoCoreError) as error:
            raise Unavailable("Amazon SES") from error


def composed(sender: str, name: str, to: str, letter: Letter, token: str) -> bytes:
    """Plain text. Nobody's machine shall answer it."""
    mail = EmailMessage()
    mail["From"] = formataddr((name, sender))
    mail["To"] = to
    mail["Subject"] = letter.subject
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-Priority"] = "1"
    mail["X-Manyline-Attempt"] = token
    mail.set_content(letter.text)
    return mail.as_bytes()
