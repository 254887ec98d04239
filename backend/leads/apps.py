from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "backend.leads"
    label = "leads"

    def ready(self) -> None:
        from backend.accounts import handover  # noqa: PLC0415  models are ready only now
        from backend.leads.services import SAVED_SEARCHES  # noqa: PLC0415

        handover.register(SAVED_SEARCHES)
