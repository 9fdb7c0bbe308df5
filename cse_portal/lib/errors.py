"""The one "no" of a rule."""


class Refused(Exception):
    """A rule says no. `message` is a sentence for the person, `code` a word for programs, `fields` {field: [sentence]}."""

    def __init__(self, message, code="refused", fields=None):
        super().__init__(str(message))
        self.message, self.code, self.fields = message, code, fields or {}

    @classmethod
    def of(cls, field, sentence, code="invalid"):
        """A no about one field of what was sent."""
        return cls(sentence, code=code, fields={field: [sentence]})


class Conflict(Refused):
    """Two people changed the same thing; `theirs` is what stands on record now."""

    def __init__(self, message, theirs=None):
        super().__init__(message, code="conflict")
        self.theirs = theirs
