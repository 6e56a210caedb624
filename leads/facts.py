"""What criteria may say of a contact: the catalogue with its columns, and what is known of whom as of a moment.

Stage, status, scores and the other columns of the contact are taken as they stand; touches, answers and
deals as of the moment asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import (
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    JSONField,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce

from leads.fact_words import FACTS, GROUPS
from leads.models import Answer, Contact, Deal, DealStage, Source, Touchpoint
from leads.touch_words import with_sources
from leads.worth import deal_worth
from lib.currencies import reporting_currency
from lifecycle.criteria.catalogue import Catalogue, Choice, Fact, FactType, Words
from lifecycle.criteria.evaluate import Snapshot, Touch
from lifecycle.criteria.nodes import ANY_TOUCH, Node, facts_of, touch_kinds_of
from lifecycle.criteria_sql import Column, Frame, Moment, TouchRows, column_of, compile_q, json_value
from lifecycle.models import Field, Stage, Status
from personas.models import PersonaVersion


def contact_catalogue() -> Catalogue:
    """Every fact of a contact, with the company's own stages, personas, sources and fields; one query."""
    choices: dict[str, list[Choice]] = {}
    custom: list[Fact] = []
    for kind, key, english, french, _place, detail in _company_words():
        words = Words(english or french, french or english)
        if kind.startswith("custom"):
            custom.append(_custom_fact(kind, key, words, detail))
        else:
            choices.setdefault(kind, []).append(Choice(key, words, retired=detail is False))
    facts = (_with_choices(fact, choices.get(fact.key)) for fact in FACTS)
    touches = with_sources(choices.get("source", ()))
    return Catalogue(tuple(map(_in_our_money, (*facts, *custom))), touches, GROUPS)


def _in_our_money(fact: Fact) -> Fact:
    """Money is in the currency of sums."""
    if fact.type is not FactType.MONEY or fact.currency == reporting_currency():
        return fact
    return replace(fact, currency=reporting_currency())


def matching(node: Node, *, at: Moment, catalogue: Catalogue, subject: str = "") -> Q:
    """The contacts of whom the tree is true as of `at`; with `subject`, the rows that lead to one by that path."""
    return compile_q(node, catalogue, at=at, touches=TOUCH_ROWS, subject=subject, columns=COLUMNS)


def count_matching(
    contacts: QuerySet[Contact], nodes: Sequence[Node], *, at: datetime, catalogue: Catalogue
) -> list[int]:
    """Of how many of these contacts each tree is true as of `at`, in one reading of them all."""
    if not nodes:
        return []
    counts = {
        f"count_{place}": Count("pk", filter=matching(node, at=at, catalogue=catalogue))
        for place, node in enumerate(nodes)
    }
    found = contacts.order_by().aggregate(**counts)
    return [found[name] for name in counts]


def snapshots(
    contacts: QuerySet[Contact], *, at: datetime, catalogue: Catalogue, node: Node | None = None
) -> dict[int, Snapshot]:
    """What is known of each contact as of `at`, by primary key; two queries whatever their number.

    With `node`, only what that tree speaks of is read.
    """
    frame = Frame(at)
    wanted = None if node is None else facts_of(node)
    facts = [fact for fact in catalogue.facts if wanted is None or fact.key in wanted]
    columns = {f"fact_{place}": column_of(fact, frame, COLUMNS) for place, fact in enumerate(facts)}
    touches = _touches(contacts, at=at, kinds=None if node is None else touch_kinds_of(node))
    return {
        pk: Snapshot(
            {fact.key: value for fact, value in zip(facts, values, strict=True)}, touches.get(pk, ())
        )
        for pk, *values in contacts.order_by().annotate(**columns).values_list("pk", *columns)
    }


def snapshot(contact: Contact, *, at: datetime, catalogue: Catalogue, node: Node | None = None) -> Snapshot:
    """What is known of one contact as of `at`; two queries."""
    rows = Contact.objects.filter(pk=contact.pk)
    return snapshots(rows, at=at, catalogue=catalogue, node=node)[contact.pk]


def _touches(
    contacts: QuerySet[Contact], *, at: datetime, kinds: Iterable[str] | None
) -> dict[int, tuple[Touch, ...]]:
    wanted = None if kinds is None or ANY_TOUCH in kinds else tuple(kinds)
    rows = (
        Touchpoint.objects.until(at)
        .filter(contact__in=contacts.order_by().values("pk"))
        .order_by("occurred_at")
    )
    rows = rows if wanted is None else rows.filter(kind__in=wanted)
    found: dict[int, list[Touch]] = {}
    own = ATTRIBUTE_PATHS
    for pk, kind, occurred_at, is_human, attributes, *columns in rows.values_list(
        "contact_id", "kind", "occurred_at", "is_human", "attributes", *own.values()
    ):
        carried = attributes | dict(zip(own, columns, strict=True))
        found.setdefault(pk, []).append(Touch(kind, occurred_at, carried, is_human))
    return {pk: tuple(touches) for pk, touches in found.items()}


# Columns of facts that no path leads to

ATTRIBUTE_PATHS = {"outcome": "outcome", "source": "source__key", "campaign": "campaign__name"}
TOUCH_ROWS = TouchRows(Touchpoint.objects.all(), attribute_paths=ATTRIBUTE_PATHS)


def _answer(question: str) -> Column:
    def column(frame: Frame) -> Subquery:
        answers = Answer.objects.filter(
            contact=frame.outer("pk"), question=question, answered_at__lte=frame.at_inside()
        )
        return Subquery(answers.order_by("-answered_at", "-pk").values("text")[:1])

    return column


def _answers_known(frame: Frame) -> Any:
    answers = Answer.objects.filter(contact=frame.outer("pk"), answered_at__lte=frame.at_inside())
    counted = answers.order_by().values("contact").annotate(found=Count("question", distinct=True))
    return Coalesce(Subquery(counted.values("found")), 0)


def _deals(frame: Frame) -> QuerySet[Deal]:
    return Deal.objects.filter(contact=frame.outer("pk"), opened_at__lte=frame.at_inside()).order_by()


def _closed(frame: Frame, stage: DealStage) -> QuerySet[Deal]:
    return _deals(frame).filter(stage=stage, closed_at__lte=frame.at_inside())


def _counted(deals: QuerySet[Deal]) -> Any:
    return Coalesce(Subquery(deals.values("contact").annotate(found=Count("*")).values("found")), 0)


def _open_deals(frame: Frame) -> Any:
    return _counted(_deals(frame).filter(Q(closed_at=None) | Q(closed_at__gt=frame.at_inside())))


def _won_amount(frame: Frame) -> Any:
    won = _closed(frame, DealStage.WON).values("contact")
    return Coalesce(Subquery(won.annotate(found=Sum(deal_worth())).values("found")), 0)


def _nps(frame: Frame) -> Subquery:
    answers = Touchpoint.objects.filter(
        contact=frame.outer("pk"), kind="nps", occurred_at__lte=frame.at_inside()
    )
    score = json_value("attributes", "score", FactType.NUMBER)
    return Subquery(answers.order_by("-occurred_at", "-pk").values_list(score)[:1])


COLUMNS: Mapping[str, Column] = {
    **{f"answer.{question}": _answer(question) for question in Answer.Question.values},
    "answers.known_count": _answers_known,
    "deals.open_count": _open_deals,
    "deals.won_count": lambda frame: _counted(_closed(frame, DealStage.WON)),
    "deals.lost_count": lambda frame: _counted(_closed(frame, DealStage.LOST)),
    "deals.won_amount": _won_amount,
    "deals.quote_sent": lambda frame: Exists(_deals(frame).filter(quote_sent_at__lte=frame.at_inside())),
    "nps": _nps,
}


# The company's own words


class _ToJson(Func):
    function = "to_jsonb"
    arity = 1
    output_field = JSONField()


def _company_words() -> list[tuple[str, str, str, str, int, Any]]:
    """Kind, key, English, French, place and detail of every choice and custom field, in order."""
    names = ("name_en", "name_fr")
    none = Value(None, output_field=JSONField())
    stages = Stage.objects.values_list(Value("stage"), "key", *names, "position", _ToJson("is_active"))
    statuses = Status.objects.values_list(Value("status"), "key", *names, "position", none)
    sources = Source.objects.values_list(Value("source"), "key", *names, _place(0), none)
    personas = PersonaVersion.objects.in_force().values_list(
        Value("persona"), "persona__slug", *names, "persona__position", _ToJson("persona__is_active")
    )
    return sorted(
        stages.order_by().union(
            *(rows.order_by() for rows in (statuses, sources, personas, _custom_fields())), all=True
        ),
        key=lambda row: (row[0], row[4], row[2], row[1]),
    )


def _custom_fields() -> QuerySet[Any, Any]:
    detail = Func(
        Value("type"),
        F("type"),
        Value("choices"),
        F("choices"),
        function="jsonb_build_object",
        output_field=JSONField(),
    )
    fields = Field.objects.filter(entity__in=("contact", "company"))
    kind = Func(Value("custom:"), F("entity"), function="concat")
    return fields.values_list(kind, "key", "label_en", "label_fr", _place(0), detail)


def _place(number: int) -> Value:
    return Value(number, output_field=IntegerField())


def _with_choices(fact: Fact, choices: list[Choice] | None) -> Fact:
    if choices is None:
        return fact
    return replace(fact, choices=tuple(choices))


def _custom_fact(kind: str, key: str, words: Words, detail: Mapping[str, Any]) -> Fact:
    of_contact = kind == "custom:contact"
    return Fact(
        key=f"custom.{key}" if of_contact else f"company.custom.{key}",
        type=FactType(detail["type"]),
        label=words,
        phrase=Words(f"“{words.en}”", f"«\u202f{words.fr}\u202f»"),
        group="custom",
        path="custom" if of_contact else "company__custom",
        json_key=key,
        choices=tuple(_custom_choice(choice) for choice in detail["choices"]),
    )


def _custom_choice(choice: Any) -> Choice:
    """A choice is stored as text, or as an object with key and labels."""
    if not isinstance(choice, Mapping):
        return Choice(str(choice), Words(str(choice), str(choice)))
    key = str(choice.get("key", choice.get("value", "")))
    english = str(choice.get("label_en") or choice.get("label") or key)
    return Choice(key, Words(english, str(choice.get("label_fr") or english)))
