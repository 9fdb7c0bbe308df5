"""The empty staff file that people fill in."""

import io

import xlsxwriter

from centres.models import Cadre, County, JobGroup, Organisation
from centres.staff_file import COLUMNS, EXPLAINED

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
                staff.data_validation(
                    1,
                    at,
                    ROWS,
                    at,
                    {"validate": "list", "source": f"=Lists!${letter}$2:${letter}${last}", "error_type": "warning"},
                )
        help_sheet = book.add_worksheet("Columns")
        help_sheet.set_column(0, 0, 18)
        help_sheet.set_column(1, 1, 90)
        help_sheet.write_row(0, 0, ["Column", "What it takes"], bold)
        for row, column in enumerate(COLUMNS, 1):
            help_sheet.write_row(
                row, 0, [column.heading + (" (must be there)" if column.required else ""), EXPLAINED[column.key]]
            )
    file.seek(0)
    return file
