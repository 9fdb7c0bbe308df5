from django.apps import AppConfig


class Standards(AppConfig):
    name = "standards"
