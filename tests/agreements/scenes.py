"""Terms on their way: drafted, proposed, signed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import translation

from accounts.models import User
from agreements.actions import draft_from, propose, save_draft, sign
from agreements.difference import Piece
from agreements.models import Agreement
from agreements.reading import Reading
from lifecycle.models import TermVersion
from tests.factories.lifecycle import TermVersionFactory
from tests.factories.moments import NOW


def drafted(actor: User, version: TermVersion | None = None) -> Agreement:
    """The next version of a term, which says something else."""
    version = version or TermVersionFactory.create(name_en="Warm lead", sentence_en="Replied once.")
    draft = draft_from(version, actor=actor, at=NOW)
    changed = {"sentence_en": f"Replied twice, says v{draft.agreement.number}."}
    return save_draft(draft, values=changed, revision=draft.agreement.revision, actor=actor, at=NOW).agreement


def proposed(actor: User, version: TermVersion | None = None, at: datetime = NOW, **more: Any) -> Agreement:
    return propose(drafted(actor, version), actor=actor, at=at, **more)


def signed(agreement: Agreement, *people: User, at: datetime = NOW) -> Agreement:
    for person in people:
        agreement = sign(agreement, actor=person, read_hash=agreement.content_hash, at=at)
    return agreement


def changes_read_in(language: str, agreement: Agreement, reader: User) -> dict[str, tuple[str, str]]:
    """Label of each part that changed, as its page shows it in that language → the old text and the new one."""
    with translation.override(language):
        changed = Reading(agreement, reader).changed
    return {part.label: (_without(part.pieces, "new"), _without(part.pieces, "gone")) for part in changed}


def _without(pieces: Iterable[Piece], kind: str) -> str:
    return "".join(piece.text for piece in pieces if piece.kind != kind).strip()
