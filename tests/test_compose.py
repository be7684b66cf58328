"""The services of compose.yaml are commands and settings that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bot.working import QUEUES, ROLES, choose_crew
from config.settings import load_settings

FILE = Path(__file__).parents[1] / "compose.yaml"
SERVICES = yaml.safe_load(FILE.read_text())["services"]
OURS = {name: s for name, s in SERVICES.items() if s.get("image") == "digest-bot"}


@pytest.mark.parametrize("name", OURS)
def test_each_service_has_settings_that_there_are(name: str, tmp_path: Path) -> None:
    environ = {k: v for k, v in OURS[name]["environment"].items() if k.startswith("DIGEST_")}
    settings = load_settings(environ=environ | {"DIGEST_PATHS__DATA": str(tmp_path)})
    assert settings.database_url.startswith("postgresql+psycopg://digest:")


def test_every_role_has_a_service() -> None:
    roles: set[str] = set()
    for service in OURS.values():
        command, *options = service["command"]
        if command == "worker":
            assert options[0] == "--queues"
            roles |= set(options[1].split(","))
        else:
            roles.add(command)
    assert roles == set(ROLES) == set(QUEUES)


def test_of_a_bots_web_server_the_proxy_opens_the_webhook_alone() -> None:
    environ = OURS["bot"]["environment"]
    path = "/" + environ["DIGEST_TELEGRAM__WEBHOOK_URL"].rpartition("/")[2]
    rules = SERVICES["proxy"]["command"][-1]
    assert re.findall(r"handle (\S+) {", rules) == [path]
    assert f"port {environ['DIGEST_WEB__PORT']}\n" in rules


def test_the_services_have_a_crew() -> None:
    settings = load_settings(environ={"DIGEST_DATABASE__URL": "postgresql+psycopg://x@y/z"})
    assert choose_crew(settings, ["write"], concurrency=3).shared
