"""The scoring model of a new installation: a cautious guess for B2B, to be argued about and signed anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from leads.models import Axis, ScoringRule

FIT, ENGAGEMENT = Axis.FIT.value, Axis.ENGAGEMENT.value

FREE_MAIL: Final = (
    "gmail.com",
    "googlemail.com",
    "yahoo.com",
    "yahoo.fr",
    "hotmail.com",
    "hotmail.fr",
    "hotmail.co.uk",
    "msn.com",
    "outlook.com",
    "outlook.fr",
    "live.com",
    "live.fr",
    "icloud.com",
    "me.com",
    "mac.com",
    "gmx.com",
    "gmx.net",
    "gmx.de",
    "web.de",
    "t-online.de",
    "mail.com",
    "yandex.com",
    "zoho.com",
    "yahoo.co.uk",
    "outlook.de",
    "proton.me",
    "protonmail.com",
    "aol.com",
    "orange.fr",
    "neuf.fr",
    "bbox.fr",
    "wanadoo.fr",
    "free.fr",
    "sfr.fr",
    "laposte.net",
)


@dataclass(frozen=True)
class DefaultGroup:
    axis: str
    key: str
    label_en: str
    label_fr: str
    cap: int


@dataclass(frozen=True)
class DefaultRule:
    """A line of the model; fit rules have `criteria`, engagement rules a `kind`."""

    group: str | None
    label_en: str
    label_fr: str
    points: int = 0
    criteria: dict[str, Any] | None = None
    kind: str = ""
    half_life_days: int | None = None
    cap: int | None = None
    effect: str = ScoringRule.Effect.POINTS

    @property
    def axis(self) -> str:
        return ENGAGEMENT if self.kind else FIT


def _any_title(*words: str) -> dict[str, Any]:
    return {"fact": "job_title", "op": "contains_any", "value": list(words)}


GROUPS: Final = (
    DefaultGroup(FIT, "role", "Role", "Rôle", 40),
    DefaultGroup(FIT, "company", "Company", "Société", 60),
    DefaultGroup(ENGAGEMENT, "site", "Web site", "Site web", 40),
    DefaultGroup(ENGAGEMENT, "content", "Content", "Contenus", 40),
    DefaultGroup(ENGAGEMENT, "events", "Events", "Événements", 50),
    DefaultGroup(ENGAGEMENT, "mail", "E-mail", "E-mail", 40),
    DefaultGroup(ENGAGEMENT, "requests", "Requests", "Demandes", 60),
)

_SENIOR: Final = {
    "any": [
        {"fact": "seniority", "op": "in", "value": ["director", "vp", "head", "c_level", "owner"]},
        _any_title("director", "directeur", "directrice", "chief", "head of", "président", "vice president"),
    ]
}
_MANAGING: Final = {
    "all": [
        {"not": _SENIOR},
        {
            "any": [
                {"fact": "seniority", "op": "in", "value": ["manager", "lead"]},
                _any_title("manager", "responsable", "chef de"),
            ]
        },
    ]
}
_STUDENT: Final = {
    "any": [
        _any_title("student", "étudiant", "internship", "stagiaire", "alternant", "apprenti"),
        {
            "fact": "job_title",
            "op": "is",
            "value": "intern",
        },  # "contains" would exclude whoever is international
    ]
}
_OWN_MAIL: Final = {
    "all": [
        {"fact": "email", "op": "known"},
        {"fact": "email", "op": "domain_not_in", "value": list(FREE_MAIL)},
    ]
}
_MIDDLE_SIZED: Final = {"fact": "company.headcount", "op": "between", "value": [50, 5000]}
_SMALL: Final = {"fact": "company.headcount", "op": "between", "value": [10, 49]}

FIT_RULES: Final = (
    DefaultRule("role", "Decides: director, head, executive", "Décide : direction", 30, _SENIOR),
    DefaultRule("role", "Leads a team: manager", "Encadre : management", 20, _MANAGING),
    DefaultRule(
        "role", "Function is known", "La fonction est connue", 10, {"fact": "function", "op": "known"}
    ),
    DefaultRule("company", "50 to 5,000 employees", "De 50 à 5 000 personnes", 25, _MIDDLE_SIZED),
    DefaultRule("company", "10 to 49 employees", "De 10 à 49 personnes", 10, _SMALL),
    DefaultRule(
        "company", "Sector is known", "Le secteur est connu", 10, {"fact": "company.sector", "op": "known"}
    ),
    DefaultRule(
        "company", "Writes from a business address", "Écrit depuis une adresse professionnelle", 15, _OWN_MAIL
    ),
    DefaultRule(
        "company", "Company is known", "La société est connue", 10, {"fact": "company.name", "op": "known"}
    ),
    DefaultRule(
        None,
        "Student or intern",
        "En études ou en stage",
        criteria=_STUDENT,
        effect=ScoringRule.Effect.EXCLUDES,
    ),
)


def _touch(  # noqa: PLR0917  # a row of the table below
    group: str, label_en: str, label_fr: str, kind: str, points: int, half_life_days: int, cap: int
) -> DefaultRule:
    return DefaultRule(group, label_en, label_fr, points, kind=kind, half_life_days=half_life_days, cap=cap)


def _trigger(label_en: str, label_fr: str, kind: str) -> DefaultRule:
    return DefaultRule(None, label_en, label_fr, kind=kind, effect=ScoringRule.Effect.TRIGGERS)


# E-mail openings are left out on purpose: mail robots open everything.
ENGAGEMENT_RULES: Final = (
    _touch("site", "Page visited", "Page visitée", "page_view", 2, 14, 16),
    _touch("site", "Pricing page visited", "Page des prix visitée", "pricing_view", 10, 14, 30),
    _touch("content", "Content downloaded", "Contenu téléchargé", "download", 12, 30, 36),
    _touch("content", "Form sent in", "Formulaire envoyé", "form_submit", 10, 30, 30),
    _touch("content", "Newsletter signed up to", "Inscription à la lettre", "newsletter_signup", 5, 60, 5),
    _touch("events", "Webinar signed up to", "Inscription à un webinaire", "webinar_signup", 8, 30, 16),
    _touch("events", "Webinar attended", "Webinaire suivi", "webinar_attended", 20, 30, 40),
    _touch("events", "Met at an event", "Rencontre en salon", "event_met", 20, 45, 40),
    _touch("mail", "Click in an e-mail", "Clic dans un e-mail", "email_click", 5, 21, 20),
    _touch("mail", "Reply to an e-mail", "Réponse à un e-mail", "email_reply", 15, 30, 30),
    _touch("requests", "Demo requested", "Démo demandée", "demo_request", 50, 30, 50),
    _touch("requests", "Contact requested", "Contact demandé", "contact_request", 40, 30, 40),
    _trigger("A demo request qualifies", "Une demande de démo qualifie", "demo_request"),
    _trigger("A contact request qualifies", "Une demande de contact qualifie", "contact_request"),
)
