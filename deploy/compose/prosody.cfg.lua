-- SPDX-License-Identifier: Apache-2.0
-- The Prosody of compose.yaml. Its first certificate is of its own making (start-prosody); put a real one in its place.
pidfile = "/var/lib/prosody/prosody.pid"
certificates = "/var/lib/prosody/certs"
data_path = "/var/lib/prosody"
log = { info = "*console" }

modules_enabled = {
    "roster", "saslauth", "tls", "disco", "carbons", "pep", "blocklist", "vcard4", "vcard_legacy", "private",
    "mam", "smacks", "csi_simple", "ping", "register", "time", "uptime", "version", "offline",
}
archive_expires_after = "1w"
allow_registration = false
c2s_require_encryption = true
authentication = "internal_hashed"

-- Sallyport is another container; nobody else is on this network.
component_interfaces = { "*" }
component_ports = { 5347 }

VirtualHost "example.org"

Component "sms.example.org"
    component_secret = ENV_COMPONENT_SECRET
    name = "SMS"
