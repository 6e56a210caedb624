"""allauth's forms that ask who somebody is, with the address in the one spelling that it is kept and counted by."""

from __future__ import annotations

from allauth.account.forms import LoginForm, ResetPasswordForm

from lib import emails


class SignInForm(LoginForm):
    def clean_login(self) -> str:
        return _spelled_once(super().clean_login())


class ForgottenForm(ResetPasswordForm):
    def clean_email(self) -> str:
        self.cleaned_data["email"] = _spelled_once(self.cleaned_data["email"])
        address: str = super().clean_email()
        return address


def _spelled_once(typed: str) -> str:
    """Some browsers send the domain of an e-mail field as `xn--…`. What is no address is nobody's, and stays."""
    try:
        return emails.normalised(typed)
    except ValueError:
        return typed
