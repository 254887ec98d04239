from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "backend.applications"
    label = "applications"
