"""Story reports and topics as JSON text, field by field.

A field that is added later is read with its default from what was written before.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from summarizer.models import (
    ArticleRef,
    Difference,
    DifferenceValue,
    Evidence,
    Sentence,
    StoryReport,
    Topic,
    Vector,
)

# One parsed JSON object; it never leaves this module.
_Json = dict[str, Any]


def write_report(report: StoryReport) -> str:
    """Return the report as JSON text, all but its vector."""
    return json.dumps(
        {
            "story_id": report.story_id,
            "version": report.version,
            "headline": report.headline,
            "headline_articles": report.headline_articles,
            "sentences": [_sentence(s) for s in report.sentences],
            "differences": [_difference(d) for d in report.differences],
            "articles": [_article(a) for a in report.articles],
            "independent_reports": report.independent_reports,
            "opened_at": report.opened_at.isoformat(),
            "updated_at": report.updated_at.isoformat(),
            "written_at": report.written_at.isoformat(),
            "language": report.language,
            "model": report.model,
            "sentence_keys": report.sentence_keys,
        },
        ensure_ascii=False,
    )


def read_report(text: str, vector: Vector) -> StoryReport:
    """Return the report that `write_report` wrote, with its vector."""
    data: _Json = json.loads(text)
    return StoryReport(
        story_id=data["story_id"],
        version=data["version"],
        headline=data["headline"],
        headline_articles=tuple(data["headline_articles"]),
        sentences=tuple(_read_sentence(s) for s in data["sentences"]),
        differences=tuple(_read_difference(d) for d in data["differences"]),
        articles=tuple(_read_article(a) for a in data["articles"]),
        independent_reports=data["independent_reports"],
        vector=vector,
        opened_at=datetime.fromisoformat(data["opened_at"]),
        updated_at=datetime.fromisoformat(data["updated_at"]),
        written_at=datetime.fromisoformat(data["written_at"]),
        language=data["language"],
        model=data["model"],
        sentence_keys=tuple(data.get("sentence_keys", ())),
    )


def write_topic(topic: Topic) -> str:
    """Return the topic as JSON text."""
    return json.dumps(
        {
            "key": topic.key,
            "name": topic.name,
            "queries": topic.queries,
            "words": topic.words,
            "exclude": topic.exclude,
            "aliases": topic.aliases,
        },
        ensure_ascii=False,
    )


def read_topic(text: str) -> Topic:
    """Return the topic that `write_topic` wrote."""
    data: _Json = json.loads(text)
    return Topic(
        key=data["key"],
        name=data["name"],
        queries=tuple(data["queries"]),
        words=tuple(data["words"]),
        exclude=tuple(data["exclude"]),
        aliases=tuple(data.get("aliases", ())),
    )


def _sentence(sentence: Sentence) -> _Json:
    return {
        "text": sentence.text,
        "fact_id": sentence.fact_id,
        "method": sentence.method,
        "evidence": [
            {"article_id": e.article_id, "n": e.n, "text": e.text} for e in sentence.evidence
        ],
        "fact_keys": sentence.fact_keys,
        "new_at": sentence.new_at.isoformat() if sentence.new_at else None,
    }


def _read_sentence(data: _Json) -> Sentence:
    return Sentence(
        text=data["text"],
        fact_id=data["fact_id"],
        method=data["method"],
        evidence=tuple(
            Evidence(article_id=e["article_id"], n=e["n"], text=e["text"]) for e in data["evidence"]
        ),
        fact_keys=tuple(data["fact_keys"]),
        new_at=datetime.fromisoformat(data["new_at"]) if data.get("new_at") else None,
    )


def _difference(difference: Difference) -> _Json:
    return {
        "about": difference.about,
        "kind": difference.kind,
        "values": [
            {"value": v.value, "articles": v.articles, "later": v.later} for v in difference.values
        ],
    }


def _read_difference(data: _Json) -> Difference:
    return Difference(
        about=data["about"],
        kind=data["kind"],
        values=tuple(
            DifferenceValue(value=v["value"], articles=tuple(v["articles"]), later=v["later"])
            for v in data["values"]
        ),
    )


def _article(article: ArticleRef) -> _Json:
    return {
        "id": article.id,
        "n": article.n,
        "outlet": article.outlet,
        "title": article.title,
        "url": article.url,
        "published_at": article.published_at.isoformat(),
        "summary_only": article.summary_only,
    }


def _read_article(data: _Json) -> ArticleRef:
    return ArticleRef(
        id=data["id"],
        n=data["n"],
        outlet=data["outlet"],
        title=data["title"],
        url=data["url"],
        published_at=datetime.fromisoformat(data["published_at"]),
        summary_only=data["summary_only"],
    )
