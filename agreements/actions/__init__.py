"""The changes of an agreement's life: drafted, discussed, proposed, signed, accepted, retired; or ended why."""

from agreements.actions.accepting import accept, set_review
from agreements.actions.discussing import answer, settle, write_comment
from agreements.actions.drafting import draft_from, draft_new, save_draft
from agreements.actions.proposing import decline, propose, withdraw
from agreements.actions.retiring import propose_retirement
from agreements.actions.signing import put_in_force_due, sign

__all__ = [
    "accept",
    "answer",
    "decline",
    "draft_from",
    "draft_new",
    "propose",
    "propose_retirement",
    "put_in_force_due",
    "save_draft",
    "set_review",
    "settle",
    "sign",
    "withdraw",
    "write_comment",
]
