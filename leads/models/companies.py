"""Companies and their external names."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat, Now, Upper
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lib.folding import Fold


def company_url(pk: int) -> str:
    return f"/companies/{pk}/"


class CompanyQuerySet(models.QuerySet["Company"]):
    def visible_to(self, user: User) -> CompanyQuerySet:
        """Companies are no personal data: everybody who is active sees them."""
        return self if user.is_active else self.none()


class Company(models.Model):
    """An organisation that contacts work for. `domain` is lower case, without www."""

    name = models.CharField(_("name"), max_length=200)
    domain = models.CharField(_("domain"), max_length=200, blank=True)
    sector = models.CharField(_("sector"), max_length=80, blank=True)
    headcount = models.PositiveIntegerField(_("headcount"), null=True, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    owner = models.ForeignKey(
        User, verbose_name=_("owner"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    custom = models.JSONField(default=dict, blank=True, db_default=Value({}, models.JSONField()))
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(default=1, db_default=1)
    name_key = models.GeneratedField(
        expression=Fold("name"), output_field=models.TextField(), db_persist=True
    )
    search = models.GeneratedField(
        expression=Fold(Concat("name", Value(" "), "domain", Value(" "), "city")),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = CompanyQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "companies"
        constraints = (
            models.UniqueConstraint(fields=("domain",), condition=~Q(domain=""), name="company_domain_once"),
            models.CheckConstraint(
                condition=Q(country="") | Q(country=Upper("country")), name="company_country_upper"
            ),
        )
        indexes = (
            GinIndex(OpClass("search", name="gin_trgm_ops"), name="company_search"),
            models.Index(fields=("name_key", "id"), name="company_by_name"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return company_url(self.pk)
