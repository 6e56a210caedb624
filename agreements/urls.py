"""Addresses of agreements."""

from django.urls import path

from agreements import views

app_name = "agreements"
urlpatterns = [
    path("agreements/", views.agreement_list, name="agreement-list"),
    path("agreements/overview/", views.agreement_overview, name="agreement-overview"),
    path("agreements/<int:agreement_id>/", views.agreement_detail, name="agreement-detail"),
    path("agreements/<int:agreement_id>/draft/", views.agreement_draft, name="agreement-draft"),
    path("agreements/<int:agreement_id>/propose/", views.agreement_propose, name="agreement-propose"),
    path("agreements/<int:agreement_id>/sign/", views.agreement_sign, name="agreement-sign"),
    path("agreements/<int:agreement_id>/withdraw/", views.agreement_withdraw, name="agreement-withdraw"),
    path("agreements/<int:agreement_id>/decline/", views.agreement_decline, name="agreement-decline"),
    path("agreements/<int:agreement_id>/retire/", views.agreement_retire, name="agreement-retire"),
    path("agreements/<int:agreement_id>/accept/", views.agreement_accept, name="agreement-accept"),
    path("agreements/<int:agreement_id>/review/", views.agreement_review, name="agreement-review"),
    path("agreements/<int:agreement_id>/comments/", views.agreement_comment, name="agreement-comment"),
    path(
        "agreements/<int:agreement_id>/comments/<int:comment_id>/answer/",
        views.agreement_answer,
        name="agreement-answer",
    ),
    path(
        "agreements/<int:agreement_id>/comments/<int:comment_id>/settle/",
        views.agreement_settle,
        name="agreement-settle",
    ),
]
