"""What an operator's monitoring sees, and what operators are told without asking."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.alerting import FAILURES
from bot.health import find_problems
from bot.polling import CONFLICTS
from summarizer.errors import StorageError
from summarizer.models import Feed
from summarizer.storage import Storage, Vitals
from tests.bot.conftest import NOON, Town
from tests.bot.reports import FERRY
from tests.telegram_server import TelegramServer

LATER = NOON + timedelta(hours=1)
WELL = Vitals(feeds_well=2, last_read_at=LATER, least_interval_s=300)


def problems(vitals: Vitals, *, rival: bool = False) -> str:
    return " ".join(
        find_problems(vitals, now=LATER, started_at=NOON, rival_since=LATER if rival else None)
    )


@pytest.mark.parametrize(
    ("vitals", "says"),
    [
        (replace(WELL, last_read_at=LATER - timedelta(minutes=11)), "no feed could be read for 11"),
        (replace(WELL, digests_overdue=2), "2 digests are overdue"),
        (replace(WELL, messages_overdue=3), "3 messages are overdue"),
        (replace(WELL, oldest_update_at=NOON), "waited for an answer for 60 minutes"),
    ],
)
def test_each_promise_at_risk_is_named(vitals: Vitals, says: str) -> None:
    assert says in problems(vitals)


def test_all_is_well_where_nothing_is_late_and_nobody_else_polls() -> None:
    assert problems(WELL) == ""
    assert problems(replace(WELL, oldest_update_at=LATER)) == ""
    assert problems(Vitals()) == "", "without feeds there is nothing to read"
    assert "another program" in problems(WELL, rival=True)


def test_what_a_stop_left_is_not_held_against_a_process_that_has_just_begun() -> None:
    left = replace(WELL, digests_overdue=5, messages_overdue=5, last_read_at=NOON)
    assert find_problems(left, now=LATER, started_at=LATER, rival_since=None) == []


async def get(town: Town, path: str) -> httpx.Response:
    assert town.app.web is not None
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(town.app.web.url + path)


@pytest.fixture
async def served(resting: Town, server: TelegramServer) -> Town:
    await resting.shelf.add(FERRY, NOON)
    await resting.start(DIGEST_WEB__PORT="18931")
    await resting.ask(server.private_chat(), "/subscribe world 18:00", "Done")
    return resting


async def test_healthz_is_green_then_red_when_a_digest_is_overdue(served: Town) -> None:
    answer = await get(served, "/healthz")
    assert (answer.status_code, answer.json()) == (200, {"ok": True, "problems": []})
    served.now = NOON + timedelta(hours=7)
    answer = await get(served, "/healthz")
    assert answer.status_code == 503
    assert "1 digests are overdue" in answer.json()["problems"][0]


async def test_healthz_is_red_when_the_database_is_gone(
    served: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*values: object) -> Vitals:
        raise StorageError("disk is full")

    monkeypatch.setattr(served.storage, "vitals", gone)
    assert (await get(served, "/healthz")).json() == {"ok": False, "problems": ["disk is full"]}
    assert (await get(served, "/metrics")).status_code == 503


async def test_metrics_are_what_prometheus_reads(served: Town) -> None:
    answer = await get(served, "/metrics")
    found = {
        sample.name + "".join(f"[{v}]" for v in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["digest_bot_healthy"] == 1
    assert found["digest_bot_subscriptions"] == 1
    assert found["digest_bot_chats[active]"] == 1
    assert found["digest_bot_articles"] == 1
    assert found["digest_bot_database_bytes"] > 0
    assert served.server.token not in answer.text


def test_the_example_alerts_use_figures_that_there_are() -> None:
    folder = Path(__file__).parents[2]
    alerts = (folder / "docs" / "alerts.yml").read_text()
    given = (folder / "bot" / "web" / "monitoring.py").read_text()
    used = set(re.findall(r"digest_bot_(\w+)", alerts))
    assert used
    assert all(f'"{name}"' in given for name in used), used


async def test_vitals_count_what_is_late_and_leave_out_what_has_to_wait(storage: Storage) -> None:
    assert await storage.vitals(NOON) == replace(
        Vitals(), database_bytes=(await storage.vitals(NOON)).database_bytes
    )


async def test_operators_hear_once_of_a_feed_that_breaks_and_once_of_its_return(
    resting: Town, server: TelegramServer
) -> None:
    operator = server.private_chat(name="Otto")
    await resting.start(DIGEST_TELEGRAM__OPERATOR_CHATS=f"[{operator.id}]")
    articles = resting.storage.articles
    await articles.sync_feeds(
        [Feed(url=f"https://{n}.example/rss", outlet=f"<{n}>") for n in ("post", "star")]
    )
    [(_, post), _] = await articles.feeds()
    await articles.save_feed_state(replace(post, failures=FAILURES - 1, last_error="bad <status>"))
    await resting.app.rounds.watch()
    assert operator.texts == []
    await articles.save_feed_state(replace(post, failures=FAILURES, last_error="bad <status>"))
    for _ in range(2):
        await resting.app.rounds.watch()
    told = await operator.wait_for_message("cannot be read any more")
    assert "<post>: bad <status> (last read: never)" in told.text
    resting.now = LATER
    await articles.save_feed_state(replace(post, last_ok_at=LATER))
    for _ in range(2):
        await resting.app.rounds.watch()
    await operator.wait_for_message("work again")
    assert len(operator.texts) == 2


async def test_operators_hear_of_a_second_program_that_polls_and_healthz_is_red(
    resting: Town, server: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = server.private_chat(name="Otto")
    resting.build(DIGEST_TELEGRAM__OPERATOR_CHATS=f"[{operator.id}]", DIGEST_WEB__PORT="18931")
    monkeypatch.setattr(resting.app.entrance, "_backoff_s", 0.01)
    server.fail_next("getUpdates", status=409, times=CONFLICTS + 6)
    await resting.start()
    told = await operator.wait_for_message("Another program takes this bot's updates")
    assert (await get(resting, "/healthz")).status_code == 503
    await server.wait_for_call("getUpdates")
    await resting.ask(server.private_chat(), "/help", "What I can do")
    assert (await get(resting, "/healthz")).status_code == 200
    assert operator.texts == [told.text]
