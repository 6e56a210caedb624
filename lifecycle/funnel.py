"""What a version of the funnel says, in words, and what it may not say; what it moves, `lifecycle.actions` writes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Side
from agreements.models import OPEN, State
from lifecycle.keys import StageKey, StatusKey
from lifecycle.models import (
    FunnelVersion,
    ProcedureVersion,
    RuleEvent,
    RuleVersion,
    Stage,
    StageContent,
    StageDefinition,
    Status,
    StatusContent,
    StatusDefinition,
)
from lifecycle.term_text import reader_language

SUBJECT: Final = "funnel"
BETWEEN: Final = 9
"""Stages of the company's own between two of the product's, which keep their places: no history is counted anew."""
SET_BY_THE_PRODUCT: Final = (StatusKey.NEW, StatusKey.IN_PROGRESS)
"""Nobody is there to give a reason when a contact comes in, is called or comes back."""

Obstacle = Callable[[FunnelVersion], list[str]]
"""What relies on a stage or a status as it is, in sentences."""

_obstacles: list[Obstacle] = []


@dataclass(frozen=True)
class Standing:
    """How many contacts stand in a stage, and the list of them."""

    count: int
    url: str


Counting = Callable[[Collection[str]], Mapping[str, Standing]]

_counting: list[Counting] = []


def provide(obstacle: Obstacle) -> None:
    """Called in `ready` by an app whose things rely on a status; the same twice is harmless."""
    if obstacle not in _obstacles:
        _obstacles.append(obstacle)


def provide_counting(counting: Counting) -> None:
    """Called in the `ready` of the app that knows contacts."""
    _counting[:] = [counting]


def standing(stages: Collection[str]) -> Mapping[str, Standing]:
    """Of each of these stages; those that nobody stands in are left out."""
    return _counting[0](stages) if stages else {}


def retired(version: FunnelVersion) -> list[StageContent]:
    """The stages that it retires, or that one before has."""
    stages: Sequence[StageContent] = version.stages
    return [stage for stage in stages if stage.get("retired")]


def as_it_stands() -> FunnelVersion:
    """An unsaved version that says what the rows say. Two queries."""
    stages = Stage.objects.order_by("position").values("key", "name_en", "name_fr", "side")
    statuses = Status.objects.order_by("position")
    names = ("key", "name_en", "name_fr", "needs_reason", "needs_date", "is_open")
    return FunnelVersion(stages=list(stages), statuses=list(statuses.values(*names)))


def name_of(entry: StageContent | StatusContent, language: str) -> str:
    """In that language, else in the other."""
    english, french = entry["name_en"], entry["name_fr"]
    return (french or english) if language == "fr" else (english or french)


def stage_lines(version: FunnelVersion, language: str) -> list[str]:
    """One a stage, in order."""
    stages: Sequence[StageContent] = version.stages
    with override(language):
        labels = {side: str(label) for side, label in Side.choices}
        return [
            ", ".join(
                (
                    _("%(name)s (%(team)s)")
                    % {"name": name_of(stage, language), "team": labels[stage["side"]]},
                    *_end_of(stage, stages, language),
                )
            )
            for stage in stages
        ]


def _end_of(stage: StageContent, stages: Sequence[StageContent], language: str) -> Iterator[str]:
    if stage.get("retired"):
        yield _("retired from use")
        names = {one["key"]: name_of(one, language) for one in stages}
        if target := stage.get("goes_to"):
            yield _("contacts go on to %(stage)s") % {"stage": names.get(target, target)}
        else:
            yield _("contacts stay")


def status_lines(version: FunnelVersion, language: str) -> list[str]:
    """One a status, in order, with what it asks for."""
    statuses: Sequence[StatusContent] = version.statuses
    with override(language):
        return [
            _("%(name)s: %(what)s") % {"name": name_of(status, language), "what": ", ".join(_says(status))}
            for status in statuses
        ]


def _says(status: StatusContent) -> Iterator[str]:
    if status["needs_reason"]:
        yield _("asks for a reason")
    if status["needs_date"]:
        yield _("asks for a day to come back")
    yield _("work goes on") if status["is_open"] else _("work rests")


def own_positions(stages: Sequence[StageContent], places: Mapping[str, int]) -> dict[str, int]:
    """Key → place of each stage of the company's own, between the places of the product's that it stands between."""
    found: dict[str, int] = {}
    last = 0
    for stage in stages:
        key = stage["key"]
        last = places[key] if key in StageKey.ALL else last + 1
        if key not in StageKey.ALL:
            found[key] = last
    return found


def obstacles(version: FunnelVersion) -> list[str]:
    """What keeps it from coming into force as things stand, in sentences for the reader. A query a kind of thing."""
    statuses: Sequence[StatusContent] = version.statuses
    by_key = {status["key"]: status for status in statuses}
    found = [
        *_names((*version.stages, *statuses)),
        *_order(version.stages),
        *_ends(version),
        *_of_the_product(by_key),
        *_acting_alone(by_key),
    ]
    return found + [text for asked in _obstacles for text in asked(version)]


def out_of_use(stage: Stage) -> list[str]:
    """What keeps an agreement on the stage from coming into force while it is retired."""
    if stage.is_active:
        return []
    return [_("“%(stage)s” is retired: take it back into use first.") % {"stage": stage.name}]


def _names(entries: Iterable[StageContent | StatusContent]) -> Iterator[str]:
    """Each is one line: in a list that people sign, several would read as several."""
    for entry in entries:
        for name in (entry["name_en"], entry["name_fr"]):
            if len(name.splitlines()) > 1:
                yield _("A name is one line: %(name)s") % {"name": " ".join(name.split())}


def _order(stages: Sequence[StageContent]) -> Iterator[str]:
    """Figures count by who reached a stage or one behind it."""
    built_in = [stage["key"] for stage in stages if stage["key"] in StageKey.ALL]
    if built_in != [key for key in StageKey.ALL if key in built_in] or len(built_in) != len(StageKey.ALL):
        names = {stage["key"]: _shown(stage) for stage in stages}
        order = ", ".join(names[key] for key in StageKey.ALL if key in names)
        yield _("These stages keep their order, because every figure counts by it: %(order)s.") % {
            "order": order
        }
    run = 0
    for stage in stages:
        run = 0 if stage["key"] in StageKey.ALL else run + 1
        if run == BETWEEN + 1:
            yield _("At most %(n)s stages of your own stand between two of these.") % {"n": BETWEEN}


def _ends(version: FunnelVersion) -> Iterator[str]:
    """Of stages that are retired: whether contacts find a way on, and what of ours still speaks of it."""
    order = [stage["key"] for stage in version.stages]
    gone = {stage["key"] for stage in retired(version)}
    for stage in retired(version):
        key, words = stage["key"], {"stage": _shown(stage)}
        if key in StageKey.ALL:
            yield _("The product knows “%(stage)s”: it cannot be retired.") % words
        target = stage.get("goes_to")
        if target and (target in gone or order.index(key) >= order.index(target)):
            yield _("Contacts of “%(stage)s” can only go on to a stage in use behind it.") % words
    yield from _references({stage["key"]: _shown(stage) for stage in retired(version)})


def _references(gone: Mapping[str, str]) -> Iterator[str]:
    """Rules, procedures and definitions, in force or being written, that speak of such a stage. Four queries."""
    if not gone:
        return
    live = {"agreement__state__in": (State.IN_FORCE, *OPEN)}
    rules = list(RuleVersion.objects.filter(**live).select_related("rule"))
    procedures = list(ProcedureVersion.objects.filter(**live))
    definitions = [
        *StageDefinition.objects.filter(**live).exclude(stage__in=gone).select_related("stage"),
        *StatusDefinition.objects.filter(**live).select_related("status"),
    ]
    for key, stage in gone.items():
        for rule in rules:
            is_asked = rule.event == RuleEvent.STAGE and rule.target == key
            named = (rule.parameters.get("stage"), *rule.parameters.get("stages", ()))
            is_named = key in named or speaks_of(rule.parameters, key)
            if is_asked or is_named or speaks_of(rule.criteria, key):
                yield _("The rule “%(rule)s” speaks of “%(stage)s”.") % {
                    "rule": rule.question,
                    "stage": stage,
                }
        for procedure in procedures:
            if procedure.scope == f"stage:{key}" or speaks_of(procedure.criteria, key):
                yield _("The procedure “%(procedure)s” speaks of “%(stage)s”.") % {
                    "procedure": procedure.name,
                    "stage": stage,
                }
        for definition in definitions:
            if speaks_of(definition.criteria, key):
                yield _("The definition of “%(place)s” speaks of “%(stage)s”.") % {
                    "place": definition.place.name,
                    "stage": stage,
                }


def speaks_of(tree: object, stage: str) -> bool:
    """Whether criteria ask for that stage, in whatever group."""
    match tree:
        case {"fact": "stage", **rest}:
            value = rest.get("value")
            return stage in value if isinstance(value, list) else value == stage
        case dict():
            return any(speaks_of(child, stage) for child in tree.values())
        case list():
            return any(speaks_of(child, stage) for child in tree)
        case _:
            return False


def _of_the_product(statuses: Mapping[str, StatusContent]) -> Iterator[str]:
    """What the product itself sets, and how."""
    for key in SET_BY_THE_PRODUCT:
        if (status := statuses.get(key)) and (
            status["needs_reason"] or status["needs_date"] or not status["is_open"]
        ):
            yield _(
                "“%(status)s” is set by the product itself: it can ask for nothing, and work goes on in it."
            ) % {"status": _shown(status)}
    waiting, unfit = statuses.get(StatusKey.BAD_TIMING), statuses.get(StatusKey.UNQUALIFIED)
    if waiting and not waiting["needs_date"]:
        yield _("“%(status)s” needs its day: on it the contact comes back.") % {"status": _shown(waiting)}
    if unfit and unfit["needs_date"]:
        yield _("“%(status)s” is what a refused lead becomes: it cannot ask for a day.") % {
            "status": _shown(unfit)
        }


def _acting_alone(statuses: Mapping[str, StatusContent]) -> Iterator[str]:
    """Definitions in force or being written that set a status which would ask for words. One query."""
    asking = [key for key, status in statuses.items() if status["needs_reason"] or status["needs_date"]]
    acting = StatusDefinition.objects.filter(
        status__in=asking, is_automatic=True, agreement__state__in=(State.IN_FORCE, *OPEN)
    )
    for key in sorted(set(acting.values_list("status", flat=True))):
        yield _(
            "Contacts take “%(status)s” by themselves, as its definition says: it cannot ask for a reason or a day."
        ) % {"status": _shown(statuses[key])}


def _shown(entry: StageContent | StatusContent) -> str:
    return name_of(entry, reader_language())
