"""API v1 of oversight: (prefix, viewset, basename)."""

routes = []
