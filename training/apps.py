from django.apps import AppConfig


class Training(AppConfig):
    name = "training"
