"""Invented data for the demonstration: the same seed on the same day makes the same rows."""

from .cast import PASSWORD, Account, accounts
from .loading import load, loaded

__all__ = ["PASSWORD", "Account", "accounts", "load", "loaded"]
