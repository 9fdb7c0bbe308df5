"""Pages between a report and the decision."""

from django.urls import path

from .views import decisions, review, why

urlpatterns = [
    path("audits/<str:ref>/recommend/", review.Recommend.as_view(), name="recommend"),
    path("audits/<str:ref>/review/", review.Review.as_view(), name="review"),
    path("audits/<str:ref>/vote/", decisions.Vote.as_view(), name="vote"),
    path("audits/<str:ref>/decide/", decisions.Decide.as_view(), name="decide"),
    path("audits/<str:ref>/sites/<int:site>/why/", why.Why.as_view(), name="why"),
    path("decisions/", decisions.DecisionQueue.as_view(), name="decisions"),
]
