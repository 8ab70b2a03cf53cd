"""Opens files with readers that are not Acuse's: Python's csv and json, and openpyxl.

Each line of standard input asks for one, {"format": "csv", "file": its bytes in hexadecimal digits}, and is answered with a line: what is in
it, or {"fault": why it cannot be opened}.
"""

import csv
import datetime
import io
import json
import sys

import openpyxl


def of_csv(file):
    """The rows, each a list of texts."""
    text = file.decode("utf-8")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def of_json_lines(file):
    """The objects, none of which says anything twice."""

    def once(pairs):
        keys = [key for key, _ in pairs]
        if len(keys) != len(set(keys)):
            raise ValueError(f"a name is there twice: {keys}")
        return dict(pairs)

    def refused(constant):
        raise ValueError(f"{constant} is no JSON")

    text = file.decode("utf-8")
    if text and not text.endswith("\n"):
        raise ValueError("the last line has no end")
    lines = text.split("\n")[:-1]
    return [json.loads(line, object_pairs_hook=once, parse_constant=refused) for line in lines]


def of_workbook(file):
    """The sheets by name: their rows, each a list of cells, of which each says of what kind it is."""
    book = openpyxl.load_workbook(io.BytesIO(file))
    return {sheet.title: [[cell_of(cell) for cell in row] for row in sheet.iter_rows()] for sheet in book.worksheets}


def cell_of(cell):
    value = cell.value
    if value is None:
        return None
    if cell.data_type == "f" or cell.data_type == "e":
        return {"formula": str(value)}
    if isinstance(value, datetime.datetime):
        # Of a number of days, which is as exact as that is.
        value = (value + datetime.timedelta(microseconds=500_000)).replace(microsecond=0)
        if "h" not in cell.number_format:
            if value.time() != datetime.time():
                raise ValueError(f"{value} is shown as a day")
            return {"day": f"{value.day}/{value.month}/{value.year}"}
        return {"time": value.isoformat(sep=" ")}
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
        return {"other": repr(value)}
    if isinstance(value, bool):
        return {"other": repr(value)}
    if isinstance(value, (int, float)):
        return {"number": value}
    return {"text": value}


READERS = {"csv": of_csv, "json_lines": of_json_lines, "workbook": of_workbook}

for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = {"opened": READERS[asked["format"]](bytes.fromhex(asked["file"]))}
    except Exception as fault:
        answer = {"fault": repr(fault)}
    print(json.dumps(answer), flush=True)
