"""Personas; there is none by default."""

import factory
from factory.django import DjangoModelFactory

from personas.models import Persona, PersonaVersion
from tests.factories.agreements import AgreementFactory


class PersonaFactory(DjangoModelFactory[Persona]):
    class Meta:
        model = Persona

    slug = factory.Sequence(lambda n: f"buyer-{n}")
    position = factory.Sequence(lambda n: n)


class PersonaVersionFactory(DjangoModelFactory[PersonaVersion]):
    """In force; `match` None matches nobody."""

    class Meta:
        model = PersonaVersion

    persona = factory.SubFactory(PersonaFactory)
    name_en = factory.Sequence(lambda n: f"Persona {n}")
    agreement = factory.SubFactory(
        AgreementFactory,
        subject=factory.LazyAttribute(lambda a: f"persona:{a.factory_parent.persona.pk}"),
        in_force=True,
    )
