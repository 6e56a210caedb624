"""Two people name something alike at one moment: the second is answered as if they had come a moment later."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from django.db import IntegrityError, transaction
from django.http.response import HttpResponseBase

P = ParamSpec("P")


def second_look(view: Callable[P, HttpResponseBase]) -> Callable[P, HttpResponseBase]:
    """Where the database refused what the form had found free, ask the view again: its form finds it taken now and says
    so at its field, or the view finds the next number. What the first look wrote is taken back.
    """

    @wraps(view)
    def looked_twice(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            with transaction.atomic():
                return view(*args, **kwargs)
        except IntegrityError:
            return view(*args, **kwargs)

    return looked_twice
