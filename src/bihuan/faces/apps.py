"""The faces as a Django app."""

from django.apps import AppConfig


class FacesConfig(AppConfig):
    name = "bihuan.faces"
    label = "faces"
