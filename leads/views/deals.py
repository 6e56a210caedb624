"""Deals: the board and the list, one deal, and its way to won or lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Refused as Forbidden
from accounts.access import SignedIn, require_role
from accounts.models import Role, User
from accounts.once import once
from leads.access import may_work
from leads.actions.deals import edit_deal, lose_deal, move_deal, open_deal, reopen_deal, win_deal
from leads.deal_information import information_rule, missing_of, steward_of
from leads.errors import DealEdited, Refused
from leads.forms import DealEditForm, DealFilterForm, DealForm, DealMoveForm, UncountedForm
from leads.models import Contact, Deal, DealQuerySet, DealStage
from leads.searching import words_of
from leads.uncounted import uncounted_of
from leads.worth import deal_worth
from lib.both_texts import BothTexts, meet
from lib.currencies import reporting_currency
from lib.folding import Fold
from lib.pagination import counted_page

ORDER = ("-opened_at", "-id")
CARDS = 40
"""Cards of a column of the board; the list has the rest."""


def _filtered(request: SignedIn) -> tuple[DealQuerySet, DealFilterForm]:
    form = DealFilterForm(request.GET)
    form.is_valid()
    deals, values = Deal.objects.visible_to(request.user), form.cleaned_data
    words = words_of(values.get("q") or "")
    deals = deals.annotate(folded=Fold("name")) if words else deals
    for word in words:
        wanted = Fold(Value(word))
        deals = deals.filter(Q(folded__contains=wanted) | Q(contact__search__contains=wanted))
    if values.get("stage"):
        deals = deals.filter(stage=values["stage"])
    if values.get("owner"):
        deals = deals.filter(owner=values["owner"])
    return deals, form


def _of_the_board(deals: DealQuerySet) -> DealQuerySet:
    """Open, or closed in the last thirty days."""
    return deals.filter(Q(closed_at=None) | Q(closed_at__gte=timezone.now() - timedelta(days=30)))


def _uncounted(request: SignedIn, deals: DealQuerySet) -> tuple[DealQuerySet, str]:
    """Those that a sum leaves out, and their currency, where the address asks for them."""
    form = UncountedForm(request.GET)
    if not form.is_valid():
        return deals, ""
    values = form.cleaned_data
    if values["campaign"]:
        deals = deals.filter(contact__campaign=values["campaign"])
    if values["company"]:
        deals = deals.filter(company=values["company"])
    if values["board"]:
        deals = _of_the_board(deals)
    currency = "" if values["uncounted"] == "all" else values["uncounted"]
    return deals.uncounted(currency), values["uncounted"]


@require_safe
def deal_board(request: SignedIn) -> HttpResponse:
    """Open deals by column with what each column holds; closed ones of the last thirty days beside them."""
    deals, form = _filtered(request)
    shown = _of_the_board(deals)
    figures = {"count": Count("pk"), "cents": Coalesce(Sum(deal_worth()), 0), "counted": Count(deal_worth())}
    sums: dict[str, Any] = {row["stage"]: row for row in shown.order_by().values("stage").annotate(**figures)}
    columns = [
        {
            "stage": stage,
            "count": sums.get(stage.value, {}).get("count", 0),
            "cents": sums.get(stage.value, {}).get("cents", 0),
            "deals": shown.filter(stage=stage).select_related("contact", "company", "owner")[:CARDS],
        }
        for stage in DealStage
    ]
    context = {"columns": columns, "form": form, "uncounted": [], "today": timezone.localdate()}
    if any(row["count"] > row["counted"] for row in sums.values()):
        address = request.GET.copy()
        address["board"] = "on"
        context["uncounted"] = uncounted_of(shown, partial(_to_uncounted, address))
    return render(request, "leads/deal_board.html", context)


def _to_uncounted(address: QueryDict, currency: str) -> str:
    """The list of these deals, by the filters of the page they are on."""
    asked = address.copy()
    asked["uncounted"] = currency
    return f"{reverse('leads:deal-list')}?{asked.urlencode()}"


@require_safe
def deal_list(request: SignedIn) -> HttpResponse:
    """Every deal, newest first, filtered by the address."""
    deals, form = _filtered(request)
    deals, uncounted = _uncounted(request, deals)
    shown = deals.select_related("contact", "company", "owner")
    page = counted_page(shown, order=ORDER, position=request.GET.get("at", ""))
    return render(request, "leads/deal_list.html", {"page": page, "form": form, "uncounted_in": uncounted})


def deal_of(request: SignedIn, deal_id: int) -> Deal:
    deal = (
        Deal.objects.visible_to(request.user)
        .annotate(worth=deal_worth())
        .select_related("contact", "company", "owner")
        .filter(pk=deal_id)
        .first()
    )
    if deal is None:
        raise Http404
    return deal


@require_safe
def deal_detail(request: SignedIn, deal_id: int) -> HttpResponse:
    deal = deal_of(request, deal_id)
    context = {
        "deal": deal,
        "move": DealMoveForm(initial={"to": deal.stage}),
        "is_closed": deal.closed_at is not None,
        "is_foreign": deal.currency != reporting_currency(),
        "rule": (rule := information_rule()),
        "missing": missing_of(rule, deal),
        "steward": steward_of(rule, deal.owner),
        "may_work": request.user.role != Role.MARKETER and may_work(request.user, deal),
    }
    return render(request, "leads/deal_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("rep", "manager", "admin")
@once
def deal_new(request: SignedIn, contact_id: int) -> HttpResponse:
    """Open a deal for a contact the reader sees."""
    contact = (
        Contact.objects.visible_to(request.user)
        .select_related("company", "owner")
        .filter(pk=contact_id)
        .first()
    )
    if contact is None:
        raise Http404
    form = DealForm(
        request.POST or None, initial={"name": contact.company.name if contact.company else contact.name}
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            deal = open_deal(
                contact,
                name=values["name"],
                amount_cents=form.amount_cents,
                currency=values.get("currency", ""),
                owner=_owner(contact, request.user),
                at=timezone.now(),
                expected_close_on=values["expected_close_on"],
                note=values["note"],
                actor=request.user,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The deal “%(name)s” is open.") % {"name": deal.name})
            return HttpResponseRedirect(deal.get_absolute_url(), status=303)
    status = 422 if request.method == "POST" else 200
    return render(request, "leads/deal_form.html", {"form": form, "contact": contact}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("rep", "manager", "admin")
def deal_edit(request: SignedIn, deal_id: int) -> HttpResponse:
    """Write what is known of a deal; of two who write at once the second compares."""
    deal = _workable(request, deal_id)
    theirs: list[BothTexts] = []
    form = DealEditForm(request.POST or None, deal=deal, user=request.user, initial=_read(deal))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            edit_deal(
                deal,
                name=values["name"],
                amount_cents=form.amount_cents,
                expected_close_on=values["expected_close_on"],
                note=values["note"],
                owner=values["owner"],
                won_reason=values.get("won_reason", ""),
                actor=request.user,
                at=timezone.now(),
                version=values["version"],
            )
        except DealEdited as refusal:
            now = _workable(request, deal_id)
            theirs = meet(form, DealEditForm(deal=now, user=request.user, initial=_read(now)))
            form.add_error(None, str(refusal))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("“%(name)s” is saved.") % {"name": values["name"]})
            return HttpResponseRedirect(deal.get_absolute_url(), status=303)
    status = 409 if theirs else 422 if request.method == "POST" else 200
    context = {"form": form, "deal": deal, "theirs": theirs}
    return render(request, "leads/deal_edit.html", context, status=status)


def _read(deal: Deal) -> dict[str, object]:
    """What the form of a deal opens with."""
    return {
        "name": deal.name,
        "amount": Decimal(deal.amount_cents) / 100,
        "expected_close_on": deal.expected_close_on,
        "note": deal.note,
        "owner": deal.owner_id,
        "won_reason": deal.won_reason,
        "version": deal.version,
    }


def _owner(contact: Contact, user: User) -> User:
    """The rep who opens it, else the contact's own rep."""
    return user if user.has_role("rep") or contact.owner is None else contact.owner


@require_POST
@require_role("rep", "manager", "admin")
def deal_move(request: SignedIn, deal_id: int) -> HttpResponse:
    """Move, win or lose a deal; what is refused says why and changes nothing."""
    deal, form = _workable(request, deal_id), DealMoveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose one of the stages of a deal."))
        return _back(request, deal)
    try:
        _move(deal, form.cleaned_data, request.user, timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        stage = DealStage(form.cleaned_data["to"]).label
        messages.success(request, _("“%(name)s” is now: %(stage)s.") % {"name": deal.name, "stage": stage})
    return _back(request, deal)


def _workable(request: SignedIn, deal_id: int) -> Deal:
    """A deal the reader sees and may work; 403 for one that is only to be read."""
    deal = deal_of(request, deal_id)
    if not may_work(request.user, deal):
        raise Forbidden(_("This deal is somebody else’s to work."), who=str(deal.owner or ""))
    return deal


def _move(deal: Deal, values: dict[str, Any], actor: User, at: datetime) -> None:
    if values["to"] == DealStage.WON:
        win_deal(deal, at=at, reason=values["won_reason"], actor=actor)
    elif values["to"] == DealStage.LOST:
        lose_deal(deal, reason=values["lost_reason"], at=at, actor=actor)
    else:
        move_deal(deal, to=values["to"], actor=actor, at=at)


@require_POST
@require_role("rep", "manager", "admin")
def deal_reopen(request: SignedIn, deal_id: int) -> HttpResponse:
    """Take a closing back."""
    deal = _workable(request, deal_id)
    try:
        reopen_deal(deal, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("“%(name)s” is open again.") % {"name": deal.name})
    return _back(request, deal)


def _back(request: SignedIn, deal: Deal) -> HttpResponseRedirect:
    """To the board when the change was made there, else to the deal."""
    address = reverse("leads:deal-board") if request.POST.get("back") == "board" else deal.get_absolute_url()
    return HttpResponseRedirect(address, status=303)
