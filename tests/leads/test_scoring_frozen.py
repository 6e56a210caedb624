"""What both sides have signed of the scoring is what it stays: the database itself refuses, whoever asks."""

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from agreements.actions import draft_from, propose, sign
from agreements.models import Signature, State
from leads.models import ScoringModel
from tests.factories.agreements import AgreementFactory
from tests.factories.leads import ScoringRuleFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db

CHANGES = {
    "a threshold": "UPDATE leads_scoringmodel SET fit_threshold = 1 WHERE id = {model}",
    "the window": "UPDATE leads_scoringmodel SET window_days = 7 WHERE id = {model}",
    "the model gone": "DELETE FROM leads_scoringmodel WHERE id = {model}",
    "points of a rule": "UPDATE leads_scoringrule SET points = 99 WHERE model_id = {model}",
    "a rule gone": "DELETE FROM leads_scoringrule WHERE model_id = {model}",
    "a rule taken away": "UPDATE leads_scoringrule SET model_id = {draft} WHERE model_id = {model}",
    "a ceiling": "UPDATE leads_scoringgroup SET cap = 1 WHERE model_id = {model}",
    "a group gone": "DELETE FROM leads_scoringgroup WHERE model_id = {model}",
    "a rule more": (
        'INSERT INTO leads_scoringrule (model_id, axis, position, label_en, label_fr, effect, points, kind, "where")'
        " VALUES ({model}, 'engagement', 99, 'Mine', '', 'points', 50, 'page_view', '{{}}')"
    ),
    "a group more": (
        "INSERT INTO leads_scoringgroup (model_id, axis, key, label_en, label_fr, cap)"
        " VALUES ({model}, 'fit', 'mine', 'Mine', '', 50)"
    ),
    "a rule brought in": "UPDATE leads_scoringrule SET model_id = {model} WHERE model_id = {draft}",
}


def next_draft(author: User) -> ScoringModel:
    """That looks back a day longer: what says the same again is not proposed."""
    draft: ScoringModel = draft_from(ScoringModel.objects.latest("pk"), actor=author, at=NOW)
    draft.window_days += 1
    draft.save(update_fields=("window_days",))
    return draft


@pytest.fixture
def proposed(marketer: User) -> ScoringModel:
    model = next_draft(marketer)
    model.agreement = propose(model.agreement, actor=marketer, at=NOW)
    return model


@pytest.fixture
def signed(proposed: ScoringModel, rep: User, marketer: User) -> ScoringModel:
    for person in (rep, marketer):
        sign(proposed.agreement, actor=person, read_hash=proposed.agreement.content_hash, at=NOW)
    proposed.agreement.refresh_from_db()
    assert proposed.agreement.state == State.IN_FORCE
    return proposed


def refuses(change: str, model: ScoringModel, draft: int) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change.format(model=model.pk, draft=draft))
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_signed_scoring_never_changes(change: str, signed: ScoringModel, marketer: User) -> None:
    draft = next_draft(marketer)
    said = signed.content()
    assert refuses(change, signed, draft.pk)
    assert ScoringModel.objects.get(pk=signed.pk).content() == said


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_nor_does_what_waits_for_signatures(change: str, proposed: ScoringModel) -> None:
    withdrawn = AgreementFactory.create(
        subject="scoring", number=9, state=State.WITHDRAWN, closed_at=NOW, close_reason="Taken back"
    )
    assert refuses(change, proposed, ScoringRuleFactory.create(model__agreement=withdrawn).model.pk)


def test_what_was_signed_stays_when_another_version_follows(
    signed: ScoringModel, rep: User, marketer: User
) -> None:
    follower = next_draft(marketer)
    agreement = propose(follower.agreement, actor=marketer, at=NOW)
    for person in (rep, marketer):
        sign(agreement, actor=person, read_hash=agreement.content_hash, at=NOW)
    signed.agreement.refresh_from_db()

    assert signed.agreement.state == State.SUPERSEDED
    assert Signature.objects.filter(agreement=signed.agreement).count() == 2
    assert [name for name, change in CHANGES.items() if not refuses(change, signed, 0)] == [
        "a rule brought in"  # there is no draft to bring one from
    ]


def test_a_draft_is_free(marketer: User) -> None:
    """The negative control: each of the changes is one that the tables would take."""
    draft, other = next_draft(marketer), 0
    changes = {name: change for name, change in CHANGES.items() if "gone" not in name and "taken" not in name}
    assert [name for name, change in changes.items() if refuses(change, draft, other)] == []
