from django.apps import AppConfig


class PacksConfig(AppConfig):
    name = "backend.packs"
    label = "packs"
