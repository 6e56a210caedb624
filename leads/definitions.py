"""Which definition a term is held to: that of the stage or status it is about, where criteria can tell."""

from __future__ import annotations

from collections.abc import Iterable

from lifecycle.models import StageDefinition, StatusDefinition, Term, TermVersion

Definition = StageDefinition | StatusDefinition


def places_of(term: Term, version: TermVersion | None) -> list[str]:
    """“stage:mql”, “status:lost”: the stages and statuses that the term is about, what it covers first."""
    about = [term.covers, *(version.links if version else ())]
    return [key for key in about if key.startswith(("stage:", "status:"))]


def definitions_about(places: Iterable[str]) -> dict[str, Definition]:
    """Place → its definition in force with criteria. Two queries."""
    wanted = set(places)
    stages = [place.removeprefix("stage:") for place in wanted if place.startswith("stage:")]
    statuses = [place.removeprefix("status:") for place in wanted if place.startswith("status:")]
    of_stages = (
        StageDefinition.objects.in_force().filter(stage__in=stages).select_related("stage", "agreement")
    )
    of_statuses = StatusDefinition.objects.in_force().filter(status__in=statuses, criteria__isnull=False)
    found: list[Definition] = [*of_stages, *of_statuses.select_related("status", "agreement")]
    return {definition.place.covers: definition for definition in found}


def definition_about(term: Term, version: TermVersion | None) -> Definition | None:
    """The first of the term’s. Two queries at most."""
    places = places_of(term, version)
    found = definitions_about(places) if places else {}
    return next((found[place] for place in places if place in found), None)
