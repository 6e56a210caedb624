"""How allauth behaves here: accounts are given by an administrator, never taken."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "This e-mail and password do not go together. After 5 tries, sign-in pauses for 5 minutes."
        ),
        "too_many_login_attempts": _(
            "Too many tries. Sign-in pauses for 5 minutes; the password is unchanged."
        ),
        "enter_current_password": _("This is not the password you have now."),
        "incorrect_password": _("This is not your password."),
        "incorrect_code": _("This code is not right, or its 30 seconds are over. Enter the next one."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
