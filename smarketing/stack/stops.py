"""Ctrl-C, SIGTERM and a closed terminal: heard when nothing is half done."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def hear_no_more() -> None:
    """Who asks once more, or closes the terminal too, does not cut the stopping off."""
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def held() -> Iterator[None]:
    """What arrives within is heard at the end: a server that is half started can be neither used nor stopped."""
    if current_thread() is not main_thread():  # no other hears signals
        yield
        return
    arrived: list[int] = []
    before = {number: handler for number in STOPS if callable(handler := signal.getsignal(number))}
    for number in before:
        signal.signal(number, lambda number, frame: arrived.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for sent in arrived:
            signal.raise_signal(sent)
