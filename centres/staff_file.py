"""The empty staff file that HR officers start from: columns as text, lists to choose from, what each column takes."""

import io

import xlsxwriter

from centres.imports import COLUMNS
from centres.models import Cadre, County, JobGroup, Organisation

EXPLAINED = {
    "personal_no": "4 to 12 digits, as on the payslip. Finds the officer where there is no UPN.",
    "upn": "Unified Payroll Number, 6 to 15 digits. Optional; finds the officer first.",
    "surname": "Up to 60 characters.",
    "first_name": "Up to 60 characters.",
    "other_names": "Optional, up to 100 characters.",
    "gender": "Optional: F or M.",
    "organisation": "Code or full name of the MDA.",
    "cadre": "CSE cadre: EXE, SNR, TEC, FRT or SQA.",
    "job_group": "Optional: A to V.",
    "designation": "Optional.",
    "terms": "Optional: Permanent, Contract, Secondment, Casual or Intern.",
    "county": "Optional: 001 to 047, or the name. Where the officer serves.",
    "centre": "Optional: code of the Huduma Centre where the officer serves.",
    "in_post_since": "Optional: 2026-11-20, 20/11/2026 or 20 Nov 2026. Starts a new officer's first posting only.",
    "email": "Optional, any domain.",
    "phone": "Optional: +254…, 254…, 07… or 01….",
}
ROWS = 20000


def template():
    """An XLSX file, open for reading."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        staff, lists = book.add_worksheet("Staff"), book.add_worksheet("Lists")
        staff.freeze_panes(1, 0)
        choices = {
            "gender": ["F", "M"],
            "cadre": list(Cadre.objects.values_list("code", flat=True)),
            "job_group": list(JobGroup.objects.values_list("code", flat=True)),
            "terms": ["Permanent", "Contract", "Secondment", "Casual", "Intern"],
            "county": list(County.objects.values_list("code", flat=True)),
            "organisation": list(Organisation.objects.order_by("code").values_list("code", flat=True)),
        }
        for at, (key, values) in enumerate(choices.items()):
            lists.write_string(0, at, next(c.heading for c in COLUMNS if c.key == key), bold)
            for row, value in enumerate(values, 1):
                lists.write_string(row, at, value)
        for at, column in enumerate(COLUMNS):
            # Text, so that Excel neither drops zeros nor shortens a UPN.
            staff.set_column(at, at, max(12, len(column.heading) + 4), text)
            staff.write_string(0, at, column.heading, bold)
            staff.write_comment(0, at, EXPLAINED[column.key])
            if choices.get(column.key):
                where = list(choices).index(column.key)
                last = len(choices[column.key]) + 1
                letter = chr(ord("A") + where)
                staff.data_validation(1, at, ROWS, at, {"validate": "list", "source": f"=Lists!${letter}$2:${letter}${last}", "error_type": "warning"})
        help_sheet = book.add_worksheet("Columns")
        help_sheet.set_column(0, 0, 18)
        help_sheet.set_column(1, 1, 90)
        help_sheet.write_row(0, 0, ["Column", "What it takes"], bold)
        for row, column in enumerate(COLUMNS, 1):
            help_sheet.write_row(row, 0, [column.heading + (" (must be there)" if column.required else ""), EXPLAINED[column.key]])
    file.seek(0)
    return file
