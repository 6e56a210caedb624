"""Deletes what is left of the erased where the retention rule says so: a tombstone stays, and what counts rest on.

A tombstone is the contact's row without any content: a number, the moment it came, its source and campaign, stage and
status. Beside it stay the rows that figures of the past are counted from, emptied: the stages it stood in, its
handoffs, that it was given up, at which moments we had tried before, deals that were lost, and which rule was once
not kept. Other apps name the touchpoints that their figures rest on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from leads.actions.rewriting import run_each
from leads.touchpoint_kinds import CONTACT_KINDS
from lifecycle.keys import StatusKey

_DELETED: Final = """
UPDATE leads_contact SET function = '', seniority = '', country = '', language = '', company_id = NULL,
    owner_id = NULL, marketing_owner_id = NULL, persona_id = NULL, consent = 'unknown', deleted_at = {at}
    WHERE id = ANY({ids});
DELETE FROM leads_contactscore WHERE contact_id = ANY({ids});
DELETE FROM leads_cellstay WHERE contact_id = ANY({ids});
DELETE FROM leads_appliedtactic WHERE contact_id = ANY({ids});
DELETE FROM leads_playbooktask WHERE run_id IN (SELECT id FROM leads_playbookrun WHERE contact_id = ANY({ids}));
DELETE FROM leads_playbookrun WHERE contact_id = ANY({ids});
DELETE FROM leads_retentionhold WHERE contact_id = ANY({ids});
DELETE FROM leads_replayedcontact WHERE contact_id = ANY({ids});
DELETE FROM leads_sendcheckline WHERE contact_id = ANY({ids});
DELETE FROM leads_quarantinedcontact WHERE contact_id = ANY({ids});
UPDATE leads_quizcase SET contact_id = NULL, sheet = sheet || '{{"function": "", "seniority": "", "sector": "",
    "headcount": "", "country": "", "touches": [], "answers": [], "quoted": false}}' WHERE contact_id = ANY({ids});
DELETE FROM leads_transition AS moved WHERE contact_id = ANY({ids}) AND kind <> 'stage'
    AND NOT (kind = 'status' AND to_value = {given_up})
    AND NOT (kind = 'status' AND from_value = {given_up} AND (undoes_id IS NOT NULL OR EXISTS (
        SELECT FROM leads_transition AS back WHERE back.undoes_id = moved.id)));
DELETE FROM leads_touchpoint AS touch WHERE contact_id = ANY({ids}) AND id <> ALL({kept})
    AND NOT (actor_id IS NOT NULL AND outcome <> '' AND kind = ANY({tries}) AND EXISTS (
        SELECT FROM leads_transition AS moved WHERE moved.contact_id = touch.contact_id AND moved.kind = 'status'
            AND moved.to_value = {given_up} AND moved.at >= touch.occurred_at));
UPDATE leads_touchpoint SET outcome = CASE outcome WHEN '' THEN '' ELSE '–' END, source_id = NULL,
    campaign_id = NULL, origin = 'erased', key = id::text WHERE contact_id = ANY({ids});
UPDATE leads_deal SET company_id = NULL, external_key = '' WHERE contact_id = ANY({ids});
DELETE FROM leads_fieldchange WHERE entity = 'contact' AND subject_id = ANY({ids});
DELETE FROM leads_fieldchange WHERE entity = 'deal'
    AND subject_id IN (SELECT id FROM leads_deal WHERE contact_id = ANY({ids}));
"""


def delete_the_rest(contact_ids: Sequence[int], *, kept: Sequence[int], at: datetime) -> None:
    """After the names went: leave the tombstone. `kept`: touchpoints that other apps count by.

    To be called where evidence may be rewritten. A fixed number of statements.
    """
    run_each(
        _DELETED,
        ids=list(contact_ids),
        kept=list(kept),
        tries=list(CONTACT_KINDS),
        given_up=StatusKey.GONE_DARK,
        at=at,
    )
