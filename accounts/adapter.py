"""How allauth behaves here: accounts are given by an administrator, and its mails are ours, by the outbox."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.outbox import post_mail

CHANGED: Final = {
    "account/email/password_changed": gettext_noop("Your password was changed."),
    "account/email/password_reset": gettext_noop("Your password was changed by a link sent to your e-mail."),
    "account/email/password_set": gettext_noop("A password was set for your account."),
    "mfa/email/totp_activated": gettext_noop("Sign-in now asks for a code from your app as well."),
    "mfa/email/totp_deactivated": gettext_noop("Sign-in no longer asks for a code: the password is enough."),
    "mfa/email/recovery_codes_generated": gettext_noop(
        "You have new recovery codes; the old ones are worthless."
    ),
}
"""What a person is told about their own account, by the name that allauth has for it."""


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "This e-mail and password do not go together. After 5 tries, sign-in pauses for 5 minutes."
        ),
        "too_many_login_attempts": _(
            "Too many tries. Sign-in pauses for up to 5 minutes; the password is unchanged."
        ),
        "enter_current_password": _("This is not the password you have now."),
        "incorrect_password": _("This is not your password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_password_reset_mail(self, user: AbstractBaseUser, email: str, context: dict[str, Any]) -> None:
        """Written down only, so that the page answers as fast as for an address that nobody has here."""
        _post(user, {"mail": "password_reset"})

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        said = {"text": CHANGED[template_prefix], "params": {}, "url": reverse("accounts:settings")}
        _post(user, {"mail": "account", **said})


class SecondStepAdapter(DefaultMFAAdapter):
    """The words of the second step."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right, or its 30 seconds are over. Enter the next one."),
    }


def _post(user: AbstractBaseUser, payload: dict[str, Any]) -> None:
    post_mail({f"account:{user.pk}:{uuid4()}": {"user": user.pk, **payload}}, at=timezone.now())
