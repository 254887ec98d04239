"""The addresses of applications. One address lists cases for everybody: each sees their own."""

from django.urls import path, re_path

from backend.applications.web import applying, case, choosing, lists

ID = r"(?P<id>[1-9][0-9]{0,17})"

urlpatterns = [
    path("cases/", lists.cases, name="cases"),
    re_path(rf"^cases/{ID}/$", case.case, name="case"),
    re_path(rf"^cases/{ID}/offer/$", case.offer, name="case-offer"),
    re_path(rf"^cases/{ID}/messages/$", case.talk, name="case-talk"),
    re_path(rf"^cases/{ID}/do/(?P<name>[a-z]+)/$", case.step, name="case-step"),
    re_path(rf"^cases/tasks/{ID}/done/$", case.task_done, name="repair-task-done"),
    re_path(rf"^cases/papers/{ID}/$", case.paper, name="case-paper"),
    re_path(rf"^needs/{ID}/apply/$", applying.apply, name="need-apply"),
    re_path(rf"^needs/{ID}/offers/$", choosing.offers, name="need-offers"),
]
