"""The one HTTP server of the process: whatever has something to serve gives it routes.

It speaks plain HTTP on one address; https is the matter of a proxy before it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from summarizer.errors import ConfigError

log = structlog.get_logger(__name__)

AT_ONCE = 200
"""Connections at the same time; more get 503."""
STOP_S = 5
"""How long answers that are being given may take at the stop."""


class WebServer:
    """Serves the routes from `bind` on; port 0 takes any that is free."""

    def __init__(self, routes: Sequence[BaseRoute], *, host: str, port: int) -> None:
        self._app = Starlette(routes=list(routes))
        self._host = host
        self._port = port
        self._socket: socket.socket | None = None

    @property
    def url(self) -> str:
        """Where it is reached on this machine, once it is bound."""
        assert self._socket is not None
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def bind(self) -> None:
        """Take the address. Raises ConfigError where that is not possible."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            self._socket = socket.create_server((self._host, self._port), family=family)
        except OSError as exc:
            raise ConfigError(
                f"cannot serve on {self._host}:{self._port} (web.host, web.port): {exc.strerror}: "
                "choose another port, or end the program that has it"
            ) from exc

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set; answers that are being given are finished."""
        assert self._socket is not None, "bind first"
        server = _Server(
            uvicorn.Config(
                self._app,
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=AT_ONCE,
                timeout_graceful_shutdown=STOP_S,
            )
        )
        log.info("serving", url=self.url)
        serving = asyncio.create_task(server.serve([self._socket]))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            server.should_exit = True
            stopping.cancel()
            await serving


class _Server(uvicorn.Server):
    """Uvicorn without signal handlers of its own: the process has its own way to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
