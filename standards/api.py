"""API v1 of this app: (prefix, viewset, basename)."""

routes = []
