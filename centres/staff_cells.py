"""What a cell of a staff file says: each distinct text of a column is understood once."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email

from centres.models import Officer
from centres.staff_file import COLUMNS, problem
from cse_portal.lib import clock

validate_length = MaxLengthValidator(Officer._meta.get_field("email").max_length)
LONGEST = {"surname": 60, "first_name": 60, "other_names": 100, "designation": 120}
GENDERS = {"m": "M", "male": "M", "f": "F", "female": "F"}
TERMS = {
    "permanent": "permanent", "permanent and pensionable": "permanent", "permanent & pensionable": "permanent", "p&p": "permanent", "pensionable": "permanent",
    "contract": "contract", "secondment": "secondment", "seconded": "secondment", "casual": "casual", "temporary": "casual",
    "intern": "intern", "internship": "intern",
}  # fmt: skip
COPIED = {"personal_no": ["personal_no", "personal_key"], "organisation": ["organisation_id", "series"]} | {
    key: [f"{key}_id"] for key in ("cadre", "job_group", "county", "centre")
}
COPY_COLUMNS = [name for column in COLUMNS for name in COPIED.get(column.key, [column.key])]
REMEMBERED = 20_000  # texts of a column
PLAIN_EMAIL = re.compile(r"[a-z0-9_%+-]+(\.[a-z0-9_%+-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
PLAIN_PHONE = re.compile(r"(?:\+254|0)([17][0-9]{8})")
ANY_PHONE = re.compile(r"(?:\+?254|0)?([17][0-9]{8})")


@dataclass
class Catalogue:
    """What codes and names stand for: {folded code or name: id}. `series`: {organisation id: number series}."""

    organisations: dict
    cadres: dict
    job_groups: dict
    counties: dict
    centres: dict
    series: dict
    allowed: frozenset | None = None  # organisation ids the file may name; None: any
    only: int | None = None  # the organisation of rows that name none


@lru_cache(maxsize=REMEMBERED)
def fold(text):
    """How headings, codes and names are compared: case, accents, spaces and marks do not matter."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
    plain = re.sub(r"['’‘`]", "", plain)  # Murang'a is Muranga
    return " ".join(re.sub(r"[^a-z0-9&]+", " ", plain).split())


class Bad(Exception):
    """The cell may not say that: code of the problem, and the words of its remedy."""

    def __init__(self, code, **words):
        super().__init__(code)
        self.code, self.words = code, words


def hidden(character):
    """Control and format characters, and what could not be decoded; not tabs and line ends."""
    return character == "\ufffd" or (unicodedata.category(character) in ("Cc", "Cf") and character not in "\t\r\n")


def escaped(text):
    """Text as COPY takes it."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


class Cells:
    """Understands the cells of one file: `of(key, text)` -> (COPY text, ((key, value), …), problem or None)."""

    def __init__(self, catalogue, as_at):
        self.catalogue, self.as_at = catalogue, as_at
        self.known = {column.key: {} for column in COLUMNS if column.key not in PLAIN}
        self.say = {
            "personal_no": _personal_no,
            "upn": _upn,
            "gender": _one_of(GENDERS, "bad_gender"),
            "organisation": self._organisation,
            "cadre": _place(catalogue.cadres, "unknown_cadre", missing="missing_cadre"),
            "job_group": _place(catalogue.job_groups, "bad_job_group"),
            "terms": _one_of(TERMS, "bad_terms"),
            "county": _place(catalogue.counties, "unknown_county"),
            "centre": _place(catalogue.centres, "unknown_centre"),
            "in_post_since": self._date,
            "email": _email,
            "phone": _phone,
        }

    def of(self, key, raw):
        known = self.known.get(key)
        if known is None:
            return PLAIN[key](raw) or self.understand(key, raw)
        if (cell := known.get(raw)) is None:
            if len(known) >= REMEMBERED:
                known.clear()
            cell = known[raw] = self.understand(key, raw)
        return cell

    def understand(self, key, raw):
        if "\x00" in raw:
            raw = raw.replace("\x00", "\ufffd")  # no database text holds NUL
        plain = raw.isascii() and raw.isprintable()
        if not plain and any(map(hidden, raw)):
            shown = "".join(c if c.isprintable() else "\ufffd" for c in raw)
            return self._told(key, (), problem(key, shown, "control_character"))
        text = " ".join(raw.split())
        if not plain:
            text = unicodedata.normalize("NFC", text)
        say = self.say.get(key)
        try:
            return self._told(key, say(text) if say else _text(key, text), None)
        except Bad as bad:
            return self._told(key, (), problem(key, text, bad.code, **bad.words))

    @staticmethod
    def _told(key, values, trouble):
        pairs = [(name, value) for name, value in zip(_names(key), values, strict=False) if value is not None]
        copied = [escaped(str(value)) for _name, value in pairs] or ["\\N"] * len(_names(key))
        return "\t".join(copied), tuple(pairs), trouble

    def _organisation(self, text):
        catalogue = self.catalogue
        if not text and catalogue.only is not None:
            return catalogue.only, catalogue.series[catalogue.only]
        found = catalogue.organisations.get(fold(text))
        if not text:
            raise Bad("missing_mda")
        if found is None:
            raise Bad("unknown_mda")
        if catalogue.allowed is not None and found not in catalogue.allowed:
            raise Bad("not_your_mda")
        return found, catalogue.series[found]

    def _date(self, text):
        if not text:
            return ()
        try:
            day = clock.parse_date(text)
        except ValueError:
            day = None
        if day is None or day.year <= 1940:
            raise Bad("impossible_date")
        if day > self.as_at:
            raise Bad("future_date")
        return (day.isoformat(),)


def _plain_number(raw):
    if raw.isascii() and raw.isdigit() and 4 <= len(raw) <= 12 and raw[0] != "0":
        return f"{raw}\t{raw}", (("personal_no", raw), ("personal_key", raw)), None


def _plain_upn(raw):
    if raw.isascii() and raw.isdigit() and 6 <= len(raw) <= 15:
        return raw, (("upn", raw),), None


def _plain_email(raw):
    if len(raw) < 100 and PLAIN_EMAIL.fullmatch(raw) and raw[0] not in "+-":
        return raw, (("email", raw),), None


def _plain_phone(raw):
    if found := PLAIN_PHONE.fullmatch(raw):
        return f"+254{found[1]}", (("phone", f"+254{found[1]}"),), None


# The plainest form of what hardly ever comes twice, understood without detours; None: look closer.
PLAIN = {"personal_no": _plain_number, "upn": _plain_upn, "email": _plain_email, "phone": _plain_phone}


def _names(key):
    """The fields that a column fills."""
    return {"personal_no": ("personal_no", "personal_key"), "organisation": ("organisation", "series")}.get(key, (key,))


def _personal_no(text):
    digits = text.removesuffix(".0").replace(" ", "")
    if not digits:
        raise Bad("missing_personal_no")
    if not (digits.isascii() and digits.isdigit() and 4 <= len(digits) <= 12) or not (key := digits.lstrip("0")):
        raise Bad("bad_personal_no")
    return digits, key


def _upn(text):
    digits = text.replace(" ", "").removesuffix(".0")
    if not digits:
        return ()
    if not (digits.isascii() and digits.isdigit() and 6 <= len(digits) <= 15):
        raise Bad("scientific_upn" if re.fullmatch(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+", digits) else "bad_upn")
    return (digits,)


def _text(key, text):
    if not text:
        if key in ("surname", "first_name"):
            raise Bad("missing_name")
        return ()
    if text[0] in "=@+":
        raise Bad("formula")
    if len(text) > LONGEST[key]:
        raise Bad("overlong_name", longest=LONGEST[key])
    return (text,)


def _one_of(table, code):
    def look_up(text):
        if text and text.lower() not in table:
            raise Bad(code)
        return (table[text.lower()],) if text else ()

    return look_up


def _place(known, code, missing=None):
    def look_up(text):
        if not text:
            if missing:
                raise Bad(missing)
            return ()
        folded = fold(text)
        found = known.get(folded) or known.get(folded.zfill(3)) or known.get(folded.removesuffix(" county"))
        if found is None:
            raise Bad(code)
        return (found,)

    return look_up


def _email(text):
    if not text:
        return ()
    low = text.lower()
    if not (len(low) < 100 and PLAIN_EMAIL.fullmatch(low)):
        try:
            validate_email(text)
            validate_length(text)
        except ValidationError:
            raise Bad("bad_email") from None
        if text[0] in "=+-":
            raise Bad("bad_email")
    return (low,)


def _phone(text):
    if not text:
        return ()
    found = PLAIN_PHONE.fullmatch(text) or ANY_PHONE.fullmatch(re.sub(r"[\s().-]+", "", text).removesuffix(".0"))
    if found is None:
        raise Bad("bad_phone")
    return (f"+254{found[1]}",)
