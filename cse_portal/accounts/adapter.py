"""allauth, as the portal uses it: accounts are made by invitation only, and its messages go where all others go."""

from django.utils import translation

from allauth.account.adapter import DefaultAccountAdapter


class InvitationOnly(DefaultAccountAdapter):
    # Set by the app that keeps the outbox: post(kind, user, to, subject, body, language).
    post = None

    def is_open_for_signup(self, request):
        return False

    def format_email_subject(self, subject):
        return str(subject)

    def send_mail(self, template_prefix, email, context):
        user = context.get("user")
        language = getattr(user, "language", "en")
        with translation.override(language):
            message = self.render_mail(template_prefix, email, context)
        kind = template_prefix.rsplit("/", 1)[-1]
        type(self).post(kind=kind, user=user, to=email, subject=message.subject, body=message.body, language=language)
