"""Pages of this app."""

app_name = "centres"
urlpatterns = []
