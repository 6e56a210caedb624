"""The changes of an agreement's life: drafted, saved, proposed, signed, in force; or ended with a reason."""

from agreements.actions.drafting import draft_from, draft_new, save_draft
from agreements.actions.proposing import propose, withdraw
from agreements.actions.signing import sign

__all__ = ["draft_from", "draft_new", "propose", "save_draft", "sign", "withdraw"]
