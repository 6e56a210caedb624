"""What people say of a draft or a proposal, and how a disagreement among them ends."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.notifications import in_each_language, notify
from agreements.errors import (
    AlreadyAgreedError,
    DisagreementOpenError,
    MayNotCommentError,
    MayNotSettleError,
    TextMissingError,
    WrongStateError,
)
from agreements.kinds import kind_of
from agreements.models import Agreement, Comment, Settlement

SHOWN = 200
"""So much of a comment goes into the news of it; the rest is read on the page."""


@transaction.atomic
def write_comment(
    agreement: Agreement,
    *,
    actor: User,
    text: str,
    at: datetime,
    section: str = "",
    is_disagreement: bool = False,
) -> Comment:
    """Say something of a draft or a proposal; a disagreement blocks it until it is settled.

    `section` is the English label of a part, or empty. MayNotCommentError, TextMissingError, WrongStateError once it
    is in force or ended, AlreadyAgreedError for a disagreement after both sides have signed.
    """
    agreement = _open_for_words(agreement, actor, text)
    if is_disagreement and Agreement.objects.filter(pk=agreement.pk).signed_by_both().exists():
        raise AlreadyAgreedError
    comment = Comment.objects.create(
        agreement=agreement,
        author=actor,
        section=section,
        text=text.strip(),
        is_disagreement=is_disagreement,
        written_at=at,
    )
    says = (
        gettext_noop("%(who)s disagrees with %(title)s, version %(number)s: %(text)s")
        if is_disagreement
        else gettext_noop("%(who)s on %(title)s, version %(number)s: %(text)s")
    )
    _tell(comment, says, actor=actor, at=at, also=_signers(agreement) if is_disagreement else ())
    return comment


@transaction.atomic
def answer(comment: Comment, *, actor: User, text: str, at: datetime, settles: bool = False) -> Comment:
    """Reply to a comment; with `settles`, end the disagreement by that answer.

    MayNotSettleError when the person is neither its author nor of another side than the author’s.
    """
    agreement = _open_for_words(comment.agreement, actor, text)
    if settles and not may_settle_by_answer(comment, actor):
        raise MayNotSettleError(actor)
    reply = Comment.objects.create(
        agreement=agreement,
        author=actor,
        section=comment.section,
        text=text.strip(),
        answers=comment,
        written_at=at,
    )
    if settles:
        _settle(comment, actor=actor, reply=reply, at=at)
    says = (
        gettext_noop("%(who)s settled a disagreement on %(title)s, version %(number)s: %(text)s")
        if settles
        else gettext_noop("%(who)s answered on %(title)s, version %(number)s: %(text)s")
    )
    _tell(reply, says, actor=actor, at=at)
    return reply


@transaction.atomic
def settle(comment: Comment, *, actor: User, at: datetime) -> Comment:
    """The author of a disagreement lets it go. Settling again changes nothing."""
    agreement = _locked(comment.agreement)
    if not agreement.is_open:
        raise WrongStateError(agreement)
    if not comment.is_disagreement or comment.author_id != actor.pk:
        raise MayNotSettleError(actor)
    if _settle(comment, actor=actor, reply=None, at=at):
        says = gettext_noop("%(who)s no longer disagrees with %(title)s, version %(number)s: %(text)s")
        _tell(comment, says, actor=actor, at=at, event="settled")
    return comment


def may_settle_by_answer(comment: Comment, user: User) -> bool:
    """Its author, and whoever is not of the author’s side: colleagues do not answer for the other team."""
    if not comment.is_disagreement or comment.answers_id is not None:
        return False
    return comment.author_id == user.pk or comment.author.side is None or user.side != comment.author.side


def refuse_while_disagreed(agreement: Agreement) -> None:
    """DisagreementOpenError with what is open. Under the agreement’s lock nothing is said meanwhile."""
    if opened := list(agreement.comments.unsettled().select_related("author")):
        raise DisagreementOpenError(opened)


def _settle(comment: Comment, *, actor: User, reply: Comment | None, at: datetime) -> bool:
    _, was_open = Settlement.objects.get_or_create(
        comment=comment, defaults={"settled_by": actor, "answer": reply, "settled_at": at}
    )
    return was_open


def _open_for_words(agreement: Agreement, actor: User, text: str) -> Agreement:
    if not kind_of(agreement.subject).may_comment(actor):
        raise MayNotCommentError(actor)
    if not text.strip():
        raise TextMissingError
    agreement = _locked(agreement)
    if not agreement.is_open:
        raise WrongStateError(agreement)
    return agreement


def _locked(agreement: Agreement) -> Agreement:
    return Agreement.objects.select_for_update().get(pk=agreement.pk)


def _tell(
    comment: Comment,
    text: str,
    *,
    actor: User,
    at: datetime,
    also: tuple[User, ...] = (),
    event: str = "said",
) -> None:
    """Those who write the draft and those who spoke of it hear it, but not the speaker."""
    agreement = comment.agreement
    spoke = User.objects.filter(pk__in=Comment.objects.filter(agreement=agreement).values("author"))
    writers = User.objects.filter(pk__in=[agreement.drafted_by_id, agreement.saved_by_id])
    concerned = {user.pk: user for user in (*(spoke | writers).active(), *also) if user.pk != actor.pk}
    kind = kind_of(agreement.subject)
    version = kind.version_of(agreement)
    notify(
        users=concerned.values(),
        kind="comment",
        text=text,
        params={
            "who": actor.get_full_name(),
            "title": in_each_language(lambda: kind.title(version)),
            "number": agreement.number,
            "text": comment.text if len(comment.text) <= SHOWN else f"{comment.text[:SHOWN]}…",
        },
        url=reverse("agreements:agreement-detail", args=[agreement.pk]) + f"#comment-{comment.pk}",
        key=f"comment:{comment.pk}:{event}",
        at=at,
    )


def _signers(agreement: Agreement) -> tuple[User, ...]:
    """Whoever has signed already should know that somebody disagrees with it."""
    return tuple(signature.user for signature in agreement.signatures.select_related("user"))
