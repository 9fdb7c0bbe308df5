"""Pages of this app."""

from django.urls import path

from .views import activation, people, places, rosters

app_name = "centres"
urlpatterns = [
    path("organisations/", places.OrganisationList.as_view(), name="organisations"),
    path("centres/", places.CentreList.as_view(), name="centres"),
    path("services/", places.ServiceList.as_view(), name="services"),
    path("services/<str:code>/", places.ServicePage.as_view(), name="service"),
    path("reference/", places.Reference.as_view(), name="reference"),
    path("rosters/", rosters.RosterList.as_view(), name="rosters"),
    path("rosters/new/", rosters.RosterUpload.as_view(), name="roster_upload"),
    path("rosters/template.xlsx", rosters.RosterTemplate.as_view(), name="roster_template"),
    path("rosters/<str:ref>/", rosters.RosterPage.as_view(), name="roster"),
    path("rosters/<str:ref>/confirm/", rosters.RosterConfirm.as_view(), name="roster_confirm"),
    path("rosters/<str:ref>/cancel/", rosters.RosterCancel.as_view(), name="roster_cancel"),
    path("rosters/<str:ref>/rows.<str:kind>", rosters.RosterRows.as_view(), name="roster_rows"),
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
