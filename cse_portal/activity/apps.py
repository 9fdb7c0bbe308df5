from django.apps import AppConfig


class Activity(AppConfig):
    name = "cse_portal.activity"
