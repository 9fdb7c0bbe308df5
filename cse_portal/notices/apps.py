from django.apps import AppConfig


class Notices(AppConfig):
    name = "cse_portal.notices"
