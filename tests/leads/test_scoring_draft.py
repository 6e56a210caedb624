"""A draft of the scoring model: begun, changed, extended, tried, proposed, signed, and then everybody is scored."""

from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from agreements.actions import propose, sign
from agreements.models import Agreement, State
from leads import criteria_trial
from leads.models import ContactScore, ScoringModel, ScoringRule
from leads.scoring import agreed
from leads.scoring.statement import rescore
from leads.scoring_forms import named_rules
from tests.agreements.scenes import changes_read_in
from tests.factories.leads import ContactFactory, TouchpointFactory

AT = datetime(2026, 11, 19, 9, 42, tzinfo=UTC)
EDIT = "/scoring/edit/"

pytestmark = pytest.mark.django_db


def in_force() -> ScoringModel:
    return ScoringModel.objects.in_force().get()


def draft() -> ScoringModel:
    return ScoringModel.objects.get(agreement__state=State.DRAFT)


def filled(page: Any, **changed: Any) -> dict[str, Any]:
    """What the browser would send back: the form as it is shown, with some fields changed."""
    form = page.context["form"]
    values = {field.html_name: field.value() for field in form}
    sent = {name: value for name, value in values.items() if value is not None and value is not False}
    return sent | {"revision": page.context["revision"]} | changed


def rule(model: ScoringModel, label: str) -> ScoringRule:
    return model.rules.get(label_en=label)


def number(name: str, label: str) -> str:
    """The field of that number of the rule, in the version in force and in what is drafted from it."""
    names = {rule.label_en: key for key, rule in named_rules(in_force()).items()}
    return f"{name}-{names[label]}"


def saved(browser: Client, **changed: Any) -> ScoringModel:
    answer = browser.post(EDIT, filled(browser.get(EDIT), **changed))
    assert answer.status_code == 303
    return draft()


def test_reading_the_edit_page_begins_no_draft(as_marketer: Client) -> None:
    assert as_marketer.get(EDIT).status_code == 200
    assert not Agreement.objects.of("scoring").filter(state=State.DRAFT).exists()


def test_the_first_save_begins_a_draft_that_says_the_same_but_for_what_changed(as_marketer: Client) -> None:
    points = number("points", "Pricing page visited")
    found = saved(as_marketer, **{points: 14, "engagement_threshold": 55})

    assert (found.agreement.number, found.engagement_threshold) == (2, 55)
    assert rule(found, "Pricing page visited").points == 14
    assert rule(in_force(), "Pricing page visited").points == 10
    changed = found.content() | {"engagement_threshold": 50}
    assert [each["label_en"] for each in changed["rules"]] == [  # type: ignore[attr-defined]  # a list of rules
        each["label_en"]
        for each in in_force().content()["rules"]  # type: ignore[attr-defined]  # a list of rules
    ]
    assert changed["groups"] == in_force().content()["groups"]


def test_a_rule_is_removed_from_the_draft_only(as_marketer: Client) -> None:
    found = saved(as_marketer, **{number("drop", "Page visited"): "on"})

    assert not found.rules.filter(label_en="Page visited").exists()
    assert in_force().rules.filter(label_en="Page visited").exists()


def test_numbers_out_of_range_are_refused_and_nothing_is_written(as_marketer: Client) -> None:
    points = number("points", "Page visited")
    answer = as_marketer.post(EDIT, filled(as_marketer.get(EDIT), **{points: 400}))

    assert answer.status_code == 422
    assert Agreement.objects.of("scoring").count() == 1


def test_two_writers_meet_at_a_page_with_both_texts(as_marketer: Client, as_admin: Client) -> None:
    first, second = as_marketer.get(EDIT), as_admin.get(EDIT)
    as_marketer.post(EDIT, filled(first, fit_threshold=70))
    answer = as_admin.post(EDIT, filled(second, fit_threshold=80))

    assert answer.status_code == 409
    assert draft().fit_threshold == 70


def test_a_rule_that_was_removed_meanwhile_moves_no_number_to_another_rule(
    as_marketer: Client, as_admin: Client
) -> None:
    first, second = as_marketer.get(EDIT), as_admin.get(EDIT)
    points, gone = number("points", "Pricing page visited"), number("drop", "Page visited")
    assert as_marketer.post(EDIT, filled(first, **{gone: "on"})).status_code == 303
    assert named_rules(draft()).keys() < named_rules(in_force()).keys()
    changed = filled(second, **{points: 19})

    answer = as_admin.post(EDIT, changed)

    assert answer.status_code == 409
    assert answer.context["clash"].fields == [
        ("Pricing page visited: points", "10", "19"),
        ("Rules that were removed meanwhile", "1", "–"),
    ]
    assert as_admin.post(EDIT, filled(answer)).status_code == 303
    told = {rule.label_en: rule.points for rule in draft().rules.all()}
    before = {rule.label_en: rule.points for rule in in_force().rules.all()}
    before.pop("Page visited")
    assert told == before | {"Pricing page visited": 19}


def test_a_rule_that_was_added_meanwhile_keeps_its_numbers(as_marketer: Client, as_admin: Client) -> None:
    saved(as_marketer, engagement_threshold=51)
    stale = as_admin.get(EDIT)
    added = {"label_en": "Met us", "effect": "points", "points": 7, "kind": "event_met", "half_life_days": 30}
    revision = as_marketer.get(EDIT).context["revision"]
    path = "/scoring/edit/rules/engagement/"
    assert as_marketer.post(path, added | {"revision": revision}).status_code == 303

    answer = as_admin.post(EDIT, filled(stale, window_days=200))

    assert answer.status_code == 409
    assert as_admin.post(EDIT, filled(answer)).status_code == 303
    met = rule(draft(), "Met us")
    assert (met.points, met.half_life_days, draft().window_days) == (7, 30, 200)


def test_a_rule_of_engagement_is_added(as_marketer: Client) -> None:
    answer = as_marketer.post(
        "/scoring/edit/rules/engagement/",
        {
            "revision": 1,
            "label_en": "Met twice",
            "label_fr": "Deux rencontres",
            "effect": "points",
            "points": 15,
            "kind": "event_met",
            "cap": 30,
            "half_life_days": 45,
            "group": in_force().groups.get(key="events").pk,
        },
    )

    assert answer.status_code == 303
    added = rule(draft(), "Met twice")
    assert (added.kind, added.points, added.cap, added.half_life_days) == ("event_met", 15, 30, 45)
    assert added.group == draft().groups.get(key="events")


ASKED = {
    "revision": 1,
    "label_en": "Long webinar",
    "effect": "points",
    "points": 10,
    "kind": "webinar_attended",
}


def test_a_rule_counts_only_touches_that_carry_what_it_says(as_marketer: Client) -> None:
    contact = ContactFactory.create()
    TouchpointFactory.create(contact=contact, kind="webinar_attended", attributes={"minutes": 45})
    TouchpointFactory.create(contact=contact, kind="webinar_attended", attributes={"title": "Noise"})

    offered = as_marketer.get("/scoring/edit/rules/engagement/").content.decode()
    answer = as_marketer.post(
        "/scoring/edit/rules/engagement/", ASKED | {"attribute": "minutes", "wanted": "45, 60"}
    )

    assert '<option value="minutes">' in offered
    assert answer.status_code == 303
    assert rule(draft(), "Long webinar").where == {"minutes": [45, 60]}  # numbers, as the touches carry them
    assert "a webinar attended whose time attended is 45\u00a0min or 60\u00a0min" in unescape(
        as_marketer.get(EDIT).content.decode()
    )


def test_what_only_a_companys_own_systems_send_is_welcome(as_marketer: Client) -> None:
    asked = ASKED | {"attribute": "cohort", "wanted": "north"}
    assert as_marketer.post("/scoring/edit/rules/engagement/", asked).status_code == 303
    assert rule(draft(), "Long webinar").where == {"cohort": ["north"]}


def test_only_values_that_two_people_share_are_offered(as_marketer: Client) -> None:
    one, other = ContactFactory.create_batch(2)
    for contact, title in ((one, "Divorced, ring after six"), (one, "Metering 101"), (other, "Metering 101")):
        TouchpointFactory.create(contact=contact, kind="download", attributes={"title": title})
    TouchpointFactory.create(contact=one, kind="download", attributes={"title": "Divorced, ring after six"})

    offered = as_marketer.get("/scoring/edit/rules/engagement/").content.decode()

    assert '<option value="Metering 101">' in offered
    assert "Divorced" not in offered


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"attribute": "minutes"}, "wanted"),
        ({"wanted": "45"}, "attribute"),
        ({"attribute": "Not a key!", "wanted": "45"}, "attribute"),
        ({"attribute": "cohort", "wanted": "n" * 201}, "wanted"),
        ({"attribute": "cohort", "wanted": "north, " + "9" * 30}, "wanted"),
        ({"kind": "email_reply", "attribute": "minutes", "wanted": "45"}, "attribute"),  # others carry it
    ],
)
def test_what_no_touch_can_carry_is_refused(as_marketer: Client, sent: dict[str, Any], field: str) -> None:
    answer: Any = as_marketer.post("/scoring/edit/rules/engagement/", ASKED | sent)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Agreement.objects.of("scoring").filter(state=State.DRAFT).exists()


def test_a_group_begins_with_its_first_rule_and_takes_the_next(as_marketer: Client) -> None:
    new = {"new_group_en": "Webinars & more", "new_group_fr": "Webinaires", "new_group_cap": 25}
    assert as_marketer.post("/scoring/edit/rules/engagement/", ASKED | new).status_code == 303
    begun = draft().groups.get(label_en="Webinars & more")

    revision = draft().agreement.revision
    second = ASKED | {"label_en": "Any webinar", "group": begun.pk, "revision": revision}
    assert as_marketer.post("/scoring/edit/rules/engagement/", second).status_code == 303

    assert (begun.axis, begun.key, begun.cap) == ("engagement", "webinars-more", 25)
    assert [each.label_en for each in begun.rules.order_by("position")] == ["Long webinar", "Any webinar"]
    assert not in_force().groups.filter(key="webinars-more").exists()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"new_group_en": "Webinars"}, "new_group_cap"),
        ({"new_group_cap": 20}, "new_group_en"),
        ({"new_group_en": "Webinars", "new_group_cap": 101}, "new_group_cap"),
        ({"new_group_en": "eVENTS", "new_group_cap": 20}, "new_group_en"),  # there is one
    ],
)
def test_a_group_that_cannot_begin_is_refused(as_marketer: Client, sent: dict[str, Any], field: str) -> None:
    in_force().groups.filter(key="events").get()
    answer: Any = as_marketer.post("/scoring/edit/rules/engagement/", ASKED | sent)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


def test_a_group_is_chosen_or_new_not_both(as_marketer: Client) -> None:
    sent = {"group": in_force().groups.get(key="events").pk, "new_group_en": "Other", "new_group_cap": 9}
    answer: Any = as_marketer.post("/scoring/edit/rules/engagement/", ASKED | sent)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["new_group_en"]


def test_a_rule_that_gives_nothing_is_refused(as_marketer: Client) -> None:
    sent = {"revision": 1, "label_en": "Nothing", "effect": "points", "points": 0, "kind": "event_met"}
    answer = as_marketer.post("/scoring/edit/rules/engagement/", sent)

    assert answer.status_code == 422
    assert "A rule that gives 0 points does nothing." in answer.content.decode()


def test_the_page_of_a_new_fit_rule_offers_the_builder_without_touches(as_marketer: Client) -> None:
    page = as_marketer.get("/scoring/edit/rules/fit/")

    assert page.status_code == 200
    assert page.context["criteria"].catalogue.fact("score.fit") is None
    assert page.context["criteria"].catalogue.touches == ()


SWISS = {
    "revision": 1,
    "label_en": "Swiss",
    "effect": "points",
    "points": 7,
    "criteria-r-kind": "all",
    "criteria-r_0-kind": "fact",
    "criteria-r_0-fact": "country",
    "criteria-r_0-op": "is",
    "criteria-r_0-value": "CH",
}


def test_the_form_of_a_new_rule_is_in_the_language_of_its_reader(as_marketer: Client, marketer: User) -> None:
    User.objects.filter(pk=marketer.pk).update(language="fr")
    for axis in ("fit", "engagement"):
        page = as_marketer.get(f"/scoring/edit/rules/{axis}/").content.decode()
        assert [label in page for label in (">Effet<", ">Groupe<", ">Effect<", ">Group<")] == [
            True,
            True,
            False,
            False,
        ]


def test_a_rule_of_fit_is_added(as_marketer: Client) -> None:
    assert as_marketer.post("/scoring/edit/rules/fit/", SWISS).status_code == 303
    assert rule(draft(), "Swiss").criteria == {"all": [{"fact": "country", "op": "is", "value": "CH"}]}


@pytest.mark.parametrize(
    ("language", "why"),
    [
        ("en", "This would take long to answer for every contact."),
        ("fr", "La réponse pour chaque contact prendrait trop de temps."),
    ],
)
def test_criteria_that_would_take_long_are_refused_at_their_line(
    as_marketer: Client, marketer: User, monkeypatch: pytest.MonkeyPatch, language: str, why: str
) -> None:
    monkeypatch.setattr(criteria_trial, "COSTLY", -1.0)  # an empty table may cost nothing
    User.objects.filter(pk=marketer.pk).update(language=language)
    answer = as_marketer.post("/scoring/edit/rules/fit/", SWISS)

    assert answer.status_code == 422
    line = answer.context["criteria"].root.children[0]
    assert line.errors[0].startswith(why)
    assert why in unescape(answer.content.decode())
    assert not Agreement.objects.of("scoring").filter(state=State.DRAFT).exists()


def test_the_page_of_a_new_fit_rule_says_who_meets_it_while_it_is_written(as_marketer: Client) -> None:
    ContactFactory.create_batch(2, country="CH")
    ContactFactory.create(country="DE")
    looked = as_marketer.post("/scoring/edit/rules/fit/", {**SWISS, "criteria-do": "look"})

    assert looked.status_code == 200
    assert looked.context["criteria"].trial.count == 2
    assert "contacts meet them" in looked.content.decode()
    assert not Agreement.objects.of("scoring").filter(state=State.DRAFT).exists()


def test_the_draft_shows_what_it_would_change(as_marketer: Client) -> None:
    contact = ContactFactory.create()
    TouchpointFactory.create(contact=contact, kind="demo_request", occurred_at=AT)
    saved(as_marketer, fit_threshold=0, engagement_threshold=0)
    shown = as_marketer.get(EDIT).context["preview"]

    assert (shown.before, shown.after, shown.enter) == (0, 1, 1)


def test_a_rep_reads_and_is_offered_no_draft(as_rep: Client) -> None:
    assert EDIT not in as_rep.get("/scoring/").content.decode()
    assert as_rep.get(EDIT).status_code == 403


def test_signed_by_both_sides_it_comes_into_force_and_scores_everybody(
    as_marketer: Client,
    marketer: User,
    rep: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    contact = ContactFactory.create()
    TouchpointFactory.create(contact=contact, kind="demo_request", occurred_at=AT)
    rescore(at=AT)
    points = number("points", "Demo requested")
    proposed = propose(saved(as_marketer, **{points: 30}).agreement, actor=marketer, at=AT)
    rung: list[str] = []
    monkeypatch.setattr(agreed, "ring", rung.append)
    with django_capture_on_commit_callbacks(execute=True):
        for person in (marketer, rep):
            sign(proposed, actor=person, read_hash=proposed.content_hash, at=AT)

    assert rung == ["leads.refresh_all"]
    assert in_force().agreement.number == 2
    rescore(at=AT + timedelta(minutes=1))
    assert ContactScore.objects.get(contact=contact).engagement == 30
    assert ContactScore.objects.get(contact=contact).model == in_force()


def test_a_proposed_version_is_not_edited(as_marketer: Client, marketer: User) -> None:
    agreement = saved(as_marketer, fit_threshold=70).agreement
    typed = filled(as_marketer.get(EDIT), fit_threshold=80)
    propose(agreement, actor=marketer, at=AT)

    assert as_marketer.get(EDIT).status_code == 303
    answer = as_marketer.post(EDIT, typed)
    assert answer.status_code == 409
    assert f'href="/agreements/{agreement.pk}/"' in answer.content.decode()
    assert ScoringModel.objects.get(agreement=agreement).fit_threshold == 70


def test_the_agreement_page_shows_the_rules_that_changed(as_marketer: Client) -> None:
    points = number("points", "Demo requested")
    agreement = saved(as_marketer, **{points: 33}).agreement
    page = as_marketer.get(f"/agreements/{agreement.pk}/").content.decode()

    assert "Demo requested" in page
    assert "33" in page


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_difference_says_the_criteria_of_fit_in_both_languages(
    as_marketer: Client, marketer: User, language: str
) -> None:
    model = saved(as_marketer)
    model.rules.filter(axis="engagement").delete()
    model.rules.filter(pk__in=model.rules.values_list("pk", flat=True)[1:]).delete()
    criteria = {"all": [{"fact": "country", "op": "is", "value": "CH"}]}
    model.rules.update(label_en="Swiss", label_fr="Suisse", criteria=criteria, points=7, group=None)

    changed = changes_read_in(language, model.agreement, marketer)
    told = [new for _old, new in changed.values() if new]
    assert told == ["Swiss: the country is “CH”, +7", "Suisse\u202f: le pays est «\u202fCH\u202f», +7"]
    assert len(changed) == 4


def test_the_signers_see_what_the_trial_of_the_model_found(as_marketer: Client) -> None:
    ContactFactory.create_batch(3)
    changed = saved(as_marketer, fit_threshold="0", engagement_threshold="0")

    page = as_marketer.get(f"/agreements/{changed.agreement_id}/").content.decode()

    assert "If this model were in force now" in page
    assert "3 contacts more for sales to call" in page
    assert "Tried on all 3 contacts." in page
