# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests, the crash rounds and the quickstart share: servers, simulator, gateway and clients, each started privately."""
