"""One HTTP request: the only module that knows the HTTP library.

`Requester.get` follows no redirect and judges no status; it bounds what a server can do to us:
where it can lead us (addresses are checked when the connection is made), how much it can send
(before and after decompression) and, through the caller's `asyncio.timeout`, for how long.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import zlib
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

import httpcore
import httpx

from summarizer.collecting.addresses import is_public, is_web_port
from summarizer.errors import RefusedAddressError, TooLargeError, UnreachableError, UnreadableError

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to IP addresses; raises OSError where the name does not exist."""

_CONNECTIONS = 64
_CONNECT_ATTEMPTS = 3
_LOOKUPS = 16
"""Names looked up at the same time, in threads of their own: while a name server does not answer,
all of them wait, and nothing else of the process that needs a thread may wait with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A checked web address."""

    url: str
    """Normalised, without a fragment."""
    host: str
    origin: str
    """Scheme, host and port: what a robots.txt is valid for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response with its whole body, decompressed. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    charset: str | None


class Requester:
    """Sends GET requests to those IP addresses that `is_allowed` says (None: to any)."""

    def __init__(
        self,
        *,
        user_agent: str,
        is_allowed: Callable[[str], bool] | None = is_public,
        resolve: Resolve | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._is_bound = is_allowed is not None
        self._lookups = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="lookups")
        backend = _CheckingBackend(resolve=resolve or self._resolve, is_allowed=is_allowed)
        pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context or httpx.create_ssl_context(trust_env=False),
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_CONNECTIONS // 2,
            keepalive_expiry=5.0,
            network_backend=backend,
        )
        self._client = httpx.AsyncClient(
            transport=_PoolTransport(pool),
            trust_env=False,
            follow_redirects=False,
            timeout=None,
            headers={"User-Agent": user_agent, "Accept-Encoding": "gzip"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.aclose()
        self._lookups.shutdown(wait=False, cancel_futures=True)

    async def _resolve(self, host: str, port: int) -> Sequence[str]:
        look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._lookups, look_up)
        return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))

    def check(self, url: str, *, base: str | None = None) -> Address:
        """Return the address that `url` (relative to `base`) names.

        Raises UnreadableError for what is no web address and RefusedAddressError for a port where
        no web server is to be expected.
        """
        with _foreign_errors(url):
            parsed = httpx.URL(base).join(url) if base else httpx.URL(url)
            parsed = parsed.copy_with(fragment=None)
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise UnreadableError(f"not a web address: {url!r}")
        if parsed.userinfo:
            raise UnreadableError(f"web addresses with a user name are not read: {url!r}")
        port = parsed.port or (443 if parsed.scheme == "https" else 80)
        if self._is_bound and not is_web_port(port):
            raise RefusedAddressError(f"refused port: {url!r}")
        host = parsed.raw_host.decode("ascii")
        return Address(
            url=str(parsed),
            host=host,
            origin=f"{parsed.scheme}://{parsed.netloc.decode('ascii')}",
        )

    async def get(
        self,
        address: Address,
        *,
        headers: Mapping[str, str],
        limit_bytes: int,
        truncate: bool = False,
    ) -> Answer:
        """Return the answer of one request; bodies of redirects and errors are not read.

        Raises RefusedAddressError, UnreachableError, UnreadableError (an encoding that was not
        asked for), and TooLargeError for a body over the limit (cut off there with `truncate`).
        """
        with _foreign_errors(address.url):
            async with self._client.stream("GET", address.url, headers=headers) as response:
                content = b""
                if response.is_success:
                    content = await _read(
                        response, address.url, limit_bytes=limit_bytes, truncate=truncate
                    )
                return Answer(
                    status=response.status_code,
                    headers=dict(response.headers),
                    content=content,
                    charset=response.charset_encoding,
                )


async def _read(response: httpx.Response, url: str, *, limit_bytes: int, truncate: bool) -> bytes:
    """Return the body, inflated; no more than the limit and one chunk is ever held."""
    inflate = _inflater(response.headers, url)
    body = bytearray()
    received = 0
    async for chunk in response.aiter_raw():
        received += len(chunk)
        # The compressed size counts too: a stream of empty gzip members inflates to nothing.
        body += inflate(chunk, limit_bytes + 1 - len(body))
        if max(len(body), received) > limit_bytes:
            if truncate:
                return bytes(body[:limit_bytes])
            raise TooLargeError(f"larger than {limit_bytes} bytes: {url!r}")
    inflate(b"", 0)
    return bytes(body)


def _inflater(headers: Mapping[str, str], url: str) -> Callable[[bytes, int], bytes]:
    """Return a function that inflates a chunk to at most so many bytes; b'' ends the body."""
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return lambda chunk, room: chunk[:room]
    if encoding not in ("gzip", "x-gzip"):
        raise UnreadableError(f"unexpected content encoding {encoding!r}: {url!r}")
    decoder = zlib.decompressobj(wbits=31)

    def inflate(chunk: bytes, room: int) -> bytes:
        nonlocal decoder
        if not chunk:
            if not decoder.eof:
                raise UnreachableError(f"compressed body breaks off: {url!r}")
            return b""
        out = bytearray()
        while chunk and len(out) < room:
            if decoder.eof:  # RFC 1952: several members may follow one another
                if not chunk.startswith(b"\x1f"):
                    break  # padding
                decoder = zlib.decompressobj(wbits=31)
            out += decoder.decompress(chunk, room - len(out))
            chunk = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
        return bytes(out)

    return inflate


@contextmanager
def _foreign_errors(url: str) -> Iterator[None]:
    """Map the errors of the HTTP library, the sockets and zlib to this project's."""
    try:
        yield
    except (httpx.InvalidURL, UnicodeError) as exc:
        raise UnreadableError(f"not a web address: {url!r}") from exc
    except zlib.error as exc:
        raise UnreadableError(f"broken gzip body: {url!r}") from exc
    except httpcore.TimeoutException as exc:
        raise UnreachableError(f"timed out: {url!r}") from exc
    except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, OSError) as exc:
        raise UnreachableError(f"no answer: {url!r}: {exc or type(exc).__name__}") from exc


class _CheckingBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name once, checks what came back and connects to exactly that."""

    def __init__(self, *, resolve: Resolve, is_allowed: Callable[[str], bool] | None) -> None:
        self._resolve = resolve
        self._is_allowed = is_allowed
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._resolve(host, port)
        if self._is_allowed is not None:
            for address in addresses:
                if not self._is_allowed(address):
                    raise RefusedAddressError(f"refused address: {host!r} is {address}")
        error: Exception = httpcore.ConnectError(f"no address for {host!r}")
        for address in addresses[:_CONNECT_ATTEMPTS]:
            try:
                return await self._backend.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                error = exc
        raise error


class _PoolTransport(httpx.AsyncBaseTransport):
    """httpx over a pool of ours: httpx has no way to pass a network backend."""

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Stream(response),
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Stream(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._response.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()
