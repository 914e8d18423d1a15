"""The shape every fact shares: past tense, complete, frozen, and numbered per aggregate."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """A value that crosses a boundary; readers ignore fields newer than themselves."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Fact(Contract):
    """Something that happened; `sequence` rises per aggregate, so that a late one is told apart."""

    topic: ClassVar[str]

    sequence: int


class PersonFact(Fact):
    """A fact about one account."""

    user_id: UUID
