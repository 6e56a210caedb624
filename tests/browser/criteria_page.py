"""A page that embeds the builder as any page may, beside all addresses of the product; for tests only."""

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path
from django.utils import timezone

from leads.facts import contact_catalogue, count_matching
from leads.models import Contact
from lifecycle.criteria_forms import CriteriaForm

PAGE = """{% extends "base.html" %}{% block title %}Criteria{% endblock %}{% block main %}
<div class="sm-head"><div><h1>Marketing qualified lead</h1></div></div>
<form method="post" class="sm-card">{% csrf_token %}
<header><h2>A contact becomes an MQL when</h2>
<span class="sm-right"><span class="sm-sub sm-small">matching now</span></span></header>
<div class="sm-card-body">{% include "lifecycle/criteria/_builder.html" %}
<p class="sm-form-actions"><button class="sm-button is-primary" type="submit">Save this draft</button></p>
{% if saved %}<p id="saved">{{ saved }}</p>{% endif %}</div></form>{% endblock %}"""

TREE = {
    "all": [
        {
            "any": [
                {
                    "all": [
                        {"fact": "score.fit", "op": "gte", "value": 60},
                        {"fact": "score.engagement", "op": "gte", "value": 55},
                        {"touch": "any", "last": "within", "days": 30},
                    ]
                },
                {
                    "touch": ["contact_request", "demo_request"],
                    "op": "at_least",
                    "count": 1,
                    "within_days": 30,
                },
            ]
        },
        {
            "not": {
                "any": [
                    {"fact": "email", "op": "domain_in", "value": ["gmail.com", "free.fr"]},
                    {"fact": "consent", "op": "is", "value": "withdrawn"},
                ]
            }
        },
    ]
}


def page(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    catalogue = contact_catalogue()
    form = CriteriaForm(
        request.POST or None,
        catalogue=catalogue,
        initial=TREE,
        previous={
            "all": [
                {"fact": "score.fit", "op": "gte", "value": 60},
                {"fact": "score.engagement", "op": "gte", "value": 50},
            ]
        },
        counter=lambda nodes: count_matching(Contact.objects.all(), nodes, at=at, catalogue=catalogue),
    )
    is_saved = form.is_valid()
    context = {"criteria": form, "saved": form.sentences[0][1] if is_saved else ""}
    refused = form.is_bound and not form.is_command and not is_saved
    template = engines["django"].from_string(PAGE)
    return HttpResponse(template.render(context, request), status=422 if refused else 200)


urlpatterns = [path("criteria/", page), path("", include("smarketing.urls"))]
