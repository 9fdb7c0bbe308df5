"""Pages of this app."""

app_name = "training"
urlpatterns = []
