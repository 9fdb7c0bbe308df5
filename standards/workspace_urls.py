"""The audit workspace. Before the pages of elements, whose addresses end in a code."""

from django.urls import path

from .views import workspace

urlpatterns = [
    path("audits/<str:ref>/conflicts/", workspace.Conflicts.as_view(), name="rating_conflicts"),
    path("audits/<str:ref>/conflicts/<int:pk>/settle/", workspace.Settle.as_view(), name="settle_rating"),
    path("audits/<str:ref>/sites/<int:site>/work/", workspace.Workspace.as_view(), name="work"),
    path("audits/<str:ref>/sites/<int:site>/pack/", workspace.Pack.as_view(), name="pack"),
    path("audits/<str:ref>/sites/<int:site>/sync/", workspace.Sync.as_view(), name="sync"),
]
