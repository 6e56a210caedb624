"""The address of every page; each app brings its own list."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from smarketing.health import healthz, operations, readyz
from smarketing.views import contact, contact_changes, contact_facts, frame, search
from smarketing.views.part import part
from smarketing.views.welcome import welcome

own_pages = (
    [
        path("", frame.home, name="home"),
        path("search/", search.search, name="search"),
        path("keys/", frame.keys, name="keys"),
        path("kit/", frame.kit, name="kit"),
        path("welcome/", welcome, name="welcome"),
        path("part/", part, name="part"),
        path("settings/operation/", operations, name="operations"),
        path("offline/", frame.offline, name="offline"),
        path("contacts/<int:contact_id>/", contact.contact_detail, name="contact-detail"),
        path("contacts/<int:contact_id>/next/", contact.contact_beside, {"step": 1}, name="contact-next"),
        path(
            "contacts/<int:contact_id>/previous/",
            contact.contact_beside,
            {"step": -1},
            name="contact-previous",
        ),
        path("contacts/<int:contact_id>/edit/", contact_facts.contact_edit, name="contact-edit"),
        path("contacts/<int:contact_id>/log/", contact_changes.contact_log, name="contact-log"),
        path("contacts/<int:contact_id>/tactic/", contact_changes.contact_tactic, name="contact-tactic"),
        path(
            "contacts/<int:contact_id>/tactic/<int:applied_id>/undo/",
            contact_changes.contact_undo_tactic,
            name="contact-undo-tactic",
        ),
        path(
            "contacts/<int:contact_id>/task/<int:task_id>/", contact_changes.contact_task, name="contact-task"
        ),
        path(
            "contacts/<int:contact_id>/task/<int:task_id>/undo/",
            contact_changes.contact_undo_task,
            name="contact-undo-task",
        ),
        path(
            "contacts/<int:contact_id>/kind/<int:run_id>/", contact_changes.contact_kind, name="contact-kind"
        ),
        path("contacts/<int:contact_id>/answer/", contact_changes.contact_answer, name="contact-answer"),
        path("contacts/<int:contact_id>/status/", contact_changes.contact_status, name="contact-status"),
        path("contacts/<int:contact_id>/stage/", contact_changes.contact_stage, name="contact-stage"),
        path("contacts/<int:contact_id>/owner/", contact_changes.contact_owner, name="contact-owner"),
        path("contacts/<int:contact_id>/consent/", contact_changes.contact_consent, name="contact-consent"),
        path("contacts/<int:contact_id>/accept/", contact_changes.contact_accept, name="contact-accept"),
        path("contacts/<int:contact_id>/reject/", contact_changes.contact_reject, name="contact-reject"),
        path("contacts/<int:contact_id>/recycle/", contact_changes.contact_recycle, name="contact-recycle"),
        path(
            "contacts/<int:contact_id>/undo/<int:transition_id>/",
            contact_changes.contact_undo,
            name="contact-undo",
        ),
        path(
            "contacts/<int:contact_id>/decision/<int:handoff_id>/undo/",
            contact_changes.contact_undo_decision,
            name="contact-undo-decision",
        ),
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

handler400 = "smarketing.views.frame.unreadable"
handler403 = "smarketing.views.frame.forbidden"
handler404 = "smarketing.views.frame.not_found"
handler500 = "smarketing.views.frame.failed"
