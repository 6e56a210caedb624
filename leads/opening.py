"""How a call may begin: what the person did of late, said to them, and what is left to ask; both languages, pure.

It knows nothing of scores and definitions: nobody wants to hear on the phone that they are over a threshold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from lib.formats import THIN, long_day, writing
from lifecycle.criteria.catalogue import Words

LATELY: Final = timedelta(days=30)
"""What is longer ago than this a person does not remember to have done."""
MOST_CLAUSES: Final = 2


@dataclass(frozen=True, slots=True)
class Done:
    """One thing the person did: its kind, the day in the reader's zone, and the title of what it was about."""

    kind: str
    on: date
    title: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """How a kind is said to whoever did it; `titled` where what it was about has a title.

    `counts`: several times are worth more than the last. `is_faint`: said only where there is nothing better.
    """

    said: Words
    titled: Words | None = None
    counts: bool = False
    is_faint: bool = False


CLAUSES: Final[Mapping[str, Clause]] = {
    "demo_request": Clause(Words("you asked for a demo", "vous avez demandé une démo")),
    "contact_request": Clause(
        Words("you asked us to get in touch", "vous nous avez demandé de vous contacter")
    ),
    "event_met": Clause(
        Words("we met at an event", "nous avons fait connaissance lors d’un salon"),
        Words("we met at {title}", "nous avons fait connaissance lors de {title}"),
    ),
    "webinar_attended": Clause(
        Words("you followed one of our webinars", "vous avez suivi un de nos webinaires"),
        Words("you followed our webinar {title}", "vous avez suivi notre webinaire {title}"),
    ),
    "download": Clause(
        Words("you downloaded one of our documents", "vous avez téléchargé un de nos documents"),
        Words("you downloaded {title}", "vous avez téléchargé {title}"),
    ),
    "pricing_view": Clause(Words("you looked at our prices", "vous avez regardé nos tarifs"), counts=True),
    "form_submit": Clause(
        Words("you filled in a form on our site", "vous avez rempli un formulaire sur notre site")
    ),
    "webinar_signup": Clause(
        Words("you booked a place in a webinar of ours", "vous avez réservé une place à un webinaire"),
        Words(
            "you booked a place in our webinar {title}", "vous avez réservé une place au webinaire {title}"
        ),
    ),
    "email_click": Clause(
        Words("you followed a link in an e-mail of ours", "vous avez suivi un lien d’un de nos e-mails"),
        is_faint=True,
    ),
    "newsletter_signup": Clause(
        Words("you asked for our newsletter", "vous avez demandé notre lettre d’information"), is_faint=True
    ),
    "page_view": Clause(
        Words("you visited our site", "vous avez visité notre site"), counts=True, is_faint=True
    ),
}
"""By kind, what says most first. Said without agreement of gender: nobody knows it of a contact."""

QUESTIONS: Final[Mapping[str, Words]] = {
    "need": Words("What would you like to change first?", "Que voudriez-vous changer en premier ?"),
    "timing": Words("When should it be in place?", "Pour quand vous le faudrait-il ?"),
    "authority": Words("Who decides on it with you?", "Qui en décide avec vous ?"),
    "budget": Words("Is there a budget for it?", "Un budget est-il prévu ?"),
}
"""By question of the qualification, as one asks it; the one that is asked first, first."""
ALL_KNOWN: Final = Words("Shall we go on from there?", "On reprend à partir de là ?")

_TIMES: Final = Words(
    "once twice three four five six seven eight nine ten",
    "une deux trois quatre cinq six sept huit neuf dix",
)
_SINCE: Final = Words("since {day}", "depuis {day}")
_THIS_WEEK: Final = Words("this week", "cette semaine")
_BOTH: Final = Words("{first}, and {second}", "{first}, et {second}")
_QUOTED: Final = Words("‘{title}’", "“{title}”")
"""Inside what is quoted itself."""
_SPEECH: Final = Words("“{text}”", f"«{THIN}{{text}}{THIN}»")


def opening(done: Iterable[Done], *, known: Collection[str], today: date, language: str) -> str:
    """One or two things of the last thirty days and a question without an answer, quoted; empty without the first.

    `done` in any order, `known` the questions of the qualification that are answered.
    """
    by_kind: dict[str, list[Done]] = {}
    for one in sorted(done, key=lambda one: one.on, reverse=True):
        if one.kind in CLAUSES and today - LATELY < one.on <= today:
            by_kind.setdefault(one.kind, []).append(one)
    told = _worth_telling(by_kind)[:MOST_CLAUSES]
    if not told:
        return ""
    said = _together([_clause(by_kind[kind], today, language) for kind in told], language)
    question = next((words for key, words in QUESTIONS.items() if key not in known), ALL_KNOWN)
    asked = question.of(language).replace(" ?", f"{THIN}?")
    return _SPEECH.of(language).format(text=f"{said[0].upper()}{said[1:]}. {asked}")


def _worth_telling(by_kind: Mapping[str, Sequence[Done]]) -> list[str]:
    kinds = [kind for kind in CLAUSES if kind in by_kind]
    return [kind for kind in kinds if not CLAUSES[kind].is_faint] or kinds[:1]


def _together(clauses: Sequence[tuple[str, str]], language: str) -> str:
    """What and when of each; of two on one day the day is said once."""
    first, *more = clauses
    said = " ".join(first)
    for what, when in more:
        second = what if when == first[1] else f"{what} {when}"
        said = _BOTH.of(language).format(first=said, second=second)
    return said


def _clause(times: Sequence[Done], today: date, language: str) -> tuple[str, str]:
    """Of one kind, the latest first: what, and when."""
    clause, latest = CLAUSES[times[0].kind], times[0]
    if clause.counts and len(times) > 1:
        often = _often(len(times), language)
        return f"{clause.said.of(language)} {often}", _span(times[-1].on, latest.on, today, language)
    when = _when(latest.on, today, language)
    if clause.titled is None or not latest.title:
        return clause.said.of(language), when
    title = _QUOTED.of(language).format(title=latest.title)
    return clause.titled.of(language).format(title=title), when


def _often(times: int, language: str) -> str:
    words = _TIMES.of(language).split()
    number = words[times - 1] if times <= len(words) else str(times)
    if language.startswith("fr"):
        return f"{number} fois"
    return number if number == "twice" else f"{number} times"


def _span(first: date, last: date, today: date, language: str) -> str:
    if first == last:
        return _when(last, today, language)
    if first.isocalendar()[:2] == today.isocalendar()[:2]:
        return _THIS_WEEK.of(language)
    return _SINCE.of(language).format(day=_near(first, today, language) or _dated(first, today, language))


def _when(on: date, today: date, language: str) -> str:
    """today · yesterday · on Tuesday, of the last six days · on 12 November."""
    if near := _near(on, today, language):
        return near
    is_french = language.startswith("fr")
    if today - on < timedelta(days=7):
        weekday = writing(language).weekdays[on.weekday()]
        return weekday if is_french else f"on {weekday}"
    day = _dated(on, today, language)
    return day if is_french else f"on {day}"


def _near(on: date, today: date, language: str) -> str:
    """Of today and yesterday the word, of another day nothing."""
    style = writing(language)
    return {0: style.today, 1: style.yesterday}.get((today - on).days, "")


def _dated(on: date, today: date, language: str) -> str:
    """12 November · le 12 novembre: without the day of the week, which nobody remembers of it."""
    day = long_day(on, language, today=today).partition(" ")[2]
    return f"le {day}" if language.startswith("fr") else day
