"""What every answer tells the browser: what the page may load and do, and what may be kept of it."""

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
# Their addresses hold a token that acts: nothing of them may be kept or passed on.
TOKEN_PAGES = ("act", "login")


def install(app: Flask, oauth_origin: str) -> None:
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    # Chromium holds the redirect that answers a form against form-action too: the consent page must be in it.
    forms = f"'self' {origin(oauth_origin)}".strip()

    @app.after_request
    def _tell(response: Response) -> Response:
        response.headers.extend({name: text for name, text in FIXED.items() if name not in response.headers})
        response.headers["Content-Security-Policy"] = _policy(forms)
        response.headers.setdefault(
            "Referrer-Policy", "no-referrer" if request.blueprint == "act" else "same-origin"
        )
        if request.endpoint != "static":
            token = request.blueprint in TOKEN_PAGES or request.endpoint == "connect.come_back"
            kept = "no-store" if token else "private, no-cache"
            response.headers.setdefault("Cache-Control", kept)
        return response


def csp_nonce() -> str:
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""


def _policy(forms: str) -> str:
    nonce = g.get("csp_nonce")
    scripts = f"'nonce-{nonce}' 'strict-dynamic'" if nonce else "'none'"
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self'; img-src 'self' data:;"
        f" worker-src 'self'; form-action {forms}; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
