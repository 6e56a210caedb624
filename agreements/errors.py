"""Why a draft, a proposal or a signature was refused, with the values that were refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import User
from agreements.models import Agreement, Comment


class AgreementError(Exception):
    """A refused change of an agreement; nothing was written."""


class AlreadyDraftedError(AgreementError):
    """There is an open draft or proposal of that subject: one at a time."""

    def __init__(self, agreement: Agreement) -> None:
        super().__init__(f"{agreement} is open")
        self.agreement = agreement


class DraftChangedError(AgreementError):
    """Somebody saved the draft since it was read. Both texts are kept: `saved` and `yours`, by field.

    `in_force` is there when what was read was not the draft but a version in force, and that is the newer one.
    """

    def __init__(
        self,
        *,
        saved: Mapping[str, Any],
        yours: Mapping[str, Any],
        revision: int,
        saved_by: User | None,
        saved_at: datetime,
        in_force: Agreement | None = None,
    ) -> None:
        super().__init__(f"the draft is at revision {revision}")
        self.saved, self.yours = saved, yours
        self.revision, self.saved_by, self.saved_at = revision, saved_by, saved_at
        self.in_force = in_force

    def saying(self, *, saved: Mapping[str, Any], yours: Mapping[str, Any]) -> DraftChangedError:
        """The same clash with the texts as people compare them."""
        return DraftChangedError(
            saved=saved,
            yours=yours,
            revision=self.revision,
            saved_by=self.saved_by,
            saved_at=self.saved_at,
            in_force=self.in_force,
        )


class ContentRefusedError(AgreementError):
    """No version of its kind may say this: `problems`, in sentences by field of the version."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in problems.items()))
        self.problems = problems


class NameTakenError(AgreementError):
    """What was retired cannot be taken back: its name is another's by now."""

    def __init__(self, subject: str) -> None:
        super().__init__(f"the name of {subject} is taken")
        self.subject = subject


class WrongStateError(AgreementError):
    """The agreement is not in the state that this step starts from."""

    def __init__(self, agreement: Agreement) -> None:
        super().__init__(f"{agreement} is {agreement.state}")
        self.agreement = agreement


class NothingChangedError(AgreementError):
    """The draft says what the version in force says."""


class ObstacleError(AgreementError):
    """As things stand it cannot come into force: `obstacles` says why, in sentences."""

    def __init__(self, obstacles: list[str]) -> None:
        super().__init__("; ".join(obstacles))
        self.obstacles = obstacles


class MayNotSignError(AgreementError):
    """The person signs for no side."""

    def __init__(self, user: User) -> None:
        super().__init__(f"{user.pk} signs for no side")
        self.user = user


class ContentChangedError(AgreementError):
    """What the person read is not what is proposed."""

    def __init__(self, *, read: str, proposed: str) -> None:
        super().__init__(f"read {read}, proposed {proposed}")
        self.read, self.proposed = read, proposed


class ReasonMissingError(AgreementError):
    """Whoever ends a proposal says why."""


class DisagreementOpenError(AgreementError):
    """Somebody disagrees and nobody has settled it: no proposal and no signature before that."""

    def __init__(self, disagreements: list[Comment]) -> None:
        super().__init__(f"{len(disagreements)} open")
        self.disagreements = disagreements


class StartsTooSoonError(AgreementError):
    """The day from which a version is to be in force is not in the future."""

    def __init__(self, starts_at: datetime) -> None:
        super().__init__(f"{starts_at}")
        self.starts_at = starts_at


class TextMissingError(AgreementError):
    """A comment or an answer says something."""


class MayNotCommentError(AgreementError):
    """The person only reads this kind of thing."""

    def __init__(self, user: User) -> None:
        super().__init__(f"{user.pk}")
        self.user = user


class MayNotSettleError(AgreementError):
    """A disagreement is settled by its author, or by an answer from another side than theirs."""

    def __init__(self, user: User) -> None:
        super().__init__(f"{user.pk}")
        self.user = user


class AlreadyAgreedError(AgreementError):
    """Both sides have signed: what is agreed is withdrawn, not disagreed with."""


class NotConcernedError(AgreementError):
    """The version is not for this person to accept: not in force, or of another role."""
