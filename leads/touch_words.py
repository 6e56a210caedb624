"""The kinds of touches that criteria and scoring rules may speak of, in both languages, and what each carries; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from lifecycle.criteria.catalogue import Choice, Fact, FactType, TouchKind, Words, touch_kind

MINUTES: Final = Words("min", "min")
SECONDS: Final = Words("s", "s")


def _text(key: str, label: Words, phrase: Words) -> Fact:
    return Fact(key, FactType.TEXT, label, phrase)


def _number(key: str, label: Words, phrase: Words, unit: Words | None = None) -> Fact:
    return Fact(key, FactType.NUMBER, label, phrase, unit=unit)


OUTCOME: Final = Fact(
    "outcome",
    FactType.CHOICE,
    Words("Outcome", "Résultat"),
    Words("outcome", "le résultat"),
    choices=(
        Choice("spoke", Words("a conversation", "un échange")),
        Choice("call_back", Words("a call back", "un rappel à faire")),
        Choice("voicemail", Words("a voicemail", "un message vocal")),
        Choice("no_answer", Words("no answer", "une absence de réponse")),
        Choice("wrong_number", Words("a wrong number", "un mauvais numéro")),
        Choice("sent", Words("a message sent", "un message envoyé")),
        Choice("met", Words("a meeting held", "une rencontre")),
        Choice("no_show", Words("a no-show", "une absence")),
    ),
)

PAGE: Final = _text("path", Words("Page address", "Adresse de la page"), Words("address", "l’adresse"))
ON_PAGE: Final = _number(
    "seconds",
    Words("Time on the page", "Temps sur la page"),
    Words("time on the page", "le temps passé"),
    SECONDS,
)
FORM: Final = _text("form", Words("Form", "Formulaire"), Words("form", "le formulaire"))
MESSAGE: Final = _text("message", Words("Message", "Message"), Words("message", "le message"))
TITLE: Final = _text("title", Words("Title", "Titre"), Words("title", "le titre"))
EVENT: Final = _text("title", Words("Event", "Événement"), Words("event", "l’événement"))
ATTENDED: Final = _number(
    "minutes",
    Words("Time attended", "Temps de présence"),
    Words("time attended", "le temps de présence"),
    MINUTES,
)
DURATION: Final = _number("minutes", Words("Duration", "Durée"), Words("duration", "la durée"), MINUTES)
RATING: Final = _number("score", Words("Score", "Note"), Words("score", "la note"))
SOURCE: Final = Fact("source", FactType.CHOICE, Words("Source", "Source"), Words("source", "la source"))
"""Of the touch, which may have another than the contact; the company's own sources are its choices."""
CAMPAIGN: Final = _text("campaign", Words("Campaign", "Campagne"), Words("campaign", "la campagne"))
ORIGIN: Final = (SOURCE, CAMPAIGN)
"""What every kind carries."""

_KINDS: Final[tuple[TouchKind, ...]] = (
    touch_kind(
        "page_view",
        en=("a", "page visit", "page visits"),
        fr=("une", "visite de page", "visites de page"),
        attributes=(PAGE,),
    ),
    touch_kind(
        "pricing_view",
        en=("a", "visit of the pricing page", "visits of the pricing page"),
        fr=("une", "visite de la page des prix", "visites de la page des prix"),
        attributes=(PAGE, ON_PAGE),
    ),
    touch_kind(
        "form_submit",
        en=("a", "form sent in", "forms sent in"),
        fr=("un", "envoi de formulaire", "envois de formulaire"),
        attributes=(FORM,),
    ),
    touch_kind(
        "demo_request",
        en=("a", "demo request", "demo requests"),
        fr=("une", "demande de démo", "demandes de démo"),
        attributes=(FORM, MESSAGE),
    ),
    touch_kind(
        "contact_request",
        en=("a", "contact request", "contact requests"),
        fr=("une", "demande de contact", "demandes de contact"),
        attributes=(FORM, MESSAGE),
    ),
    touch_kind(
        "newsletter_signup",
        en=("a", "newsletter sign-up", "newsletter sign-ups"),
        fr=("une", "inscription à la lettre", "inscriptions à la lettre"),
        attributes=(FORM,),
    ),
    touch_kind(
        "download",
        en=("a", "download", "downloads"),
        fr=("un", "téléchargement", "téléchargements"),
        attributes=(TITLE,),
    ),
    touch_kind(
        "webinar_signup",
        en=("a", "webinar sign-up", "webinar sign-ups"),
        fr=("une", "inscription à un webinaire", "inscriptions à un webinaire"),
        attributes=(TITLE,),
    ),
    touch_kind(
        "webinar_attended",
        en=("a", "webinar attended", "webinars attended"),
        fr=("un", "webinaire suivi", "webinaires suivis"),
        attributes=(TITLE, ATTENDED),
    ),
    touch_kind(
        "event_met",
        en=("a", "meeting at an event", "meetings at events"),
        fr=("une", "rencontre en salon", "rencontres en salon"),
        attributes=(EVENT, OUTCOME),
    ),
    touch_kind(
        "email_sent",
        en=("a", "marketing e-mail sent", "marketing e-mails sent"),
        fr=("un", "e-mail marketing envoyé", "e-mails marketing envoyés"),
        attributes=(TITLE,),
    ),
    touch_kind(
        "email_open",
        en=("an", "e-mail opening", "e-mail openings"),
        fr=("une", "ouverture d’e-mail", "ouvertures d’e-mail"),
        attributes=(TITLE,),
    ),
    touch_kind(
        "email_click",
        en=("a", "click in an e-mail", "clicks in e-mails"),
        fr=("un", "clic dans un e-mail", "clics dans un e-mail"),
        attributes=(TITLE,),
    ),
    touch_kind(
        "email_bounced",
        en=("an", "e-mail that came back", "e-mails that came back"),
        fr=("un", "e-mail non distribué", "e-mails non distribués"),
    ),
    touch_kind(
        "call",
        en=("a", "call", "calls"),
        fr=("un", "appel", "appels"),
        attributes=(OUTCOME, DURATION),
    ),
    touch_kind(
        "sales_email",
        en=("a", "sales e-mail", "sales e-mails"),
        fr=("un", "e-mail commercial", "e-mails commerciaux"),
        attributes=(OUTCOME,),
    ),
    touch_kind(
        "email_reply",
        en=("a", "reply to an e-mail", "replies to e-mails"),
        fr=("une", "réponse à un e-mail", "réponses à des e-mails"),
    ),
    touch_kind(
        "meeting",
        en=("a", "meeting", "meetings"),
        fr=("un", "rendez-vous", "rendez-vous"),
        attributes=(OUTCOME, DURATION),
    ),
    touch_kind("note", en=("a", "note", "notes"), fr=("une", "note", "notes")),
    touch_kind(
        "quote_sent", en=("a", "quote sent", "quotes sent"), fr=("un", "devis envoyé", "devis envoyés")
    ),
    touch_kind(
        "nps",
        en=("an", "NPS answer", "NPS answers"),
        fr=("une", "réponse NPS", "réponses NPS"),
        attributes=(RATING,),
    ),
    touch_kind(
        "imported",
        en=("an", "imported event", "imported events"),
        fr=("un", "événement importé", "événements importés"),
    ),
)

TOUCHES: Final[tuple[TouchKind, ...]] = tuple(
    replace(kind, attributes=(*kind.attributes, *ORIGIN)) for kind in _KINDS
)


def with_sources(sources: Sequence[Choice]) -> tuple[TouchKind, ...]:
    """The kinds, with the company's sources to choose from."""
    source = replace(SOURCE, choices=tuple(sources))
    return tuple(replace(kind, attributes=(*kind.attributes, source, CAMPAIGN)) for kind in _KINDS)
