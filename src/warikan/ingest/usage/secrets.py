"""Secrets are never in the settings: those name variables of the environment."""

from collections.abc import Mapping

from warikan.focus.errors import ConfigError


def secret(environment: Mapping[str, str], variable: str, setting: str) -> str:
    """
    The value of *variable*, without white space around it (files end with a newline).

    Raises:
        ConfigError: it is not set, or could not stand in a header; *setting* names who asks. No message has
            the value.
    """
    value = environment.get(variable, "").strip()
    if not value:
        raise ConfigError(
            f"{setting}: the environment variable {variable} is not set",
            hint=f"export {variable}=... before warikan runs; secrets are never in warikan.yaml",
        )
    if not value.isprintable() or not value.isascii():
        raise ConfigError(f"{setting}: the value of {variable} has characters that no header can carry")
    return value
