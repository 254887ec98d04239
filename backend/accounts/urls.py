"""The addresses of signing in."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from backend.accounts import web

urlpatterns = [
    path("sign-in/", web.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("my/", web.my_home, name="my-home"),
    path("demo/sign-in/", web.demo_sign_in, name="demo-sign-in"),
]
