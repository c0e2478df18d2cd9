# SPDX-License-Identifier: Apache-2.0
"""Importing the rooms fills the table in the order in which a newcomer would try things."""
from . import discovery, registration, roster, texts, refusals, failures, chatbot, media, webhooks, faults, operations, providers

__all__ = ["discovery", "registration", "roster", "texts", "refusals", "failures", "chatbot", "media", "webhooks", "faults",
           "operations", "providers"]
