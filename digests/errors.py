"""Unexpected errors. What is expected to fail now and then is a ``model.Failure`` value instead.

NewsdeskError
├── ConfigError        the configuration can't be used; the text names the key and the way out
├── StoreError         the database can't be used
│   └── SchemaTooNew   it was written by a newer newsdesk
└── PluginError        an entry point can't be loaded or does not hold its contract
"""

from __future__ import annotations


class NewsdeskError(Exception):
    """Base of every error this project raises on purpose; its text is fit for a person."""


class ConfigError(NewsdeskError):
    """The configuration can't be used."""


class StoreError(NewsdeskError):
    """The database can't be used."""


class SchemaTooNew(StoreError):
    """The database was written by a newer version."""


class PluginError(NewsdeskError):
    """A plug-in can't be loaded or does not hold its contract."""
