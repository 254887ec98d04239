from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    name = "backend.companies"
    label = "companies"

    def ready(self) -> None:
        from backend.accounts import standing  # noqa: PLC0415  models are ready only now
        from backend.companies.services import standing_changed  # noqa: PLC0415

        standing.register(standing_changed)
