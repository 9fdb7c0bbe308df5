"""Pages of the programme, applications, measured figures and the sample of sites."""

from django.urls import path

from .views import measures

urlpatterns = [
    path("measures/", measures.MeasureList.as_view(), name="measures"),
    path("measures/record/", measures.RecordMeasure.as_view(), name="record_measure"),
    path("measures/<int:pk>/correct/", measures.CorrectMeasure.as_view(), name="correct_measure"),
]
