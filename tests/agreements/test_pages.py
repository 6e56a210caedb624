"""To sign: each sees what waits for them, reads what changed, and signs exactly that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from agreements.actions import draft_from, propose, save_draft
from agreements.models import Agreement, Comment, State
from lifecycle.models import TermVersion
from tests.agreements.scenes import drafted, proposed, signed
from tests.factories.accounts import UserFactory
from tests.factories.lifecycle import CommentFactory, ProcedureVersionFactory, TermVersionFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def proposal(marketer: User) -> Agreement:
    version: TermVersion = TermVersionFactory.create(name_en="Warm lead", sentence_en="Replied once.")
    begun = draft_from(version, actor=marketer, at=NOW)
    draft = save_draft(
        begun,
        values={"sentence_en": "Replied twice."},
        revision=begun.agreement.revision,
        actor=marketer,
        at=NOW,
    )
    return propose(draft.agreement, actor=marketer, at=NOW, note="Once was too easy.")


def test_what_waits_for_my_signature_stands_first(as_rep: Client, proposal: Agreement) -> None:
    page = as_rep.get("/agreements/").content.decode()

    assert "Your signature is asked" in page
    assert "Once was too easy." in page


def test_each_thing_says_how_long_it_has_waited(as_manager: Client, proposal: Agreement) -> None:
    Agreement.objects.filter(pk=proposal.pk).update(proposed_at=timezone.now() - timedelta(days=6, hours=1))
    page = as_manager.get("/agreements/").content.decode()

    assert "for 6.0\u00a0d" in page


def test_without_a_proposal_the_page_says_so(as_rep: Client) -> None:
    assert "Nothing waits for your signature" in as_rep.get("/agreements/").content.decode()


def test_what_there_is_stands_above_and_the_empty_picture_is_for_nothing_at_all(as_rep: Client) -> None:
    assert "sm-blank" in as_rep.get("/agreements/").content.decode()
    ProcedureVersionFactory.create(agreement__in_force=False)

    page = as_rep.get("/agreements/").content.decode()

    assert page.index("Nothing waits for your signature") < page.index('id="h-drafts"')
    assert "sm-blank" not in page


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
            save_draft(draft, values=changed, revision=draft.agreement.revision, actor=marketer, at=NOW)
            propose(draft.agreement, actor=marketer, at=NOW)

    more(3)
    as_rep.get("/agreements/")
    with django_assert_max_num_queries(40) as few:
        as_rep.get("/agreements/")
    more(27)
    with django_assert_max_num_queries(len(few)):
        as_rep.get("/agreements/")


# What is said, declined, accepted and looked at again


def test_a_comment_stands_at_its_part(as_rep: Client, proposal: Agreement) -> None:
    page = as_rep.get(f"/agreements/{proposal.pk}/", {"about": "Definition in English"}).content.decode()
    assert '<option value="Definition in English" selected>' in page

    answer = as_rep.post(
        f"/agreements/{proposal.pk}/comments/", {"section": "Definition in English", "text": "Why twice?"}
    )
    said = Comment.objects.get()
    assert answer["Location"] == f"/agreements/{proposal.pk}/#comment-{said.pk}"
    page = as_rep.get(f"/agreements/{proposal.pk}/").content.decode()
    assert "Why twice?" in page
    assert "on “Definition in English”" in page


def test_a_french_reader_sees_the_part_in_french(
    as_rep: Client, as_marketer: Client, marketer: User, proposal: Agreement
) -> None:
    sent = {"section": "Definition in English", "text": "Why twice?"}
    as_rep.post(f"/agreements/{proposal.pk}/comments/", sent)
    User.objects.filter(pk=marketer.pk).update(language="fr")

    page = as_marketer.get(f"/agreements/{proposal.pk}/").content.decode()

    assert "sur «\u202fDéfinition en anglais\u202f»" in page


def test_words_that_come_too_late_are_shown_again(
    as_rep: Client, as_marketer: Client, proposal: Agreement
) -> None:
    as_rep.post(f"/agreements/{proposal.pk}/comments/", {"text": "Why twice?"})
    said = Comment.objects.get()
    as_marketer.post(f"/agreements/{proposal.pk}/withdraw/", {"reason": "Too hard to see."})

    late = as_rep.post(f"/agreements/{proposal.pk}/comments/", {"text": "Once is enough."})
    answer = as_marketer.post(
        f"/agreements/{proposal.pk}/comments/{said.pk}/answer/", {"text": "So that it lasts."}
    )
    assert (late.status_code, answer.status_code) == (409, 409)
    assert "Once is enough." in late.content.decode()
    assert "So that it lasts." in answer.content.decode()
    assert Comment.objects.count() == 1


def test_an_empty_comment_comes_back_with_its_error(as_rep: Client, proposal: Agreement) -> None:
    answer = as_rep.post(f"/agreements/{proposal.pk}/comments/", {"text": " "})

    assert answer.status_code == 422
    assert "Write what you think, then send it." in answer.content.decode()


def test_the_button_says_why_it_cannot_be_signed_yet(as_rep: Client, proposal: Agreement) -> None:
    sent = {"text": "Once is enough.", "is_disagreement": "on"}
    as_rep.post(f"/agreements/{proposal.pk}/comments/", sent)

    page = as_rep.get(f"/agreements/{proposal.pk}/").content.decode()
    assert "One disagreement is open, so v2 cannot be signed yet." in page
    assert 'aria-disabled="true" aria-describedby="why-not"' in page
    as_rep.post(f"/agreements/{proposal.pk}/sign/", {"hash": proposal.content_hash})
    assert "Settle it, or withdraw this version." in as_rep.get("/agreements/").content.decode()
    assert not proposal.signatures.exists()


def test_the_other_side_settles_a_disagreement_by_an_answer(
    as_rep: Client, as_marketer: Client, proposal: Agreement
) -> None:
    as_rep.post(f"/agreements/{proposal.pk}/comments/", {"text": "Once.", "is_disagreement": "on"})
    said = Comment.objects.get()
    as_marketer.post(
        f"/agreements/{proposal.pk}/comments/{said.pk}/answer/", {"text": "Twice.", "settles": "yes"}
    )

    page = as_rep.get(f"/agreements/{proposal.pk}/").content.decode()
    assert "Disagreement, settled" in page
    assert "cannot be signed yet" not in page


def test_an_empty_answer_stays_open_at_its_comment(as_marketer: Client, proposal: Agreement) -> None:
    said = CommentFactory.create(agreement=proposal)
    answer = as_marketer.post(f"/agreements/{proposal.pk}/comments/{said.pk}/answer/", {"text": ""})

    assert answer.status_code == 422
    assert "Write an answer, then send it." in answer.content.decode()


def test_a_comment_of_another_version_is_not_answered_here(as_rep: Client, proposal: Agreement) -> None:
    said = CommentFactory.create()

    answer = as_rep.post(f"/agreements/{proposal.pk}/comments/{said.pk}/answer/", {"text": "Hm."})
    assert answer.status_code == 404


def test_after_half_an_hour_the_password_is_asked_for_and_then_the_signature_stands(
    as_rep: Client, rep: User, proposal: Agreement
) -> None:
    rep.set_password("a very long password")
    rep.save(update_fields=["password"])
    as_rep.force_login(rep, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = as_rep.session
    session["signed_in_at"] = (timezone.now() - timedelta(minutes=31)).timestamp()
    session.save()
    assert "Your password is asked for first" in as_rep.get(f"/agreements/{proposal.pk}/").content.decode()

    asked = as_rep.post(f"/agreements/{proposal.pk}/sign/", {"hash": proposal.content_hash})
    assert asked.status_code == 302
    assert not proposal.signatures.exists()
    given = as_rep.post(asked["Location"], {"password": "a very long password"})

    assert given["Location"] == f"/agreements/{proposal.pk}/"
    assert proposal.signatures.get().user == rep


def test_a_signer_declines(as_rep: Client, proposal: Agreement) -> None:
    as_rep.post(f"/agreements/{proposal.pk}/decline/", {"reason": "Too hard to see."})

    page = as_rep.get(f"/agreements/{proposal.pk}/").content.decode()
    assert "Declined by Claire Vasseur" in page
    assert "Too hard to see." in page


def test_a_proposal_names_its_day(as_marketer: Client, as_rep: Client, marketer: User) -> None:
    draft = drafted(marketer)
    sent = {"note": "", "starts_on": "2099-01-01", "review_on": "2099-06-01"}
    as_marketer.post(f"/agreements/{draft.pk}/propose/", sent)
    draft.refresh_from_db()
    assert draft.starts_at == datetime(2098, 12, 31, 23, tzinfo=UTC)  # midnight in Paris

    for browser in (as_marketer, as_rep):
        browser.post(f"/agreements/{draft.pk}/sign/", {"hash": draft.content_hash})
    page = as_rep.get(f"/agreements/{draft.pk}/").content.decode()
    assert "Signed by both sides." in page
    assert "It comes into force by itself" in page
    assert "Signed, in force later" in as_rep.get("/agreements/").content.decode()


def test_a_day_that_has_passed_is_told_at_its_field(as_marketer: Client, marketer: User) -> None:
    draft = drafted(marketer)
    answer = as_marketer.post(f"/agreements/{draft.pk}/propose/", {"starts_on": "2020-01-01"})

    assert answer.status_code == 422
    assert "Choose a day after today" in answer.content.decode()


def test_what_is_to_be_read_is_counted_in_the_rail_and_accepted_on_its_page(
    signed_in: Callable[[User], Client], other_rep: User, marketer: User, rep: User, proposal: Agreement
) -> None:
    signed(proposal, marketer, rep)
    browser = signed_in(other_rep)
    assert "To read and accept" in (page := browser.get("/agreements/").content.decode())
    assert '<span class="sm-count">1</span>' in page

    browser.post(f"/agreements/{proposal.pk}/accept/")

    assert "You have accepted it." in browser.get(f"/agreements/{proposal.pk}/").content.decode()
    assert "To read and accept" not in browser.get("/agreements/").content.decode()


def test_what_is_due_for_review_is_listed_for_who_drafts_it(
    as_marketer: Client, as_rep: Client, marketer: User, rep: User
) -> None:
    agreement = Agreement.objects.of("contract").in_force().get()
    as_marketer.post(f"/agreements/{agreement.pk}/review/", {"review_on": "2026-01-01"})

    assert "Overdue for review" in as_marketer.get("/agreements/").content.decode()
    assert "Overdue for review" not in as_rep.get("/agreements/").content.decode()


def test_the_manager_sees_adoption_by_team(
    as_manager: Client, marketer: User, rep: User, other_rep: User, proposal: Agreement
) -> None:
    signed(proposal, marketer, rep)

    page = as_manager.get("/agreements/overview/").content.decode()

    assert "Warm lead" in page
    assert "1 of 2" in page
    assert str(other_rep) in page


def test_every_version_that_somebody_has_not_read_is_named(
    as_manager: Client, marketer: User, rep: User, other_rep: User
) -> None:
    names = ["Warm lead", "Hot lead", "Cold lead"]
    made = [proposed(marketer, TermVersionFactory.create(name_en=name)) for name in names]
    for agreement in made:
        signed(agreement, marketer, rep)
    other_rep.refresh_from_db()

    page = as_manager.get("/agreements/overview/").content.decode()

    table = page.split('id="h-readers"')[1]
    row = next(row for row in table.split("<tr>") if str(other_rep) in row)
    assert [f'href="/agreements/{agreement.pk}/"' in row for agreement in made] == [True, True, True]
    assert "and one more" in row
    asked = as_manager.get(f"/agreements/{made[0].pk}/").content.decode()
    assert str(other_rep) in asked.split("Still to read:")[1].split("</div>")[0]


def test_everybody_who_may_sign_is_named(
    as_rep: Client, as_manager: Client, proposal: Agreement, rep: User
) -> None:
    others = UserFactory.create_batch(4, team=rep.team, may_sign=True)
    for page in (
        as_rep.get(f"/agreements/{proposal.pk}/").content.decode(),
        as_manager.get("/agreements/overview/").content.decode(),
    ):
        assert "and 2 more" in page
        assert [str(person) in page for person in others] == [True] * 4


def test_a_page_costs_the_same_for_three_comments_and_for_thirty(
    as_rep: Client, proposal: Agreement, django_assert_max_num_queries: Any
) -> None:
    page = f"/agreements/{proposal.pk}/"
    for comment in CommentFactory.create_batch(3, agreement=proposal, is_disagreement=True):
        CommentFactory.create(agreement=proposal, answers=comment)
    as_rep.get(page)
    with django_assert_max_num_queries(40) as few:
        as_rep.get(page)
    for comment in CommentFactory.create_batch(27, agreement=proposal, is_disagreement=True):
        CommentFactory.create(agreement=proposal, answers=comment)
    with django_assert_max_num_queries(len(few)):
        as_rep.get(page)


def test_the_overview_costs_the_same_for_three_versions_and_for_thirty(
    as_manager: Client, marketer: User, rep: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        signed(proposed(marketer), marketer, rep)
    as_manager.get("/agreements/overview/")
    with django_assert_max_num_queries(40) as few:
        as_manager.get("/agreements/overview/")
    for _ in range(12):
        signed(proposed(marketer), marketer, rep)
    UserFactory.create_batch(10)
    with django_assert_max_num_queries(len(few)):
        as_manager.get("/agreements/overview/")
