"""Pages of the demonstration's mailbox."""

from django.urls import re_path

from . import views

app_name = "notices"
urlpatterns = [
    re_path(r"^mailbox/$", views.Mailbox.as_view(), name="mailbox"),
    re_path(r"^mailbox/(?P<name>[0-9a-f]{24})/$", views.Message.as_view(), name="message"),
]
