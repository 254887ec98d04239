from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "backend.leads"
    label = "leads"
