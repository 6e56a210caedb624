"""A form that makes something makes it once: clicked twice, sent again from behind, retried by a proxy, it finds it.

Each page that shows a form masks its CSRF token anew, so the token names that showing of the form: the same token
with the same values is the same intention, another value or a page opened again is another. What a form changes
needs none of this, versions and states refuse it; this is for what would be there twice.
"""

from __future__ import annotations

from datetime import timedelta
from functools import wraps
from hashlib import sha256
from typing import ParamSpec

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, OperationalError, transaction
from django.http.response import HttpResponseBase
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from accounts.access import SignedIn, View
from accounts.models import TakenForm, User
from lib.http import SeeOther

TOKEN = "csrfmiddlewaretoken"  # noqa: S105  # the name of the field
REMEMBERED = timedelta(days=7)
"""No session, and so no page of it, lives longer."""

MORE_WAITS = 5
"""Each as long as a lock is waited for: the form that came first may be a large file that is being looked at."""

P = ParamSpec("P")


def once(view: View[P]) -> View[P]:
    """Answer a form that was taken with where it led, and do nothing; two at the same instant wait for each other.

    The mark is part of the transaction of what the form makes. A form that comes back for correction, or fails,
    leaves none.
    """

    @wraps(view)
    def taken_once(request: SignedIn, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.method != "POST" or not request.POST.get(TOKEN):
            return view(request, *args, **kwargs)
        fingerprint = fingerprint_of(request)
        with transaction.atomic():
            mark = _mark(request.user, fingerprint)
            if mark is None:
                return SeeOther(TakenForm.objects.get(user=request.user, fingerprint=fingerprint).led_to)
            response = view(request, *args, **kwargs)
            if 300 <= response.status_code < 400:
                TakenForm.objects.filter(pk=mark.pk).update(led_to=response.headers["Location"])
            else:
                mark.delete()
            return response

    return taken_once


def _mark(user: User, fingerprint: str) -> TakenForm | None:
    """The mark that is now ours, or None where the form was taken. Waits for whoever is about to take it."""
    now = timezone.now()
    TakenForm.objects.filter(user=user, taken_at__lt=now - REMEMBERED).delete()
    mark = TakenForm(user=user, fingerprint=fingerprint, taken_at=now)
    for waits_again in (True,) * MORE_WAITS + (False,):
        try:
            with transaction.atomic():
                mark.save(force_insert=True)
        except IntegrityError:
            return None
        except OperationalError as error:
            if not (waits_again and isinstance(error.__cause__, LockNotAvailable)):
                raise
        else:
            break
    return mark


def fingerprint_of(request: SignedIn) -> str:
    """The address and everything that was sent to it, files by their content."""
    told = sha256(repr((request.get_full_path(), sorted(request.POST.lists()))).encode(errors="replace"))
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            assert isinstance(file, UploadedFile)
            told.update(repr((name, file.name, file.size)).encode(errors="replace"))
            for chunk in file.chunks():
                told.update(chunk)
    return told.hexdigest()
