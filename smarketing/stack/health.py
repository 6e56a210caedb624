"""Whether the web process of this machine answers."""

from urllib.request import ProxyHandler, build_opener


def ask(port: int, *, seconds: float) -> None:
    """HTTPError when it answers that it is not well, OSError when nobody does. No proxy knows this machine."""
    build_opener(ProxyHandler({})).open(f"http://localhost:{port}/healthz", timeout=seconds).close()
