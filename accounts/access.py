"""Who may open a page, by role; rights on rows are querysets (`visible_to`), not here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec

from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from accounts.middleware import SINCE
from accounts.models import Role, User

NAMED_AT_MOST = 3

P = ParamSpec("P")


class SignedIn(HttpRequest):
    """The request of a view behind LoginRequiredMiddleware: somebody is there."""

    user: User
    htmx: HtmxDetails


class Refused(PermissionDenied):
    """A reader who may not; `who` says who may, in the reader's language."""

    def __init__(self, reason: str, *, who: str = "") -> None:
        super().__init__(reason)
        self.who = who


View = Callable[Concatenate[SignedIn, P], HttpResponseBase]


def require_role(*roles: str) -> Callable[[View[P]], View[P]]:
    """Let these roles in; the others get a 403 page that names the people to ask."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: SignedIn, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            refuse_unless_role(request.user, *roles)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def refuse_unless_role(user: User, *roles: str) -> None:
    """For a view whose GET is open and whose POST is not. One query, only when refusing."""
    if not user.has_role(*roles):
        raise Refused(_("This is for other roles than yours"), who=who_may(*roles))


def who_may(*roles: str) -> str:
    """“It is a right of Inès Carvalho and Léo Martin.” One query; a few names, never a directory."""
    people = list(User.objects.active().filter(role__in=roles)[: NAMED_AT_MOST + 1])
    if not people:
        return _("Open to: %(roles)s.") % {"roles": listed([str(Role(role).label) for role in roles])}
    named = [person.get_full_name() for person in people[:NAMED_AT_MOST]]
    if len(people) > NAMED_AT_MOST:
        named.append(_("others of that role"))
    return _("It is a right of %(people)s.") % {"people": listed(named)}


def listed(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(others)s and %(last)s") % {"others": ", ".join(words[:-1]), "last": words[-1]}


def is_fresh(request: SignedIn, *, within: timedelta, at: datetime) -> bool:
    """Whether the person gave a password, or a second factor, that lately."""
    records = get_authentication_records(request, request.user)
    proofs: list[float] = [request.session.get(SINCE, at.timestamp()), *(record["at"] for record in records)]
    return at.timestamp() - max(proofs) < within.total_seconds()


def ask_again_unless_fresh(request: SignedIn, *, within: timedelta, at: datetime) -> None:
    """Ask for the password before this request goes on; what was sent is kept meanwhile."""
    if not is_fresh(request, within=within, at=at):
        raise ReauthenticationRequired
