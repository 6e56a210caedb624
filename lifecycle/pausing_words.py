"""The rule on the pause of marketing in words: its choices and its sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from django.utils.translation import get_language, gettext_lazy, ngettext, override
from django.utils.translation import gettext as _

from lifecycle.models import Stage, Status
from lifecycle.pausing import AT_ONCE, FIRST_TOUCH, NOT_BY_OWNER, OWNED, OWNED_BY_SALES, Pausing

OWNERS: Final = (
    (NOT_BY_OWNER, gettext_lazy("nothing else")),
    (OWNED_BY_SALES, gettext_lazy("the owner is in sales")),
    (OWNED, gettext_lazy("the contact has an owner")),
)
BEGINS: Final = (
    (AT_ONCE, gettext_lazy("at once")),
    (FIRST_TOUCH, gettext_lazy("with the first touch of sales")),
)


def in_words(pausing: Pausing, language: str = "") -> str:
    """The sentence in that language, or the reader's. Two queries."""
    with override(language or get_language() or "en"):
        grounds = list(_grounds(pausing))
        if not grounds:
            return _("Nothing pauses branded messages.")
        first = _("Branded messages pause while %(grounds)s") % {"grounds": _(", or while ").join(grounds)}
        begins = _("from the first touch of sales in that time on") if pausing.begins == FIRST_TOUCH else ""
        return f"{', '.join(filter(None, (first, begins)))}. {_release(pausing.release_days)}"


def _grounds(pausing: Pausing) -> Iterator[str]:
    if pausing.statuses:
        names = {status.key: status.name for status in Status.objects.all()}
        yield _("the status is %(names)s") % {"names": _either(pausing.statuses, names)}
    if pausing.stages:
        names = {stage.key: stage.name for stage in Stage.objects.all()}
        yield _("the stage is %(names)s") % {"names": _either(pausing.stages, names)}
    if pausing.owned != NOT_BY_OWNER:
        yield str(dict(OWNERS)[pausing.owned])


def _either(keys: tuple[str, ...], names: Mapping[str, str]) -> str:
    said = [names.get(key, key) for key in keys]
    if len(said) < 2:
        return "".join(said)
    return _("%(some)s or %(last)s") % {"some": ", ".join(said[:-1]), "last": said[-1]}


def _release(days: int) -> str:
    if not days:
        return _("They go on as soon as that is over.")
    text = ngettext(
        "They go on as soon as that is over, at the latest %(n)s day after the last touch of sales.",
        "They go on as soon as that is over, at the latest %(n)s days after the last touch of sales.",
        days,
    )
    return text % {"n": days}
