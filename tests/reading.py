"""A page as a person reads it."""

import re


def said(response):
    """Its words, without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).replace("&#x27;", "'").split())
