"""People and teams that may exist."""

import factory
from factory.django import DjangoModelFactory

from accounts.models import Absence, Notification, Role, SavedView, Side, Team, User
from tests.factories.moments import NOW, ago, later


class TeamFactory(DjangoModelFactory[Team]):
    class Meta:
        model = Team
        django_get_or_create = ("name",)

    name = "Sales"
    side = Side.SALES


class UserFactory(DjangoModelFactory[User]):
    """A rep of sales who cannot sign in by password (hashing is slow on purpose); tests force the login."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@smarketing.test")
    first_name = "Claire"
    last_name = factory.Sequence(lambda n: f"Vasseur{n}")
    role = Role.REP
    team = factory.SubFactory(TeamFactory)
    password = "!"


class MarketerFactory(UserFactory):
    first_name = "Inès"
    role = Role.MARKETER
    team = factory.SubFactory(TeamFactory, name="Marketing", side=Side.MARKETING)


class AbsenceFactory(DjangoModelFactory[Absence]):
    class Meta:
        model = Absence

    user = factory.SubFactory(UserFactory)
    starts_at = ago(days=1)
    ends_at = later(days=1)


class NotificationFactory(DjangoModelFactory[Notification]):
    class Meta:
        model = Notification

    user = factory.SubFactory(UserFactory)
    kind = "test"
    text = "Something happened"
    key = factory.Sequence(lambda n: f"test:{n}")
    created_at = NOW


class SavedViewFactory(DjangoModelFactory[SavedView]):
    class Meta:
        model = SavedView

    user = factory.SubFactory(UserFactory)
    page = "contacts"
    name = factory.Sequence(lambda n: f"View {n}")
    query = "stage=mql"
