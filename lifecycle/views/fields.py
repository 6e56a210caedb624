"""The data dictionary: columns that the company adds to contacts, companies and deals."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import SignedIn, refuse_unless_role, require_role
from accounts.models import Role
from accounts.once import once
from lib.both_texts import BothTexts, meet
from lib.http import SeeOther
from lib.second_look import second_look
from lifecycle.field_forms import FieldForm, FieldLabelsForm
from lifecycle.fields import FieldChangedError, change_words
from lifecycle.models import Field

KEEPERS = (Role.MARKETER, Role.ADMIN)


@require_http_methods(["GET", "HEAD", "POST"])
@once
@second_look
def field_list(request: SignedIn) -> HttpResponse:
    """Everybody reads it; marketers and administrators add a field."""
    form = FieldForm(request.POST or None)
    if request.method == "POST":
        refuse_unless_role(request.user, *KEEPERS)
        if form.is_valid():
            field = form.save(commit=False)
            field.created_by, field.created_at = request.user, timezone.now()
            field.save()
            messages.success(request, _("Added. Imports, lists and criteria know it now."))
            return SeeOther(reverse("lifecycle:field-list"))
    context = {
        "form": form,
        "fields": Field.objects.visible_to(request.user).select_related("created_by"),
        "may_change": request.user.has_role(*KEEPERS),
    }
    return render(request, "lifecycle/field_list.html", context, status=_status(form))


@require_role(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def field_edit(request: SignedIn, field_id: int) -> HttpResponse:
    """Only its words: values are stored under the key, in the type."""
    field = get_object_or_404(Field.objects.visible_to(request.user), pk=field_id)
    form = FieldLabelsForm(request.POST or None, instance=field)
    theirs: list[BothTexts] = []
    if request.method == "POST" and form.is_valid():
        try:
            change_words(field, words=form.words, version=form.cleaned_data["version"])
        except FieldChangedError:
            theirs = meet(form, FieldLabelsForm(instance=Field.objects.get(pk=field.pk)))
            form.add_error(
                None, _("Somebody else changed this field while you were writing. Compare and save again.")
            )
        else:
            messages.success(request, _("Saved."))
            return SeeOther(reverse("lifecycle:field-list"))
    context = {"form": form, "field": Field.objects.get(pk=field.pk), "theirs": theirs}
    status = HTTPStatus.CONFLICT if theirs else _status(form)
    return render(request, "lifecycle/field_form.html", context, status=status)


def _status(form: object) -> int:
    return HTTPStatus.UNPROCESSABLE_ENTITY if getattr(form, "errors", None) else HTTPStatus.OK
