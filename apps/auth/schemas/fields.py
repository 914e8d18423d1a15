"""What is said in many bodies."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from apps.contracts.text import Text

_PATTERN = r"^[^@\s\x00]+@[^@\s\x00]+\.[^@\s\x00]+$"
Email = Annotated[str, Field(max_length=254, pattern=_PATTERN, examples=["ada@example.com"])]
# No rules on what is in it, and room for a sentence (ASVS 5.0, 6.2.1, 6.2.5, 6.2.9).
Password = Annotated[SecretStr, Field(min_length=8, max_length=128)]
Secret = Annotated[SecretStr, Field(min_length=20, max_length=200)]
Code = Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["492039"])]
Device = Annotated[Text, Field(max_length=100, examples=["Ada's telephone"])]


class Asked(BaseModel):
    """A request body; what it does not know, it refuses."""

    model_config = ConfigDict(extra="forbid")
