"""What the documents quote is what is compiled: a block of code below a comment with a path stands,
line by line, in that file."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
QUOTE = re.compile(r"<!-- (\S+) -->\n```\w*\n(.*?)```", re.S)


def quotes(page):
    return QUOTE.findall(page)


def test_a_quote_that_differs_from_its_file_is_found():
    [(path, code)] = quotes("text\n<!-- a/b.cpp -->\n```cpp\nint a;\nint b;\n```\nmore")
    assert (path, code) == ("a/b.cpp", "int a;\nint b;\n")
    assert code not in "int a;\n\nint b;\n"


def test_what_the_documents_quote_stands_in_the_files():
    found = 0
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for path, code in quotes(page.read_text()):
            assert code in (ROOT / path).read_text(), f"{page.name} quotes another {path}"
            found += 1
    assert found >= 2
