"""Strava's error answers, as recorded or quoted.

The shape is ``{"message", "errors": [{"resource", "field", "code"}]}``.
"""

from typing import Any


class StravaError(Exception):
    """An answer other than 2xx with Strava's JSON body."""

    def __init__(
        self, status: int, message: str, resource: str = "", field: str = "", code: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message}
        if code:
            self.body["errors"] = [{"resource": resource, "field": field, "code": code}]


CAPACITY_TITLE = "Error 403: Limit of connected athletes exceeded"
CAPACITY_TEXT = (
    "This app has exceeded the limit of connected athletes. If you are a developer of this application, "
    "please contact developer support for how to request a quota increase."
)


def bad_request(resource: str, field: str, code: str = "invalid") -> StravaError:
    return StravaError(400, "Bad Request", resource, field, code)


def bad_token() -> StravaError:
    return StravaError(401, "Authorization Error", "Application", "", "invalid")


def missing_scope(scope: str) -> StravaError:
    return StravaError(401, "Authorization Error", "AccessToken", f"{scope}_permission", "missing")


def inactive_app() -> StravaError:
    return StravaError(403, "Forbidden", "Application", "Status", "Inactive")


def capacity_full() -> StravaError:
    return StravaError(
        403, "Limit of connected athletes exceeded", "Application", "athletes", "limit exceeded"
    )


def not_found(resource: str) -> StravaError:
    return StravaError(404, "Resource Not Found", resource, "", "not found")


def over_limit(bucket: str) -> StravaError:
    """``bucket`` is overall or read."""
    return StravaError(429, "Rate Limit Exceeded", "Application", f"{bucket} rate limit", "exceeded")
