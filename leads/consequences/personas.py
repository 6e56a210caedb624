"""What would follow if a version of a persona came into force: who would be given it, and who would lose it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Case, CharField, Q, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.consequences import Change, Consequences, Fate, Meaning, cut_off, figure
from leads.consequences.behind import Behind, Figure, Held, Telling, Told, held
from leads.criteria_trial import grouped, patient
from leads.deciding import understood
from leads.evaluation import persona_wanted
from leads.facts import COLUMNS, TOUCH_ROWS, contact_catalogue, matching
from leads.models import Contact
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.nodes import AllOf, Node, facts_of
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.criteria_sql import compile_q
from lifecycle.keys import StageKey
from lifecycle.models import StageDefinition
from lifecycle.vocabulary import TakesLongError
from personas.models import Persona, PersonaVersion

Pairs = Counter[tuple[int | None, int | None]]
"""How many contacts have one persona, or none, and would be given another, or none."""


def behind(new: PersonaVersion, old: PersonaVersion | None, at: datetime) -> Behind | None:
    """The figures of a version: whoever has the persona, and whoever would be given it, in the order of personas."""
    catalogue = contact_catalogue()
    try:
        node = parse(new.match, catalogue) if new.match is not None else None
        before = parse(old.match, catalogue) if old is not None and old.match is not None else None
        wanted = persona_wanted(_tried(new), at=at, catalogue=catalogue)
    except CriteriaError:
        return None
    mine, gets = Q(persona=new.persona_id), Q(wanted=new.persona_id)
    enters = gets & (Q(persona=None) | ~mine)
    leaves = mine & (Q(wanted=None) | ~gets)
    names = {"persona": new.name}
    figures = {
        "was": Figure(_("Contacts of “%(persona)s” today") % names, mine),
        "would": Figure(_("Contacts that would be of “%(persona)s”") % names, gets),
        "leave": Figure(_("Contacts that would leave “%(persona)s”") % names, leaves),
        "stay": Figure(_("Contacts that stay “%(persona)s”") % names, mine & gets),
        "enter": Figure(_("Contacts that “%(persona)s” would be given") % names, enters),
    }
    figures["changes"] = Figure(_("Contacts that would change their persona"), enters | leaves)
    figures["to-nobody"] = Figure(_("Contacts that would be of no persona"), mine & Q(wanted=None))
    for pk, name in (*_names(new).items(), (None, _("No persona"))):
        words = _("Contacts that “%(persona)s” would take from “%(other)s”") % {**names, "other": name}
        figures[_from(pk)] = Figure(words, gets & Q(persona=pk))
    return Behind(
        version=new,
        figures=figures,
        node=node or AllOf(),
        tell=_telling(new, node, before, at=at, catalogue=catalogue),
        at=at,
        catalogue=catalogue,
        everybody=Contact.objects.annotate(wanted=wanted),
    )


def _from(persona: int | None) -> str:
    return f"enter-from-{persona or 'none'}"


def _tried(new: PersonaVersion) -> list[PersonaVersion]:
    """As if the version were in force."""
    others = PersonaVersion.objects.in_force().exclude(persona=new.persona_id).select_related("persona")
    return [one for one in (*others.filter(persona__is_active=True), new) if one.match is not None]


def _names(new: PersonaVersion) -> dict[int, str]:
    others = PersonaVersion.objects.in_force().exclude(persona=new.persona_id).select_related("persona")
    return {one.persona_id: one.name for one in others}


def _telling(
    new: PersonaVersion, node: Node | None, before: Node | None, *, at: datetime, catalogue: Catalogue
) -> Telling:
    def tell(contacts: Sequence[Contact]) -> Mapping[int, Told]:
        verdicts = held(node or AllOf(), before, contacts, at=at, catalogue=catalogue)
        names = {**_names(new), new.persona_id: new.name}
        return {
            contact.pk: Told(
                verdicts[contact.pk][0] if node else Held(holds=False, because=_("A person gives it.")),
                verdicts[contact.pk][1],
                _follows(contact, names),
            )
            for contact in contacts
            if contact.pk in verdicts
        }

    return tell


def _follows(contact: Contact, names: Mapping[int, str]) -> str:
    nobody = _("No persona")
    had, gets = contact.persona_id, contact.wanted  # type: ignore[attr-defined]  # annotated by `behind`
    before, after = names.get(had or 0, nobody), names.get(gets or 0, nobody)
    if had == gets:
        return _("Stays “%(persona)s”.") % {"persona": after}
    return _("From “%(before)s” to “%(after)s”, once something new is known.") % {
        "before": before,
        "after": after,
    }


def consequences(new: PersonaVersion, old: PersonaVersion | None, at: datetime) -> Consequences | None:
    """Everybody matched in one statement, in the order in which personas are tried; where it takes long, that it did.

    None where criteria cannot be read.
    """
    found = behind(new, old, at)
    if found is None:
        return None
    unmatched = Consequences(
        title=_("If this persona were in force now"),
        meanings_title=_("What it means"),
        meanings=(cut_off(), *_by_hand(new)),
    )
    try:
        pairs = _pairs(new, at)
    except TakesLongError:
        return unmatched
    mine = new.persona_id
    enter = Counter({had: n for (had, gets), n in pairs.items() if gets == mine and had != mine})
    leave = Counter({gets: n for (had, gets), n in pairs.items() if had == mine and gets != mine})
    stay, names = pairs[mine, mine], _names(new)
    arrivals = _arrivals(found)
    return replace(
        unmatched,
        changes=(
            Change(
                _("Contacts of this persona"),
                figure(stay + leave.total()),
                figure(stay + enter.total()),
                url=found.url("would"),
                before_url=found.url("was"),
            ),
        ),
        flow=found.flow({"leave": leave.total(), "stay": stay, "enter": enter.total()}),
        fates_title=_("What those who enter are today"),
        fates=tuple(
            Fate(names.get(had or 0, _("No persona")), figure(n), found.url(_from(had)))
            for had, n in enter.most_common()
        ),
        meanings=(
            *_moves(enter.total() + leave.total(), leave[None], found),
            *_by_hand(new),
            *_arrivals_unknown(arrivals),
        ),
        basis=_("Counted on all contacts."),
        hidden_from=found.hidden_from,
        arrivals=arrivals or 0,
    )


def _arrivals(found: Behind) -> int | None:
    """Whom the definition of MQL would take with the persona they would be given, and does not with the one they have.

    Three queries; None where that would take long. What another persona does to scores is not in it.
    """
    definition = (
        StageDefinition.objects.in_force()
        .filter(stage=StageKey.MARKETING_QUALIFIED, is_automatic=True)
        .select_related("stage")
        .first()
    )
    node = understood(definition.criteria, found.catalogue, definition) if definition else None
    if definition is None or node is None or "persona" not in facts_of(node):
        return 0
    slugs = (When(wanted=pk, then=Value(slug)) for pk, slug in Persona.objects.values_list("pk", "slug"))
    given = Case(*slugs, output_field=CharField())
    columns = {**COLUMNS, "persona": lambda frame: given}
    then = compile_q(node, found.catalogue, at=found.at, touches=TOUCH_ROWS, columns=columns)
    now = matching(node, at=found.at, catalogue=found.catalogue)
    before = Q(stage=None) | Q(stage__position__lt=definition.stage.position)
    try:
        with patient(node, at=found.at, catalogue=found.catalogue):
            return found.contacts("changes").filter(before, then, ~now, erasure=None).count()
    except TakesLongError:
        return None


def _arrivals_unknown(arrivals: int | None) -> Iterator[Meaning]:
    if arrivals is None:
        yield cut_off(_("How many would come to sales at once is not known now"))


def _pairs(new: PersonaVersion, at: datetime) -> Pairs:
    catalogue = contact_catalogue()
    wanted = persona_wanted(_tried(new), at=at, catalogue=catalogue)
    node = parse(new.match, catalogue) if new.match is not None else AllOf()
    rows = grouped("persona", node=node, at=at, catalogue=catalogue, wanted=wanted)
    return Counter({(had, gets): n for had, gets, n in rows})


def _moves(changed: int, nobody: int, found: Behind) -> list[Meaning]:
    if not changed:
        return [Meaning("ok", _("No contact changes its persona today"))]
    text = ngettext("%(n)s contact changes its persona", "%(n)s contacts change their persona", changed) % {
        "n": figure(changed)
    }
    note = _("Once something new is known of them, all by the next morning.")
    said = [Meaning("undecided", text, note, found.url("changes"))]
    if nobody:
        text = ngettext(
            "%(n)s of them would be of no persona", "%(n)s of them would be of no persona", nobody
        )
        said.append(Meaning("risk", text % {"n": figure(nobody)}, url=found.url("to-nobody")))
    return said


def _by_hand(new: PersonaVersion) -> list[Meaning]:
    if new.match is not None:
        return []
    text = _("Nobody is recognised by criteria: a person gives it")
    return [Meaning("undecided", text, _("Whoever has it keeps it while no other persona matches."))]
