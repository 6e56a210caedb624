"""Addresses of the facts."""

from django.urls import path

from leads.views import campaigns, companies, contacts, deals, imports, rulebook, scoring, scoring_draft

app_name = "leads"

urlpatterns = [
    path("contacts/", contacts.contact_list, name="contact-list"),
    path("contacts/new/", contacts.contact_new, name="contact-new"),
    path("contacts/export/", contacts.export, name="contact-export"),
    path("contacts/bulk/", contacts.bulk_change, name="contact-bulk"),
    path("contacts/views/", contacts.save_view, name="view-save"),
    path("contacts/views/<int:view_id>/drop/", contacts.drop_view, name="view-drop"),
    path("contacts/<int:contact_id>/deals/new/", deals.deal_new, name="deal-new"),
    path("companies/", companies.company_list, name="company-list"),
    path("companies/<int:company_id>/", companies.company_detail, name="company-detail"),
    path("companies/<int:company_id>/edit/", companies.company_edit, name="company-edit"),
    path("deals/", deals.deal_board, name="deal-board"),
    path("deals/list/", deals.deal_list, name="deal-list"),
    path("deals/<int:deal_id>/", deals.deal_detail, name="deal-detail"),
    path("deals/<int:deal_id>/move/", deals.deal_move, name="deal-move"),
    path("deals/<int:deal_id>/reopen/", deals.deal_reopen, name="deal-reopen"),
    path("campaigns/", campaigns.campaign_list, name="campaign-list"),
    path("campaigns/new/", campaigns.campaign_edit, name="campaign-new"),
    path("campaigns/<int:campaign_id>/", campaigns.campaign_detail, name="campaign-detail"),
    path("campaigns/<int:campaign_id>/edit/", campaigns.campaign_edit, name="campaign-edit"),
    path("imports/", imports.import_list, name="import-list"),
    path("imports/<int:import_id>/", imports.import_detail, name="import-detail"),
    path("imports/<int:import_id>/columns/", imports.import_columns, name="import-columns"),
    path("imports/<int:import_id>/check/", imports.import_check, name="import-check"),
    path("imports/<int:import_id>/start/", imports.import_start, name="import-start"),
    path("imports/<int:import_id>/stop/", imports.import_stop, name="import-stop"),
    path("imports/<int:import_id>/undo/", imports.import_undo, name="import-undo"),
    path("imports/<int:import_id>/drop/", imports.import_drop, name="import-drop"),
    path("imports/<int:import_id>/rows/", imports.import_rows, name="import-rows"),
    path("imports/<int:import_id>/refused/", imports.import_refused, name="import-refused"),
    path("rules/<slug:key>/", rulebook.rule_detail, name="rule-detail"),
    path("scoring/", scoring.scoring_model, name="scoring"),
    path("scoring/versions/<int:number>/", scoring.scoring_model, name="scoring-version"),
    path("scoring/edit/", scoring_draft.scoring_edit, name="scoring-edit"),
    path(
        "scoring/edit/rules/fit/",
        scoring_draft.scoring_rule_new,
        {"axis": "fit"},
        name="scoring-fit-rule-new",
    ),
    path(
        "scoring/edit/rules/engagement/",
        scoring_draft.scoring_rule_new,
        {"axis": "engagement"},
        name="scoring-engagement-rule-new",
    ),
]
