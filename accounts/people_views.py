"""Settings of the company's people: who works here, in which role, and who is away."""

from __future__ import annotations

from http import HTTPStatus

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import SignedIn, require_role
from accounts.forms import AbsenceForm, NewPersonForm, PersonForm
from accounts.models import Absence, Role, User
from accounts.once import once
from accounts.people import (
    AbsenceOverlapsError,
    LastAdministratorError,
    PersonChangedError,
    PersonError,
    YourselfError,
    cancel_absence,
    change_person,
    deactivate,
    invite,
    reactivate,
    record_absence,
)
from lib.both_texts import BothTexts, meet
from lib.http import SeeOther
from lib.second_look import second_look


@require_safe
def people_list(request: SignedIn) -> HttpResponse:
    people = User.objects.visible_to(request.user).select_related("team")
    away = set(
        User.objects.exclude(pk__in=User.objects.present(at=timezone.now())).values_list("pk", flat=True)
    )
    context = {
        "people": people.order_by("-is_active", "last_name", "first_name"),
        "away": away,
        "may_change": request.user.has_role(Role.ADMIN),
    }
    return render(request, "accounts/people.html", context)


@require_role(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required
@once
@second_look
def person_new(request: SignedIn) -> HttpResponse:
    form = NewPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = invite(values=form.values, actor=request.user, at=timezone.now())
        messages.success(
            request, _("%(person)s gets a mail with a link to choose a password.") % {"person": person}
        )
        return _to_people()
    return _form(request, form)


@require_role(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required
def person_edit(request: SignedIn, person_id: int) -> HttpResponse:
    person = get_object_or_404(User.objects.visible_to(request.user), pk=person_id)
    form = PersonForm(request.POST or None, instance=person)
    theirs: list[BothTexts] = []
    if request.method == "POST" and form.is_valid():
        try:
            change_person(
                person, values=form.values, version=form.cleaned_data["version"], actor=request.user
            )
        except PersonChangedError as error:
            theirs = meet(form, PersonForm(instance=User.objects.get(pk=person.pk)))
            form.add_error(None, said(error))
        except PersonError as error:
            form.add_error("role", said(error))
        else:
            messages.success(request, _("Saved."))
            return _to_people()
    return _form(request, form, person=User.objects.get(pk=person.pk), theirs=theirs)


@require_role(Role.ADMIN)
@require_POST
@reauthentication_required
def person_deactivate(request: SignedIn, person_id: int) -> HttpResponse:
    person = get_object_or_404(User.objects.visible_to(request.user), pk=person_id)
    try:
        deactivate(person, actor=request.user)
    except PersonError as error:
        messages.error(request, said(error))
    else:
        messages.success(
            request,
            _("%(person)s can no longer sign in. What they did and signed stays.") % {"person": person},
        )
    return _to_people()


@require_role(Role.ADMIN)
@require_POST
@reauthentication_required
def person_reactivate(request: SignedIn, person_id: int) -> HttpResponse:
    person = get_object_or_404(User.objects.visible_to(request.user), pk=person_id)
    reactivate(person, actor=request.user, at=timezone.now())
    messages.success(
        request, _("%(person)s gets a mail with a link to choose a password.") % {"person": person}
    )
    return _to_people()


@require_http_methods(["GET", "HEAD", "POST"])
def absences(request: SignedIn) -> HttpResponse:
    """Everybody sees who is away; one plans one's own, a manager everybody's."""
    form = AbsenceForm(request.POST or None, people=_plannable(request), initial={"user": request.user.pk})
    if request.method == "POST" and form.is_valid():
        starts_at, ends_at = form.span
        try:
            record_absence(
                form.cleaned_data["user"],
                starts_at=starts_at,
                ends_at=ends_at,
                note=form.cleaned_data["note"],
            )
        except PersonError as error:
            form.add_error("first_day", said(error))
        else:
            messages.success(request, _("Planned. New leads go to others on these days."))
            return SeeOther(reverse("accounts:absence-list"))
    planned = Absence.objects.visible_to(request.user).not_over(at=timezone.now())
    kept = set(Absence.objects.kept_by(request.user).values_list("pk", flat=True))
    context = {
        "form": form,
        "absences": planned.select_related("user__team").order_by("starts_at"),
        "kept": kept,
    }
    return render(request, "accounts/absences.html", context, status=_status(form))


@require_POST
def absence_cancel(request: SignedIn, absence_id: int) -> HttpResponse:
    mine = Absence.objects.kept_by(request.user).not_over(at=timezone.now())
    cancel_absence(get_object_or_404(mine, pk=absence_id))
    messages.success(request, _("Cancelled."))
    return SeeOther(reverse("accounts:absence-list"))


def said(error: PersonError) -> str:
    sentences = {
        LastAdministratorError: _("There would be no administrator left. Make somebody else one first."),
        PersonChangedError: _(
            "Somebody else changed this person while you were writing. Compare and save again."
        ),
        YourselfError: _("Another administrator has to do that for you."),
        AbsenceOverlapsError: _("Some of these days are planned already."),
    }
    return sentences[type(error)]


def _plannable(request: SignedIn) -> object:
    people = User.objects.active().select_related("team")
    return people if request.user.has_role(Role.MANAGER, Role.ADMIN) else people.filter(pk=request.user.pk)


def _form(
    request: SignedIn, form: PersonForm, person: User | None = None, theirs: list[BothTexts] | None = None
) -> HttpResponse:
    context = {"form": form, "person": person, "theirs": theirs}
    status = HTTPStatus.CONFLICT if theirs else _status(form)
    return render(request, "accounts/person_form.html", context, status=status)


def _status(form: object) -> int:
    return HTTPStatus.UNPROCESSABLE_ENTITY if getattr(form, "errors", None) else HTTPStatus.OK


def _to_people() -> SeeOther:
    return SeeOther(reverse("accounts:person-list"))
