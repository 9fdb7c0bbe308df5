"""Pages of the register, of what changes a certification's standing, of surveillance and appeals."""

from django.urls import path

from .views import appeals, register, standing

urlpatterns = [
    path("certifications/", register.Register.as_view(), name="certifications"),
    path("certifications/changes.json", register.Changes.as_view(), name="certification_changes"),
    path("certifications/changes.atom", register.ChangesAtom.as_view(), name="certification_feed"),
    path("certifications/of/<str:code>/", register.HistoryOfMda.as_view(), name="certifications_of_mda"),
    path("certifications/at/<str:code>/", register.HistoryOfCentre.as_view(), name="certifications_of_centre"),
    path("certifications/acts/", standing.ActList.as_view(), name="certification_acts"),
    path("certifications/acts/<int:pk>/", standing.ActPage.as_view(), name="certification_act"),
    path("certifications/acts/<int:pk>/decide/", standing.DecideAct.as_view(), name="decide_certification_act"),
    path("certifications/acts/<int:pk>/take-back/", standing.TakeBackAct.as_view(), name="take_back_certification_act"),
    path("certifications/acts/<int:pk>/appeal/", appeals.Lodge.as_view(), name="appeal_act"),
    path("certifications/surveillance/", standing.SurveillanceList.as_view(), name="surveillances"),
    path("certifications/surveillance/<int:pk>/plan/", standing.PlanSurveillance.as_view(), name="plan_surveillance"),
    path("certifications/appeals/", appeals.AppealList.as_view(), name="appeals"),
    path("certifications/appeals/<int:pk>/", appeals.AppealPage.as_view(), name="appeal"),
    path("certifications/appeals/<int:pk>/decide/", appeals.DecideAppeal.as_view(), name="decide_appeal"),
    path("certifications/appeals/<int:pk>/effect/", appeals.HoldEffect.as_view(), name="hold_effect"),
    path("certifications/appeals/<int:pk>/take-back/", appeals.TakeBackAppeal.as_view(), name="take_back_appeal"),
    path("certifications/<str:code>/", register.CertificationPage.as_view(), name="certification"),
    path("certifications/<str:code>/certificate.pdf", register.Document.as_view(), name="certification_document"),
    path("certifications/<str:code>/ask/", standing.Ask.as_view(), name="ask_certification_act"),
    path("certifications/<str:code>/renew/", standing.Renew.as_view(), name="plan_renewal"),
    path("audits/<str:ref>/appeal/", appeals.Lodge.as_view(), name="appeal_decision"),
]
