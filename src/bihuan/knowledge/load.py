"""Loads article files: a changed article becomes a new version, an unchanged one stays, nothing is overwritten."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from pydantic import Field

from bihuan.declare.model import Name, Strict, validated
from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document
from bihuan.knowledge.bigrams import search_terms, tsvector_text
from bihuan.knowledge.models import Article


class ArticleFile(Strict):
    """One article as written in a file."""

    key: str = Field(pattern=r"^[a-z0-9-]+$")
    title: Name
    body: str = Field(min_length=10)
    categories: list[str] = []
    source: str = Field(min_length=1)
    verified: bool = False
    valid_from: date = date(2026, 1, 1)
    valid_to: date | None = None


def read_articles(path: Path) -> list[ArticleFile]:
    """Return the articles of a YAML file.

    Raises:
        DeclarationError: with file, line, field, rule and remedy of everything wrong in it.

    Source: docs/topics/declarations.md (file, line, field, rule and remedy)
    """
    return validated(Document(path), list[ArticleFile])


def load_folder(folder: Path, *, district: str, on: date) -> dict[str, int]:
    """Load every article file of a folder in one transaction.

    Args:
        folder: Holds `*.yaml` files, such as a programme's `knowledge/`.
        district: The district that owns the articles.
        on: Local date from which a changed article counts.

    Returns:
        How many were `created`, `changed` and `unchanged`.

    Raises:
        DeclarationError: a file is faulty or a key appears twice; then nothing is loaded.

    Source: docs/topics/declarations.md (file, line, field, rule and remedy)
    """
    articles: dict[str, ArticleFile] = {}
    for path in sorted(folder.glob("*.yaml")):
        for index, article in enumerate(read_articles(path)):
            if article.key in articles:
                raise DeclarationError([_doubled(path, index, article.key)])
            articles[article.key] = article
    counts = {"created": 0, "changed": 0, "unchanged": 0}
    with transaction.atomic():
        latest = _latest(district, list(articles))
        for article in articles.values():
            counts[_store(article, latest.get(article.key), district, on)] += 1
    return counts


def _doubled(path: Path, index: int, key: str) -> Problem:
    rule = "a key names one article"
    return Document(path).problem([index, "key"], f"{key!r} is used twice", rule, "rename one")


def _latest(district: str, keys: list[str]) -> dict[str, Article]:
    rows = Article.objects.filter(district_id=district, key__in=keys).order_by("key", "version")
    return {row.key: row for row in rows}


def _store(article: ArticleFile, before: Article | None, district: str, on: date) -> str:
    digest = _digest(article)
    if before is not None and before.digest == digest:
        return "unchanged"
    start = article.valid_from
    if before is not None:
        start = max(start, on, before.valid_from)
        before.valid_to = max(before.valid_from, start - timedelta(days=1))
        before.save(update_fields=["valid_to"])
    Article.objects.create(
        district_id=district,
        key=article.key,
        version=before.version + 1 if before else 1,
        title_zh=article.title.zh,
        title_en=article.title.en,
        body=article.body.strip(),
        categories=article.categories,
        source=article.source,
        verified=article.verified,
        valid_from=start,
        valid_to=article.valid_to,
        digest=digest,
        search=tsvector_text(search_terms(f"{article.title.zh} {article.title.en}"), search_terms(article.body)),
    )
    return "changed" if before else "created"


def _digest(article: ArticleFile) -> str:
    fields: dict[str, Any] = article.model_dump(mode="json")
    return hashlib.sha256(json.dumps(fields, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
