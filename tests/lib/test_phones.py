"""One spelling of a number: the short way through plain numbers never disagrees with the library."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import SUPPORTED_REGIONS
from phonenumbers.phonenumberutil import COUNTRY_CODE_TO_REGION_CODE

from lib import phones


def test_a_number_is_written_as_it_is_dialled_from_abroad() -> None:
    assert phones.e164("06 12 48 77 03", region="FR") == "+33612487703"
    assert phones.e164("+33612487703", region="DE") == "+33612487703"
    assert phones.e164("+39 06 6982 1234", region="FR") == "+390669821234"
    assert phones.e164("(415) 555-2671", region="US") == "+14155552671"


@pytest.mark.parametrize(
    "text", ["12", "call me", "+", "+0612487703", "06 12", "+999 123 456 789", "+123456", "+1234567890123456"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        phones.e164(text, region="FR")


plain = st.tuples(
    st.sampled_from(["", "0", "00", "+", "+", "8", "1"]),
    st.one_of(st.just(""), st.sampled_from(sorted(COUNTRY_CODE_TO_REGION_CODE)).map(str)),
    st.text("0123456789", min_size=4, max_size=12),
    st.sampled_from(["", " ", ".", "-"]),
).map(lambda told: told[0] + told[1] + told[3].join((told[2][:2], told[2][2:])))


@given(text=plain, region=st.sampled_from(sorted(SUPPORTED_REGIONS)))
def test_the_short_way_answers_what_the_library_answers(text: str, region: str) -> None:
    short = phones._plainly(text, region)
    if short is not None:
        assert short == phones._by_library(text, region)
