"""The way from a list to a contact, along the list, and back."""

from __future__ import annotations

import re
from html import escape, unescape

import pytest
from django.http import QueryDict
from django.test import Client

from accounts.models import User
from sla.views.queue import lists_of
from tests.factories.leads import (
    ContactFactory,
    ContactScoreFactory,
)
from tests.smarketing.contact import a_lead, page_of, text_of

pytestmark = pytest.mark.django_db


def test_the_list_it_was_opened_from_is_one_step_back(as_rep: Client, as_manager: Client) -> None:
    contact = ContactFactory.create()

    assert 'href="/queue/">My queue</a>' in page_of(as_rep, contact, "?from=queue")
    assert 'href="/queue/">Team’s queue</a>' in page_of(as_manager, contact, "?from=queue")
    assert 'href="/contacts/">Contacts</a>' in page_of(as_rep, contact, "?from=elsewhere")
    opened = page_of(as_rep, contact, "?from=contacts&list=stage%3Dlead%26q%3Dam&n=2&of=~12400")
    assert 'href="/contacts/?stage=lead&amp;q=am">Contacts</a>' in opened
    assert "2 of about 12,400" in opened
    assert "3 of" not in page_of(as_rep, contact, "?from=contacts&n=3&of=2")  # a number nobody wrote


def hrefs(page: str) -> list[str]:
    """The contacts that a list leads to, in its order."""
    return [unescape(found) for found in re.findall(r'href="(/contacts/\d+/\?[^"]*)"', page)]


@pytest.mark.parametrize("order", ["newest", "hottest"])
def test_one_walks_through_a_list_without_going_back_to_it(as_manager: Client, order: str) -> None:
    for number in range(5):
        contact = ContactFactory.create(city="Nantes", stage_id="lead")
        ContactScoreFactory.create(contact=contact, engagement=number // 2 * 10, fit=50)
    ContactFactory.create(stage_id="mql")
    listed = hrefs(text_of(as_manager.get(f"/contacts/?stage=lead&order={order}")))
    assert len(listed) == 5
    walked = [listed[0]]
    for _step in range(4):
        path, _mark, query = walked[-1].partition("?")
        answer = as_manager.get(f"{path}next/?{query}")
        assert answer.status_code == 302
        walked.append(answer["Location"])

    assert [QueryDict(url.partition("?")[2])["n"] for url in walked] == ["1", "2", "3", "4", "5"]
    assert [url.partition("?")[0] for url in walked] == [url.partition("?")[0] for url in listed]
    path, _mark, query = walked[-1].partition("?")
    assert as_manager.get(f"{path}next/?{query}")["Location"].startswith(path)
    back = as_manager.get(f"{path}previous/?{query}")["Location"]
    assert back == walked[-2]
    assert "That was the last of the list." in text_of(as_manager.get(back))


def test_a_lead_that_left_the_queue_gives_its_place_to_the_next(as_rep: Client, rep: User) -> None:
    leads = [a_lead(rep, email=f"lead{number}@example.com") for number in range(3)]
    order = list(lists_of(rep)["to_contact"].values_list("contact_id", flat=True))
    assert sorted(order) == [lead.pk for lead in leads]
    kept = "from=queue&list=show%3Dto_contact&n=1&of=3"
    assert as_rep.get(f"/contacts/{order[0]}/next/?{kept}")["Location"].startswith(f"/contacts/{order[1]}/")

    as_rep.post(f"/contacts/{order[0]}/reject/?{kept}", {"reason": "fit"})
    assert as_rep.get(f"/contacts/{order[0]}/next/?{kept}")["Location"].startswith(f"/contacts/{order[1]}/")


def test_what_is_done_keeps_the_way_back(as_rep: Client) -> None:
    contact = ContactFactory.create()
    kept = "?from=contacts&list=stage%3Dlead&n=2&of=8"

    assert f'action="/contacts/{contact.pk}/status/{escape(kept)}"' in page_of(as_rep, contact, kept)
    answer = as_rep.post(f"/contacts/{contact.pk}/status/{kept}", {"to": "in_progress"})
    assert answer["Location"] == f"/contacts/{contact.pk}/{kept}"
