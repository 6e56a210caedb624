"""How agreements call, find and hold up the things of this app that are versioned; `sections` shows them."""

from __future__ import annotations

from django.db.models import QuerySet, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Role, User
from agreements.kinds import Kind, nothing_in_the_way, register
from lifecycle import territories
from lifecycle.actions import apply_funnel
from lifecycle.consequences import followed, weigh
from lifecycle.funnel import obstacles, out_of_use
from lifecycle.models import (
    FunnelVersion,
    ProcedureVersion,
    Responsibility,
    RuleVersion,
    Stage,
    StageDefinition,
    StatusDefinition,
    TermVersion,
)
from lifecycle.models.procedures import ONE_NAME
from lifecycle.rule_words import rule_sections
from lifecycle.sections import (
    definition_sections,
    funnel_sections,
    procedure_sections,
    responsibility_sections,
    status_sections,
    term_sections,
)
from lifecycle.term_drafts import refused

EVERYONE = frozenset(Role.values)
DRAFTERS = frozenset({Role.MARKETER.value, Role.MANAGER.value, Role.ADMIN.value})


def _those_in_the_funnel(version: StageDefinition) -> str:
    """What was chosen for the contacts that were known before."""
    if not version.is_automatic:
        return _("They stay: a person moves each.")
    return {
        StageDefinition.Reach.EVERYBODY: _("Looked at as soon as it is in force; they only move forward."),
        StageDefinition.Reach.NEWS: _("They stay until something new is known of them."),
    }[StageDefinition.Reach(version.reach)]


def _those_of_the_status(version: StatusDefinition) -> str:
    if version.is_automatic:
        return _("Whoever meets it takes the status; nobody leaves it by its definition.")
    return _("They stay: a person sets it.")


RESTS = gettext_lazy(
    "The stage is retired. Nobody is asked to read, accept or review this any more; it counts again once the stage is"
    " back in use."
)


def _of_retired_stages(prefix: str) -> QuerySet[Stage, str]:
    """The subjects of that kind whose stage is not in use."""
    retired = Stage.objects.filter(is_active=False).order_by()
    return retired.values_list(Concat(Value(f"{prefix}:"), "key"), flat=True)


def _definition_obstacles(version: StageDefinition) -> list[str]:
    empty = [_("Add at least one criterion: without any, everybody meets it.")] if version.is_empty else []
    return empty + out_of_use(version.stage)


def _responsibility_obstacles(version: Responsibility) -> list[str]:
    return _gone(version.person, version.consulted_person, version.informed_person) + out_of_use(
        version.stage
    )


def _later_responsibility_obstacles(version: Responsibility) -> list[str]:
    """Who is asked or told may leave meanwhile; without whoever answers nobody would."""
    return _gone(version.person) + out_of_use(version.stage)


def _procedure_obstacles(version: ProcedureVersion) -> list[str]:
    """None where it is retired: whoever left must not keep it in force."""
    if version.agreement.retires:
        return []
    return _gone(version.owner, version.consulted_person, version.informed_person)


def _gone(*people: User | None) -> list[str]:
    return [
        _("%(person)s has left.") % {"person": person} for person in people if person and not person.is_active
    ]


def register_kinds() -> None:
    register(
        Kind(
            prefix="funnel",
            label=gettext_lazy("Funnel"),
            model=FunnelVersion,
            title=lambda version: _("Stages and statuses"),
            url=lambda version: reverse("lifecycle:funnel"),
            edit_url=lambda version: reverse("lifecycle:funnel-edit"),
            drafted_by=DRAFTERS,
            sections=funnel_sections,
            consequences=weigh,
            obstacles=obstacles,
            take_effect=lambda version, at: apply_funnel(version, at=at),
            icon="funnel",
        )
    )
    register(
        Kind(
            prefix="responsibility",
            label=gettext_lazy("Who answers for what"),
            model=Responsibility,
            title=lambda version: version.stage.name,
            url=lambda version: reverse("lifecycle:definition-list") + "#h-who",
            edit_url=lambda version: reverse("lifecycle:responsibility-edit", args=[version.stage_id]),
            drafted_by=DRAFTERS,
            related=("stage", "person", "consulted_person", "informed_person"),
            sections=responsibility_sections,
            obstacles=_responsibility_obstacles,
            later_obstacles=_later_responsibility_obstacles,
            resting=lambda: _of_retired_stages("responsibility"),
            rests=RESTS,
            consequences=weigh,
            icon="users",
        )
    )
    register(
        Kind(
            prefix="procedure",
            label=gettext_lazy("Procedure"),
            model=ProcedureVersion,
            title=lambda version: version.name,
            url=lambda version: version.procedure.get_absolute_url(),
            edit_url=lambda version: reverse("lifecycle:procedure-edit", args=[version.procedure.slug]),
            drafted_by=DRAFTERS,
            related=("procedure", "owner", "consulted_person", "informed_person"),
            sections=procedure_sections,
            obstacles=_procedure_obstacles,
            later_obstacles=nothing_in_the_way,  # its steps are done all the same
            consequences=weigh,
            icon="list-ordered",
            ends=(
                gettext_lazy("Nobody is asked to accept or to review it any more"),
                gettext_lazy("How far it is followed is no longer measured"),
                gettext_lazy("Its name is free for another procedure"),
            ),
            name_constraint=ONE_NAME,
        )
    )
    register(
        Kind(
            prefix="term",
            label=gettext_lazy("Glossary term"),
            model=TermVersion,
            title=lambda version: version.name,
            url=lambda version: reverse("lifecycle:term-detail", args=[version.term.slug]),
            edit_url=lambda version: reverse("lifecycle:term-edit", args=[version.term.slug]),
            drafted_by=EVERYONE,
            related=("term",),
            sections=term_sections,
            refused=refused,
            consequences=weigh,
            icon="book-open",
            ends=(
                gettext_lazy("The glossary lists it apart, and no text opens it any more"),
                gettext_lazy("The words that it forbade are no longer looked for"),
                gettext_lazy("Nobody is asked to accept or to review it any more"),
            ),
            # What stands on a page of the product needs its words.
            may_end=lambda version: not version.term.covers and not version.links,
        )
    )
    register(
        Kind(
            prefix="stage",
            label=gettext_lazy("Stage definition"),
            model=StageDefinition,
            title=lambda version: version.stage.name,
            url=lambda version: reverse("lifecycle:definition-detail", args=[version.stage_id]),
            edit_url=lambda version: reverse("lifecycle:definition-edit", args=[version.stage_id]),
            drafted_by=DRAFTERS,
            related=("stage",),
            sections=definition_sections,
            obstacles=_definition_obstacles,
            those_there=_those_in_the_funnel,
            resting=lambda: _of_retired_stages("stage"),
            rests=RESTS,
            consequences=weigh,
            followed=followed,
            icon="git-commit-vertical",
        )
    )
    register(
        Kind(
            prefix="status",
            label=gettext_lazy("Status definition"),
            model=StatusDefinition,
            title=lambda version: version.status.name,
            url=lambda version: reverse("lifecycle:status-definition", args=[version.status_id]),
            edit_url=lambda version: reverse("lifecycle:status-definition-edit", args=[version.status_id]),
            drafted_by=DRAFTERS,
            related=("status",),
            sections=status_sections,
            those_there=_those_of_the_status,
            consequences=weigh,
            icon="circle-dashed",
        )
    )
    register(
        Kind(
            prefix="rule",
            label=gettext_lazy("Rule"),
            model=RuleVersion,
            title=lambda version: version.question,
            url=lambda version: f"/rules/{version.rule.key}/",
            edit_url=lambda version: reverse("lifecycle:rule-edit", args=[version.rule.key]),
            drafted_by=DRAFTERS,
            commented_by=DRAFTERS,
            related=("rule",),
            sections=rule_sections,
            obstacles=territories.obstacles,
            later_obstacles=nothing_in_the_way,  # whoever left is passed over by what deals the leads
            consequences=weigh,
            icon="scale",
            ends=(
                gettext_lazy("Nobody is held up or warned by it any more"),
                gettext_lazy("What was done against it stays on record, and counts no further"),
                gettext_lazy("Nobody is asked to accept or to review it any more"),
            ),
            may_end=lambda version: bool(
                version.event
            ),  # the product acts by the answers to its own questions
        )
    )
