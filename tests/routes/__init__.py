"""Every route of the house and who may: one table an area. The shape of a line is told in tests/test_doors.py."""

from . import api, pages, standards, training

ROUTES = pages.ROUTES | training.ROUTES | standards.ROUTES | api.ROUTES
