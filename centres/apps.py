from uuid import uuid4

from django.apps import AppConfig


class Centres(AppConfig):
    name = "centres"

    def ready(self):
        from centres.services import changes, leavers, tokens
        from cse_portal.accounts.adapter import InvitationOnly
        from cse_portal.lib.api import BearerToken
        from cse_portal.notices import outbox

        changes.on_postings_changed(leavers.settle)
        BearerToken.find = staticmethod(tokens.find)

        def post(*, kind, user, to, subject, body, language):
            # Each request is a reason of its own.
            outbox.queue(key=f"{kind}:{uuid4().hex}", to=to, subject=subject, body=body, language=language, about=user)

        InvitationOnly.post = staticmethod(post)
