"""What the operator sets: read once, from `YISHI_*`, every fault named."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Base64Bytes, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from common.errors import Fault, Misconfigured

Key = Annotated[Base64Bytes, Field(min_length=32, max_length=32)]


class Settings(BaseSettings):
    """One service's settings. Each field is the environment variable `YISHI_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="YISHI_", frozen=True)

    nats_url: str = Field(description="Where NATS listens: nats://host:4222, several with commas")
    nats_replicas: int = Field(default=1, ge=1, le=5, description="Copies of each stream in the NATS cluster")
    mongo_url: SecretStr = Field(description="MongoDB connection string of a replica set")
    mongo_driver: Literal["motor", "pymongo"] = Field(default="motor", description="Which async driver is used")
    mongo_database: str = Field(default="yishi", description="Database; each service has its own collections in it")
    county: Path = Field(description="Path of county.yaml")
    host: str = Field(default="127.0.0.1", description="Address the HTTP server listens on")
    port: int = Field(ge=0, le=65535, description="Port of the HTTP server")
    jwks: str = Field(description="Path or URL of the JSON Web Key Set that bearer tokens are signed with")
    issuer: str = Field(default="yishi", description="The tokens' `iss`")
    county_key: Key = Field(description="32 bytes, base64: makes person ids from phone numbers")
    seal_public: Key = Field(description="notify's X25519 public key, base64: phone numbers are sealed to it")
    seal_private: Key | None = Field(default=None, description="notify's private key, base64; notify alone")
    vault_key: Key | None = Field(default=None, description="32 bytes, base64: encrypts contacts; notify alone")
    sms_file: Path | None = Field(default=None, description="Where the `file` gateway writes; notify alone")
    otlp_url: str | None = Field(default=None, description="OTLP/HTTP endpoint of traces; nothing is sent without it")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least level logged")

    @classmethod
    def from_environment(cls) -> Self:
        """Read the environment. Raises Misconfigured with every missing or bad variable."""
        try:
            return cls()
        except ValidationError as error:
            faults = [
                Fault("YISHI_" + "_".join(map(str, e["loc"])).upper(), e["msg"])
                for e in error.errors(include_input=False)
            ]
            lines = "\n".join(f"  {fault}" for fault in faults)
            raise Misconfigured(f"the settings are not complete:\n{lines}", faults) from None
