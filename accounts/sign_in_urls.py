"""Which of allauth's doors are open: signing in and out, passwords, a second factor. Nobody signs up.

An e-mail address is who somebody is here, so an administrator changes it: allauth's own page for it is closed.
"""

from allauth.account import views
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from accounts.sign_in import SignInView

urlpatterns = [
    path("login/", SignInView.as_view(), name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", include("allauth.mfa.urls")),
    # allauth asks for these two addresses by name on its other pages.
    path("email/", RedirectView.as_view(pattern_name="account_login"), name="account_email"),
    path("signup/", RedirectView.as_view(pattern_name="account_login"), name="account_signup"),
]
