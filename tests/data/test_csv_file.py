import pytest

from atolye.data.csv_file import read_csv


@pytest.fixture
def read(tmp_path):
    def read(data):
        path = tmp_path / "table.csv"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return read_csv(path)

    return read


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_recognised(read, separator):
    frame = read("yaş,şehir\n30,Muş\n41,\n".replace(",", separator))
    assert frame["yaş"].tolist() == [30, 41] and frame["şehir"].isna().tolist() == [False, True]


def test_decimal_commas_where_semicolons_separate(read):
    assert read("a;b;c\n1,5;x,y;1\n2;z;2\n").to_dict("list") == {"a": [1.5, 2.0], "b": ["x,y", "z"], "c": [1, 2]}


def test_byte_order_mark_and_quotes(read):
    assert read('\ufeffname,"a, b"\n"x ""y""",1\n'.encode()).to_dict("list") == {"name": ['x "y"'], "a, b": [1]}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"a,b\n1,2\n\xfc,4\n",
            r"table\.csv is not UTF-8: byte 0xFC in line 3 \(byte 8 of the file\).*iconv -f WINDOWS-1254",
        ),
        ("a,b\n1,2\n".encode("utf-16"), r"is not UTF-8: byte 0xFF in line 1"),
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"a,b\n", "has a header and 0 rows"),
        (b"a,b, a\n1,2,3\n", "has more than one column named 'a'"),
        (b"1,2\n3,4\n", r"starts with numbers \('1,2'\)\. Expected column names"),
        (b"a,b\n1,2\n3,4,5\n", "is no table: .*Expected 2 fields in line 3, saw 3"),
        (b"a,b\n1,2,9\n3,4,5\n", "is no table"),
        (b'a,b\n1,"2\n', "is no table"),
    ],
)
def test_what_is_no_table_says_why(read, data, message):
    with pytest.raises(ValueError, match=message) as caught:
        read(data)
    assert "\n" not in str(caught.value)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file named"):
        read_csv(tmp_path / "absent.csv")
