"""What would follow if a version of the funnel came into force, counted on the contacts that stand where it changes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import SavedView
from agreements.consequences import Change, Consequences, Meaning, figure
from agreements.models import OPEN, State
from leads.models import Contact, Fallback, PlaybookVersion, ScoringRule
from lifecycle.funnel import Standing, name_of, obstacles, retired, speaks_of
from lifecycle.models import FunnelVersion, StatusContent, TermVersion
from lifecycle.term_text import reader_language
from personas.models import PersonaVersion

Entry = Mapping[str, Any]


def consequences(new: FunnelVersion, old: FunnelVersion | None, at: datetime) -> Consequences:
    """Names, teams and questions that change, each with how many contacts stand there. A handful of queries."""
    before = old or FunnelVersion(stages=[], statuses=[])
    in_stage, in_status = _standing("stage"), _standing("status")
    meanings = [
        *(Meaning("breach", text, _("It cannot be signed before.")) for text in obstacles(new)),
        *_of_stages(new.stages, before.stages, in_stage),
        *_of_statuses(new.statuses, before.statuses, in_status),
        *_of_the_glossary(new, before),
    ]
    return Consequences(
        title=_("If this were in force now"),
        changes=(
            Change(_("Stages"), figure(len(before.stages)), figure(len(new.stages))),
            Change(_("Statuses"), figure(len(before.statuses)), figure(len(new.statuses))),
        ),
        meanings_title=_("What it means for the contacts that are there"),
        meanings=tuple(meanings) or (Meaning("ok", _("Nothing changes for anybody")),),
        basis=_("Counted on all contacts."),
    )


def _standing(place: str) -> dict[str, int]:
    rows = Contact.objects.filter(deleted_at=None).order_by().values(place).annotate(n=Count("pk"))
    return {key: n for key, n in rows.values_list(place, "n") if key}


def _of_stages(new: Sequence[Entry], old: Sequence[Entry], there: Mapping[str, int]) -> Iterator[Meaning]:
    known = {entry["key"]: entry for entry in old}
    for place, entry in enumerate(new):
        before = known.get(entry["key"])
        if before is None:
            yield _new_stage(entry, new[place - 1] if place else None)
            continue
        yield from _renamed("stage", entry, before, there)
        yield from _ended(entry, before, new, there)
        if entry["side"] != before["side"]:
            text = ngettext(
                "%(n)s contact in “%(name)s” is another team’s",
                "%(n)s contacts in “%(name)s” are another team’s",
                there.get(entry["key"], 0),
            )
            note = _(
                "Its owner stays; who may move it back, and to whom it is shown as theirs, follows the team."
            )
            yield Meaning("risk", text % _said(entry, there), note, _list("stage", entry))
    yield from _moved(new, old, there)


def _new_stage(entry: Entry, before: Entry | None) -> Meaning:
    name = _name(entry)
    text = (
        _("“%(name)s” is new, behind “%(before)s”") % {"name": name, "before": _name(before)}
        if before
        else _("“%(name)s” is new, before all others") % {"name": name}
    )
    return Meaning(
        "undecided",
        text,
        _(
            "Nobody is in it; its definition, and who answers for it, are drafted to be signed. In the funnel of the"
            " cockpit its contacts count for the stage of the product before it."
        ),
    )


def _ended(entry: Entry, before: Entry, new: Sequence[Entry], there: Mapping[str, int]) -> Iterator[Meaning]:
    """A stage that is retired, or taken back."""
    if entry.get("retired") and not before.get("retired"):
        text = ngettext(
            "“%(name)s” is retired, with %(n)s contact in it",
            "“%(name)s” is retired, with %(n)s contacts in it",
            there.get(entry["key"], 0),
        )
        names = {one["key"]: _name(one) for one in new}
        note = (
            _("They go on to “%(stage)s”, but for those whom a rule holds back.")
            % {"stage": names[entry["goes_to"]]}
            if entry.get("goes_to")
            else _("They stay until somebody moves them on; nobody enters it any more.")
        )
        yield Meaning("risk", text % _said(entry, there), note, _list("stage", entry))
    elif before.get("retired") and not entry.get("retired"):
        yield Meaning("undecided", _("“%(name)s” is in use again") % {"name": _name(entry)})


def _moved(new: Sequence[Entry], old: Sequence[Entry], there: Mapping[str, int]) -> Iterator[Meaning]:
    """Stages that stand behind another than before; those that only made room are not among them."""
    kept = {entry["key"] for entry in old}
    order = [entry["key"] for entry in new if entry["key"] in kept]
    was = [entry["key"] for entry in old]
    for entry in new:
        key = entry["key"]
        if key in kept and set(order[: order.index(key)]) != set(was[: was.index(key)]):
            text = ngettext(
                "“%(name)s” moves, with %(n)s contact",
                "“%(name)s” moves, with %(n)s contacts",
                there.get(key, 0),
            )
            note = _(
                "Nobody’s stage changes. What counts as forward and back does, and the figures of the past."
            )
            yield Meaning("risk", text % _said(entry, there), note, _list("stage", entry))


def _of_statuses(new: Sequence[Entry], old: Sequence[Entry], there: Mapping[str, int]) -> Iterator[Meaning]:
    known = {entry["key"]: entry for entry in old}
    for entry in new:
        before = known.get(entry["key"])
        if before is None:
            yield Meaning(
                "undecided",
                _("“%(name)s” is new") % {"name": _name(entry)},
                _("Its definition is drafted to be signed."),
            )
            continue
        yield from _renamed("status", entry, before, there)
        for column, text in (
            ("needs_reason", _("“%(name)s” asks for a reason from then on")),
            ("needs_date", _("“%(name)s” asks for a day from then on")),
        ):
            if entry[column] and not before[column]:
                note = _("Contacts that have it already: %(n)s. They keep it as it is.")
                said = _said(entry, there)
                yield Meaning("undecided", text % said, note % said, _list("status", entry))
        if entry["is_open"] != before["is_open"]:
            goes_on, rests = (
                _("Work goes on in “%(name)s” from then on"),
                _("Work rests in “%(name)s” from then on"),
            )
            text = goes_on if entry["is_open"] else rests
            said = _said(entry, there)
            have = _("Contacts that have it: %(n)s.") % said
            yield Meaning("risk", text % said, have, _list("status", entry))


def _list(place: str, entry: Entry) -> str:
    """The contacts that stand there, whom the reader sees."""
    return f"{reverse('leads:contact-list')}?{place}={entry['key']}"


def _renamed(place: str, entry: Entry, before: Entry, there: Mapping[str, int]) -> Iterator[Meaning]:
    if (entry["name_en"], entry["name_fr"]) == (before["name_en"], before["name_fr"]):
        return
    names = [f"{one['name_en']} / {one['name_fr'] or one['name_en']}" for one in (before, entry)]
    text = ngettext(
        "“%(before)s” is called “%(after)s”, of %(n)s contact",
        "“%(before)s” is called “%(after)s”, of %(n)s contacts",
        there.get(entry["key"], 0),
    )
    said = {**_said(entry, there), "before": names[0], "after": names[1]}
    yield Meaning("ok", text % said, url=_list(place, entry))


def _of_the_glossary(new: FunnelVersion, old: FunnelVersion) -> Iterator[Meaning]:
    """Terms that still call it as it was. One query."""
    was = {f"stage:{one['key']}": one for one in old.stages} | {
        f"status:{one['key']}": one for one in old.statuses
    }
    now = {f"stage:{one['key']}": one for one in new.stages} | {
        f"status:{one['key']}": one for one in new.statuses
    }
    renamed = [place for place in now if place in was and now[place]["name_en"] != was[place]["name_en"]]
    terms = TermVersion.objects.in_force().filter(term__covers__in=renamed).select_related("term")
    for version in terms if renamed else ():
        if version.name_en != now[version.term.covers]["name_en"]:
            text = _("The glossary still calls it “%(name)s”") % {"name": version.name}
            yield Meaning("undecided", text, _("Its term is a version of its own: draft its next one."))


def in_the_way(version: FunnelVersion) -> list[str]:
    """What of contacts relies on a status as it is, or on a stage that is retired. Six queries at most."""
    statuses: dict[str, StatusContent] = {one["key"]: one for one in version.statuses}
    gone = {stage["key"]: _name(stage) for stage in retired(version)}
    return [*_playbooks_that_end_so(statuses), *(_that_speak_of(gone) if gone else ())]


def _that_speak_of(gone: Mapping[str, str]) -> Iterator[str]:
    """Playbooks, personas, the scoring model and views that people share, by the stages that they speak of."""
    live = {"agreement__state__in": (State.IN_FORCE, *OPEN)}
    for stage in (
        PlaybookVersion.objects.filter(**live, stage__in=gone).values_list("stage", flat=True).distinct()
    ):
        yield _("“%(stage)s” has a playbook: retire it first.") % {"stage": gone[stage]}
    personas = list(PersonaVersion.objects.filter(**live))
    rules = list(ScoringRule.objects.filter(**{f"model__{name}": value for name, value in live.items()}))
    views = list(
        SavedView.objects.filter(page="contacts", query__contains="stage=", shared=True, user__is_active=True)
    )
    for key, name in gone.items():
        for persona in personas:
            if speaks_of(persona.match, key):
                yield _("The persona “%(persona)s” speaks of “%(stage)s”.") % {
                    "persona": persona.name,
                    "stage": name,
                }
        if any(speaks_of(rule.criteria, key) for rule in rules):
            yield _("The scoring model speaks of “%(stage)s”.") % {"stage": name}
        for view in views:
            if key in QueryDict(view.query).getlist("stage"):
                yield _("The view “%(view)s” asks for “%(stage)s”.") % {"view": view.name, "stage": name}


def standing(stages: Collection[str]) -> dict[str, Standing]:
    """How many contacts stand in each. One query."""
    rows = Contact.objects.filter(deleted_at=None, stage__in=stages).order_by().values("stage")
    counted = rows.annotate(n=Count("pk")).values_list("stage", "n")
    path = reverse("leads:contact-list")
    return {str(key): Standing(n, f"{path}?stage={key}") for key, n in counted}


def _playbooks_that_end_so(statuses: Mapping[str, StatusContent]) -> list[str]:
    """Playbooks in force after whose limit a contact takes a status that could not be given so any more. One query."""
    found = PlaybookVersion.objects.in_force().filter(
        fallback=Fallback.STATUS, fallback_status__in=list(statuses)
    )
    said = []
    for version in found.select_related("stage"):
        status = statuses[str(version.fallback_status_id)]
        words = {"stage": version.stage.name, "status": name_of(status, reader_language())}
        if status["needs_date"] and not version.fallback_days:
            said.append(
                _("The playbook of %(stage)s gives “%(status)s” without a day: it cannot ask for one.")
                % words
            )
        if status["is_open"]:
            said.append(
                _("The playbook of %(stage)s ends with “%(status)s”: work cannot go on in it.") % words
            )
    return said


def _said(entry: Entry, there: Mapping[str, int]) -> dict[str, str]:
    return {"name": _name(entry), "n": figure(there.get(entry["key"], 0))}


def _name(entry: Entry) -> str:
    return name_of(entry, reader_language())  # type: ignore[arg-type]  # a stage or a status
