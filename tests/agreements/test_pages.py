"""To sign: each sees what waits for them, reads what changed, and signs exactly that."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from agreements.actions import draft_from, propose, save_draft
from agreements.models import Agreement, State
from lifecycle.models import TermVersion
from tests.factories.lifecycle import TermVersionFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def proposal(marketer: User) -> Agreement:
    version: TermVersion = TermVersionFactory.create(name_en="Warm lead", sentence_en="Replied once.")
    draft = save_draft(
        draft_from(version, actor=marketer, at=NOW),
        values={"sentence_en": "Replied twice."},
        revision=1,
        actor=marketer,
        at=NOW,
    )
    return propose(draft.agreement, actor=marketer, at=NOW, note="Once was too easy.")


def test_what_waits_for_my_signature_stands_first(as_rep: Client, proposal: Agreement) -> None:
    page = as_rep.get("/agreements/").content.decode()

    assert "Your signature is asked" in page
    assert "Once was too easy." in page


def test_without_a_proposal_the_page_says_so(as_rep: Client) -> None:
    assert "Nothing waits for your signature" in as_rep.get("/agreements/").content.decode()


def test_the_change_is_shown_in_the_sentence(as_rep: Client, proposal: Agreement) -> None:
    page = as_rep.get(f"/agreements/{proposal.pk}/").content.decode()

    assert "One change" in page
    assert "once</del>" in page
    assert "twice</ins>" in page


def test_both_sign_and_it_is_in_force(as_rep: Client, as_marketer: Client, proposal: Agreement) -> None:
    sent = {"hash": proposal.content_hash}
    for browser in (as_marketer, as_rep):
        answer = browser.post(f"/agreements/{proposal.pk}/sign/", sent)
        assert (answer.status_code, answer["Location"]) == (303, f"/agreements/{proposal.pk}/")

    proposal.refresh_from_db()
    assert proposal.state == State.IN_FORCE
    assert "Signed by both sides" in as_rep.get(f"/agreements/{proposal.pk}/").content.decode()


def test_another_text_than_the_one_proposed_is_not_signed(as_rep: Client, proposal: Agreement) -> None:
    as_rep.post(f"/agreements/{proposal.pk}/sign/", {"hash": "0" * 64})

    page = as_rep.get(f"/agreements/{proposal.pk}/").content.decode()
    assert "The text is not the one you read." in page
    assert not proposal.signatures.exists()


def test_who_may_not_sign_learns_who_may(as_manager: Client, rep: User, proposal: Agreement) -> None:
    answer = as_manager.post(f"/agreements/{proposal.pk}/sign/", {"hash": proposal.content_hash})

    assert answer.status_code == 403
    assert str(rep) in answer.content.decode()


def test_a_proposal_sent_back_without_a_reason_stays(as_rep: Client, proposal: Agreement) -> None:
    as_rep.post(f"/agreements/{proposal.pk}/withdraw/", {"reason": ""})
    assert Agreement.objects.get(pk=proposal.pk).state == State.PROPOSED

    as_rep.post(f"/agreements/{proposal.pk}/withdraw/", {"reason": "Too hard to see."})
    assert Agreement.objects.get(pk=proposal.pk).state == State.WITHDRAWN


def test_the_list_costs_the_same_for_three_proposals_and_for_thirty(
    as_rep: Client, marketer: User, django_assert_max_num_queries: Any
) -> None:
    def more(count: int) -> None:
        for version in TermVersionFactory.create_batch(count):
            draft = draft_from(version, actor=marketer, at=NOW)
            changed = {"sentence_en": "New."}
            save_draft(draft, values=changed, revision=1, actor=marketer, at=NOW)
            propose(draft.agreement, actor=marketer, at=NOW)

    more(3)
    as_rep.get("/agreements/")
    with django_assert_max_num_queries(40) as few:
        as_rep.get("/agreements/")
    more(27)
    with django_assert_max_num_queries(len(few)):
        as_rep.get("/agreements/")
