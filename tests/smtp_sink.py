"""A mail server of a test, on a socket of this machine: it keeps what it is sent, or misbehaves as asked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

PATIENCE_SECONDS = 60


@dataclass
class Sink:
    """`behaviour`: address → "refuse" (550), "busy" (451), "hang" or "vanish" (takes the mail, and is gone before it
    says so); everybody else is served."""

    port: int = 0
    behaviour: dict[str, str] = field(default_factory=dict)
    received: list[EmailMessage] = field(default_factory=list)
    open: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.append(writer)
        with suppress(ConnectionError, asyncio.CancelledError):
            await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        vanishes = False
        await say("220 sink")
        while line := (await reader.readline()).decode().strip():
            verb, address = line[:4].upper(), line.partition("<")[2].partition(">")[0]
            if verb == "RCPT" and self.behaviour.get(address) == "vanish":
                vanishes = True
                await say("250 fine")
            elif verb == "RCPT" and address in self.behaviour:
                await self._misbehave(self.behaviour[address], say)
            elif verb == "DATA":
                await say("354 go on")
                text = await reader.readuntil(b"\r\n.\r\n")
                self.received.append(message_from_bytes(text[:-5], policy=policy.default))
                if vanishes:
                    break
                await say("250 kept")
            elif verb == "QUIT":
                await say("221 bye")
                break
            else:
                await say("250 fine")

    async def _misbehave(self, how: str, say: Callable[[str], Awaitable[None]]) -> None:
        if how == "hang":
            await asyncio.Event().wait()  # until the sink closes
        answers = {"refuse": "550 no such mailbox", "busy": "451 later"}
        await say(answers[how])


@contextmanager
def smtp_sink() -> Iterator[Sink]:
    sink, ready = Sink(), threading.Event()
    stopped: list[Callable[[], object]] = []

    async def run() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        server = await asyncio.start_server(sink.serve, "127.0.0.1", 0)
        sink.port = server.sockets[0].getsockname()[1]
        stopped.append(lambda: loop.call_soon_threadsafe(stop.set))
        ready.set()
        await stop.wait()
        server.close()
        for writer in sink.open:
            writer.close()

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    if not ready.wait(PATIENCE_SECONDS):
        raise TimeoutError("the sink does not listen")
    try:
        yield sink
    finally:
        stopped[0]()
        thread.join(PATIENCE_SECONDS)
