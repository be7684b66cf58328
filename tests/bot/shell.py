"""The command line and a web site that it reads, for tests."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.cli import main

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Lindholm Post</title>
<item><title>Ferry aground</title><link>http://127.0.0.1/ferry</link>
<description>A ferry ran aground.</description></item></channel></rss>"""
PAGE = """<html><head><title>Lindholm Post</title>
<link rel="alternate" type="application/rss+xml" href="/feed.xml"></head>
<body><p>Welcome to the Lindholm Post.</p></body></html>"""
ARTICLE = """<html lang="en"><head><title>Ferry runs aground off Lindholm</title></head><body>
<nav><a href="/">Home</a></nav><article><h1>Ferry runs aground off Lindholm</h1>
<p>A ferry with 212 people on board ran aground near Lindholm on Sunday night, the coastguard said.
Nobody was seriously hurt, but nine passengers were treated for cuts and bruises.</p>
<p>The ship had left Aldervik at 20:15 and was due in the harbour of Lindholm at midnight. Two tugs
are expected to pull it free at high tide on Monday, according to the harbour master.</p>
<p>Subscribe to our newsletter for the latest from the islands.</p></article></body></html>"""


@dataclass
class Shell:
    """Runs `digest-bot` commands in this process."""

    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    out: str = ""
    err: str = ""

    def run(self, *arguments: str) -> int:
        """Run a command; keep what it printed; return its exit code."""
        self.monkeypatch.setattr(sys, "argv", ["digest-bot", *arguments])
        code = 0
        try:
            main()
        except SystemExit as exc:
            code = exc.code if isinstance(exc.code, int) else 0
        self.out, self.err = self.capsys.readouterr()
        return code

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


@contextmanager
def serve() -> Iterator[str]:
    """A web site with a home page that names a feed, and an article."""
    pages = {"/": PAGE, "/feed.xml": FEED, "/ferry": ARTICLE}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
