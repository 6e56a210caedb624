"""What the company calls its stages wins over what other systems call theirs."""

from __future__ import annotations

import pytest

from leads.imports.mapping import Column, Mapping, from_json
from leads.imports.vocabulary import known_words, with_own_fields
from lifecycle.models import Stage
from tests.factories.lifecycle import FieldFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db


def test_a_stage_of_ones_own_is_not_what_another_system_means_by_its_name() -> None:
    mapping = from_json({"columns": {"email": "email", "stage": "stage"}})
    words = known_words(mapping, at=NOW).stages
    assert words["evangelist"] == words["evangeliste"] == "promoter"

    Stage.objects.create(key="evangelist", name_en="Evangelist", position=95, side="marketing")

    assert known_words(mapping, at=NOW).stages["evangelist"] == "evangelist"


def test_a_column_goes_to_an_own_field_only_where_its_name_means_that_one() -> None:
    FieldFactory.create(key="budget", label_en="Budget", label_fr="")
    FieldFactory.create(key="plants", label_en="Plants", label_fr="Usines")
    FieldFactory.create(key="sites", label_en="Sites", label_fr="Usines")
    headings = ("BUDGET", "Компания", "#", "plants", "Usines", "Source")
    mapping = Mapping(columns={heading: Column() for heading in headings[:-1]} | {"Source": Column("source")})

    found = with_own_fields(mapping, is_ours=False)

    assert [found.columns[heading].target for heading in headings] == [
        "custom.budget", "", "", "custom.plants", "", "source",
    ]  # fmt: skip
