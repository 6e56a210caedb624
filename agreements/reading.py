"""What the pages of agreements show: a version beside the one in force, who has signed, who may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, Exists, OuterRef
from django.utils import translation
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.models import Side, User
from agreements.actions.discussing import may_settle_by_answer
from agreements.adoption import Adoption, Share, adoption_of, managed_by
from agreements.consequences import Consequences, Meaning, effect_of, figure
from agreements.contributing import Contribution, contributions
from agreements.difference import SAME, Piece, compare
from agreements.kinds import Kind, Section, kind_of
from agreements.models import STANDING, Agreement, Comment, Settlement, Signature, State
from agreements.resting import may_rest


@dataclass(frozen=True)
class Remark:
    """A comment as one reader sees it; `about` is the label of its part in their language."""

    comment: Comment
    about: str
    reader: User

    @cached_property
    def replies(self) -> list[Comment]:
        return list(self.comment.replies.all())

    @property
    def settlement(self) -> Settlement | None:
        return getattr(self.comment, "settlement", None)

    @property
    def state(self) -> str:
        """open, answered (by another than its author) or settled; empty for a comment that disagrees with nothing."""
        if not self.comment.is_disagreement:
            return ""
        if self.settlement is not None:
            return "settled"
        answered = any(reply.author_id != self.comment.author_id for reply in self.replies)
        return "answered" if answered else "open"

    @property
    def blocks(self) -> bool:
        return self.state in ("open", "answered")

    @property
    def is_mine(self) -> bool:
        return self.comment.author_id == self.reader.pk

    @property
    def may_settle_by_answer(self) -> bool:
        return self.blocks and may_settle_by_answer(self.comment, self.reader)


@dataclass(frozen=True)
class Part:
    """One part of the text with what changed in it and what was said about it."""

    label: str
    pieces: tuple[Piece, ...]
    changes: int
    remarks: list[Remark]
    is_criteria: bool = False
    first: int = 1
    """The number of its first change, of all on the page."""

    @property
    def numbered(self) -> list[tuple[Piece, int]]:
        """Each piece with the number of the change that it opens, or 0."""
        numbered, number, before = [], self.first - 1, SAME
        for piece in self.pieces:
            opens = piece.kind != SAME and before == SAME
            number += opens
            numbered.append((piece, number if opens else 0))
            before = piece.kind
        return numbered


@dataclass(frozen=True)
class Half:
    """One side of the signature block."""

    side: str
    signatures: list[Signature]
    may_sign: list[User]


@dataclass(frozen=True)
class Reading:
    """One version as its page shows it to one reader."""

    agreement: Agreement
    reader: User

    @cached_property
    def kind(self) -> Kind:
        return kind_of(self.agreement.subject)

    @cached_property
    def version(self) -> Any:
        return self.kind.version_of(self.agreement)

    @property
    def title(self) -> str:
        return self.kind.title(self.version)

    @property
    def url(self) -> str:
        """The page of the thing itself."""
        return self.kind.url(self.version)

    @property
    def edit_url(self) -> str:
        return self.kind.edit_url(self.version)

    @cached_property
    def versions(self) -> list[Agreement]:
        """All of the thing, the newest first; `is_signed` tells whether anybody signed it."""
        signed = Exists(Signature.objects.filter(agreement=OuterRef("pk")))
        return list(
            Agreement.objects.of(self.agreement.subject).annotate(is_signed=signed).order_by("-number")
        )

    @cached_property
    def replaced(self) -> Agreement | None:
        """What it is compared with: what stands now, or for one that was in force the one before it."""
        if self.agreement.is_open:
            return next((other for other in self.versions if other.state in STANDING), None)
        earlier = (other for other in self.versions if other.number < self.agreement.number)
        return next((other for other in earlier if other.in_force_from), None)

    @cached_property
    def before(self) -> Any | None:
        """The version behind `replaced`."""
        return None if self.replaced is None else self.kind.version_of(self.replaced)

    @cached_property
    def sections(self) -> list[Section]:
        return self.kind.sections(self.version)

    @cached_property
    def section_labels(self) -> dict[str, str]:
        """English label, which comments keep, → label in the reader's language."""
        if (get_language() or "en").startswith("en"):
            return {part.label: part.label for part in self.sections}
        with translation.override("en"):
            keys = [part.label for part in self.kind.sections(self.version)]
        return dict(zip(keys, (part.label for part in self.sections), strict=True))

    @cached_property
    def remarks(self) -> list[Remark]:
        """What was said of this version, oldest first, with its answers. Two queries."""
        said = self.agreement.comments.visible_to(self.reader).first_words().for_page()
        return [
            Remark(comment, _label_of(comment.section, self.section_labels), self.reader) for comment in said
        ]

    @property
    def disagreements(self) -> list[Remark]:
        """Those that block the next step."""
        return [remark for remark in self.remarks if remark.blocks]

    @property
    def may_comment(self) -> bool:
        return self.agreement.is_open and self.kind.may_comment(self.reader)

    @cached_property
    def differences(self) -> list[Part]:
        """Every part of the text, against the version it replaces; all of it new when there is none."""
        new = [(part.label, part.text) for part in self.sections]
        # A first version is read as it is, not as one great change.
        before = self.version if self.before is None else self.before
        sections = self.kind.sections(before)
        old = [(part.label, part.text) for part in sections]
        criteria = {part.label for part in (*self.sections, *sections) if part.is_criteria}
        parts: list[Part] = []
        first = 1
        for part in compare(old, new):
            if part.pieces:
                remarks = [remark for remark in self.remarks if remark.about == part.label]
                is_criteria = part.label in criteria
                parts.append(Part(part.label, part.pieces, part.changes, remarks, is_criteria, first))
                first += part.changes
        return parts

    def consequences(self, *, at: datetime) -> Consequences | None:
        """What would follow if this version came into force, or what did once it was; None where nobody can say."""
        if not self.agreement.is_open:
            in_force = self.agreement.in_force_from is not None and not self.agreement.retires
            return self.kind.followed(self.version, self.before, at) if in_force else None
        if self.agreement.retires:
            return self._of_retirement()
        found = self.kind.consequences(self.version, self.before, at)
        if found is None:
            return None
        effect = effect_of(self.version, found, at)
        return replace(found, meanings=(*found.meanings, self._is_read_by()), effect=effect)

    def _of_retirement(self) -> Consequences:
        """What ends for whom."""
        number, by_side = self.readers
        text = ngettext(
            "%(n)s person no longer has to work by it", "%(n)s people no longer have to work by it", number
        )
        return Consequences(
            title=_("If both teams sign"),
            meanings_title=_("What it means"),
            meanings=(
                Meaning("undecided", text % {"n": figure(number)}, by_side),
                *(Meaning("ok", str(sentence)) for sentence in self.kind.ends),
                Meaning(
                    "ok", _("Its versions and signatures stay readable, and a later version may take it back")
                ),
            ),
        )

    @cached_property
    def readers(self) -> tuple[int, str]:
        """How many have to read it once it is in force, and how many of each side in words. One query."""
        readers = User.objects.active().filter(role__in=self.kind.read_by).order_by()
        sides = dict(readers.values_list("team__side").annotate(n=Count("pk")))
        by_side = [f"{side.label} {figure(sides[side])}" for side in Side if side in sides]
        return sum(sides.values()), " · ".join(by_side)

    def _is_read_by(self) -> Meaning:
        """Who has to read it from then on; signing counts as having read."""
        number, by_side = self.readers
        text = ngettext(
            "%(n)s person has to read and accept it", "%(n)s people have to read and accept it", number
        )
        return Meaning("undecided", text % {"n": figure(number)}, by_side)

    @property
    def changed(self) -> list[Part]:
        return [part for part in self.differences if part.changes]

    @property
    def unchanged(self) -> list[Part]:
        return [part for part in self.differences if not part.changes]

    @property
    def changes(self) -> int:
        return sum(part.changes for part in self.differences)

    @cached_property
    def halves(self) -> list[Half]:
        signatures = list(self.agreement.signatures.select_related("user__team"))
        return [
            Half(
                side,
                [signature for signature in signatures if signature.side == side],
                list(User.objects.signing_for(side)),
            )
            for side in Side.values
        ]

    @cached_property
    def contributions(self) -> list[Contribution]:
        """Who had a part in it, by side; of a version of the installation, that nobody wrote, none. One query more."""
        writings = list(self.agreement.writings.select_related("user__team"))
        signatures = [signature for half in self.halves for signature in half.signatures]
        found = contributions(writings, [remark.comment for remark in self.remarks], signatures)
        return found if self.agreement.is_open or any(side.people for side in found) else []

    @property
    def signs_now(self) -> bool:
        """Whether the reader's signature is asked."""
        if self.agreement.state != State.PROPOSED or not (self.reader.may_sign and self.reader.side):
            return False
        half = next(half for half in self.halves if half.side == self.reader.side)
        return not half.signatures

    @property
    def may_draft(self) -> bool:
        return self.kind.may_draft(self.reader.role)

    @cached_property
    def rests(self) -> str:
        """Why it is asked of nobody although it may be in force; empty for what is in use. One query at most."""
        if not may_rest(self.agreement.subject):
            return ""
        is_used = Agreement.objects.in_use().filter(pk=self.agreement.pk).exists()
        return "" if is_used else str(self.kind.rests)

    @cached_property
    def obstacles(self) -> list[str]:
        """What would keep the version that both sides have signed from coming into force now, in sentences."""
        is_to_start = self.is_agreed and not self.agreement.retires
        return self.kind.obstacles_on_its_day(self.version) if is_to_start else []

    @property
    def is_agreed(self) -> bool:
        """Signed by both sides and waiting for its day."""
        return self.agreement.state == State.PROPOSED and all(half.signatures for half in self.halves)

    @property
    def may_withdraw(self) -> bool:
        return self.agreement.is_open and self.may_draft

    @property
    def may_decline(self) -> bool:
        """Whoever may sign may refuse to, also after colleagues have signed; one's own proposal is withdrawn."""
        is_own = self.reader.pk == self.agreement.drafted_by_id and self.may_draft
        signs = bool(self.reader.may_sign and self.reader.side)
        return self.agreement.state == State.PROPOSED and signs and not is_own

    @cached_property
    def _read(self) -> Adoption:
        """Who has accepted any version that everybody was asked to read. Three queries."""
        return adoption_of(version for version in self.versions if _was_to_be_read(version))

    @property
    def adoption(self) -> Adoption | None:
        """Who has accepted it; None for what was never signed or rests, which nobody is asked to read."""
        if self.agreement.state != State.IN_FORCE or self.rests:
            return None
        if not any(half.signatures for half in self.halves):
            return None
        return self._read

    @cached_property
    def history(self) -> list[tuple[Agreement, Share | None]]:
        """Every version with how many of those concerned accepted it while it was in force."""
        return [(version, self._share_of(version)) for version in self.versions]

    def _share_of(self, version: Agreement) -> Share | None:
        if not _was_to_be_read(version):
            return None
        if version.state == State.IN_FORCE:
            return self._read.share(version)
        return self._read.share_of_version(version)

    @property
    def may_accept(self) -> bool:
        concerned = self.reader.role in self.kind.read_by
        return (
            concerned
            and self.adoption is not None
            and not self.adoption.has_accepted(self.agreement, self.reader)
        )

    @property
    def has_accepted(self) -> bool:
        return self.adoption is not None and self.adoption.has_accepted(self.agreement, self.reader)

    @property
    def accepted_share(self) -> Share | None:
        return self.adoption.share(self.agreement) if self.adoption else None

    @property
    def accepted_by_team(self) -> list[Share]:
        return self.adoption.by_team(self.agreement) if self.adoption else []

    @cached_property
    def still_to_read(self) -> list[User]:
        """Whom the reader manages and who has not accepted it; empty for whoever manages nobody. One query."""
        if self.adoption is None:
            return []
        managed = set(managed_by(self.reader).values_list("pk", flat=True))
        return [
            person
            for person in self.adoption.readers(self.agreement)
            if person.pk in managed and not self.adoption.has_accepted(self.agreement, person)
        ]

    @property
    def may_draft_next(self) -> bool:
        """A proposal to retire that came to nothing has no text to take up."""
        came_to_nothing = self.agreement.retires and self.agreement.is_ended
        return self.may_draft and not came_to_nothing and not any(other.is_open for other in self.versions)

    @property
    def may_retire(self) -> bool:
        is_in_force = self.agreement.state == State.IN_FORCE
        return (
            is_in_force and bool(self.kind.ends) and self.kind.may_end(self.version) and self.may_draft_next
        )

    @property
    def says_nothing_new(self) -> bool:
        """A draft that says what is in force; what is retired may be taken back as it was."""
        is_in_force = self.replaced is not None and self.replaced.state == State.IN_FORCE
        return is_in_force and not self.changes


def _was_to_be_read(version: Agreement) -> bool:
    """In force once, by signatures; one that retires has nothing to work by."""
    return bool(version.in_force_from and getattr(version, "is_signed", False) and not version.retires)


def _label_of(section: str, labels: Mapping[str, str]) -> str:
    """The part that a comment is about; one that has been told in two languages since is its English half."""
    known = (section, f"{section} in English", f"{section}, in English")
    return next((labels[one] for one in known if one in labels), section)
