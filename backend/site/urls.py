"""The addresses of the site's pages."""

from django.urls import path, re_path

from backend.site import marketplace, product_page, web

ID = r"(?P<id>[1-9][0-9]{0,17})"

urlpatterns = [
    path("", web.home, name="home"),
    path("products/", marketplace.shelf, name="shelf"),
    path("products/answer/", marketplace.answer, name="answer"),
    re_path(rf"^products/{ID}/$", product_page.product, name="product"),
    path("help/terms/", web.terms, name="terms"),
    path("styleguide/", web.styleguide, name="styleguide"),
]
