"""What the company calls its stages wins over what other systems call theirs."""

from __future__ import annotations

import pytest

from leads.imports.mapping import from_json
from leads.imports.vocabulary import known_words
from lifecycle.models import Stage
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db


def test_a_stage_of_ones_own_is_not_what_another_system_means_by_its_name() -> None:
    mapping = from_json({"columns": {"email": "email", "stage": "stage"}})
    assert known_words(mapping, at=NOW).stages["evangelist"] == "promoter"

    Stage.objects.create(key="evangelist", name_en="Evangelist", position=95, side="marketing")

    assert known_words(mapping, at=NOW).stages["evangelist"] == "evangelist"
