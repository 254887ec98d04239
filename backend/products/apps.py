from django.apps import AppConfig


class ProductsConfig(AppConfig):
    name = "backend.products"
    label = "products"

    def ready(self) -> None:
        from backend.accounts import standing  # noqa: PLC0415  models are ready only now
        from backend.products.services import standing_changed  # noqa: PLC0415

        standing.register(standing_changed)
