"""What people set for themselves, from the menu and from the settings page."""

from __future__ import annotations

from django.test import Client

from accounts.models import User


def test_a_choice_of_the_menu_goes_back_to_the_page_it_was_made_on(as_rep: Client, rep: User) -> None:
    response = as_rep.post("/settings/preferences/", {"theme": "dark", "next": "/kit/"})
    assert response.status_code == 303
    assert response["Location"] == "/kit/"
    rep.refresh_from_db()
    assert (rep.theme, rep.language) == ("dark", "en")


def test_the_next_page_is_in_the_language_just_chosen(as_rep: Client, rep: User) -> None:
    response = as_rep.post("/settings/preferences/", {"language": "fr", "next": "/kit/"}, follow=True)
    assert response["Content-Language"] == "fr"
    assert b"Raccourcis" in response.content


def test_single_keys_are_turned_off_and_on(as_rep: Client, rep: User) -> None:
    as_rep.post("/settings/preferences/", {"single_keys": "off"})
    assert b' data-keys="off">' in as_rep.get("/kit/").content
    as_rep.post("/settings/preferences/", {"single_keys": "on"})
    assert b"data-keys" not in as_rep.get("/kit/").content


def test_a_colour_we_do_not_have_is_refused_and_changes_nothing(as_rep: Client, rep: User) -> None:
    response = as_rep.post("/settings/preferences/", {"theme": "pink", "language": "fr"})
    assert response.status_code == 422
    rep.refresh_from_db()
    assert (rep.theme, rep.language) == ("system", "en")


def test_nobody_is_sent_to_another_site(as_rep: Client) -> None:
    response = as_rep.post("/settings/preferences/", {"theme": "dark", "next": "https://elsewhere.example/"})
    assert response["Location"] == "/settings/"


def test_the_settings_page_saves_the_time_zone_and_says_so(as_rep: Client, rep: User) -> None:
    sent = {"language": "en", "theme": "light", "time_zone": "America/Montreal", "single_keys": "on"}
    response = as_rep.post("/settings/preferences/", sent, follow=True)
    rep.refresh_from_db()
    assert rep.time_zone == "America/Montreal"
    assert b"Your settings are saved." in response.content
