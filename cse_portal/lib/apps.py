from django.apps import AppConfig


class Lib(AppConfig):
    name = "cse_portal.lib"
