"""Companies: the list, and one with its people, deals and what they did."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import SignedIn
from accounts.models import User
from leads.actions.companies import update_company
from leads.errors import Refused, StaleCompany
from leads.forms import CompanyForm
from leads.models import Company, Contact, Deal
from leads.searching import search_companies
from leads.worth import deal_worth
from lib.both_texts import BothTexts, meet
from lib.pagination import counted_page
from lib.second_look import second_look

ORDER = ("name_key", "id")
PEOPLE_SHOWN = 100


@require_safe
def company_list(request: SignedIn) -> HttpResponse:
    """By name; each with how many people and how much it has bought."""
    text = request.GET.get("q", "")[:200]
    companies = search_companies(Company.objects.visible_to(request.user), text)
    page = counted_page(companies, order=ORDER, position=request.GET.get("at", ""))
    return render(
        request,
        "leads/company_list.html",
        {"rows": _with_figures(page.rows, reader=request.user), "page": page, "q": text},
    )


def _with_figures(companies: list[Company], *, reader: User) -> list[dict[str, Any]]:
    """People and cents won of these companies, of those whom the reader sees on their pages. Two queries."""
    ids = [company.pk for company in companies]
    contacts = Contact.objects.visible_to(reader).filter(company__in=ids).order_by()
    people = dict(contacts.values_list("company").annotate(n=Count("pk")))
    deals_won = Deal.objects.visible_to(reader).won().filter(company__in=ids)
    won = {
        pk: (cents, deals - counted)
        for pk, cents, deals, counted in deals_won.order_by()
        .values_list("company")
        .annotate(cents=Coalesce(Sum(deal_worth()), 0), deals=Count("pk"), counted=Count(deal_worth()))
    }
    rows = []
    for company in companies:
        cents, uncounted = won.get(company.pk, (0, 0))
        rows.append(
            {"company": company, "people": people.get(company.pk, 0), "won": cents, "uncounted": uncounted}
        )
    return rows


def company_of(request: SignedIn, company_id: int) -> Company:
    company = Company.objects.visible_to(request.user).filter(pk=company_id).first()
    if company is None:
        raise Http404
    return company


@require_safe
def company_detail(request: SignedIn, company_id: int) -> HttpResponse:
    """One company with the people whom the reader may see, and their deals."""
    company = company_of(request, company_id)
    people = (
        Contact.objects.visible_to(request.user)
        .filter(company=company)
        .select_related("stage", "status", "owner", "score")
        .order_by(F("score__engagement").desc(nulls_last=True), "-pk")
    )
    deals = (
        Deal.objects.visible_to(request.user)
        .filter(Q(company=company) | Q(contact__company=company))
        .select_related("contact", "owner")
    )
    context = {
        "company": company,
        "people": people[:PEOPLE_SHOWN],
        "people_count": people.count(),
        "deals": deals[:PEOPLE_SHOWN],
    }
    return render(request, "leads/company_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@second_look
def company_edit(request: SignedIn, company_id: int) -> HttpResponse:
    """Change a company; refuses what somebody else changed meanwhile."""
    company = company_of(request, company_id)
    form = CompanyForm(request.POST or None, instance=company)
    theirs: list[BothTexts] = []
    if request.method == "POST" and form.is_valid():
        changes = {name: form.cleaned_data[name] for name in CompanyForm.Meta.fields}
        try:
            update_company(
                company,
                changes=changes,
                version=form.cleaned_data["version"],
                at=timezone.now(),
                actor=request.user,
            )
        except StaleCompany as refusal:
            theirs = meet(form, CompanyForm(instance=company_of(request, company_id)))
            form.add_error(None, str(refusal))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": company.name})
            return HttpResponseRedirect(company.get_absolute_url(), status=303)
    context = {"form": form, "company": company_of(request, company_id), "theirs": theirs}
    status = 409 if theirs else 422 if request.method == "POST" else 200
    return render(request, "leads/company_form.html", context, status=status)
