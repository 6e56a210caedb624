"""The French catalogues: what is found in the sources, and what a French reader would stumble over."""

from pathlib import Path

import pytest

from tools import messages


def test_texts_are_found_in_python_and_in_templates(tmp_path: Path) -> None:
    python = tmp_path / "pages.py"
    python.write_text('ngettext("%(n)s deal", "%(n)s deals", n)\npgettext("stage", "Won")\n_("Lost")\n')
    template = tmp_path / "page.html"
    template.write_text(
        '{% load i18n %}\n<p>{% translate "Open" %}</p>\n'
        "  {% blocktranslate trimmed with who=user %}Hello\n   {{ who }}{% endblocktranslate %}"
    )
    assert set(messages.extracted(python)) == {
        (None, ("%(n)s deal", "%(n)s deals")),
        ("stage", "Won"),
        (None, "Lost"),
    }
    assert set(messages.extracted(template)) == {(None, "Open"), (None, "Hello %(who)s")}


@pytest.mark.parametrize(
    ("english", "french", "slip"),
    [
        ("Due %(at)s", "À faire", "lacks a placeholder"),
        ("Due", "À faire %(at)s", "has other placeholders"),
        ("Sure?", "Vraiment ?", "narrow no-break space"),
        ("12%%", "12\u00a0%%", "narrow no-break space"),
    ],
)
def test_a_slip_in_the_french_is_named(english: str, french: str, slip: str) -> None:
    assert [slip in found for found in messages.slips(english, french)] == [True]


def test_good_french_passes() -> None:
    assert list(messages.slips("Sure, %(name)s?", "Vraiment, %(name)s\u202f?")) == []
    assert list(messages.slips(("%(n)s deal", "%(n)s deals"), ("Une affaire", "%(n)s affaires"))) == []


def test_the_words_of_shared_templates_belong_to_the_composition_root() -> None:
    assert messages.owner(messages.CHECKOUT / "templates" / "base.html") == "smarketing"
    assert messages.owner(messages.CHECKOUT / "templates" / "leads" / "list.html") == "leads"
