"""Tables of the loop.

`loop_event` is append-only and is the truth; `loop_case` and `loop_clock` are its fold, kept for queries.
Personal words live in `loop_event_private`, which may be erased without touching any proof. `district_id`
is the district's official code and leads the secondary indexes.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class CaseRow(models.Model):
    """The present fold of one case; `fold` is the whole value, the columns are for queries."""

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    number = models.CharField(max_length=32)
    programme = models.CharField(max_length=64)
    kind = models.CharField(max_length=64)
    shape = models.CharField(max_length=16)
    state = models.CharField(max_length=16)
    channel = models.CharField(max_length=32)
    category = models.CharField(max_length=128, null=True)
    area = models.CharField(max_length=16, null=True)
    urgency = models.CharField(max_length=16)
    # Words of the report, erasable. Named apart from `title`, which `visible_to` gives to those who may read words.
    heading = models.CharField(max_length=200, default="", db_column="title")
    title: str
    words_seen: bool
    holder_kind = models.CharField(max_length=8, null=True)
    holder_id = models.CharField(max_length=64, null=True)
    holder_person = models.CharField(max_length=64, null=True)
    lead = models.CharField(max_length=64, null=True)
    involved = ArrayField(models.CharField(max_length=64), default=list)
    deadline = models.DateTimeField(null=True)
    missed = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, null=True)
    restricted = models.CharField(max_length=32, null=True)
    parent_id = models.UUIDField(null=True)
    pending = ArrayField(models.CharField(max_length=64), default=list)
    reporters = models.IntegerField(default=1)
    history = models.CharField(max_length=64, null=True)
    lon_e6 = models.IntegerField(null=True)
    lat_e6 = models.IntegerField(null=True)
    version = models.IntegerField()
    head = models.BinaryField()
    tick_at = models.DateTimeField(null=True)
    about = models.CharField(max_length=200, null=True)  # TYPE/KEY of the subject it is about
    fold = models.JSONField()

    class Meta:
        db_table = "loop_case"
        constraints = [
            models.UniqueConstraint(fields=["district_id", "number"], name="loop_case_number"),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=False) | models.Q(holder_kind__isnull=False),
                name="loop_case_open_has_holder",
            ),
        ]
        # Queues read the narrow entries of an index, never the wide rows: what a list filters by is included in it.
        # No index over arrays: row-level security keeps the planner from an operator it does not trust (ADR 0233).
        indexes = [
            models.Index(
                fields=["district_id", "state", "deadline", "opened_at", "id"],
                include=["restricted", "holder_id", "programme", "category", "area", "urgency", "channel"],
                name="loop_case_waiting",
                condition=models.Q(ended_at__isnull=True),
            ),
            models.Index(
                fields=["district_id", "holder_kind", "holder_id", "deadline", "opened_at", "id"],
                include=["restricted", "state", "programme", "category", "area", "urgency", "channel"],
                name="loop_case_holder",
                condition=models.Q(ended_at__isnull=True),
            ),
            models.Index(
                fields=["district_id", "deadline", "opened_at", "id"],
                include=["restricted", "holder_id", "state", "programme", "category", "area", "urgency", "channel"],
                name="loop_case_due",
                condition=models.Q(ended_at__isnull=True),
            ),
            models.Index(
                fields=["district_id", "next_attempt_at", "deadline", "id"],
                include=["restricted", "holder_id", "programme", "category", "area", "urgency", "channel"],
                name="loop_case_asking",
                condition=models.Q(ended_at__isnull=True, state="verifying"),
            ),
            models.Index(
                fields=["district_id", "deadline", "opened_at", "id"],
                include=["restricted", "holder_id", "holder_kind", "programme", "category", "area"],
                name="loop_case_pending",
                condition=~models.Q(pending=[]),
            ),
            models.Index(
                fields=["district_id", "category", "opened_at"],
                include=["area", "programme", "restricted", "holder_id"],
                name="loop_case_alike",
                condition=models.Q(ended_at__isnull=True),
            ),
            models.Index(
                fields=["district_id", "lat_e6", "lon_e6"],
                include=["opened_at", "category", "programme", "restricted", "holder_id"],
                name="loop_case_near",
                condition=models.Q(ended_at__isnull=True),
            ),
            models.Index(fields=["tick_at"], name="loop_case_tick", condition=models.Q(tick_at__isnull=False)),
            models.Index(fields=["district_id", "opened_at"], name="loop_case_opened"),
            models.Index(fields=["district_id", "state", "opened_at", "id"], name="loop_case_state"),
            models.Index(fields=["district_id", "lead", "opened_at"], name="loop_case_lead"),
            models.Index(fields=["parent_id"], name="loop_case_parent", condition=models.Q(parent_id__isnull=False)),
            models.Index(
                fields=["district_id", "about", "opened_at", "id"],
                include=["restricted", "state", "programme", "kind"],
                name="loop_case_about",
                condition=models.Q(about__isnull=False),
            ),
        ]


class UnitQueueRow(models.Model):
    """One case in the queue of one unit that is or was involved in it: a narrow row beside the wide one.

    Kept by a trigger of `loop_case`, so nothing that writes a case can forget it; nothing else writes here.
    """

    pk = models.CompositePrimaryKey("case_id", "unit")
    case_id = models.UUIDField()
    unit = models.CharField(max_length=64)
    district_id = models.CharField(max_length=12)
    held_by = models.CharField(max_length=64, null=True)  # the unit that has it now; None: a desk, or it has ended
    person = models.CharField(max_length=64, null=True)
    deadline = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    restricted = models.CharField(max_length=32, null=True)

    class Meta:
        """Open cases by deadline, ended ones by their end."""

        db_table = "loop_unit_queue"
        indexes = [
            models.Index(
                fields=["district_id", "unit", "deadline", "opened_at", "case_id"],
                include=["held_by", "person", "restricted"],
                name="loop_unit_queue_open",
                condition=models.Q(ended_at__isnull=True),
            ),
            models.Index(
                fields=["district_id", "unit", "ended_at"],
                include=["deadline", "opened_at", "case_id", "restricted"],
                name="loop_unit_queue_ended",
                condition=models.Q(ended_at__isnull=False),
            ),
        ]


class EventRow(models.Model):
    """One event: append-only, hash-chained per case, committed to the ledger."""

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    case_id = models.UUIDField()
    version = models.IntegerField()
    kind = models.CharField(max_length=32)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    data = models.JSONField()
    private_hash = models.BinaryField(null=True)
    salt = models.BinaryField()
    prev = models.BinaryField(null=True)
    hash = models.BinaryField()

    class Meta:
        db_table = "loop_event"
        constraints = [models.UniqueConstraint(fields=["case_id", "version"], name="loop_event_version")]
        indexes = [models.Index(fields=["district_id", "kind", "occurred_at"], name="loop_event_kind")]


class EventPrivate(models.Model):
    """The erasable words of one event."""

    event_id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    salt = models.BinaryField()
    body = models.JSONField()

    class Meta:
        db_table = "loop_event_private"


class ClockRow(models.Model):
    """One clock of one case, as folded."""

    pk = models.CompositePrimaryKey("case_id", "name")
    case_id = models.UUIDField()
    name = models.CharField(max_length=80)
    district_id = models.CharField(max_length=12)
    started = models.DateTimeField()
    due = models.DateTimeField()
    stopped = models.DateTimeField(null=True)
    paused = models.DateTimeField(null=True)
    missed = models.BooleanField(default=False)

    class Meta:
        db_table = "loop_clock"


class KeyRow(models.Model):
    """Idempotency: one key, one effect."""

    pk = models.CompositePrimaryKey("district_id", "key")
    district_id = models.CharField(max_length=12)
    key = models.CharField(max_length=200)
    case_id = models.UUIDField()
    version = models.IntegerField(null=True)
    digest = models.BinaryField(null=True)  # of route, case and body: another body under the same key is refused

    class Meta:
        db_table = "loop_key"


class ReportRow(models.Model):
    """One reporter's report: which case it opened or joined, and the sealed identity behind it."""

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    case_id = models.UUIDField()
    event_id = models.UUIDField(null=True)
    channel = models.CharField(max_length=32)
    received_at = models.DateTimeField()
    external_source = models.CharField(max_length=64, null=True)
    external_number = models.CharField(max_length=128, null=True)
    fingerprint = models.BinaryField(null=True)
    registrar = models.CharField(max_length=80, null=True)  # actor who handed it in: nobody else is told of it
    digest = models.BinaryField(null=True)  # of what was handed in
    identity_id = models.UUIDField(null=True)
    access_hash = models.BinaryField(null=True)
    language = models.CharField(max_length=8, default="zh")

    class Meta:
        db_table = "loop_report"
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "external_source", "external_number"],
                name="loop_report_external",
                condition=models.Q(external_number__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["case_id"], name="loop_report_case"),
            models.Index(
                fields=["identity_id"], name="loop_report_identity", condition=models.Q(identity_id__isnull=False)
            ),
            models.Index(
                fields=["access_hash"], name="loop_report_code", condition=models.Q(access_hash__isnull=False)
            ),
        ]


class CampaignRow(models.Model):
    """A dated population that is to be covered once."""

    id = models.CharField(primary_key=True, max_length=64)
    district_id = models.CharField(max_length=12)
    programme = models.CharField(max_length=64)
    kind = models.CharField(max_length=64)
    start = models.DateField()
    end = models.DateField()
    members = models.JSONField()
    facts = models.JSONField(default=dict)

    class Meta:
        db_table = "loop_campaign"


class MediaRow(models.Model):
    """One uploaded file, named by its SHA-256; who may see it follows from its case.

    A photo's look, size, time and place are what this house read from its bytes, never what somebody said of it.
    """

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    case_id = models.UUIDField(null=True)
    sha256 = models.CharField(max_length=64)
    picture = models.CharField(max_length=16, null=True)  # perceptual hash of an image, hexadecimal
    taken_at = models.DateTimeField(null=True)
    lon_e6 = models.IntegerField(null=True)
    lat_e6 = models.IntegerField(null=True)
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    size = models.BigIntegerField()
    content_type = models.CharField(max_length=80)
    path = models.CharField(max_length=200)
    uploaded_by = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField()

    class Meta:
        db_table = "loop_media"
        indexes = [models.Index(fields=["case_id"], name="loop_media_case"),
                   models.Index(fields=["sha256"], name="loop_media_sha256")]  # fmt: skip


class StuckRow(models.Model):
    """One thing that a background loop or a list could not handle: set aside with its reason, tried again later.

    `subject` is the id of a case, an event or whatever the loop works on; `reason` names an error and never a person.
    """

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    loop = models.CharField(max_length=32)
    subject = models.CharField(max_length=64)
    number = models.CharField(max_length=64, default="")
    reason = models.CharField(max_length=300)
    since = models.DateTimeField()
    tried_at = models.DateTimeField()
    retry_at = models.DateTimeField()
    tries = models.IntegerField(default=1)

    class Meta:
        """Few rows: one per thing that is stuck now."""

        db_table = "loop_stuck"
        constraints = [models.UniqueConstraint(fields=["district_id", "loop", "subject"], name="loop_stuck_subject")]


class EditionRow(models.Model):
    """One edition of a programme as it was when it came into use: open cases may still follow it."""

    pk = models.CompositePrimaryKey("programme", "edition")
    programme = models.CharField(max_length=64)
    edition = models.CharField(max_length=16)
    digest = models.BinaryField()
    declared = models.JSONField()
    tables = models.JSONField(default=dict)  # digest of every table edition by kind:id@edition/jurisdiction
    activated_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "loop_edition"


class ErasureRow(models.Model):
    """A request to erase the personal content of a case: one person asks, another decides."""

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    case_id = models.UUIDField()
    ground = models.CharField(max_length=16)
    reason = models.CharField(max_length=500)
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, null=True)
    decided_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, null=True)
    erased = models.JSONField(default=dict)

    class Meta:
        db_table = "loop_erasure"
        constraints = [
            models.UniqueConstraint(
                fields=["case_id"], condition=models.Q(outcome=None), name="loop_erasure_one_waits"
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("asked_by")),
                name="loop_erasure_two_people",
            ),
        ]
        indexes = [models.Index(fields=["district_id", "asked_at"], name="loop_erasure_asked")]
