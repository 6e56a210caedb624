"""What the next stage waits for, and what is left of a definition of which a part holds."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from leads.facts import contact_catalogue, matching
from leads.models import Contact
from lifecycle.criteria.nodes import show_path, walk
from lifecycle.criteria.parse import parse
from smarketing.contact_page.missing import left_of, wanted_of
from tests.factories.leads import AnswerFactory, ContactFactory, TouchpointFactory
from tests.smarketing.contact import a_lead, page_of

pytestmark = pytest.mark.django_db

A = {"fact": "email", "op": "known"}
B = {"fact": "score.fit", "op": "gte", "value": 60}
C = {"touch": "demo_request", "op": "at_least", "count": 1}


def test_the_next_stage_says_what_is_still_missing(as_rep: Client, rep: User) -> None:
    contact = a_lead(rep)
    AnswerFactory.create(contact=contact, question="need", text="One metering plan")
    page = (
        page_of(as_rep, contact)
        .partition("Conditions still to meet for <b>SQL</b>:")[2]
        .partition("</ul>")[0]
    )
    said = page.replace("\u00a0", " ")

    assert "or a reply to an e-mail</li>" in said
    assert "<li>the number of qualification answers is at least 3</li>" in said
    assert "the need is known" not in said
    TouchpointFactory.create(contact=contact, kind="call", outcome="spoke", occurred_at=timezone.now())
    for question in ("budget", "timing"):
        AnswerFactory.create(contact=contact, question=question, text="Known")
    assert "Nothing is missing for <b>SQL</b>: a person decides." in page_of(as_rep, contact)


@pytest.mark.parametrize(
    ("tree", "holds", "left"),
    [
        ({"all": [A, B]}, {"/all/0": True}, {"all": [B]}),
        ({"all": [A, {"any": [B, C]}]}, {"/all/0": True, "/all/1/any/1": True}, None),
        ({"any": [{"all": [A, B]}, C]}, {"/any/0/all/0": True}, {"any": [{"all": [B]}, C]}),
        ({"all": [{"not": A}, B]}, {"/all/0/not": True, "/all/1": True}, {"all": [{"not": A}]}),
        ({"all": [{"not": A}, B]}, {"/all/1": True}, None),
    ],
)
def test_what_is_left_of_a_definition_is_what_does_not_hold(
    tree: dict[str, Any], holds: dict[str, bool], left: dict[str, Any] | None
) -> None:
    words = contact_catalogue()
    held = {path: holds.get(show_path(path), False) for path, _node in walk(parse(tree, words))}

    assert left_of(parse(tree, words), held) == (parse(left, words) if left else None)


def test_what_holds_is_asked_as_of_the_moment_by_the_same_statement(db: None) -> None:
    now = timezone.now()
    contact = ContactFactory.create(email="ana@plant.example")
    TouchpointFactory.create(contact=contact, kind="demo_request", occurred_at=now - timedelta(days=10))
    AnswerFactory.create(contact=contact, question="need", text="One", answered_at=now - timedelta(days=3))
    recent = {"touch": "demo_request", "op": "at_least", "count": 1, "within_days": 30}
    exact = {"touch": "demo_request", "op": "exactly", "count": 1, "within_days": 30}
    old = {"touch": "demo_request", "last": "longer_ago", "days": 30}
    need = {"fact": "answer.need", "op": "known"}
    new = {"fact": "created_at", "op": "within_last_days", "value": 20}
    wanted = wanted_of(json.dumps({"all": [A, recent, {"not": exact}, old, need, new]}), 0)
    assert wanted is not None
    for days in (-5, -2, 0, 19, 21, 25):
        at = now + timedelta(days=days)
        said = {
            path: Contact.objects.filter(matching(leaf, at=at, catalogue=contact_catalogue())).exists()
            for path, leaf in zip(wanted.paths, wanted.leaves, strict=True)
        }
        assert wanted.held(contact.pk, at=at) == said
    assert wanted.held(0, at=now) == {}
