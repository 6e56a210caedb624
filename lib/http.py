"""Answers that every app gives to a form."""

from http import HTTPStatus

from django.http import HttpResponseRedirect


class SeeOther(HttpResponseRedirect):
    """After a form was taken: look there with GET."""

    status_code = HTTPStatus.SEE_OTHER
