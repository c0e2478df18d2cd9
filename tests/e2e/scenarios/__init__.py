# SPDX-License-Identifier: Apache-2.0
"""Importing the rooms fills the table in the order in which a newcomer would try things."""
from . import logins, components, discovery, registration, roster, texts, refusals, failures, chatbot, media, webhooks, faults, operations, providers, keeping

__all__ = ["logins", "components", "discovery", "registration", "roster", "texts", "refusals", "failures", "chatbot", "media", "webhooks", "faults",
           "operations", "providers", "keeping"]
