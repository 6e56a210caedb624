"""What kinds of touchpoint and outcomes are called on the screen."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KIND_WORDS: Final[dict[str, str | Promise]] = {
    "page_view": _("Page visited"),
    "pricing_view": _("Pricing page visited"),
    "form_submit": _("Form sent in"),
    "demo_request": _("Demo request"),
    "contact_request": _("Contact request"),
    "newsletter_signup": _("Newsletter signed up to"),
    "download": _("Content downloaded"),
    "webinar_signup": _("Webinar signed up to"),
    "webinar_attended": _("Webinar attended"),
    "event_met": _("Met at an event"),
    "email_sent": _("Marketing e-mail sent"),
    "email_open": _("E-mail opened"),
    "email_click": _("Click in an e-mail"),
    "email_bounced": _("E-mail came back"),
    "call": _("Call"),
    "sales_email": _("E-mail from sales"),
    "email_reply": _("Reply to an e-mail"),
    "meeting": _("Meeting"),
    "note": _("Note"),
    "quote_sent": _("Quote sent"),
    "nps": _("Recommendation score"),
    "imported": _("Imported"),
}

OUTCOME_WORDS: Final[dict[str, str | Promise]] = {
    "spoke": _("spoke"),
    "call_back": _("call back"),
    "voicemail": _("voicemail"),
    "no_answer": _("no answer"),
    "wrong_number": _("wrong number"),
    "sent": _("sent"),
    "met": _("met"),
    "no_show": _("did not come"),
}
