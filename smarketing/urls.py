"""The address of every page; each app brings its own list."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from smarketing.health import healthz, readyz
from smarketing.views import frame
from smarketing.views.welcome import welcome

own_pages = (
    [
        path("", frame.home, name="home"),
        path("search/", frame.search, name="search"),
        path("keys/", frame.keys, name="keys"),
        path("kit/", frame.kit, name="kit"),
        path("welcome/", welcome, name="welcome"),
        path("offline/", frame.offline, name="offline"),
        path("language/", require_POST(login_not_required(set_language)), name="language"),
    ],
    "smarketing",
)

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("accounts/", include("accounts.sign_in_urls")),
    path("", include(own_pages)),
    path("", include("accounts.urls")),
    path("", include("agreements.urls")),
    path("", include("lifecycle.urls")),
    path("", include("personas.urls")),
    path("", include("leads.urls")),
    path("", include("sla.urls")),
    path("", include("reporting.urls")),
]

handler403 = "smarketing.views.frame.forbidden"
handler404 = "smarketing.views.frame.not_found"
handler500 = "smarketing.views.frame.failed"
