"""Pages of the outbox."""

app_name = "notices"
urlpatterns = []
