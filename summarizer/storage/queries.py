"""The vectors of the texts that topics are matched by, made once for all processes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, select

from summarizer.models import Vector, derive_id
from summarizer.storage.database import Database, Work, batches
from summarizer.storage.schema import WANTED, queries


class Queries:
    """The texts; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def vectors(self, texts: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of those of the texts that have one."""
        by_id = {derive_id(text): text for text in texts}
        found: dict[str, Vector] = {}
        async with self._database.read() as connection:
            for batch in batches(by_id):
                query = select(queries.c.id, queries.c.vector).where(queries.c.id.in_(batch))
                rows = await connection.execute(query.where(~WANTED))
                found.update({by_id[row.id]: row.vector for row in rows})
        return found

    async def want(self, texts: Sequence[str]) -> None:
        """Ask for the vectors of texts, of whoever has the model."""
        rows = [_row(text) for text in dict.fromkeys(texts)]
        async with self._database.write() as connection:
            await connection.execute(self._database.insert(queries).on_conflict_do_nothing(), rows)
            await self._database.leave(connection, [Work(kind="embed")])

    async def wanted(self, limit: int = 1000) -> list[str]:
        """Return the texts whose vectors were asked for, longest ago first."""
        query = select(queries.c.text).where(WANTED).order_by(queries.c.asked_at).limit(limit)
        async with self._database.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def save(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep the texts' vectors; row i belongs to text i."""
        insert = self._database.insert(queries)
        rows = [{**_row(t), "vector": v} for t, v in dict(zip(texts, vectors, strict=True)).items()]
        async with self._database.write() as connection:
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=[queries.c.id], set_={"vector": insert.excluded.vector}
                ),
                rows,
            )

    async def purge(self, before: datetime) -> None:
        """Forget the texts asked for before; those still in use are made again."""
        async with self._database.write() as connection:
            await connection.execute(delete(queries).where(queries.c.asked_at < before))


def _row(text: str) -> dict[str, object]:
    return {"id": derive_id(text), "text": text, "asked_at": datetime.now(UTC)}
