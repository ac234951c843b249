"""People who sign in, what they may do where, and the tokens of other systems."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from bihuan.registers.models.places import District
from bihuan.registers.models.units import Organisation
from bihuan.registers.pure.ids import new_id
from bihuan.registers.pure.roles import LONGEST, SCOPES
from bihuan.registers.roles import all_roles


class UserManager(BaseUserManager["User"]):
    """Makes users; there is no superuser, rights come from grants alone."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        """Create a user; without a password nobody can sign in by one.

        Source: docs/topics/registers.md, "People, roles, deputies".
        """
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person of the district (or another system) with a log-in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district = models.ForeignKey(District, on_delete=models.PROTECT, null=True, blank=True, related_name="users")
    username = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=64)
    email = models.EmailField(blank=True)
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="users")
    language = models.CharField(max_length=8, default="zh-hans")
    is_active = models.BooleanField(default=True)
    demo = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        """The username; the name is not for logs."""
        return self.username

    @property
    def barred(self) -> bool:
        """An invented person of a demonstration, where real people work: opens nothing.

        Source: docs/topics/registers.md, "The model district" (invented people open nothing in production)
        """
        return self.demo and bool(settings.BIHUAN_ENV == "production")

    def needs_second_factor(self) -> bool:
        """Whether a role was ever granted that nobody works in without a second factor; one statement.

        Source: docs/adr/0234 (second factor of a role)
        """
        asking = [key for key, role in all_roles().items() if role.second_factor]
        return self.grants.filter(role__in=asking).exists()


class Grant(models.Model):
    """A role in a scope for a time. `scope` is an organisation id, a district or area code, or a programme id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="grants")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=LONGEST)  # of the role catalogue; an unknown one gives nothing
    scope_kind = models.CharField(max_length=16, choices=[(kind, kind) for kind in sorted(SCOPES)])
    scope = models.CharField(max_length=64)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        """No grant twice; known kinds of scope only. Which roles exist is data, so no constraint lists them."""

        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "scope_kind", "scope", "valid_from"],
                name="registers_grant_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(scope_kind__in=sorted(SCOPES)), name="registers_grant_scope"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="registers_grant_order",
            ),
        ]

    def __str__(self) -> str:
        """Role and scope."""
        return f"{self.role} in {self.scope_kind}:{self.scope}"


class ApiToken(models.Model):
    """A secret for programs. Only its SHA-256 is stored; `last_used_on` is a date and leaves no exact trace."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=64)
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        """The name given by its owner."""
        return self.name
