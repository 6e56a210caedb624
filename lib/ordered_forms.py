"""A list of small forms whose order buttons change without JavaScript; knows nothing of what they ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django import forms

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

COMMANDS: Final = frozenset({"add", "up", "down", "remove"})


class OrderedForms:
    """The forms as the page sends them: read, moved by a command, or ready to be kept.

    The page sends `steps` (how many), `step0-…`, `step1-…` and, when a button among them was pressed, `steps-do`
    (“up:2”). `focus` is the place that the command ends at. Each form is told its `number`, counted from one.
    A page of several lists gives each a `name` of its own.
    """

    name: ClassVar[str] = "step"

    form_class: ClassVar[type[forms.Form]]
    empty: ClassVar[Mapping[str, Any]]
    most: ClassVar[int]

    def __init__(
        self, data: Mapping[str, Any] | None, initial: Sequence[Mapping[str, Any]], **extra: Any
    ) -> None:
        self.is_bound = data is not None and self.counter in data
        self.command, self.place = self._command(data) if data is not None else ("", 0)
        self.focus: int | None = None
        rows: list[dict[str, Any]] = [dict(row) for row in initial]
        if data is not None and self.is_bound:
            count = data[self.counter]
            number = int(count) if str(count).isdecimal() and len(count) < 4 else 0
            rows = [
                {name: data.get(f"{self.name}{place}-{name}", "") for name in self.empty}
                for place in range(min(number, self.most))
            ]
        if self.command:
            self._obey(rows)
        rows = rows or [dict(self.empty)]
        is_sent = self.is_bound and not self.command
        self.forms = [self._form(place, row, is_sent=is_sent, **extra) for place, row in enumerate(rows)]

    def _form(self, place: int, row: Mapping[str, Any], *, is_sent: bool, **extra: Any) -> forms.Form:
        prefix = f"{self.name}{place}"
        sent = {f"{prefix}-{name}": value for name, value in row.items()} if is_sent else None
        told: dict[str, Any] = {"number": place + 1, **extra}
        return self.form_class(sent, initial=dict(row), prefix=prefix, **told)

    @property
    def counter(self) -> str:
        """The field that says how many."""
        return f"{self.name}s"

    @property
    def do(self) -> str:
        """What the buttons among them are called."""
        return f"{self.counter}-do"

    @property
    def can_grow(self) -> bool:
        return len(self.forms) < self.most

    def _command(self, data: Mapping[str, Any]) -> tuple[str, int]:
        """“up:2” → up, 2; what is no command of ours is none."""
        name, _colon, place = str(data.get(self.do, "")).partition(":")
        return (name, int(place)) if name in COMMANDS and place.isdecimal() and len(place) < 4 else ("", 0)

    def _obey(self, rows: list[dict[str, Any]]) -> None:
        place = self.place
        match self.command:
            case "add" if len(rows) < self.most:
                self.focus = min(place, len(rows))
                rows.insert(self.focus, dict(self.empty))
            case "up" if 0 < place < len(rows):
                rows.insert(place - 1, rows.pop(place))
                self.focus = place - 1
            case "down" if place < len(rows) - 1:
                rows.insert(place + 1, rows.pop(place))
                self.focus = place + 1
            case "remove" if place < len(rows):
                del rows[place]
                self.focus = min(place, len(rows) - 1)

    def is_valid(self) -> bool:
        return all(form.is_valid() for form in self.forms)

    def content(self) -> list[Any]:
        """What is kept of them, in their order."""
        raise NotImplementedError


class OrderedColumn(forms.BaseForm):
    """A form one of whose columns is what ordered forms say: `steps`, which whoever inherits it sets."""

    column: ClassVar[str]
    says_nothing: ClassVar[StrPromise]
    is_wrong: ClassVar[StrPromise]
    steps: OrderedForms

    @property
    def is_command(self) -> bool:
        """Whether a button among them was pressed, which saves nothing."""
        return bool(self.steps.command)

    def is_valid(self) -> bool:
        is_whole = super().is_valid()
        return self.steps.is_valid() and is_whole

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.steps.is_valid():
            cleaned[self.column] = self.steps.content()
            if not cleaned[self.column]:
                self.add_error(None, self.says_nothing)
        else:
            self.add_error(None, self.is_wrong)
        return cleaned
