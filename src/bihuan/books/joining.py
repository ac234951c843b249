"""Entries that belong to an event: posted in its transaction, and refused together with it.

Source: docs/adr/0363-together-with-an-event.md; docs/topics/books.md, "Rules".
"""

from __future__ import annotations

from collections.abc import Collection

from bihuan.books.catalogue import all_books
from bihuan.books.drafting import DraftError
from bihuan.books.posting import Act, post_acts, refused
from bihuan.books.posting_rules import PostableEvent, drafts_of, rules_of
from bihuan.extend import JoinedEvent
from bihuan.rules.journal import Draft

ACTOR = "rule"


def wanted() -> Collection[tuple[str, str]]:
    """Programmes and kinds of events with a rule that is posted at once. Source: docs/topics/books.md, "Rules"."""
    return rules_of(at_once=True)


def post_with(joined: JoinedEvent) -> tuple[str, str, str] | None:
    """Post what an event asks for at once, in one act of all books; code and reason where it cannot be posted.

    Source: docs/adr/0363-together-with-an-event.md.
    """
    data = {**joined.data, "case": joined.number, "kept": dict(joined.kept)}
    key = f"{joined.number}.{joined.version}"
    event = PostableEvent(key, joined.kind, joined.at, joined.programme, joined.number, data)
    drafts: list[Draft] = []
    try:
        for declared in all_books().values():
            drafts += drafts_of(event, declared, at_once=True)
    except DraftError as error:
        return "not_posted", f"不能记账：{error.message}", f"cannot be posted: {error.message}"
    why = refused(post_acts([Act(tuple(drafts), ACTOR)])[0]) if drafts else ""
    if not why:
        return None
    zh, en = REASONS.get(why, (why, why))
    books = "、".join(dict.fromkeys(all_books()[draft.key.partition("/")[0]].book.name.zh for draft in drafts))
    named = ", ".join(dict.fromkeys(all_books()[draft.key.partition("/")[0]].book.name.en for draft in drafts))
    return why, f"{books}：{zh}", f"{named}: {en}"


REASONS = {
    "below_floor": ("余额不足", "what is left does not suffice"),
    "above_ceiling": ("超过上限", "it would exceed the ceiling"),
    "period_closed": ("账期已结", "the period is closed"),
    "not_positive": ("数额须大于零", "the amount is not positive"),
}
"""The reasons a person meets; others name themselves."""
