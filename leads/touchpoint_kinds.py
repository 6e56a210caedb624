"""The kinds of touchpoint: whose work each is, which way it goes, and whether it says that a human met a human."""

from dataclasses import dataclass
from typing import Final, Literal

Direction = Literal["inbound", "outbound", "two_way"]


@dataclass(frozen=True, slots=True)
class TouchpointKind:
    """One kind. `side` is the team whose activity or channel it belongs to.

    `is_contact` marks kinds by which a person of ours reaches the contact (outbound or two-way):
    only these, with an outcome, stop a first-contact clock.
    """

    key: str
    side: Literal["marketing", "sales"]
    direction: Direction
    icon: str
    is_contact: bool = False
    is_trigger: bool = False


KINDS: Final[dict[str, TouchpointKind]] = {
    kind.key: kind
    for kind in (
        TouchpointKind("page_view", "marketing", "inbound", "mouse-pointer-click"),
        TouchpointKind("pricing_view", "marketing", "inbound", "mouse-pointer-click"),
        TouchpointKind("form_submit", "marketing", "inbound", "file-text"),
        TouchpointKind("demo_request", "marketing", "inbound", "zap", is_trigger=True),
        TouchpointKind("contact_request", "marketing", "inbound", "mail", is_trigger=True),
        TouchpointKind("newsletter_signup", "marketing", "inbound", "mail-plus"),
        TouchpointKind("download", "marketing", "inbound", "download"),
        TouchpointKind("webinar_signup", "marketing", "inbound", "video"),
        TouchpointKind("webinar_attended", "marketing", "inbound", "video"),
        TouchpointKind("event_met", "marketing", "two_way", "ticket"),
        TouchpointKind("email_sent", "marketing", "outbound", "send"),
        TouchpointKind("email_open", "marketing", "inbound", "mail-open"),
        TouchpointKind("email_click", "marketing", "inbound", "mouse-pointer-click"),
        TouchpointKind("email_bounced", "marketing", "inbound", "mail-x"),
        TouchpointKind("call", "sales", "outbound", "phone", is_contact=True),
        TouchpointKind("sales_email", "sales", "outbound", "mail", is_contact=True),
        TouchpointKind("email_reply", "sales", "inbound", "reply"),
        TouchpointKind("meeting", "sales", "two_way", "calendar-check", is_contact=True),
        TouchpointKind("note", "sales", "outbound", "sticky-note"),
        TouchpointKind("quote_sent", "sales", "outbound", "file-check"),
        TouchpointKind("nps", "sales", "inbound", "star"),
        TouchpointKind("imported", "marketing", "inbound", "file-up"),
    )
}

CONTACT_KINDS: Final = tuple(kind.key for kind in KINDS.values() if kind.is_contact)
NOTE_KINDS: Final = ("note", "call", "meeting", "sales_email", "event_met")
"""What people of ours write a note with."""

MESSAGES: Final = frozenset({"email_sent"})
"""The kinds by which marketing writes to people, under the company's name and to many."""
PERSONAL_MESSAGES: Final = frozenset({"sales_email"})
"""The kinds by which somebody of sales writes to one person."""
SALES_TOUCHES: Final = frozenset({*CONTACT_KINDS, "email_reply", "quote_sent"})
"""The kinds that say that sales is in contact, whichever of the two acted."""
BOUNCE: Final = "email_bounced"
"""The address does not take mail: nobody writes to it before it is another."""
TRIGGER_KINDS: Final = tuple(kind.key for kind in KINDS.values() if kind.is_trigger)

BY_HAND: Final = "app"
"""The origin of what people log on our own pages."""

OUTCOMES: Final = ("spoke", "call_back", "voicemail", "no_answer", "wrong_number", "sent", "met", "no_show")
