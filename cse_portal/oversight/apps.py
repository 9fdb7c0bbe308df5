from django.apps import AppConfig


class Oversight(AppConfig):
    name = "cse_portal.oversight"
