"""Search: PostgreSQL finds every article that shares a term; rarity of the shared terms ranks them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from math import log1p
from typing import Any
from uuid import UUID

from django.db import connection

from bihuan.knowledge.bigrams import search_terms, tsquery_text
from bihuan.knowledge.models import Article

TITLE_WEIGHT, BODY_WEIGHT, CATEGORY_BONUS = 3.0, 1.0, 1.5
MOST_CANDIDATES = 500
_CANDIDATES = """
SELECT a.id, t.lexeme, 'A' = ANY(t.weights)
FROM (SELECT id, search FROM knowledge_article article
      WHERE district_id = %(district)s AND valid_from <= %(on)s AND (valid_to IS NULL OR %(on)s <= valid_to)
        AND NOT EXISTS (SELECT 1 FROM knowledge_article newer WHERE newer.district_id = article.district_id
                        AND newer.key = article.key AND newer.version > article.version AND newer.valid_from <= %(on)s)
        AND search @@ %(query)s::tsquery
      ORDER BY ts_rank(search, %(query)s::tsquery) DESC, id LIMIT %(limit)s) a,
     unnest(a.search) t
WHERE t.lexeme = ANY(%(terms)s)
"""


@dataclass(frozen=True, slots=True)
class ArticleHit:
    """An article found, its score, and the share of the question's terms it answers to (0–1)."""

    article: Article
    score: float
    covered: float


def search_articles(
    text: str, *, district: str, on: date, category: str | None = None, limit: int = 10
) -> list[ArticleHit]:
    """Return the articles valid on a day that answer a question best, best first.

    A shared term counts by its rarity among the articles found, three times as much in the title; an article of
    the given category (or above it in the tree) gets a bonus, so that it wins between equals.

    Args:
        text: What the caller asks, in Chinese or English.
        district: The district whose articles are searched.
        on: The local date the answer must hold on.
        category: The category already chosen, if any.
        limit: At most so many hits.

    Source: Spärck Jones (1972), Journal of Documentation 28:11 (a term counts by its rarity).
    """
    asked = list(dict.fromkeys(search_terms(text)))
    if not asked:
        return []
    matches = _matches(asked, district, on)
    spread = Counter(word for found in matches.values() for word in found)
    articles = Article.objects.in_bulk(list(matches))
    hits = [_hit(articles[key], found, spread, len(matches), asked, category) for key, found in matches.items()]
    return sorted(hits, key=lambda hit: (-hit.score, hit.article.key))[:limit]


def _matches(asked: list[str], district: str, on: date) -> dict[UUID, dict[str, bool]]:
    """Terms shared with each candidate, and whether the title holds them."""
    values: dict[str, Any] = {"district": district, "on": on, "query": tsquery_text(asked), "terms": asked}
    matches: dict[UUID, dict[str, bool]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, {**values, "limit": MOST_CANDIDATES})
        for key, word, in_title in cursor.fetchall():
            matches.setdefault(key, {})[word] = in_title
    return matches


def _hit(
    article: Article, found: dict[str, bool], spread: Counter[str], size: int, asked: list[str], category: str | None
) -> ArticleHit:
    score = sum(
        (TITLE_WEIGHT if in_title else BODY_WEIGHT) * log1p(size / spread[word]) for word, in_title in found.items()
    )
    if category and any(category == c or category.startswith(f"{c}.") for c in article.categories):
        score *= CATEGORY_BONUS
    return ArticleHit(article, score, len(found) / len(asked))
