"""Auth over HTTP."""

from fastapi import APIRouter

from apps.auth.api import accounts, second_factor, sign_in

router = APIRouter()
for part in (accounts, sign_in, second_factor):
    router.include_router(part.router)
