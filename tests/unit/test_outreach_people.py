"""Lists of people: what is read of them, and what is wrong with each row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Invalid
from chalicelib.outreach.model import people
from chalicelib.outreach.model.people import BadList, read_people, zones_for
from chalicelib.outreach.store.number_zones import zones_of

OWN = "+15550100200"


def test_a_list_has_numbers_names_zones_and_what_agents_should_read() -> None:
    text = (
        "Number,Name,Zone,Order,Since\r\n+1 (212) 555-0123,Ann Lee,America/Chicago,A-17,2021\r\n+493012345678,,,,\r\n"
    )
    found, bad = read_people(text)
    assert not bad
    assert [(one.row, one.number, one.name, one.zone, one.data) for one in found] == [
        (2, "+12125550123", "Ann Lee", "America/Chicago", (("Order", "A-17"), ("Since", "2021"))),
        (3, "+493012345678", "", "", ()),
    ]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_list_is_read_as_spreadsheets_save_it(mark: str) -> None:
    text = "\ufeffnumber" + mark + 'name\n"+493012345678"' + mark + '"Weber, Eva"\n\n'
    assert read_people(text)[0][0].name == "Weber, Eva"


def test_every_bad_row_is_told_with_its_field_and_the_fix() -> None:
    text = (
        "number,name,zone,note\n"
        "0301234567,A,,\n"
        "+493012345678,B,Europe/Berln,\n"
        "+493012345678,C,,\n"
        "+49 30 12345678,D,,\n"
        "+4990012345,E,,\n"
        f"{OWN},F,,\n"
        ",G,,\n"
        f"+493012345679,H,,{'x' * 121}\n"
        "+493012345670,I,,a,b\n"
    )
    found, bad = read_people(text, own=[OWN])
    assert [one.row for one in found] == [4]
    assert [(one.row, one.field) for one in bad] == [
        (2, "number"), (3, "zone"), (5, "number"), (6, "number"), (7, "number"), (8, "number"), (9, "note"),
        (10, "row"),
    ]  # fmt: skip
    told = list(map(str, bad))
    assert "+ and the country's code" in told[0]
    assert "did you mean 'Europe/Berlin'?" in told[1]
    assert "stands in row 4 already" in told[2]
    assert "premium" in told[3]
    assert "own phone" in told[4]
    assert "at most 120" in told[6]
    assert "4 columns" in told[7]
    error = BadList(bad)
    assert error.facts["rows"] == told
    assert "8 bad rows" in error.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no column `number`"),
        ("nummer,name\n+493012345678,A\n", "is it 'nummer'?"),
        ("number,number\n", "twice"),
        ("number,\n", ""),
        ("number,,name\n", "without a name"),
        ("number," + ",".join(f"c{n}" for n in range(13)) + "\n", "at most 12"),
        ('number,name\n+493012345678,"A\n', "is no CSV"),
    ],
)
def test_what_is_no_list_at_all_is_refused(text: str, words: str) -> None:
    if not words:
        assert read_people(text) == ([], [])
        return
    with pytest.raises(Invalid) as refused:
        read_people(text)
    assert words in refused.value.message


def test_a_list_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MOST_ROWS", 3)
    rows = [f"+49301234567{n}" for n in range(4)]
    assert len(read_people("number\n" + "\n".join(rows[:3]))[0]) == 3
    with pytest.raises(Invalid, match="more than 3 rows"):
        read_people("number\n" + "\n".join(rows))


@given(st.text(max_size=200))
def test_whatever_stands_in_a_file_is_read_or_refused_in_words(text: str) -> None:
    try:
        found, bad = read_people(f"number,name\n{text}")
    except Invalid:
        return
    assert all(one.why and one.fix and one.row > 1 for one in bad)
    assert len({one.number for one in found}) == len(found)


# Where somebody lives


def test_a_zone_is_that_of_the_list_else_of_the_number_else_of_the_client() -> None:
    assert zones_for("+493012345678", "Asia/Tokyo", "Europe/Rome", zones_of) == ("Asia/Tokyo",)
    assert zones_for("+493012345678", "", "Europe/Rome", zones_of) == ("Europe/Berlin",)
    assert zones_for("+15550100200", "", "Europe/Rome", zones_of) == ("Europe/Rome",)


def test_a_number_that_may_be_anywhere_in_a_country_is_in_all_of_its_zones() -> None:
    assert {"Australia/Perth", "Australia/Sydney"} <= set(zones_of("+61412345678"))
    assert zones_of("+12125550123") == ("America/New_York",)
    assert zones_of("no number") == ()
