"""The way in, by the forms that people use: how often one may try, the second step, a forgotten one, the way out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import statistics
import struct
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings as project
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client

from accounts.models import OutboxMessage, User
from accounts.people import deactivate
from accounts.tasks import deliver
from tests.factories.accounts import UserFactory
from tests.factories.moments import NOW
from tests.fingerprint import fingerprint
from tests.smtp_sink import Sink, smtp_sink

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
ANOTHER = "staple of the other kind"
SIGN_IN, RESET = "/accounts/login/", "/accounts/password/reset/"
SECOND_STEP = "/accounts/2fa/authenticate/"
PAUSED = "Sign-in pauses for up to 5 minutes; the password is unchanged."
WRONG = "This e-mail and password do not go together."


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """It stands still at the beginning of the 30 seconds of a code."""
    with time_machine.travel(
        datetime.fromtimestamp(NOW.timestamp() // 30 * 30, NOW.tzinfo), tick=False
    ) as at:
        yield at


@pytest.fixture
def claire(rep: User) -> User:
    rep.set_password(PASSWORD)
    rep.save()
    return rep


def sign_in(
    browser: Client,
    email: str = "claire@smarketing.test",
    password: str = PASSWORD,
    *,
    network: str = "10.0.0.1",
) -> Any:
    return browser.post(SIGN_IN, {"login": email, "password": password}, REMOTE_ADDR=network)


def is_in(browser: Client) -> bool:
    return browser.get("/settings/").status_code == 200


def text_of(answer: HttpResponse) -> str:
    return " ".join(answer.content.decode().split())


# The form


def test_e_mail_and_password_open_the_home_page_under_a_new_session(claire: User) -> None:
    browser = Client()
    browser.get(SIGN_IN)
    browser.session["of"] = "before"
    session = browser.session
    session["of"] = "before"
    session.save()
    before = session.session_key

    answer = sign_in(browser, email="Claire@Smarketing.test")

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert is_in(browser)
    assert browser.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


READABLE, ENCODED = "eva@bücher.example", "eva@xn--bcher-kva.example"


@pytest.fixture
def eva() -> User:
    return User.objects.create_user(ENCODED, PASSWORD)


@pytest.mark.parametrize("typed", [READABLE, ENCODED, "Eva@XN--BCHER-KVA.Example", " EVA@BÜCHER.example "])
def test_a_domain_with_an_accent_opens_in_each_spelling(eva: User, typed: str) -> None:
    """Some browsers send what is typed into an e-mail field as `xn--…`."""
    browser = Client()

    assert sign_in(browser, email=typed)["Location"] == "/"
    assert is_in(browser)


def test_the_spellings_of_a_domain_share_their_tries(eva: User) -> None:
    for typed in (READABLE, ENCODED, READABLE, ENCODED, ENCODED):
        wrong = sign_in(Client(), email=typed, password=ANOTHER)
        assert wrong.status_code == 422
        assert WRONG in text_of(wrong)

    assert PAUSED in text_of(sign_in(Client(), email=READABLE))
    assert PAUSED in text_of(sign_in(Client(), email=ENCODED))


def test_a_domain_that_cannot_be_decoded_is_answered_as_a_wrong_password_is(eva: User) -> None:
    answer = sign_in(Client(), email="eva@xn--a.example")

    assert answer.status_code == 422
    assert WRONG in text_of(answer)


@pytest.mark.parametrize("typed", [READABLE, ENCODED])
def test_a_forgotten_password_is_asked_for_in_each_spelling(eva: User, typed: str) -> None:
    Client().post(RESET, {"email": typed})

    assert OutboxMessage.objects.get().payload == {"user": eva.pk, "mail": "password_reset"}


def test_the_spellings_of_a_domain_share_how_often_a_mail_is_asked_for(eva: User) -> None:
    asked = [Client().post(RESET, {"email": (READABLE, ENCODED)[turn % 2]}).status_code for turn in range(6)]

    assert asked == [302, 302, 302, 302, 302, 429]
    assert OutboxMessage.objects.count() == 5


def test_where_one_wanted_to_go_is_where_one_arrives_but_never_elsewhere(claire: User) -> None:
    wanted = {"login": claire.email, "password": PASSWORD}
    assert Client().post(SIGN_IN, {**wanted, "next": "/queue/"})["Location"] == "/queue/"
    assert Client().post(SIGN_IN, {**wanted, "next": "https://evil.example/"})["Location"] == "/"


def test_an_unknown_address_is_answered_as_a_wrong_password_is(claire: User) -> None:
    wrong = sign_in(Client(), password=ANOTHER)
    unknown = sign_in(Client(), email="nobody@smarketing.test")

    assert wrong.status_code == unknown.status_code == 422
    assert WRONG in text_of(wrong)
    shown = [
        re.sub(r"[\w.]+@smarketing\.test|nonce=\S+|value=\"\w{64}\"", "", text_of(page))
        for page in (wrong, unknown)
    ]
    assert shown[0] == shown[1]


def test_an_unknown_address_costs_as_much_thought_as_a_wrong_password(claire: User, settings: Any) -> None:
    """By the time of the processor: nobody learns from the speed of the answer who works here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]  # takes its time
    claire.set_password(PASSWORD)
    claire.save()

    def cost(email: str, turn: int) -> float:
        began = time.thread_time()
        sign_in(Client(), email=email, password=ANOTHER, network=f"10.1.{turn}.{len(email)}")
        return time.thread_time() - began

    known = statistics.median(cost(claire.email, turn) for turn in range(4))
    unknown = statistics.median(cost("nobody@smarketing.test", turn) for turn in range(4))
    assert 0.5 < known / unknown < 2


# How often one may try


def test_after_five_wrong_passwords_the_account_pauses_for_five_minutes(
    claire: User, clock: time_machine.Traveller
) -> None:
    """Whoever asks, from wherever: the right password does not open it meanwhile, and others go on."""
    other = UserFactory.create(email="hugo@smarketing.test")
    other.set_password(PASSWORD)
    other.save()
    for number in range(5):
        assert WRONG in text_of(sign_in(Client(), password=ANOTHER, network=f"10.0.1.{number}"))

    browser = Client()
    assert PAUSED in text_of(sign_in(browser, network="10.0.2.1"))
    assert not is_in(browser)
    assert sign_in(Client(), email=other.email, network="10.0.2.1").status_code == 302
    clock.shift(timedelta(minutes=5, seconds=1))
    assert sign_in(browser, network="10.0.2.1").status_code == 302


def test_an_address_that_nobody_has_pauses_the_same(claire: User) -> None:
    for number in range(5):
        sign_in(Client(), email="nobody@smarketing.test", network=f"10.0.1.{number}")
    assert PAUSED in text_of(sign_in(Client(), email="nobody@smarketing.test", network="10.0.2.1"))


def test_a_network_that_tries_many_accounts_pauses_and_others_do_not(
    claire: User, clock: time_machine.Traveller
) -> None:
    for number in range(10):
        assert WRONG in text_of(sign_in(Client(), email=f"guess{number}@smarketing.test", network="10.9.9.9"))

    assert PAUSED in text_of(sign_in(Client(), network="10.9.9.9"))
    assert sign_in(Client(), network="10.0.0.1").status_code == 302
    clock.shift(timedelta(minutes=1, seconds=1))
    assert sign_in(Client(), network="10.9.9.9").status_code == 302


def test_nobody_chooses_the_network_they_come_from(claire: User) -> None:
    """Without a proxy of ours a header says nothing; behind one, what the proxy added counts."""
    for number in range(10):
        Client(headers={"X-Forwarded-For": f"10.3.0.{number}"}).post(
            SIGN_IN, {"login": f"guess{number}@smarketing.test", "password": "x"}, REMOTE_ADDR="10.9.9.9"
        )
    assert PAUSED in text_of(sign_in(Client(), network="10.9.9.9"))


def test_behind_a_proxy_each_network_has_its_own_tries(claire: User, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(10):
        Client(headers={"X-Forwarded-For": f"1.2.3.{number}, 10.9.9.9"}).post(
            SIGN_IN, {"login": f"guess{number}@smarketing.test", "password": "x"}
        )
    assert PAUSED in text_of(sign_in(Client(headers={"X-Forwarded-For": "4.4.4.4, 10.9.9.9"})))
    assert sign_in(Client(headers={"X-Forwarded-For": "10.9.9.9, 10.0.0.1"})).status_code == 302


def test_a_flood_from_one_network_is_told_to_wait_in_our_words(claire: User) -> None:
    for number in range(20):
        Client().post(RESET, {"email": f"guess{number}@smarketing.test"}, REMOTE_ADDR="10.9.9.9")

    answer: Any = Client().post(RESET, {"email": claire.email}, REMOTE_ADDR="10.9.9.9")

    assert answer.status_code == 429
    assert "Too many tries" in text_of(answer)
    assert not OutboxMessage.objects.exists()


# The second step


def code_of(secret: str, at: datetime | None = None) -> str:
    """Six digits as RFC 6238 says, worked out here and not by the library that checks them."""
    counter = struct.pack(">Q", int(at.timestamp() if at else time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


SET_UP = "/accounts/2fa/totp/activate/"


def confirm(browser: Client) -> Any:
    """The page that sets it up, after the password was asked once more, however fresh the session is."""
    assert browser.get(SET_UP)["Location"].startswith("/accounts/reauthenticate/")
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser.get(SET_UP)


@pytest.fixture
def secret(claire: User, clock: time_machine.Traveller) -> str:
    """Claire turns the second step on, by the page; half a minute later there is another code."""
    browser = Client()
    sign_in(browser)
    page = confirm(browser)
    found: str = page.context["form"].secret
    assert found in text_of(page)
    answer = browser.post(SET_UP, {"code": code_of(found)})
    assert answer.status_code == 302
    clock.shift(timedelta(seconds=30))
    return found


def test_a_wrong_code_does_not_turn_the_second_step_on(claire: User) -> None:
    browser = Client()
    sign_in(browser)
    page = confirm(browser)
    wrong = f"{(int(code_of(page.context['form'].secret)) + 1) % 1_000_000:06}"

    answer: Any = browser.post(SET_UP, {"code": wrong})

    assert "This code is not right" in text_of(answer)
    assert not Authenticator.objects.exists()


def test_the_password_alone_no_longer_opens_the_account(claire: User, secret: str) -> None:
    browser = Client()

    answer = sign_in(browser)

    assert (answer.status_code, answer["Location"]) == (302, SECOND_STEP)
    assert not is_in(browser)
    assert browser.post(SECOND_STEP, {"code": code_of(secret)})["Location"] == "/"
    assert is_in(browser)


def test_a_code_opens_once(claire: User, secret: str, clock: time_machine.Traveller) -> None:
    first, second = Client(), Client()
    code = code_of(secret)
    for browser in (first, second):
        sign_in(browser)
        browser.post(SECOND_STEP, {"code": code})

    assert is_in(first)
    assert not is_in(second)
    clock.shift(timedelta(seconds=30))
    second.post(SECOND_STEP, {"code": code_of(secret)})
    assert is_in(second)


def test_a_recovery_code_opens_once(claire: User, secret: str) -> None:
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    first, second = Client(), Client()
    for browser in (first, second):
        sign_in(browser)
        browser.post(SECOND_STEP, {"code": code})
    assert (is_in(first), is_in(second)) == (True, False)


def test_codes_cannot_be_guessed_one_after_the_other(claire: User, secret: str) -> None:
    browser = Client()
    sign_in(browser)
    right = int(code_of(secret))
    for number in range(1, 6):
        browser.post(SECOND_STEP, {"code": f"{(right + number) % 1_000_000:06}"})

    browser.post(SECOND_STEP, {"code": f"{right:06}"})

    assert not is_in(browser)


# A forgotten password


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    with smtp_sink() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT = 30
        settings.SITE_URL = "https://crm.example.com"
        yield server


def link_in(sink: Sink) -> str:
    (mail,) = sink.received
    (path,) = re.findall(r"https://crm\.example\.com(/accounts/\S+)", mail.get_content())
    return str(path)


def choose(browser: Client, link: str, password: str = ANOTHER) -> Any:
    """What a browser does with the link: it is sent on to an address without the secret, where the form is."""
    page: Any = browser.get(link, follow=True)
    form = page.redirect_chain[-1][0] if page.redirect_chain else link
    return browser.post(form, {"password1": password, "password2": password})


def test_a_forgotten_password_is_chosen_anew_by_mail(
    claire: User, sink: Sink, clock: time_machine.Traveller
) -> None:
    answer = Client().post(RESET, {"email": "Claire@smarketing.test"})
    assert answer["Location"] == "/accounts/password/reset/done/"
    assert "key" not in str(OutboxMessage.objects.get().payload)
    deliver()

    (mail,) = sink.received
    assert (mail["To"], mail["Subject"]) == ("claire@smarketing.test", "Choose a new password")
    link = link_in(sink)
    sink.received.clear()
    choose(Client(), link)

    assert WRONG in text_of(sign_in(Client()))
    assert sign_in(Client(), password=ANOTHER).status_code == 302
    deliver()
    assert [mail["Subject"] for mail in sink.received] == [
        "Your password was changed by a link sent to your e-mail."
    ]
    page: Any = Client().get(link, follow=True)  # it works once
    assert "This link was used already, or is too old" in text_of(page)


def test_who_came_by_a_link_can_turn_the_second_step_on(claire: User, sink: Sink) -> None:
    Client().post(RESET, {"email": claire.email})
    deliver()
    choose(Client(), link_in(sink), PASSWORD)
    browser = Client()
    sign_in(browser)
    page = confirm(browser)
    assert page.status_code == 200
    browser.post(SET_UP, {"code": code_of(page.context["form"].secret)})
    assert Authenticator.objects.filter(user=claire, type="totp").exists()


def test_a_link_dies_after_three_days(claire: User, sink: Sink, clock: time_machine.Traveller) -> None:
    Client().post(RESET, {"email": claire.email})
    deliver()
    clock.shift(timedelta(days=3, seconds=1))
    choose(Client(), link_in(sink))
    assert sign_in(Client(), password=ANOTHER).status_code == 422


def test_the_mail_speaks_the_readers_language(claire: User, sink: Sink) -> None:
    User.objects.update(language="fr")
    Client(headers={"accept-language": "en"}).post(RESET, {"email": claire.email})
    deliver()
    assert sink.received[0]["Subject"] == "Choisissez un nouveau mot de passe"


def test_an_address_that_nobody_has_is_answered_the_same_and_gets_no_mail(claire: User) -> None:
    before = fingerprint()
    unknown: Any = Client().post(RESET, {"email": "nobody@smarketing.test"}, follow=True)
    assert fingerprint() == before
    known: Any = Client().post(RESET, {"email": claire.email}, follow=True)

    assert unknown.redirect_chain == known.redirect_chain
    shown = [re.sub(r"nonce=\S+|value=\"\w{64}\"", "", text_of(page)) for page in (unknown, known)]
    assert shown[0] == shown[1]
    assert OutboxMessage.objects.count() == 1


def test_a_new_password_does_not_pass_by_the_second_step(claire: User, secret: str, sink: Sink) -> None:
    OutboxMessage.objects.all().delete()
    Client().post(RESET, {"email": claire.email})
    deliver()
    browser = Client()
    choose(browser, link_in(sink))
    assert not is_in(browser)

    answer = sign_in(browser, password=ANOTHER)

    assert answer["Location"] == SECOND_STEP
    assert not is_in(browser)


def test_somebody_who_left_is_sent_no_link(claire: User, admin: User) -> None:
    deactivate(claire, actor=admin)
    Client().post(RESET, {"email": claire.email})
    assert not OutboxMessage.objects.exists()


# Leaving


def test_signing_out_kills_the_session(claire: User) -> None:
    browser = Client()
    sign_in(browser)
    cookie = browser.cookies[project.SESSION_COOKIE_NAME].value

    browser.post("/accounts/logout/")

    thief = Client()
    thief.cookies[project.SESSION_COOKIE_NAME] = cookie
    assert not is_in(thief)
    assert not Session.objects.filter(session_key=cookie).exists()


def test_following_a_link_does_not_sign_out(claire: User) -> None:
    browser = Client()
    sign_in(browser)
    browser.get("/accounts/logout/")
    assert is_in(browser)


def test_a_new_password_ends_every_other_session(claire: User, sink: Sink) -> None:
    elsewhere = Client()
    sign_in(elsewhere)
    Client().post(RESET, {"email": claire.email})
    deliver()
    choose(Client(), link_in(sink))
    assert not is_in(elsewhere)


def test_who_is_deactivated_is_out_at_once_and_stays_out(claire: User, admin: User) -> None:
    browser = Client()
    sign_in(browser)

    deactivate(claire, actor=admin)

    assert not is_in(browser)
    again: Any = Client().post(SIGN_IN, {"login": claire.email, "password": PASSWORD}, follow=True)
    assert not again.wsgi_request.user.is_authenticated
