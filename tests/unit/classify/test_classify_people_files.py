"""People over the parts of a transfer, as files come: letters in a mail, sheets of a workbook, the same twice."""

from __future__ import annotations

import io
from datetime import date
from email.message import EmailMessage

import docx
import openpyxl

from tests.unit.classify.classifying import classifier
from tests.unit.extract.reading import opened

JOHN = ("Mr John Smith", "1/2/1980", "943 476 5919")
ANITA = ("Ms Anita Patel", "3/4/1990", "401 023 2137")
OWEN = ("Mr Owen Price", "5/6/1970", "943 476 5870")


def people(name: str, data: bytes) -> int | None:
    return classifier().classify(opened(data, name).parts).people


def letter(name: str, born: str, number: str) -> bytes:
    document = docx.Document()
    for line in (f"Dear {name},", f"Re: {name}  DOB: {born}  NHS Number: {number}", "Yours sincerely,", "Dr A Clarke"):
        document.add_paragraph(line)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def workbook(*sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def mail(text: str, subject: str, **attachments: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Jane Doe <jane@a.example>", "x@b.example", subject
    message.set_content(text)
    for name, data in attachments.items():
        message.add_attachment(
            data, maintype="application", subtype="octet-stream", filename=".".join(name.rsplit("_", 1))
        )
    return message.as_bytes()


LETTERS = {"one_docx": letter(*JOHN), "two_docx": letter(*ANITA), "three_docx": letter(*OWEN)}
SHEETS = workbook(
    [
        ["Surname", "Forename", "DOB", "NHS No"],
        ["Smith", "John", date(1980, 2, 1), "943 476 5919"],
        ["Price", "Owen", date(1970, 6, 5), "943 476 5870"],
    ],
    [["Name", "Class"], ["Owen Price", "3B"], ["Mary Bell", "3B"]],
)
COVER = "Dear Dr Jones,\n\nPlease find them attached.\n\nKind regards,\nJane Doe\n"


def test_a_mail_with_three_letters_is_about_three_people() -> None:
    assert people("a.eml", mail(COVER, "Three letters", **LETTERS)) == 3


def test_sheets_of_a_workbook_are_about_each_of_their_rows_once() -> None:
    assert people("a.xlsx", SHEETS) == 3


def test_whom_letters_and_a_workbook_share_is_counted_once() -> None:
    assert people("a.eml", mail(COVER, "Letters and a list", **LETTERS, list_xlsx=SHEETS)) == 4


def test_one_patient_in_the_subject_the_body_and_two_attachments_is_one() -> None:
    again = letter("Mr John SMITH", "01 Feb 1980", "9434765919")
    text = "His NINO is AB123456C.\n"
    assert people("a.eml", mail(text, "Re: John Smith DOB 1/2/1980", a_docx=letter(*JOHN), b_docx=again)) == 1
