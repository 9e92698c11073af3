"""Everything that can be set, from the environment or a .env file, checked at start with one line per
mistake.
"""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class BadSettings(Exception):
    """``str()`` has one line per mistake, naming the variable."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="AFTERRUN_", env_file=".env", extra="ignore")

    data_dir: Path = Path("afterrun-data")
    database_url: str = ""  # "": a SQLite file in data_dir
    bind: str = "127.0.0.1:8000"
    public_url: str = ""  # "": http:// and bind
    proxy_hops: int = Field(0, ge=0, le=5)
    # comma-separated, newest first; "": made on first start, kept in data_dir
    secret_keys: SecretStr = SecretStr("")
    setup_code: SecretStr = SecretStr("")  # "": random, printed
    strava_client_id: str = ""
    strava_client_secret: SecretStr = SecretStr("")
    strava_oauth_base: str = "https://www.strava.com/oauth"
    strava_api_base: str = "https://www.strava.com/api/v3"
    strava_revoke: Literal["revoke", "deauthorize"] = "revoke"
    poll_minutes: int = Field(15, ge=0, le=24 * 60)  # 0: off, where a webhook subscription is alive
    settle_seconds: int = Field(90, ge=0, le=900)  # how long an event rests before its activity is read
    contact: str = ""  # how the privacy page says to reach the operator
    retention: Literal["strict", "keep"] = "strict"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("public_url", "strava_oauth_base", "strava_api_base")
    @classmethod
    def _an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must be an http:// or https:// address")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _a_database(cls, value: str) -> str:
        kind, _, rest = value.partition("://")
        if value and (kind.partition("+")[0] not in ("sqlite", "postgresql") or not rest):
            raise ValueError("must be sqlite:///path or postgresql://user@host/name")
        return value

    @field_validator("bind")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, colon, port = value.rpartition(":")
        if not colon or not host or not port.isdigit() or not 0 <= int(port) <= 65535:
            raise ValueError("must be host:port, for example 127.0.0.1:8000")
        return value

    @field_validator("strava_client_id")
    @classmethod
    def _a_number(cls, value: str) -> str:
        if value and not value.isdigit():
            raise ValueError("must be the number that Strava shows for the application")
        return value

    def require_strava(self) -> None:
        """Raises BadSettings where the API application is not set up."""
        missing = [
            name
            for name, value in (
                ("AFTERRUN_STRAVA_CLIENT_ID", self.strava_client_id),
                ("AFTERRUN_STRAVA_CLIENT_SECRET", self.strava_client_secret.get_secret_value()),
            )
            if not value
        ]
        if missing:
            raise BadSettings(f"{' and '.join(missing)} must be set: see README, Connect a real account")

    @property
    def host(self) -> str:
        return self.bind.rpartition(":")[0]

    @property
    def port(self) -> int:
        return int(self.bind.rpartition(":")[2])

    @property
    def url(self) -> str:
        """Where a browser finds us; no slash at the end."""
        return self.public_url or f"http://{self.bind}"

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'afterrun.db'}"


def read_settings(**given: object) -> Settings:
    """``given`` wins over the environment. Raises BadSettings."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [
            f"AFTERRUN_{str(item['loc'][0]).upper()}: {item['msg'].removeprefix('Value error, ')}"
            for item in error.errors()
        ]
        raise BadSettings("\n".join(lines)) from None
