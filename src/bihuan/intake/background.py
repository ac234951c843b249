"""Intake's endless work, as the worker calls it."""

import os
from pathlib import Path

from bihuan.registers.models import District


def look_for_surges() -> int:
    """Look for surges; returns how many alarms were raised or grew, but never asks to be called again at once.

    Source: docs/topics/import.md, "Surge alarm".
    """
    from bihuan.intake.alarms import watch_surges

    if District.objects.exists():
        watch_surges()
    return 0


def handle_waiting_mail() -> int:
    """Handle waiting mail; returns how many mails.

    BIHUAN_MAILDIR or BIHUAN_IMAP_HOST names the mailbox, BIHUAN_MAIL_TO where its reports go (`programme/case type`);
    without both there is no such channel.

    Source: docs/topics/import.md, "Mail".
    """
    from bihuan.intake import mailbox

    target = os.environ.get("BIHUAN_MAIL_TO", "").partition("/")[::2]
    if not all(target) or not District.objects.exists():
        return 0
    folder = os.environ.get("BIHUAN_MAILDIR")
    done = mailbox.read_maildir(Path(folder), *target).total if folder else 0
    return done + (mailbox.read_imap(*target).total if os.environ.get("BIHUAN_IMAP_HOST") else 0)


def end_mails() -> int:
    """End one batch of each district's mails that were kept long enough; return how many.

    Source: docs/topics/import.md, "Mail" (180 days).
    """
    from bihuan.intake import mailleft

    return sum(mailleft.erase_expired(code) for code in District.objects.values_list("code", flat=True))
