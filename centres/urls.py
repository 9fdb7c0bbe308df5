"""Pages of this app."""

from django.urls import path

from .views import activation, people, places

app_name = "centres"
urlpatterns = [
    path("organisations/", places.OrganisationList.as_view(), name="organisations"),
    path("centres/", places.CentreList.as_view(), name="centres"),
    path("services/", places.ServiceList.as_view(), name="services"),
    path("services/<str:code>/", places.ServicePage.as_view(), name="service"),
    path("reference/", places.Reference.as_view(), name="reference"),
    path("people/", people.PeopleList.as_view(), name="people"),
    path("people/invite/", people.Invite.as_view(), name="invite"),
    path("people/<int:pk>/end/", people.EndMembership.as_view(), name="end_membership"),
    path("people/<int:pk>/resend/", people.ResendInvitation.as_view(), name="resend_invitation"),
    path("account/hat/", people.WearHat.as_view(), name="hat"),
    path("account/tokens/", people.Tokens.as_view(), name="tokens"),
    path("account/tokens/<int:pk>/revoke/", people.RevokeToken.as_view(), name="revoke_token"),
    path("activate/", activation.Activate.as_view(), name="activate"),
    path("activate/code/", activation.ActivateCode.as_view(), name="activate_code"),
    path("activate/email/", activation.ActivateEmail.as_view(), name="activate_email"),
    path("activate/password/", activation.ActivatePassword.as_view(), name="activate_password"),
]
