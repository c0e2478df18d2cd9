# SPDX-License-Identifier: Apache-2.0
"""Client stacks that are not ours, each a program of its own: it reads what to do, does it, and says how it went."""
