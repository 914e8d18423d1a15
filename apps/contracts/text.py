"""Texts that people write: anything but the character that no store takes."""

from typing import Annotated

from pydantic import StringConstraints

WITHOUT_NUL = r"^[^\x00]*$"
# PostgreSQL stores every character but this one, in text and in JSON alike.
Text = Annotated[str, StringConstraints(pattern=WITHOUT_NUL)]
