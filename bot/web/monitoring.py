"""/healthz for load balancers and containers, /metrics for Prometheus."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.health import OVERDUE, Rival, find_problems
from summarizer.errors import StorageError
from summarizer.storage import Storage, Vitals


class Monitoring:
    """Answers from the database at each request, so any process tells the same."""

    def __init__(self, storage: Storage, *, rival: Rival, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._rival = rival
        self._clock = clock
        self._started_at = clock()

    @property
    def routes(self) -> list[BaseRoute]:
        return [Route("/healthz", self._healthz), Route("/metrics", self._metrics)]

    async def _look(self) -> tuple[Vitals, list[str]]:
        now = self._clock()
        vitals = await self._storage.vitals(now - OVERDUE)
        problems = find_problems(
            vitals, now=now, started_at=self._started_at, rival_since=self._rival.since
        )
        return vitals, problems

    async def _healthz(self, request: Request) -> Response:
        try:
            _, problems = await self._look()
        except StorageError as exc:
            problems = [str(exc)]
        return JSONResponse(
            {"ok": not problems, "problems": problems}, status_code=503 if problems else 200
        )

    async def _metrics(self, request: Request) -> Response:
        try:
            vitals, problems = await self._look()
        except StorageError as exc:
            return Response(f"# {exc}\n", status_code=503, media_type="text/plain")
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        _fill(registry, vitals, problems, self._rival)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _fill(registry: CollectorRegistry, vitals: Vitals, problems: list[str], rival: Rival) -> None:
    def gauge(name: str, says: str, value: float) -> None:
        Gauge(f"digest_bot_{name}", says, registry=registry).set(value)

    def by(name: str, says: str, label: str, values: dict[str, int]) -> None:
        found = Gauge(f"digest_bot_{name}", says, [label], registry=registry)
        for key, value in values.items():
            found.labels(key).set(value)

    gauge("healthy", "1 while no promise is at risk, as /healthz says", not problems)
    by(
        "feeds",
        "Feeds by state",
        "state",
        {
            "well": vitals.feeds_well,
            "failing": vitals.feeds_failing,
            "disabled": vitals.feeds_disabled,
        },
    )
    if vitals.last_read_at is not None:
        gauge(
            "last_read_timestamp_seconds",
            "When a feed was last read without an error",
            vitals.last_read_at.timestamp(),
        )
    gauge("articles", "Articles kept", vitals.articles)
    gauge("articles_ungrouped", "Articles that wait for their story", vitals.articles_ungrouped)
    gauge("stories", "Stories kept", vitals.stories)
    gauge("stories_unwritten", "Stories that wait for their report", vitals.stories_unwritten)
    by(
        "chats",
        "Chats, by whether they can be reached",
        "state",
        {"active": vitals.chats_active, "inactive": vitals.chats_inactive},
    )
    gauge("subscriptions", "Subscriptions", vitals.subscriptions)
    states = ("pending", "sending", "sent", "failed", "skipped")
    counts = {state: vitals.messages.get(state, 0) for state in states}
    by("messages", "Messages kept, by state", "state", counts)
    gauge("messages_overdue", "Messages over ten minutes late", vitals.messages_overdue)
    gauge("digests_overdue", "Digests over ten minutes late", vitals.digests_overdue)
    gauge("possible_duplicates", "Messages that may have come twice", vitals.possible_duplicates)
    gauge("updates_waiting", "Messages of people that wait for an answer", vitals.updates_waiting)
    gauge("poller_conflict", "1 while another program takes updates", rival.since is not None)
    gauge("database_bytes", "Size of the database", vitals.database_bytes)
