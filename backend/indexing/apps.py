from django.apps import AppConfig


class IndexingConfig(AppConfig):
    name = "backend.indexing"
    label = "indexing"
