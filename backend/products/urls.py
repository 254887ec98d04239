"""The addresses of an institution's own products."""

from django.urls import path, re_path

from backend.products import state_web, web

ID = r"institution/products/(?P<id>[1-9][0-9]{0,17})/"

urlpatterns = [
    path("institution/products/", state_web.own_products, name="institution-products"),
    path("institution/products/new/", web.product_new, name="product-new"),
    re_path(rf"^{ID}edit/$", web.product_edit, name="product-edit"),
    re_path(rf"^{ID}state/$", state_web.product_state, name="product-state"),
    re_path(rf"^{ID}preview/$", web.product_preview, name="product-preview"),
    re_path(rf"^{ID}rule/$", web.product_rule, name="product-rule"),
]
