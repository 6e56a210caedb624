"""The quiz on a definition: real contacts without their names, and what each person says they are."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from leads.models.contacts import Contact
from lifecycle.models import StageDefinition, StatusDefinition, Term


class QuizQuerySet(models.QuerySet["Quiz"]):
    def visible_to(self, user: User) -> QuizQuerySet:
        """Everybody takes every quiz."""
        return self if user.is_active else self.none()

    def running(self) -> QuizQuerySet:
        return self.filter(closed_at=None)

    def with_definition(self) -> QuizQuerySet:
        """With its term and what it asks about, for `about`."""
        return self.select_related(
            "term",
            "definition__stage",
            "definition__agreement",
            "status_definition__status",
            "status_definition__agreement",
        )


class Quiz(models.Model):
    """A dozen cases near the border of the definition in force when it was made, of a stage or of a status; one
    running a term."""

    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="+")
    definition = models.ForeignKey(
        StageDefinition, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    status_definition = models.ForeignKey(
        StatusDefinition, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    started_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = QuizQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at", "-pk")
        verbose_name_plural = "quizzes"
        constraints = (
            models.UniqueConstraint(
                fields=("term",), condition=Q(closed_at=None), name="quiz_one_running_a_term"
            ),
            models.CheckConstraint(
                condition=Q(definition=None, status_definition__isnull=False)
                | Q(definition__isnull=False, status_definition=None),
                name="quiz_about_one_definition",
            ),
        )

    def __str__(self) -> str:
        return f"quiz {self.pk} on {self.term_id}"

    @property
    def about(self) -> StageDefinition | StatusDefinition:
        """The definition near whose border the cases stand."""
        found = self.definition or self.status_definition
        assert found is not None  # a constraint
        return found

    @property
    def is_of_status(self) -> bool:
        return self.status_definition_id is not None


class QuizCaseQuerySet(models.QuerySet["QuizCase"]):
    def visible_to(self, user: User) -> QuizCaseQuerySet:
        """Everybody: a case says nothing by which its contact could be known."""
        return self if user.is_active else self.none()


class QuizCase(models.Model):
    """One contact as it stood when the quiz was made: `sheet` holds what is shown and names nobody.

    `holds`: whether the definition admitted it. The contact may be erased later; the case stays.
    """

    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="cases", db_index=False)
    position = models.PositiveSmallIntegerField()
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="+")
    sheet = models.JSONField()
    holds = models.BooleanField()

    objects = QuizCaseQuerySet.as_manager()

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=("quiz", "position"), name="quiz_case_one_a_place"),
            models.UniqueConstraint(fields=("quiz", "contact"), name="quiz_case_once_a_contact"),
        )

    def __str__(self) -> str:
        return f"case {self.position} of quiz {self.quiz_id}"


class QuizAnswerQuerySet(models.QuerySet["QuizAnswer"]):
    def visible_to(self, user: User) -> QuizAnswerQuerySet:
        """One's own, whatever the role; of all others only sums by team are shown."""
        return self.filter(user=user) if user.is_active else self.none()


class QuizAnswer(models.Model):
    """What one person says of one case."""

    class Value(models.TextChoices):
        YES = "yes", _("is one")
        NO = "no", _("not yet")
        UNSURE = "unsure", _("cannot tell")

    case = models.ForeignKey(QuizCase, on_delete=models.CASCADE, related_name="answers", db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    value = models.CharField(max_length=6, choices=Value.choices)
    answered_at = models.DateTimeField()

    objects = QuizAnswerQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("case", "user"), name="quiz_answer_once_a_person"),
            models.CheckConstraint(
                condition=Q(value__in=("yes", "no", "unsure")), name="quiz_answer_value_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} on {self.case_id}: {self.value}"
