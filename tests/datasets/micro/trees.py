"""Small trees in the form of the published sets, with spreadsheets written by hand."""

import zipfile
from xml.sax.saxutils import escape

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def letters(column):
    return chr(ord("A") + column) if column < 26 else "A" + chr(ord("A") + column - 26)


def sheet_xml(rows, shared):
    lines = []
    for number, row in enumerate(rows, 1):
        cells = []
        for column, value in enumerate(row):
            if value is None:
                continue
            place = f'r="{letters(column)}{number}"'
            if isinstance(value, str):
                shared.append(value)
                cells.append(f'<c {place} t="s"><v>{len(shared) - 1}</v></c>')
            else:
                cells.append(f"<c {place}><v>{value}</v></c>")
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return f"<worksheet {MAIN}><sheetData>{''.join(lines)}</sheetData></worksheet>"


def write_xlsx(path, sheets, before=""):
    """A workbook of ``sheets``: rows of text, numbers and None by the sheet's name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shared, names, links = [], [], []
    with zipfile.ZipFile(path, "w") as book:
        for number, (name, rows) in enumerate(sheets.items(), 1):
            names.append(f'<sheet name="{escape(name)}" sheetId="{number}" r:id="r{number}"/>')
            links.append(f'<Relationship Id="r{number}" Target="worksheets/sheet{number}.xml"/>')
            book.writestr(f"xl/worksheets/sheet{number}.xml", before + sheet_xml(rows, shared))
        book.writestr(
            "xl/workbook.xml",
            f'<workbook {MAIN} xmlns:r="{LINKS}"><sheets>{"".join(names)}</sheets></workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels", f"<Relationships>{''.join(links)}</Relationships>"
        )
        items = "".join(f"<si><t>{escape(text)}</t></si>" for text in shared)
        book.writestr("xl/sharedStrings.xml", f"<sst {MAIN}>{items}</sst>")


def pictures(folder, first, last, name="img{}.jpg"):
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, last + 1, 5):
        (folder / name.format(number)).write_bytes(b"")


CASME2_HEAD = ["Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None]
CASME2_HEAD += ["Action Units", "Estimated Emotion"]


def casme2(root, rows=None):
    rows = rows or [
        (1, "EP02_01f", None, 46, 59, 86, None, 12, "happiness"),
        (2, "EP02_01f", None, 10, "/", 30, None, "4+7", "others"),
        (2, "EP03_02", None, 20, 30, 40, None, "4", "disgust"),
        (2, "EP04_02", None, 20, 30, 40, None, "1", "fear"),
    ]
    write_xlsx(root / "CASME2-coding-20140508.xlsx", {"Sheet1": [CASME2_HEAD, *rows]})
    for number, file, _, onset, _, offset, *_ in rows:
        pictures(root / f"CASME2-RAW/sub{number:02d}/{file}", onset, offset)


def samm(root):
    head = ["Subject", "Filename", "Inducement Code", "Onset Frame", "Apex Frame", "Offset Frame"]
    head += ["Duration", "Micro", "Action Units", "Estimated Emotion", "Objective Classes", "Notes"]
    rows = [["SAMM"], ["released", 2018], head]
    rows += [["006", "006_1_2", 1, 5562, 5588, 5632, 71, "Micro - 1/2", "4", "Anger", 2]]
    write_xlsx(root / "SAMM_Micro_FACS_Codes_v2.xlsx", {"codes": rows})
    pictures(root / "006/006_1_2", 5562, 5632, "006_{:05d}.jpg")


def smic(root):
    rows = [["Subject", "Filename", "OnsetF", "OffsetF", "Emotion"]]
    rows += [[1, "s1_ne_01", 194170, 194200, "negative"], [3, "s3_sur_02", 500, 530, "surprise"]]
    write_xlsx(root / "SMIC-HS-E_annotation.xlsx", {"HS": rows})
    pictures(root / "HS/s01/micro/negative/s1_ne_01", 194170, 194200, "image{}.bmp")
    pictures(root / "HS/s03/micro/surprise/s3_sur_02", 500, 530, "image{}.bmp")


def cas_me_3(root):
    rows = [["Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Objective class", "emotion"]]
    rows += [["spNO.1", "a", 355, 358, 364, "4", "IV", "disgust"]]
    write_xlsx(root / "annotation/cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx", {"label": rows})
    pictures(root / "frame/spNo.1_a_355", 355, 364, "{}.jpg")


def cas_me_2(root):
    coded = [
        [1, "anger1_1", 557, 572, 608, "4+10", "negative", "macro-expression", "anger"],
        [1, "anger1_2", 110, 115, 0, "12", "positive", "micro-expression", "anger"],
    ]
    sheets = {
        "CASFEcode_final": coded,
        "naming rule1": [[1, "s15", 1]],
        "naming rule2": [["0401", "anger1"]],
    }
    write_xlsx(root / "CAS(ME)^2code_final.xlsx", sheets)
    pictures(root / "rawpic/s15/15_0401girlcrashing", 1, 700, "img{:05d}.jpg")


def samm_long(root):
    head = ["Subject", "Filename", "Inducement Code", "Onset", "Apex", "Offset", "Duration", "Type"]
    rows = [["SAMM Long Videos"], [*head, "Action Units", "Notes"]]
    rows += [
        ["006", "006_1_8", 1, 3562, 3588, 3632, 71, "Macro", "4"],
        ["006", "006_1_2", 1, 1562, 1588, 1632, 71, "Micro - 1/2", "4"],
    ]
    write_xlsx(root / "SAMM_LongVideos_V2_Release.xlsx", {"long": rows})
    pictures(root / "SAMM_longvideos/006_1", 1, 50, "006_1_{:04d}.jpg")
