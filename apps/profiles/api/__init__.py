"""Profiles over HTTP, for viewers."""

from fastapi import APIRouter

from apps.profiles.api import households, lists, opinions, reviews

router = APIRouter(tags=["profiles"])
for _part in (households, lists, opinions, reviews):
    router.include_router(_part.router)
# Asked by the gateway alone, for every request of which the answer depends on who acts.
inner = households.inner
