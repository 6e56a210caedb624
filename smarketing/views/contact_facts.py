"""The facts of a contact as a form; who met somebody else's edit sees both texts and saves again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import SignedIn
from accounts.models import User
from leads.actions.companies import find_or_create_company
from leads.actions.contacts import update_contact
from leads.errors import Refused, StaleContact
from leads.models import Contact
from lib.both_texts import NOTHING, BothTexts
from smarketing.contact_page.forms import OWN, TEXT_FIELDS, FactsForm, shown
from smarketing.contact_page.place import place_of
from smarketing.views.contact import contact_of
from smarketing.views.contact_changes import editable, see


@require_http_methods(["GET", "HEAD", "POST"])
def contact_edit(request: SignedIn, contact_id: int) -> HttpResponse:
    """Read the facts into a form, write what was changed."""
    contact, place = editable(request, contact_id), place_of(request.GET, request.user)
    if request.method != "POST":
        form = FactsForm(instance=contact)
        form.initial = {**form.initial, **form.started_on(contact)}
        return render(
            request, "smarketing/contact/edit.html", {"contact": contact, "form": form, "place": place}
        )
    form, status = FactsForm(request.POST), HTTPStatus.UNPROCESSABLE_ENTITY
    theirs: list[BothTexts] = []
    if form.is_valid():
        try:
            _save(contact, form, actor=request.user)
        except StaleContact as refusal:
            form.add_error(None, str(refusal))
            status, theirs = HTTPStatus.CONFLICT, _both_texts(form, refusal)
            now = form.started_on(contact_of(request, contact_id))
            form.data = {**request.POST.dict(), "version": now["version"], "seen": now["seen"]}
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The facts of %(name)s are saved.") % {"name": contact})
            return see(request, contact)
    context = {"contact": contact, "form": form, "theirs": theirs, "place": place}
    return render(request, "smarketing/contact/edit.html", context, status=status)


@transaction.atomic
def _save(contact: Contact, form: FactsForm, *, actor: User) -> None:
    """Only what the person changed is written; the company by its name."""
    at, seen = timezone.now(), form.texts_seen()
    known: dict[str, Any] = {name: seen[name] for name in TEXT_FIELDS if name in seen}
    changes: dict[str, Any] = {
        name: value
        for name, value in form.values().items()
        if name not in seen or seen[name] != (str(value.pk) if hasattr(value, "pk") else value or "")
    }
    company = form.cleaned_data["company_name"]
    if company != seen.get("company_name"):
        changes["company"] = find_or_create_company(name=company, at=at)[0] if company else None
    own = _own_changes(form, seen.get("custom", {}))
    if own:
        changes["custom"] = {
            key: value for key, value in {**contact.custom, **own}.items() if value is not None
        }
        if all(seen.get("custom", {}).get(key) == contact.custom.get(key) for key in own):
            known["custom"] = contact.custom
    update_contact(
        contact,
        changes=changes,
        version=form.cleaned_data["version"],
        at=at,
        seen=known,
        actor=actor,
    )


def _own_changes(form: FactsForm, seen: dict[str, Any]) -> dict[str, Any]:
    """Of the company's own fields, those the person changed; None where they were emptied."""
    return {key: value for key, value in form.own_values().items() if value != seen.get(key)}


def _both_texts(form: FactsForm, refusal: StaleContact) -> list[BothTexts]:
    """What stands now in the fields that met, beside what the person wrote."""
    fields = dict(refusal.values["fields"])  # type: ignore[call-overload]  # an object of names and values
    own = fields.pop("custom", {})
    names = {name: "company_name" if name == "company" else name for name in fields}
    pairs = [(names[name], now) for name, now in fields.items()]
    pairs += [
        (f"{OWN}{key}", shown(form.own[key], own.get(key)))
        for key, value in (form.own_values() if own else {}).items()
        if value != own.get(key)
    ]
    return [
        BothTexts(
            label=str(form.fields[name].label),
            now=NOTHING if now in (None, "") else now,
            yours=NOTHING if form.cleaned_data[name] in (None, "") else form.cleaned_data[name],
        )
        for name, now in pairs
    ]
