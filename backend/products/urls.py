"""The addresses of an institution's own products."""

from django.urls import path

from backend.products import web

urlpatterns = [
    path("institution/products/", web.own_products, name="institution-products"),
]
