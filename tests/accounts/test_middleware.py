"""A session ends after eight idle hours and after seven days; the page speaks the reader's language."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language

from accounts.models import User
from tests.factories.moments import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def whoami(request: HttpRequest) -> HttpResponse:
    here = timezone.localtime(NOW)
    return HttpResponse(f"{request.user.pk} {get_language()} {here:%H:%M}")


@login_not_required
def anyone(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{get_language()} {timezone.localtime(NOW):%H:%M}")


def test_an_address_with_a_null_byte_is_refused_before_it_reaches_the_database(as_rep: Client) -> None:
    assert as_rep.get("/whoami/?reason=%00").status_code == 400
    assert as_rep.get("/whoami/%00/").status_code == 400


def kept_an_hour(request: HttpRequest) -> HttpResponse:
    return HttpResponse("a picture", headers={"Cache-Control": "private, max-age=3600"})


urlpatterns = [
    path("whoami/", whoami),
    path("picture/", kept_an_hour),
    path("anyone/", anyone),
    path("login/", anyone, name="account_login"),
]


def test_no_browser_keeps_what_a_signed_in_person_saw(as_rep: Client) -> None:
    assert as_rep.get("/whoami/")["Cache-Control"] == "private, no-store"
    assert as_rep.get("/picture/")["Cache-Control"] == "private, max-age=3600"
    assert not Client().get("/anyone/").has_header("Cache-Control")


def test_a_page_is_in_the_reader_s_language_and_time_zone(as_rep: Client, rep: User) -> None:
    User.objects.filter(pk=rep.pk).update(language="fr", time_zone="America/New_York")

    answer = as_rep.get("/whoami/", headers={"Accept-Language": "en"})

    assert answer.content.decode() == f"{rep.pk} fr 04:00"
    assert answer["Content-Language"] == "fr"


def test_a_stranger_reads_in_the_language_of_the_browser() -> None:
    assert Client().get("/anyone/", headers={"Accept-Language": "fr"}).content == b"fr 09:00"


def test_the_next_request_of_the_process_does_not_inherit_a_language(as_rep: Client, rep: User) -> None:
    User.objects.filter(pk=rep.pk).update(language="fr", time_zone="Asia/Kathmandu")
    as_rep.get("/whoami/")

    assert Client().get("/anyone/").content == b"en 09:00"


def test_an_unknown_time_zone_is_read_as_universal_time(as_rep: Client, rep: User) -> None:
    User.objects.filter(pk=rep.pk).update(time_zone="Mars/Olympus")

    assert as_rep.get("/whoami/").content.decode() == f"{rep.pk} en 09:00"


def visits(client: Client, *moments: datetime) -> list[int]:
    answers = []
    for moment in moments:
        with time_machine.travel(moment, tick=False):
            answers.append(client.get("/whoami/").status_code)
    return answers


def test_eight_idle_hours_end_a_session(as_rep: Client) -> None:
    almost = NOW + timedelta(hours=7, minutes=59)

    assert visits(as_rep, NOW, almost, almost + timedelta(hours=8)) == [200, 200, 302]


def test_a_page_that_asks_by_itself_keeps_no_session_alive(as_rep: Client) -> None:
    visits(as_rep, NOW)
    for hours in (3, 6):
        with time_machine.travel(NOW + timedelta(hours=hours), tick=False):
            assert as_rep.get("/whoami/", headers={"X-Asks-By-Itself": "yes"}).status_code == 200

    assert visits(as_rep, NOW + timedelta(hours=9)) == [302]


def test_seven_days_end_a_session_however_busy(as_rep: Client) -> None:
    busy = [NOW + timedelta(hours=6 * step) for step in range(29)]

    assert visits(as_rep, *busy) == [200] * 28 + [302]


def test_a_busy_session_is_written_once_in_five_minutes(as_rep: Client) -> None:
    seen = last_seen(as_rep, NOW)

    assert last_seen(as_rep, NOW + timedelta(minutes=4)) == seen
    assert last_seen(as_rep, NOW + timedelta(minutes=5)) == seen + 300


def last_seen(client: Client, moment: datetime) -> float:
    """What a visit leaves in the session, read at that moment: later it may have run out."""
    visits(client, moment)
    with time_machine.travel(moment, tick=False):
        return float(client.session["seen_at"])


def test_a_deactivated_person_is_out_at_the_next_click(as_rep: Client, rep: User) -> None:
    assert visits(as_rep, NOW) == [200]

    User.objects.filter(pk=rep.pk).update(is_active=False)

    assert visits(as_rep, NOW) == [302]
