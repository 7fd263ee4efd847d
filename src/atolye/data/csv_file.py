"""A CSV file to a DataFrame, with one-line errors for what goes wrong in practice."""

import csv
import io
import warnings
from pathlib import Path

import pandas as pd

_SEPARATORS = ",;\t|"


def read_csv(path: str | Path) -> pd.DataFrame:
    """Read a CSV file of UTF-8 text with a header line.

    Commas, semicolons, tabs and bars are recognised as separators, and, where semicolons separate, decimal commas: as
    spreadsheets write them in Turkey and most of Europe. A byte-order mark is passed over. Empty fields and the usual
    words (`NA`, `NaN`, `null`, ...) become missing values.

    Args:
        path: the file.

    Returns:
        One row a record, numbered from 0.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it is not UTF-8, has no rows, repeats a column name, or rows differ in length.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "people.csv"
        >>> _ = path.write_text("age;height\\n30;1,75\\n")
        >>> read_csv(path).to_dict("records")
        [{'age': 30, 'height': 1.75}]
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"no file named {str(path)!r}.")
    text = _decode(path)
    header, separator = _header(text, path)
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise ValueError(
            f"{path} has more than one column named {', '.join(map(repr, repeated))}. Rename or remove them."
        )
    frame = _parse(text, path, separator, ".")
    if separator == ";" and any(_decimal_commas(frame[name]) for name in frame.columns):
        frame = _parse(text, path, separator, ",")
    if not len(frame):
        raise ValueError(f"{path} has a header and 0 rows. Expected one line an example below the header.")
    return frame


def _decode(path: Path) -> str:
    data = path.read_bytes()
    if not data.strip():
        raise ValueError(f"{path} is empty. Expected a header line and one line an example.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path} is not UTF-8: byte 0x{data[error.start]:02X} in line {line} (byte {error.start} of the file). "
            f"Save it as 'CSV UTF-8', or convert it: iconv -f WINDOWS-1254 -t UTF-8 {path.name} > utf8.csv"
        ) from error


def _header(text: str, path: Path) -> tuple[list[str], str]:
    line = next((line for line in text.splitlines() if line.strip()), "")
    # The most frequent one; a comma where none occurs, in a table of one column.
    separator = max(_SEPARATORS, key=line.count)
    fields = next(csv.reader(io.StringIO(text.lstrip("\r\n"), newline=""), delimiter=separator), [])
    header = [field.strip() for field in fields]
    if all(_is_number(name) for name in header):
        raise ValueError(f"{path} starts with numbers ({line[:40]!r}). Expected column names in the first line.")
    return header, separator


def _is_number(word: str) -> bool:
    try:
        float(word.replace(",", "."))
    except ValueError:
        return False
    return True


def _parse(text: str, path: Path, separator: str, decimal: str) -> pd.DataFrame:
    try:
        # index_col=False: a row longer than the header is an error and not an unasked index.
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # it would drop fields
            frame = pd.read_csv(
                io.StringIO(text),
                sep=separator,
                decimal=decimal,
                skipinitialspace=True,
                index_col=False,
                low_memory=False,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError) as error:
        raise ValueError(
            f"{path} is no table: {' '.join(str(error).split())}. Check that line's separators."
        ) from error
    frame.columns = frame.columns.astype(str).str.strip()
    return frame


def _decimal_commas(column: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(column):
        return False
    known = column.dropna().astype(str)
    return len(known) > 0 and bool(known.str.fullmatch(r"\s*[-+]?\d*,\d+\s*|\s*[-+]?\d+\s*").all())
