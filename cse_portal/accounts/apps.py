from django.apps import AppConfig


class Accounts(AppConfig):
    name = "cse_portal.accounts"
