"""The criteria language: a JSON tree that decides on one contact and on sets of them; knows no Django."""
