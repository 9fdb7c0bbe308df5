"""Pages of those who keep the Standard, and of its editions."""

from django.urls import path

from .views import editions, standard

urlpatterns = [
    path("standard/", standard.Standard.as_view(), name="standard"),
    path("standard/editions/", editions.EditionList.as_view(), name="editions"),
    path("standard/compare/", editions.CompareEditions.as_view(), name="compare_editions"),
    path("standard/import/", editions.ImportEdition.as_view(), name="import_edition"),
    path("standard/import/take/", editions.TakeEdition.as_view(), name="take_edition"),
    path("standard/<int:pk>/", standard.OneEdition.as_view(), name="edition"),
    path("standard/<int:pk>/file/<str:kind>/", editions.EditionAsFile.as_view(), name="edition_file"),
    path("standard/<int:pk>/publish/", standard.Publish.as_view(), name="publish"),
    path("standard/<int:pk>/retire/", standard.Retire.as_view(), name="retire"),
    path("standard/<int:pk>/draft/", editions.CloneEdition.as_view(), name="clone_edition"),
    path("standard/<int:pk>/elements/", editions.EditElement.as_view(), name="add_element"),
    path("standard/<int:pk>/elements/<str:code>/", editions.EditElement.as_view(), name="edit_element"),
    path("standard/<int:pk>/elements/<str:code>/remove/", editions.RemoveElement.as_view(), name="remove_element"),
    path("standard/<int:pk>/elements/<str:code>/move/", editions.MoveElement.as_view(), name="move_element"),
    path("standard/<int:pk>/mapping/", editions.MappingPage.as_view(), name="mapping"),
    path("standard/<int:pk>/mapping/suggestions/", editions.TakeSuggestions.as_view(), name="take_suggestions"),
    path("standard/<int:pk>/mapping/<int:old>/", editions.MapElement.as_view(), name="map_element"),
]
