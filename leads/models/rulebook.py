"""What happened against the rulebook, knowingly; a row is never changed or removed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from leads.models.contacts import Contact
from leads.models.ledger import Origin
from lifecycle.models import RuleEvent, RuleVersion


class RuleExceptionQuerySet(models.QuerySet["RuleException"]):
    def visible_to(self, user: User) -> RuleExceptionQuerySet:
        """Of the contacts the person sees."""
        return self.filter(contact__in=Contact.objects.visible_to(user))


class RuleException(models.Model):
    """A change that a rule in force speaks against and that was made all the same.

    A warning was overridden by a person, who said why; or it passed: the rule only advises, or nobody was there
    to be asked. What a rule blocks leaves no row, because the rule was kept.
    """

    class How(models.TextChoices):
        OVERRIDDEN = "overridden", _("done all the same, for a reason")
        PASSED = "passed", _("noted, nobody was asked")

    version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="exceptions")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="rule_exceptions")
    event = models.CharField(max_length=8, choices=RuleEvent.choices)
    target = models.CharField(max_length=40, blank=True, db_default="")
    how = models.CharField(max_length=10, choices=How.choices)
    origin = models.CharField(max_length=8, choices=Origin.choices)
    actor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    reason = models.TextField(blank=True, db_default="")
    facts = models.JSONField(default=dict, blank=True, db_default=Value({}, models.JSONField()))
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = RuleExceptionQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(event__in=RuleEvent.values), name="rule_exception_event_known"
            ),
            models.CheckConstraint(
                condition=~Q(how="overridden") | (Q(actor__isnull=False) & ~Q(reason="")),
                name="rule_exception_overridden_by_somebody_for_a_reason",
            ),
        )
        indexes = (models.Index(fields=("version", "-at"), name="rule_exception_of_rule"),)

    def __str__(self) -> str:
        return f"{self.version_id}: {self.event} of {self.contact_id}"
