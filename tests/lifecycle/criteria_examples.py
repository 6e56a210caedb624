"""A small catalogue, and generated trees, snapshots and values over it, for every test of criteria."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from lifecycle.criteria.catalogue import (
    WITH_DAYS,
    WITH_LIST,
    WITH_PAIR,
    WITHOUT_VALUE,
    Catalogue,
    Choice,
    Fact,
    FactType,
    Words,
    touch_kind,
)
from lifecycle.criteria.evaluate import Known, Snapshot, Touch
from lifecycle.criteria.text import is_storable, tidy

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)

OUTCOME = Fact(
    "outcome",
    FactType.CHOICE,
    Words("Outcome", "Résultat"),
    Words("outcome", "le résultat"),
    choices=(
        Choice("spoke", Words("spoke", "échange")),
        Choice("no_answer", Words("no answer", "sans réponse")),
    ),
)
PATH = Fact("path", FactType.TEXT, Words("Page address", "Adresse de la page"), Words("address", "l’adresse"))
SECONDS = Fact(
    "seconds",
    FactType.NUMBER,
    Words("Time on the page", "Temps sur la page"),
    Words("time on the page", "le temps passé"),
    unit=Words("s", "s"),
)
SIGNED_IN = Fact(
    "signed_in", FactType.BOOLEAN, Words("Signed in", "Connecté"), Words("signing in", "la connexion")
)

CATALOGUE = Catalogue(
    facts=(
        Fact("score.fit", FactType.NUMBER, Words("Fit", "Fit"), Words("fit", "le fit")),
        Fact(
            "company.headcount",
            FactType.NUMBER,
            Words("Headcount", "Effectif"),
            Words("the company’s headcount", "l’effectif de la société"),
        ),
        Fact("job_title", FactType.TEXT, Words("Job title", "Poste"), Words("the job title", "le poste")),
        Fact("email", FactType.EMAIL, Words("E-mail", "E-mail"), Words("the e-mail", "l’e-mail")),
        Fact(
            "stage",
            FactType.CHOICE,
            Words("Stage", "Étape"),
            Words("the stage", "l’étape"),
            choices=(
                Choice("lead", Words("Lead", "Lead")),
                Choice("mql", Words("MQL", "MQL")),
                Choice("sql", Words("SQL", "SQL")),
            ),
            ordered=True,
        ),
        Fact(
            "persona",
            FactType.CHOICE,
            Words("Persona", "Persona"),
            Words("the persona", "le persona"),
            choices=(
                Choice("buyer", Words("Buyer", "Achats")),
                Choice("competitor", Words("Competitor", "Concurrent")),
            ),
        ),
        Fact(
            "deals.amount",
            FactType.MONEY,
            Words("Deal amount", "Montant de l’affaire"),
            Words("the deal’s amount", "le montant de l’affaire"),
        ),
        Fact(
            "renewal",
            FactType.DATE,
            Words("Renewal", "Reconduction"),
            Words("the renewal", "la reconduction"),
        ),
        Fact(
            "created_at",
            FactType.MOMENT,
            Words("Creation", "Création"),
            Words("the record’s creation", "la création de la fiche"),
        ),
        Fact(
            "email.reachable",
            FactType.BOOLEAN,
            Words("E-mail reachable", "E-mail joignable"),
            Words("the e-mail being reachable", "la joignabilité de l’e-mail"),
            yes=Words("the e-mail is reachable", "l’e-mail fonctionne"),
            no=Words("the e-mail is unreachable", "l’e-mail ne fonctionne pas"),
        ),
    ),
    touches=(
        touch_kind(
            "demo_request",
            en=("a", "demo request", "demo requests"),
            fr=("une", "demande de démo", "demandes de démo"),
        ),
        touch_kind(
            "contact_request",
            en=("a", "contact request", "contact requests"),
            fr=("une", "demande de contact", "demandes de contact"),
        ),
        touch_kind("call", en=("a", "call", "calls"), fr=("un", "appel", "appels"), attributes=(OUTCOME,)),
        touch_kind(
            "page_view",
            en=("a", "page visit", "page visits"),
            fr=("une", "visite de page", "visites de page"),
            attributes=(PATH, SECONDS, SIGNED_IN),
        ),
    ),
)

TRICKY = "aàÀâÄéÉèÈßẞſsSİIıiΣσςΩωΑαДдЖжÇçŒœŸÿǅǆǄKKµμ日本 %_\\'\"‘’@.-\u0301\u00a0\U0001f600ᏸᲀꭰⰀ"
"""Letters on which case mappings disagree, accents apart, and what LIKE would take for a pattern."""

WORDS = st.one_of(
    st.sampled_from(
        ("directeur", "Directeur général", "DIRECTRICE", "a_b", "100%", "straße", "ΟΔΟΣ", "@", "%")
    ),
    st.text(st.sampled_from(TRICKY), max_size=6),
    st.text(max_size=6),
).filter(is_storable)
WRITTEN_WORDS = WORDS.map(tidy).filter(lambda text: 0 < len(text) <= 200)
MOMENTS = st.one_of(
    st.integers(-60 * 24, 60 * 24).map(lambda hours: AT + timedelta(hours=hours)),
    st.sampled_from(
        [AT + timedelta(days=n) + timedelta(microseconds=m) for n in (-30, -7, 0, 7) for m in (-1, 0, 1)]
    ),
)
DATES = st.integers(-40, 40).map(lambda days: AT.date() + timedelta(days=days))
NUMBERS = st.one_of(st.integers(-5, 105), st.sampled_from((0.5, 59.99, 60.000001, -0.0, 10**12, 1e-6)))
AMOUNTS = st.one_of(st.integers(0, 10), st.sampled_from((0.01, 4.99, 5000, 123456.78)))
DAYS = st.integers(1, 40)


def scalars(fact: Fact) -> st.SearchStrategy[Any]:  # noqa: PLR0911  # one a type
    """One JSON value that fits the fact."""
    match fact.type:
        case FactType.TEXT | FactType.EMAIL:
            return WRITTEN_WORDS
        case FactType.CHOICE:
            return st.sampled_from([choice.key for choice in fact.choices])
        case FactType.NUMBER:
            return NUMBERS
        case FactType.MONEY:
            return AMOUNTS
        case FactType.DATE:
            return DATES.map(date.isoformat)
        case FactType.MOMENT:
            return MOMENTS.map(lambda moment: moment.replace(microsecond=0).isoformat())
        case FactType.BOOLEAN:
            return st.booleans()


@st.composite
def fact_tests(draw: st.DrawFn, catalogue: Catalogue) -> dict[str, Any]:
    usable = [fact for fact in catalogue.facts if fact.choices or fact.type is not FactType.CHOICE]
    fact = draw(st.sampled_from(usable))
    return {"fact": fact.key} | draw(comparisons(fact))


@st.composite
def comparisons(draw: st.DrawFn, fact: Fact) -> dict[str, Any]:
    """An operator that fits the fact, with its value."""
    op = draw(st.sampled_from(fact.operators))
    found: dict[str, Any] = {"op": op}
    if op in WITHOUT_VALUE:
        return found
    if op in WITH_DAYS:
        value: Any = draw(DAYS)
    elif op in WITH_LIST:
        value = draw(st.lists(scalars(fact), min_size=1, max_size=3))
    elif op in WITH_PAIR:
        value = sorted(draw(st.lists(scalars(fact), min_size=2, max_size=2)))
    else:
        value = draw(scalars(fact))
    return found | {"value": value}


@st.composite
def touch_tests(draw: st.DrawFn, catalogue: Catalogue) -> dict[str, Any]:
    kinds = [kind.key for kind in catalogue.touches]
    chosen = draw(
        st.one_of(
            st.just("any"), st.sampled_from(kinds), st.lists(st.sampled_from(kinds), min_size=1, max_size=3)
        )
    )
    found: dict[str, Any] = {"touch": chosen}
    if draw(st.booleans()):
        found["human_only"] = True
    if draw(st.booleans()):
        found |= draw(carrying(catalogue, chosen))
    if draw(st.booleans()):
        return found | {"last": draw(st.sampled_from(("within", "longer_ago"))), "days": draw(DAYS)}
    found["op"] = draw(st.sampled_from(("at_least", "at_most", "exactly", "none")))
    if found["op"] != "none":
        found["count"] = draw(st.integers(1 if found["op"] == "at_least" else 0, 3))
    if draw(st.booleans()):
        found["within_days"] = draw(DAYS)
    return found


OF_OLD: tuple[dict[str, Any], ...] = (
    {"outcome": "spoke"},
    {"outcome": ["spoke", "sneezed"]},
    {"path": 5},
    {"seconds": "30", "url": "/pricing"},
    {"minutes": ["45", 45]},
    {"in": True},
)
"""What could be signed of any kind before touches declared what they carry."""


def signed_of_old(catalogue: Catalogue = CATALOGUE) -> st.SearchStrategy[dict[str, Any]]:
    """JSON trees that `parse` goes on reading and `parse_written` refuses, most of them."""
    kinds = st.lists(st.sampled_from([kind.key for kind in catalogue.touches]), min_size=1, max_size=2)
    asked = st.fixed_dictionaries({"touch": kinds, "where": st.sampled_from(OF_OLD)})
    counted = st.sampled_from(
        ({"op": "none"}, {"op": "at_least", "count": 1}, {"last": "within", "days": 90})
    )
    return st.builds(lambda one, other: one | other, asked, counted)


@st.composite
def carrying(draw: st.DrawFn, catalogue: Catalogue, chosen: str | list[str]) -> dict[str, Any]:
    """The kind, and what such touches must carry: what they declare, or anything where they declare nothing."""
    kinds = [chosen] if isinstance(chosen, str) else chosen
    offered = [
        attribute
        for attribute in catalogue.shared_attributes(kinds)
        if attribute.choices or attribute.type is not FactType.CHOICE
    ]
    if not offered:
        undeclared = [kind.key for kind in catalogue.touches if not kind.attributes]
        if not undeclared:
            return {}
        depth = draw(st.sampled_from((1, True, "1", [1, "1"], [True, 0])))
        return {"touch": draw(st.sampled_from(undeclared)), "where": {"depth": depth}}
    where: dict[str, Any] = {}
    for attribute in draw(st.lists(st.sampled_from(offered), min_size=1, max_size=3)):
        where[attribute.key] = draw(
            st.one_of(
                scalars(attribute),
                st.lists(scalars(attribute), min_size=1, max_size=3),
                comparisons(attribute),
            )
        )
    return {"where": where}


def trees(catalogue: Catalogue = CATALOGUE) -> st.SearchStrategy[dict[str, Any]]:
    """JSON trees that `parse` accepts, at most four levels deep."""
    node = st.one_of(fact_tests(catalogue), touch_tests(catalogue))
    for _ in range(3):
        groups = st.lists(node, max_size=3)
        node = st.one_of(
            node,
            groups.map(lambda children: {"all": children}),
            groups.map(lambda children: {"any": children}),
            node.map(lambda child: {"not": child}),
        )
    return node


def known_values(fact: Fact) -> st.SearchStrategy[Known]:
    """What a contact may have for the fact: any value of its type, or nothing."""
    values: st.SearchStrategy[Known]
    match fact.type:
        case FactType.TEXT | FactType.EMAIL:
            values = WORDS
        case FactType.MONEY:
            values = st.sampled_from((0, 1, 499, 500, 501, 500_000, 12_345_678))
        case FactType.DATE:
            values = DATES
        case FactType.MOMENT:
            values = MOMENTS
        case _:
            values = scalars(fact)
    return st.one_of(st.none(), values)


ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "outcome": st.sampled_from(("spoke", "no_answer", "Spoke", "")),
        "path": st.one_of(WORDS, st.sampled_from((7, None))),
        "seconds": st.one_of(NUMBERS, st.sampled_from(("60", True, None))),
        "signed_in": st.sampled_from((True, False, "true", 1)),
        "depth": st.sampled_from((1, True, "1", 0, False, None, 1.0, [1])),
    },
)


def touches(catalogue: Catalogue = CATALOGUE) -> st.SearchStrategy[Touch]:
    return st.builds(
        Touch,
        kind=st.sampled_from([kind.key for kind in catalogue.touches] + ["unheard_of"]),
        occurred_at=MOMENTS,
        attributes=ATTRIBUTES,
        human=st.booleans(),
    )


def snapshots(catalogue: Catalogue = CATALOGUE) -> st.SearchStrategy[Snapshot]:
    return st.builds(
        Snapshot,
        facts=st.fixed_dictionaries({}, optional={fact.key: known_values(fact) for fact in catalogue.facts}),
        touches=st.lists(touches(catalogue), max_size=5),
    )
