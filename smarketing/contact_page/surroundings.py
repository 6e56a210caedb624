"""The columns that bring everything small around a contact in one query; says nothing of what they mean."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import JSONObject, Now

from accounts.models import User
from leads.access import OWNING
from leads.messaging.sets import bounced, held_until, kept_for_deals, last_sales_touch, messages, owned_since
from leads.messaging.terms import CELLS, speaking
from leads.models import (
    Answer,
    Contact,
    ContactQuerySet,
    Deal,
    DealStage,
    ScoringRule,
    StageInterval,
    Transition,
    TransitionKind,
)
from lifecycle.keys import RuleKey
from lifecycle.models import Responsibility, RuleVersion, Stage, StageDefinition, Status
from personas.models import PersonaVersion
from smarketing.contact_page.playbook import run_cells
from smarketing.contact_page.promises import promise_cells
from smarketing.contact_page.tactics import applied_cells, cell_cells

DEALS = 8
MESSAGES_READ = 150
"""The last ones: more than a cap may admit, and than anybody should get in six weeks."""
RELATED = (
    "company",
    "stage",
    "status",
    "owner__team",
    "marketing_owner__team",
    "created_by",
    "source",
    "campaign",
    "score__model__agreement",
)
HOW_IT_CAME: Final = {
    "at": F("at"),
    "origin": F("origin"),
    "first": F("actor__first_name"),
    "last": F("actor__last_name"),
    "reason": F("reason"),
    "facts": F("facts"),
}


def with_surroundings() -> ContactQuerySet:
    """Contacts with small lists around them."""
    of_contact = {"contact": OuterRef("pk")}
    names = {"name_en": F("name_en"), "name_fr": F("name_fr")}
    rules = ScoringRule.objects.filter(model=OuterRef("score__model")).order_by().values("model")
    return (
        Contact.objects.order_by("pk")
        .select_related(*RELATED)
        .annotate(
            stage_rows=_listed(
                Stage.objects.order_by("position"),
                key=F("key"),
                position=F("position"),
                side=F("side"),
                is_active=F("is_active"),
                **names,
            ),
            status_rows=_listed(
                Status.objects.order_by("position"),
                key=F("key"),
                position=F("position"),
                needs_reason=F("needs_reason"),
                needs_date=F("needs_date"),
                **names,
            ),
            people_rows=_listed(
                User.objects.active().filter(role__in=OWNING).order_by("first_name", "last_name", "pk"),
                id=F("pk"),
                first_name=F("first_name"),
                last_name=F("last_name"),
                role=F("role"),
                team_id=F("team_id"),
            ),
            answer_rows=_listed(
                Answer.objects.filter(**of_contact)
                .order_by("question", "-answered_at", "-pk")
                .distinct("question"),
                question=F("question"),
                text=F("text"),
                via=F("via"),
                at=F("answered_at"),
                first=F("actor__first_name"),
                last=F("actor__last_name"),
            ),
            deal_rows=_listed(
                Deal.objects.filter(**of_contact).order_by("-opened_at", "-pk")[:DEALS],
                pk=F("pk"),
                name=F("name"),
                cents=F("amount_cents"),
                currency=F("currency"),
                stage=F("stage"),
                opened=F("opened_at"),
                closed=F("closed_at"),
            ),
            interval_rows=_listed(
                StageInterval.objects.filter(**of_contact).order_by("entered_at"),
                stage=F("stage_id"),
                at=F("entered_at"),
            ),
            entry_rows=_listed(
                Transition.objects.of_stage().filter(**of_contact).order_by("-at", "-pk")[:1],
                criteria=F("definition__criteria"),
                number=F("definition__agreement__number"),
                **HOW_IT_CAME,
            ),
            status_entry_rows=_listed(
                Transition.objects.filter(kind=TransitionKind.STATUS, **of_contact).order_by("-at", "-pk")[
                    :1
                ],
                before=F("from_value"),
                criteria=F("status_definition__criteria"),
                number=F("status_definition__agreement__number"),
                **HOW_IT_CAME,
            ),
            next_rows=_listed(
                StageDefinition.objects.in_force()
                .filter(stage__is_active=True, stage__position__gt=OuterRef("stage__position"))
                .order_by("stage__position")[:1],
                key=F("stage_id"),
                criteria=F("criteria"),
                is_automatic=F("is_automatic"),
                name_en=F("stage__name_en"),
                name_fr=F("stage__name_fr"),
            ),
            duty_rows=_listed(
                Responsibility.objects.in_force().filter(stage=OuterRef("stage")).order_by("pk")[:1],
                side=F("side"),
                accountable=F("accountable"),
                first=F("person__first_name"),
                last=F("person__last_name"),
                owes_en=F("owes_en"),
                owes_fr=F("owes_fr"),
                by=F("by"),
                days=F("days"),
                consulted=F("consulted"),
                consulted_id=F("consulted_person"),
                consulted_first=F("consulted_person__first_name"),
                consulted_last=F("consulted_person__last_name"),
                informed=F("informed"),
                informed_id=F("informed_person"),
                informed_first=F("informed_person__first_name"),
                informed_last=F("informed_person__last_name"),
            ),
            persona_rows=_listed(
                PersonaVersion.objects.in_force().filter(persona=OuterRef("persona")).order_by("pk")[:1],
                **names,
            ),
            promise_rows=ArraySubquery(promise_cells()),
            cell_rows=ArraySubquery(cell_cells()),
            applied_rows=ArraySubquery(applied_cells()),
            term_rows=_listed(speaking(), **CELLS),
            message_rows=_listed(
                messages(OuterRef("pk"))[:MESSAGES_READ], kind=F("kind"), at=F("occurred_at")
            ),
            has_bounced=bounced(),
            touched_at=last_sales_touch(Now()),
            owned_since=owned_since(),
            has_kept_deals=kept_for_deals(),
            held_until=held_until(),
            run_rows=ArraySubquery(run_cells()),
            steward_rows=_listed(
                RuleVersion.objects.in_force().filter(rule__key=RuleKey.DEAL_INFORMATION).order_by("pk")[:1],
                steward=F("parameters__steward"),
            ),
            won_rows=_listed(
                Deal.objects.filter(company=OuterRef("company"), stage=DealStage.WON)
                .order_by()
                .values("currency")
                .annotate(cents=Sum("amount_cents"), n=Count("pk"), last=Max("closed_at"))
                .order_by("-cents"),
                cents=F("cents"),
                sold_in=F("currency"),
                n=F("n"),
                last=F("last"),
            ),
            rule_count=Subquery(rules.annotate(n=Count("pk")).values("n")),
        )
    )


def _listed(rows: QuerySet[Any], **cells: Any) -> ArraySubquery:
    """The rows as a list of objects in one column, so that small things around a contact cost no query each."""
    return ArraySubquery(rows.values(object=JSONObject(**cells)))
