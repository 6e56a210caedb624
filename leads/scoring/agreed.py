"""How agreements call, show and copy the scoring model, and what follows when a version comes into force."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from accounts.models import Role
from agreements.doorbell import agreement_in_force
from agreements.kinds import Kind, Section, register
from leads.defaults import SCORING
from leads.facts import contact_catalogue
from leads.models import ScoringGroup, ScoringModel, ScoringRule
from leads.scoring.consequences import consequences
from leads.scoring.presenting import AxisRows, GroupRows, RuleRow, in_words
from lib import formats
from lib.bell import ring
from lifecycle.criteria.catalogue import Catalogue

DRAFTERS = frozenset({Role.MARKETER.value, Role.ADMIN.value})


def register_kind() -> None:
    register(
        Kind(
            prefix=SCORING,
            label=gettext_lazy("Scoring model"),
            model=ScoringModel,
            title=lambda version: _("Scoring model"),
            url=lambda version: reverse("leads:scoring-version", args=[version.agreement.number]),
            edit_url=lambda version: reverse("leads:scoring-edit"),
            drafted_by=DRAFTERS,
            sections=sections,
            copy_rows=copy_rows,
            consequences=consequences,
            commented_by=DRAFTERS,
            read_by=frozenset({Role.REP.value, Role.MARKETER.value, Role.MANAGER.value}),
            icon="sliders-horizontal",
        )
    )
    agreement_in_force.connect(ask_for_scores, dispatch_uid="leads.scoring")


def ask_for_scores(subject: str, **_: Any) -> None:
    """A new model scores everybody; the sweep of the next minute would, this makes it now."""
    if subject == SCORING:
        ring("leads.refresh_all")


def sections(version: ScoringModel) -> list[Section]:
    days = _("Touches of the last %(days)s days") % {"days": version.window_days}
    facts = contact_catalogue()
    (fit_en, engagement_en), (fit_fr, engagement_fr) = (
        _rules_in(code, version, facts) for code in ("en", "fr")
    )
    return [
        Section(_("Fit, threshold"), str(version.fit_threshold)),
        Section(_("Engagement, threshold"), str(version.engagement_threshold)),
        Section(_("What engagement looks at"), days),
        Section(_("Fit, the rules in English"), fit_en, is_criteria=True),
        Section(_("Fit, the rules in French"), fit_fr, is_criteria=True),
        Section(_("Engagement, the rules in English"), engagement_en, is_criteria=True),
        Section(_("Engagement, the rules in French"), engagement_fr, is_criteria=True),
    ]


def _rules_in(language: str, version: ScoringModel, facts: Catalogue) -> list[str]:
    """The rules of fit, then those of engagement, a line each; one query."""
    with override(language):
        return [_axis_text(axis) for axis in in_words(version, facts)]


def _axis_text(axis: AxisRows) -> str:
    return "\n".join(line for group in axis.groups for line in _group_lines(group))


def _group_lines(group: GroupRows) -> list[str]:
    head = [f"{group.label} – " + _("at most %(cap)s") % {"cap": group.cap}] if group.label else []
    return [*head, *(_rule_line(rule) for rule in group.rules)]


def _rule_line(rule: RuleRow) -> str:
    said = [formats.labelled(rule.label, rule.condition, get_language() or "en")]
    if rule.effect == ScoringRule.Effect.EXCLUDES:
        said.append(_("excludes"))
    else:
        said.append(f"{rule.points:+d}")
    if rule.effect == ScoringRule.Effect.TRIGGERS:
        said.append(_("hard trigger"))
    if rule.cap is not None:
        said.append(_("at most %(cap)s") % {"cap": rule.cap})
    if rule.half_life_days:
        said.append(_("half-life %(days)s d") % {"days": rule.half_life_days})
    return ", ".join(said)


def copy_rows(source: ScoringModel, draft: ScoringModel) -> None:
    """The groups and rules of one version under another, in the same order. Four queries."""
    groups = list(source.groups.order_by("pk"))
    copies = ScoringGroup.objects.bulk_create(_copied(group, model=draft) for group in groups)
    by_old = {group.pk: copy for group, copy in zip(groups, copies, strict=True)}
    ScoringRule.objects.bulk_create(
        _copied(rule, model=draft, group=by_old.get(rule.group_id or 0)) for rule in source.rules.all()
    )


def _copied(row: Any, **changed: Any) -> Any:
    """The same row, not saved yet, under the relations given."""
    plain = {
        field.name for field in row._meta.concrete_fields if not field.is_relation and field.name != "id"
    }
    return type(row)(**{name: getattr(row, name) for name in plain}, **changed)
