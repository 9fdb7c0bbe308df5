"""The sign-in identity. Knows nothing of MDAs: roles are memberships, in centres."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        """A user; without a password the account waits for its owner to set one by the invitation's link."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    trail_kind = "user"
    email = models.EmailField(
        _("e-mail"), unique=True, error_messages={"unique": _("Someone already signs in with this e-mail.")}
    )
    name = models.CharField(_("name"), max_length=200)
    language = models.CharField(_("language"), max_length=2, default="en")
    is_active = models.BooleanField(default=True)
    mfa_required = models.BooleanField(default=False, help_text=_("Set when a role that needs a second factor is granted."))
    date_joined = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(email=Lower("email")), name="email_is_lower_case")]

    def __str__(self):
        return self.name or self.email

    @property
    def trail_ref(self):
        return self.email
