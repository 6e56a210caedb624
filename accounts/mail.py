"""Turns an outbox row into a mail in its reader's language; a link with a secret is made while sending."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, JSONField, Value
from django.db.models.expressions import CombinedExpression
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.middleware import zone_of
from accounts.models import Notification, OutboxMessage, User
from accounts.notifications import worded
from accounts.outbox import UndeliverableError

LONGEST_SUBJECT = 120
LONGEST_DIGEST = 20


def send_mail(message: OutboxMessage) -> None:
    """Send what the row's payload describes to its user. UndeliverableError when that person has left."""
    payload = message.payload
    user = User.objects.active().filter(pk=payload["user"]).first()
    if user is None:
        raise UndeliverableError("The reader has left.")
    if payload["mail"] == "digest":
        send_digest(user, message)
        return
    with speaking_to(user):
        subject, body = COMPOSERS[payload["mail"]](user, message)
    send(user, message, subject, body)


def send_digest(user: User, message: OutboxMessage) -> None:
    """What awaits a mail, in one; nothing of what the reader has read on the page meanwhile.

    What goes into a mail is written down before it is sent: a try that nobody knows the end of is repeated as it was,
    under its own Message-ID, and what came after it goes with a mail of its own.
    """
    of_reader = user.notifications.order_by("pk")
    if begun := message.payload.get("news"):
        _send_news(user, message, list(of_reader.filter(pk__in=begun)))
    waiting = of_reader.filter(awaits_mail=True)
    waiting.filter(read_at__isnull=False).update(awaits_mail=False)
    if news := list(waiting):
        _write_down(message, {"news": [row.pk for row in news]})
        _send_news(user, message, news)


def _send_news(user: User, message: OutboxMessage, news: Sequence[Notification]) -> None:
    with speaking_to(user):
        subject, body = digest(user, news)
    send(user, message, subject, body, part=f"{news[-1].pk}")
    with transaction.atomic():
        Notification.objects.filter(pk__in=[row.pk for row in news]).update(awaits_mail=False)
        _write_down(message, {"news": []})


def _write_down(message: OutboxMessage, said: dict[str, Any]) -> None:
    """Into the payload as it is now: somebody may have opened the message again meanwhile."""
    merged = CombinedExpression(F("payload"), "||", Value(said, JSONField()), output_field=JSONField())
    OutboxMessage.objects.filter(pk=message.pk).update(payload=merged)


@contextmanager
def speaking_to(user: User) -> Iterator[None]:
    with translation.override(user.language), timezone.override(zone_of(user)):
        yield


def send(user: User, message: OutboxMessage, subject: str, body: str, *, part: str = "") -> None:
    """`part` tells the mails of one row apart."""
    which = part or f"{message.created_at:%Y%m%d%H%M%S%f}"
    mail = EmailMessage(
        subject=one_line(subject),
        body=body,
        to=[user.email],
        headers={
            # The same for each try, so that a mailbox recognises a second copy.
            "Message-ID": f"<outbox-{message.pk}.{which}@{settings.MAIL_DOMAIN}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.send()


def one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1] + "…"


def notification(user: User, message: OutboxMessage) -> tuple[str, str]:
    sentence = _sentence(message.payload["text"], message.payload["params"])
    return sentence, _body("notification", user, sentence=sentence, url=message.payload["url"])


def digest(user: User, news: Sequence[Notification]) -> tuple[str, str]:
    """The first as the subject, so many as a reader looks through, and where the others are."""
    first, more = _sentence(news[0].text, news[0].params), len(news) - 1
    said = ngettext("%(first)s And %(count)s more.", "%(first)s And %(count)s more.", more)
    subject = said % {"first": first, "count": more} if more else first
    lines = [(_sentence(row.text, row.params), settings.SITE_URL + row.url) for row in news[:LONGEST_DIGEST]]
    url = reverse("accounts:notification-list")
    left = len(news) - len(lines)
    return subject, _body("digest", user, url=url, lines=lines, left=left)


def invitation(user: User, message: OutboxMessage) -> tuple[str, str]:
    """The link sets a first password."""
    return _("Your access to Smarketing"), _body("invitation", user, url=_link_to_a_password(user))


def password_reset(user: User, message: OutboxMessage) -> tuple[str, str]:
    """The link sets another password; a second step at sign-in stays."""
    return _("Choose a new password"), _body("password_reset", user, url=_link_to_a_password(user))


def account(user: User, message: OutboxMessage) -> tuple[str, str]:
    """What has changed in the reader's own account, in case it was somebody else."""
    sentence = _sentence(message.payload["text"], message.payload["params"])
    return sentence, _body("account", user, sentence=sentence, url=message.payload["url"])


def _sentence(text: str, params: Mapping[str, Any]) -> str:
    """On one line, whatever a name in it holds: nobody writes a paragraph of ours, with a link below it."""
    return " ".join(worded(text, params).splitlines())


def _link_to_a_password(user: User) -> str:
    """It is never stored, and dies with its first use."""
    return reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)},
    )


def _body(name: str, user: User, *, url: str, **context: object) -> str:
    absolute = settings.SITE_URL + url if url else ""
    return render_to_string(f"accounts/mail/{name}.txt", {"user": user, "url": absolute, **context})


COMPOSERS = {
    "notification": notification,
    "invitation": invitation,
    "password_reset": password_reset,
    "account": account,
}
