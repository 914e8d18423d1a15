"""Auth over HTTP."""

from fastapi import APIRouter

from apps.auth.api import accounts, sign_in

router = APIRouter()
for part in (accounts, sign_in):
    router.include_router(part.router)
