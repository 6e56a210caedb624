"""Agreements in any state; what they agree on is built by the factories of the other apps."""

from collections.abc import Iterator
from contextlib import contextmanager

import factory
from django.db import connection
from django.db.models import Model
from factory.django import DjangoModelFactory

from accounts.models import Side
from agreements.models import Agreement, Signature, State
from tests.factories.accounts import UserFactory
from tests.factories.moments import INSTALLED, NOW


class AgreementFactory(DjangoModelFactory[Agreement]):
    """A draft; `in_force=True` and `superseded=True` give the states that are dated and hashed."""

    class Meta:
        model = Agreement

    class Params:
        in_force = factory.Trait(state=State.IN_FORCE, in_force_from=INSTALLED, content_hash="0" * 64)
        superseded = factory.Trait(
            state=State.SUPERSEDED, in_force_from=INSTALLED, in_force_until=NOW, content_hash="0" * 64
        )

    subject = factory.Sequence(lambda n: f"test:{n}")
    number = 1
    drafted_at = INSTALLED


class SignatureFactory(DjangoModelFactory[Signature]):
    class Meta:
        model = Signature

    agreement = factory.SubFactory(AgreementFactory, state=State.PROPOSED, content_hash="0" * 64)
    user = factory.SubFactory(UserFactory)
    side = Side.SALES
    content_hash = "0" * 64
    signed_at = NOW


CHECK_WHAT_WAITS = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"
"""No trigger of a table is switched while a check of its rows is still to come."""


@contextmanager
def unguarded(*models: type[Model]) -> Iterator[None]:
    """Without the triggers that freeze what is in force: for states that no door of the product leads to."""
    names = [connection.ops.quote_name(model._meta.db_table) for model in models]
    with connection.cursor() as cursor:
        cursor.execute(CHECK_WHAT_WAITS)
        for name in names:
            cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        yield
        cursor.execute(CHECK_WHAT_WAITS)
        for name in names:
            cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")
