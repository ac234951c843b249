"""The books as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class BooksConfig(AppConfig):
    name = "bihuan.books"
    label = "books"
    default_auto_field = "django.db.models.BigAutoField"
