"""Erases who is due by the retention rule: the person goes, the counts stay.

What names or describes a person is emptied in every table of this app; what happened, when, from which source and
with which outcome stays, so that no figure of the past changes. Where the rule deletes, `deleting` takes away what
happened too. Other apps empty theirs when `contacts_erased` is sent, in the same transaction.

Locks are taken in the order of every decision: handoffs, then contacts. `contacts_awaited` lets the app of the
handoffs take its own first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.notifications import forget
from leads.actions.deleting import delete_the_rest
from leads.actions.history import sign_changes
from leads.actions.rewriting import rewriting, run_each
from leads.doorbell import contacts_awaited, contacts_erased
from leads.errors import ErasureChanged, ErasureRuns, RetentionReplaced
from leads.models import Contact, Erasure, ErasureRun, Origin
from leads.retention import does_delete, due, retention_rule
from lib.bell import ring_on_commit

BATCH = 500
ERASE = "leads.erase"

_EMPTIED = """
UPDATE leads_contact SET first_name = '', last_name = '', email = '', phone = '', job_title = '', city = '',
    custom = '{{}}', recontact_on = NULL, version = version + 1, updated_at = greatest(updated_at, {at})
    WHERE id = ANY({ids});
DELETE FROM leads_externalid WHERE contact_id = ANY({ids});
DELETE FROM leads_answer WHERE contact_id = ANY({ids});
DELETE FROM leads_dirtycontact WHERE contact_id = ANY({ids});
UPDATE leads_touchpoint SET attributes = '{{}}', key = CASE origin WHEN 'import' THEN 'erased:' || id ELSE key END
    WHERE contact_id = ANY({ids}) AND (attributes <> '{{}}' OR origin = 'import');
UPDATE leads_transition SET reason = '', facts = '{{}}' WHERE contact_id = ANY({ids});
UPDATE leads_ruleexception SET reason = CASE reason WHEN '' THEN '' ELSE '–' END, facts = '{{}}'
    WHERE contact_id = ANY({ids});
UPDATE leads_ruleexception AS noted SET reason = '–' FROM leads_sendcheckline AS line
    JOIN leads_sendcheck AS asked ON asked.id = line.check_run_id
    WHERE noted.contact_id = line.contact_id AND noted.actor_id = asked.asked_by_id AND noted.reason = asked.reason
    AND asked.reason <> '' AND asked.id IN (
        SELECT check_run_id FROM leads_sendcheckline WHERE contact_id = ANY({ids}));
UPDATE leads_sendcheck SET reason = '–' WHERE reason <> ''
    AND id IN (SELECT check_run_id FROM leads_sendcheckline WHERE contact_id = ANY({ids}));
UPDATE leads_retentionhold SET reason = '–' WHERE contact_id = ANY({ids});
UPDATE leads_appliedtactic SET note = '' WHERE contact_id = ANY({ids}) AND note <> '';
UPDATE leads_deal SET name = '–', note = '', won_reason = '', custom = '{{}}' WHERE contact_id = ANY({ids});
UPDATE leads_importedrow SET facts = NULL WHERE record = ANY({ids})
    AND run_id IN (SELECT id FROM leads_importrun WHERE target = 'contacts');
UPDATE leads_importedrow SET facts = NULL WHERE record IN (SELECT id FROM leads_deal WHERE contact_id = ANY({ids}))
    AND run_id IN (SELECT id FROM leads_importrun WHERE target = 'deals');
DELETE FROM leads_fieldchange WHERE entity = 'contact' AND subject_id = ANY({ids});
"""


@transaction.atomic
def approve_erasure(*, actor: User, at: datetime, read: int, version: int) -> ErasureRun:
    """Begin to erase who is due now, as the rule in force says; the worker does it.

    `read` is the number on the list that was approved, `version` the id of the rule's version that it was drawn by.
    Raise RetentionReplaced when another version is in force by now, ErasureChanged when another number is due,
    ErasureRuns when one is under way.
    """
    rule = retention_rule()
    if rule is None or rule.pk != version:
        raise RetentionReplaced(version=rule.agreement.number if rule else 0)
    total = due(rule, at=at).count()
    if total != read or not total:
        raise ErasureChanged(read=read, found=total)
    try:
        with transaction.atomic():
            run = ErasureRun.objects.create(version=rule, approved_by=actor, approved_at=at, total=total)
    except IntegrityError as error:
        raise ErasureRuns(total=total) from error
    ring_on_commit(ERASE, run.pk)
    return run


@transaction.atomic
def erase_batch(run_id: int, *, at: datetime) -> int:
    """Erase up to BATCH people of the run; answer how many were looked at. The run is finished when nobody is left.

    Killed in between, nothing of the batch has happened; run twice at once, the second waits and finds the rest.
    """
    run = ErasureRun.objects.select_for_update(of=("self",)).select_related("version").get(pk=run_id)
    if run.finished_at:
        return 0
    wanted = due(run.version, at=run.approved_at).order_by("pk").values_list("pk", "email")
    contacts_awaited.send(sender=Contact, contact_ids=[pk for pk, _email in wanted[:BATCH]])
    locked = [pk for pk, _email in wanted.select_for_update(of=("self",))[:BATCH]]
    # Asked again under the lock: an exception or a deal that was being made while we waited is seen only now.
    people = list(wanted.filter(pk__in=locked))
    if people:
        sign_changes(at=at, origin=Origin.RULE, actor=run.approved_by)
        deletes = does_delete(run.version)
        _erase([pk for pk, _email in people], at=at, deletes=deletes)
        Erasure.objects.bulk_create(
            Erasure(
                contact_id=pk,
                run=run,
                at=at,
                email_sha256=sha256(email.encode()).hexdigest() if email and not deletes else "",
            )
            for pk, email in people
        )
    run.done += len(people)
    run.finished_at = at if len(locked) < BATCH else None
    run.save(update_fields=("done", "finished_at"))
    return len(locked)


def _erase(contact_ids: Sequence[int], *, at: datetime, deletes: bool) -> None:
    ids = list(contact_ids)
    with rewriting():
        run_each(_EMPTIED, ids=ids, at=at)
        answers = contacts_erased.send(sender=Contact, contact_ids=ids, deletes=deletes, at=at)
        if deletes:
            kept = [int(touch) for _receiver, touches in answers for touch in touches or ()]
            delete_the_rest(ids, kept=kept, at=at)
    forget("contacts", ids, at=at)
