"""Plans; what they rest upon is what the defaults put in force."""

from datetime import date

import factory
from factory.django import DjangoModelFactory

from reporting.models import Plan, PlanVersion
from reporting.plans.parts import in_force, taken
from tests.factories.agreements import AgreementFactory


class PlanFactory(DjangoModelFactory[Plan]):
    """Each of a year of its own, far from what the form offers."""

    class Meta:
        model = Plan

    starts_on = factory.Sequence(lambda n: date(2100 + n, 1, 1))
    ends_on = factory.LazyAttribute(lambda plan: plan.starts_on.replace(month=12, day=31))


class PlanVersionFactory(DjangoModelFactory[PlanVersion]):
    class Meta:
        model = PlanVersion

    plan = factory.SubFactory(PlanFactory)
    aim_en = "More of what works."
    parts = factory.LazyFunction(lambda: taken(in_force()))
    agreement = factory.SubFactory(
        AgreementFactory,
        subject=factory.LazyAttribute(lambda a: f"plan:{a.factory_parent.plan.pk}"),
        in_force=True,
    )
