"""The HTTP side of the test server: HTTP/1.1 by h11, forms, JSON and multipart bodies."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import HTTP
from urllib.parse import parse_qsl, unquote, urlsplit

import h11

from tests.telegram_types import Json, Upload


class CutError(Exception):
    """The connection is to be closed without an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    path: str
    parameters: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    status: int
    content: bytes
    content_type: str = "application/octet-stream"

    @classmethod
    def of_json(cls, value: Json, *, status: int = 200) -> Response:
        content = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
        return cls(status=status, content=content, content_type="application/json")


class HttpServer:
    """Serves requests on a loopback port until it is stopped."""

    def __init__(self, respond: Callable[[Request], Awaitable[Response]], port: int) -> None:
        self._respond = respond
        self.port = port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.ensure_future(self._serve(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)
        # A server that stops cancels its connections: that is no error of theirs.
        with contextlib.suppress(asyncio.CancelledError):
            await connection

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state = h11.Connection(h11.SERVER)
        try:
            while (request := await _read_request(state, reader)) is not None:
                response = await self._respond_while_connected(request, state, reader)
                if response is None:
                    break
                writer.write(_written(state, response))
                await writer.drain()
                if state.our_state is not h11.DONE or state.their_state is not h11.DONE:
                    break
                state.start_next_cycle()
        except (CutError, ConnectionError, h11.ProtocolError):
            writer.transport.abort()
        finally:
            writer.close()

    async def _respond_while_connected(
        self, request: Request, state: h11.Connection, reader: asyncio.StreamReader
    ) -> Response | None:
        """Return the response, or None once the other side has hung up on a long poll."""
        answering = asyncio.ensure_future(self._respond(request))
        listening = asyncio.ensure_future(reader.read(65536))
        try:
            await asyncio.wait({answering, listening}, return_when=asyncio.FIRST_COMPLETED)
            if listening.done() and not answering.done():
                data = listening.result()
                if not data:
                    return None
                state.receive_data(data)
            return await answering
        finally:
            for task in (answering, listening):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, CutError, ConnectionError):
                    await task


async def _read_request(state: h11.Connection, reader: asyncio.StreamReader) -> Request | None:
    head: h11.Request | None = None
    body = b""
    while True:
        event = state.next_event()
        if event is h11.NEED_DATA:
            state.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            assert head is not None
            return _understood(head, body)
        else:
            return None


def _understood(head: h11.Request, body: bytes) -> Request:
    url = urlsplit(head.target.decode("ascii"))
    headers = {name.lower(): value for name, value in head.headers}
    kind = headers.get(b"content-type", b"").decode("latin-1")
    parameters: dict[str, Json] = dict(parse_qsl(url.query, keep_blank_values=True))
    if kind.startswith("application/json"):
        parameters |= json.loads(body or b"{}")
    elif kind.startswith("multipart/form-data"):
        parameters |= _read_multipart(kind, body)
    elif body:
        parameters |= parse_qsl(body.decode("utf-8"), keep_blank_values=True)
    return Request(path=unquote(url.path), parameters=parameters)


def _read_multipart(kind: str, body: bytes) -> dict[str, Json]:
    """Return the fields; a field that says attach://name becomes the file of that name."""
    parsed = message_from_bytes(
        b"Content-Type: " + kind.encode("latin-1") + b"\r\n\r\n" + body, policy=HTTP
    )
    fields: dict[str, Json] = {}
    for part in parsed.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        file_name = part.get_filename()
        fields[name] = Upload(file_name, content) if file_name else content.decode("utf-8")
    attached = {
        name: fields[value.removeprefix("attach://")]
        for name, value in fields.items()
        if isinstance(value, str) and value.startswith("attach://")
    }
    used = [fields[name].removeprefix("attach://") for name in attached]
    return {name: v for name, v in (fields | attached).items() if name not in used}


def _written(state: h11.Connection, response: Response) -> bytes:
    head = h11.Response(
        status_code=response.status,
        headers=[
            ("Content-Type", response.content_type),
            ("Content-Length", str(len(response.content))),
        ],
    )
    events = (head, h11.Data(data=response.content), h11.EndOfMessage())
    return b"".join(state.send(event) or b"" for event in events)
