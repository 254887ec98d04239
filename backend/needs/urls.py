"""The addresses of needs."""

from django.urls import path, re_path

from backend.needs import state_web, web

ID = r"(?P<id>[1-9][0-9]{0,17})"

urlpatterns = [
    path("needs/new/", web.new, name="need-new"),
    path("needs/count/", web.count, name="need-count-new"),
    re_path(rf"^needs/{ID}/edit/(?P<step>[a-z]+)/$", web.edit, name="need-edit"),
    re_path(rf"^needs/{ID}/count/$", web.count, name="need-count"),
    re_path(rf"^needs/{ID}/keep/$", web.keep, name="need-keep"),
    re_path(rf"^needs/{ID}/state/$", state_web.state, name="need-state"),
    re_path(rf"^needs/{ID}/withdraw/$", state_web.withdraw, name="need-withdraw"),
    re_path(rf"^needs/{ID}/renew/$", state_web.renew, name="need-renew"),
    re_path(rf"^needs/{ID}/verify/$", state_web.verify, name="need-verify"),
    re_path(rf"^needs/{ID}/return/$", state_web.give_back, name="need-return"),
    path("bureau/needs/", state_web.queue, name="need-queue"),
    re_path(rf"^needs/{ID}/close/$", web.close, name="need-close"),
    re_path(rf"^needs/{ID}/discard/$", web.discard, name="need-discard"),
    re_path(rf"^needs/{ID}/reopen/$", web.reopen, name="need-reopen"),
]
