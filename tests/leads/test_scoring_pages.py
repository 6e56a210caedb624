"""The page of the scoring model: what everybody reads, what only drafters are offered."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from leads.models import Contact, ScoringModel
from leads.scoring.explain import explain
from leads.scoring.loading import load
from leads.scoring.matrix import matrix, preview
from leads.scoring.statement import rescore
from tests.factories.agreements import AgreementFactory
from tests.factories.leads import (
    ContactFactory,
    ContactScoreFactory,
    ScoringModelFactory,
    ScoringRuleFactory,
    TouchpointFactory,
)

AT = datetime(2026, 11, 19, 9, 42, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def in_force() -> ScoringModel:
    return ScoringModel.objects.in_force().get()


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_everybody_reads_the_model_in_force_with_its_rules_and_thresholds(as_rep: Client) -> None:
    page = text_of(as_rep.get("/scoring/"))

    assert "v1 in force" in page
    assert "Pricing page visited" in page
    assert "a visit of the pricing page" in page
    assert "threshold <b>60</b>" in page


def test_a_fit_rule_shows_the_sentence_of_its_criteria(as_rep: Client) -> None:
    assert "the company’s headcount is between 10 and 49" in text_of(as_rep.get("/scoring/"))


def test_the_page_speaks_french(as_rep: Client, rep: User) -> None:
    User.objects.filter(pk=rep.pk).update(language="fr")
    page = text_of(as_rep.get("/scoring/"))

    assert "Modèle de score" in page
    assert "Page des prix visitée" in page


def test_the_matrix_counts_contacts_on_each_side_of_the_thresholds(as_marketer: Client) -> None:
    for fit, engagement in ((60, 50), (60, 49), (59, 50), (59, 49), (100, 100)):
        ContactScoreFactory.create(fit=fit, engagement=engagement, model=in_force())
    ContactFactory.create()
    found = matrix(Contact.objects.all(), in_force())

    assert (found.both, found.fit_only, found.engagement_only, found.neither) == (2, 1, 1, 1)
    assert (found.scored, found.waiting) == (5, 1)
    assert 'href="/contacts/?fit=60&amp;engagement=50">2</a>' in text_of(as_marketer.get("/scoring/"))


@pytest.mark.parametrize("cell", ["both", "fit_only", "engagement_only", "neither"])
def test_each_cell_opens_exactly_the_contacts_it_counts(as_marketer: Client, cell: str) -> None:
    for fit, engagement in ((60, 50), (60, 49), (61, 10), (59, 50), (10, 90), (11, 90), (59, 49), (100, 100)):
        ContactScoreFactory.create(fit=fit, engagement=engagement, model=in_force())
    ContactFactory.create()
    links = re.findall(r'href="(/contacts/[^"]+)">(\d+)</a>', text_of(as_marketer.get("/scoring/")))
    url, shown = links[("fit_only", "both", "neither", "engagement_only").index(cell)]
    listed = as_marketer.get(url.replace("&amp;", "&"))

    assert int(shown) == getattr(matrix(Contact.objects.all(), in_force()), cell)
    assert len(listed.context["page"].rows) == int(shown)


def test_a_rep_counts_only_contacts_they_may_see(as_rep: Client, marketer: User) -> None:
    ContactScoreFactory.create(fit=90, engagement=90, model=in_force(), contact__owner=marketer)

    assert 'engagement=50">0</a>' in text_of(as_rep.get("/scoring/"))


def test_an_earlier_version_is_kept_and_read(as_rep: Client) -> None:
    ScoringModelFactory.create(agreement=AgreementFactory.create(subject="scoring", number=2))

    assert "v2 draft" in text_of(as_rep.get("/scoring/versions/2/"))
    assert as_rep.get("/scoring/versions/9/").status_code == 404


def test_the_page_costs_the_same_for_few_and_many_rules(as_rep: Client) -> None:
    as_rep.get("/scoring/")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            as_rep.get("/scoring/")
        return len(captured)

    few = queries()
    for place in range(30):
        ScoringRuleFactory.create(model=in_force(), position=100 + place)

    assert queries() == few <= 15


def test_a_draft_is_tried_on_everybody_without_writing(db: None) -> None:
    ready, cold = ContactFactory.create(), ContactFactory.create()
    TouchpointFactory.create(contact=ready, kind="page_view", occurred_at=AT)
    draft = ScoringModelFactory.create(fit_threshold=0, engagement_threshold=10)
    ScoringRuleFactory.create(model=draft)
    ContactScoreFactory.create(contact=cold, fit=80, engagement=70, model=in_force())

    found = preview(load(draft), in_force(), at=AT)

    assert (found.before, found.after, found.enter, found.leave) == (1, 1, 1, 1)
    assert not found.is_sample


def why_panel(contact: Contact, language: str = "en") -> str:
    with translation.override(language):
        html = render_to_string("leads/scoring/_why.html", {"why": explain(contact, at=AT)})
    return " ".join(html.split())


def test_the_why_panel_shows_lines_that_add_up() -> None:
    contact = ContactFactory.create(function="operations")
    TouchpointFactory.create(contact=contact, kind="demo_request", occurred_at=AT - timedelta(days=1))
    for _ in range(3):
        TouchpointFactory.create(contact=contact, kind="email_open", occurred_at=AT)
    rescore(ids=[contact.pk], at=AT)
    panel = why_panel(contact)

    assert "Demo requested" in panel
    assert '<td class="is-number">+49</td>' in panel
    assert "E-mail openings × 3" in panel
    assert "not counted: robots open everything" in panel
    assert '<td class="is-number">49</td>' in panel


def test_the_names_of_the_axes_open_their_definitions(as_marketer: Client) -> None:
    contact = ContactFactory.create()
    ContactScoreFactory.create(contact=contact)

    for address in ("/scoring/", "/scoring/edit/", contact.get_absolute_url()):
        page = as_marketer.get(address).content.decode()
        assert 'href="/terms/fit/" data-define>Fit</a></h' in page, address
        assert 'href="/terms/engagement/" data-define>Engagement</a></h' in page, address


def test_the_why_panel_says_when_engagement_falls() -> None:
    contact = ContactFactory.create()
    TouchpointFactory.create(contact=contact, kind="demo_request", occurred_at=AT)

    assert "engagement falls under 50 on" in why_panel(contact)
    assert "que l’engagement passera sous 50." in why_panel(contact, "fr")
