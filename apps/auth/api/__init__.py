"""Auth over HTTP."""

from fastapi import APIRouter

from apps.auth.api import accounts, devices, external, passkeys, second_factor, sign_in

router = APIRouter()
for part in (accounts, sign_in, second_factor, devices, passkeys, external):
    router.include_router(part.router)
