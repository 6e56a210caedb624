"""The list of contacts: search, filters, views of one's own, export; and a new contact."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import SignedIn, require_role
from accounts.models import SavedView, User
from accounts.once import once
from leads.access import STEERING, may_steer
from leads.actions.companies import find_or_create_company
from leads.actions.contacts import create_contact
from leads.actions.quarantine import quarantine
from leads.bringing_in import told_before
from leads.contact_file import rows_of_file
from leads.contact_filters import ORDERS, ContactFilterForm
from leads.contact_lines import lines_of, read, read_scores
from leads.contact_offers import PAGE, name_of_view, offered_to
from leads.errors import EmailTaken, NothingKnown, Refused
from leads.forms import NewContactForm, SavedViewForm
from leads.models import Contact, ContactScore, Origin
from leads.searching import exact_contacts, like_contacts
from lib.csv_export import rows_as_csv
from lib.pagination import Page, counted_page
from lifecycle.creation import CREATORS

IMPORTS = "/imports/"
LONGEST_VIEW: Final = SavedView._meta.get_field("query").max_length or 0


@require_safe
@vary_on_headers("HX-Request")
def contact_list(request: SignedIn) -> HttpResponse:
    """The page, or with htmx its card. A position of another order begins at the first page again."""
    form = ContactFilterForm(request.GET, user=request.user, at=timezone.now())
    page, is_like = _page(form, request)
    first, filters, chips = (
        _first(request.GET),
        _filters_only(request.GET).urlencode(),
        form.chips(request.GET),
    )
    offers = offered_to(request.user)
    context = {
        "form": form,
        "chips": chips,
        "rows": lines_of(page.rows, kept=_way_back(filters, page), first=first),
        "first": first,
        "page": page,
        "order": form.order_key,
        "order_urls": {key: _with(request.GET, order=key) for key in ORDERS},
        "views": offers.views,
        "current_query": filters,
        "bulk": offers.bulk_fields() if may_steer(request.user) else None,
        "name_of_view": name_of_view(),
        "imports_url": IMPORTS,
        "is_like": is_like,
        "is_filtered": bool(chips or form.values.get("q")),
    }
    part = "leads/contact_list.html#contacts" if request.htmx else "leads/contact_list.html"
    return render(request, part, context)


@require_safe
@vary_on_headers("HX-Request")
def contact_filters(request: SignedIn) -> HttpResponse:
    """Every filter with what can be chosen: into the list's sheet when it is opened, or as a page of its own."""
    context = {"form": ContactFilterForm(request.GET, user=request.user, at=timezone.now())}
    part = "leads/contact_filters.html#lines" if request.htmx else "leads/contact_filters.html"
    return render(request, part, context)


def _page(form: ContactFilterForm, request: SignedIn) -> tuple[Page[Any], bool]:
    """Who has the words of the search; where nobody has them, who has words like them, and that it is these."""
    visible, position = Contact.objects.visible_to(request.user), request.GET.get("at", "")
    page = _page_of(form.apply(visible, search=exact_contacts), form.order_key, position)
    if page.total or not form.values.get("q"):
        return page, False
    page = _page_of(form.apply(visible, search=like_contacts), form.order_key, position)
    return page, bool(page.total)


def _page_of(contacts: QuerySet[Contact], order: str, position: str) -> Page[Any]:
    """One query of the page's rows with all that they show, and how many there are."""
    if order != "hottest":
        return counted_page(contacts, order=ORDERS["newest"], position=position, read=read)
    scores = ContactScore.objects.filter(contact__in=contacts.order_by())  # without a score nobody is hot
    return counted_page(scores, order=ORDERS["hottest"], position=position, of=contacts, read=read_scores)


def _way_back(filters: str, page: Page[Any]) -> dict[str, str]:
    """From a contact to this list, and how many it holds."""
    total = f"{'~' if page.is_estimate else ''}{page.total}"
    return {"from": PAGE, **({"list": filters} if filters else {}), "of": total}


def _first(query: QueryDict) -> int:
    """Which line of the list the page begins with, as its address says."""
    text = query.get("first", "")
    return int(text) if query.get("at") and text.isascii() and text.isdecimal() and len(text) < 10 else 1


def _filters_only(query: QueryDict) -> QueryDict:
    rest = query.copy()
    for name in ("at", "first"):
        rest.pop(name, None)
    return rest


def _with(query: QueryDict, **values: str) -> str:
    rest = _filters_only(query)
    for name, value in values.items():
        rest[name] = value
    return f"?{rest.urlencode()}"


# Views of one's own


@require_POST
def save_view(request: SignedIn) -> HttpResponse:
    """Keep the present filters under a name; the same name replaces one's own earlier view."""
    form = SavedViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the view a name of at most 60 letters."))
        return redirect("leads:contact-list")
    query = QueryDict(form.cleaned_data["query"], mutable=True)
    known = {name: query.getlist(name) for name in ContactFilterForm.base_fields if name in query}
    cleaned = urlencode([(name, value) for name, values in known.items() for value in values])
    if len(cleaned) > LONGEST_VIEW:
        messages.error(request, _("These filters are too long to be kept. Shorten what is searched for."))
        return redirect("leads:contact-list")
    SavedView.objects.update_or_create(
        user=request.user,
        page=PAGE,
        name=form.cleaned_data["name"],
        defaults={"query": cleaned, "shared": form.cleaned_data["shared"]},
    )
    messages.success(request, _("The view “%(name)s” is saved.") % {"name": form.cleaned_data["name"]})
    return HttpResponseRedirect(f"{reverse('leads:contact-list')}?{cleaned}", status=303)


@require_POST
def drop_view(request: SignedIn, view_id: int) -> HttpResponse:
    """Remove a view of one's own; somebody else's does not exist here."""
    view = get_object_or_404(SavedView.objects.filter(user=request.user, page=PAGE), pk=view_id)
    view.delete()
    messages.success(request, _("The view “%(name)s” is gone.") % {"name": view.name})
    return _see_other("leads:contact-list")


# Export and creation


@require_safe
@require_role(*STEERING)
def export(request: SignedIn) -> StreamingHttpResponse:
    """The filtered list as CSV, streamed, no cell of which a spreadsheet would run."""
    form = ContactFilterForm(request.GET, user=request.user, at=timezone.now())
    contacts = form.apply(Contact.objects.visible_to(request.user))
    response = StreamingHttpResponse(
        rows_as_csv(rows_of_file(contacts)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="contacts.csv"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@once
def contact_new(request: SignedIn) -> HttpResponse:
    """One contact by hand; an e-mail that is known leads to the contact who has it."""
    form = NewContactForm(request.POST or None)
    may_wait = False
    if request.method == "POST" and form.is_valid():
        try:
            contact = _created(form, request.user)
        except EmailTaken as refusal:
            form.add_error("email", str(refusal))
        except NothingKnown as refusal:
            if "quarantine" in request.POST:
                try:
                    return _quarantined(request, form)
                except Refused as forbidden:
                    form.add_error(None, str(forbidden))
            else:
                form.add_error(None, str(refusal))
                may_wait = True
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(name)s is in.") % {"name": contact.name})
            return HttpResponseRedirect(contact.get_absolute_url(), status=303)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "may_wait": may_wait, **told_before(request.user, CREATORS)}
    return render(request, "leads/contact_form.html", context, status=status)


def _quarantined(request: SignedIn, form: NewContactForm) -> HttpResponse:
    """Kept apart with what is known, to be completed later."""
    quarantine(
        values=form.values(),
        company_name=form.cleaned_data["company_name"],
        actor=request.user,
        at=timezone.now(),
        origin=Origin.PERSON,
    )
    messages.success(request, _("Kept in quarantine until more is known."))
    return _see_other("leads:quarantine")


@transaction.atomic
def _created(form: NewContactForm, user: User) -> Contact:
    """The company by its name, then the contact; a refusal of either leaves neither."""
    values, at = form.values(), timezone.now()
    if form.cleaned_data["company_name"]:
        values["company"], _made = find_or_create_company(name=form.cleaned_data["company_name"], at=at)
    return create_contact(values=values, actor=user, at=at)


def _see_other(name: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(name), status=303)


def contact_of(request: SignedIn, contact_id: int) -> Contact:
    """A contact the reader sees, or 404."""
    contact = Contact.objects.visible_to(request.user).filter(pk=contact_id).first()
    if contact is None:
        raise Http404
    return contact
