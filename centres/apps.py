from django.apps import AppConfig


class Centres(AppConfig):
    name = "centres"
