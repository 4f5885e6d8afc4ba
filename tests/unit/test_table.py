"""Tables for spreadsheets."""

from __future__ import annotations

import pytest

from ballotbox.table import safe


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_it_lets_no_spreadsheet_calculate(first: str) -> None:
    """Whoever fills in an option or a name runs nothing on the machine of who opens the file."""
    assert safe(f"{first}1+1") == f"'{first}1+1"
    assert safe(f"1{first}1") == f"1{first}1"
