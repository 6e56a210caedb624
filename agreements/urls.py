"""Addresses of agreements."""

from django.urls import path

from agreements import views

app_name = "agreements"
urlpatterns = [
    path("agreements/", views.agreement_list, name="agreement-list"),
    path("agreements/<int:agreement_id>/", views.agreement_detail, name="agreement-detail"),
    path("agreements/<int:agreement_id>/draft/", views.agreement_draft, name="agreement-draft"),
    path("agreements/<int:agreement_id>/propose/", views.agreement_propose, name="agreement-propose"),
    path("agreements/<int:agreement_id>/sign/", views.agreement_sign, name="agreement-sign"),
    path("agreements/<int:agreement_id>/withdraw/", views.agreement_withdraw, name="agreement-withdraw"),
]
