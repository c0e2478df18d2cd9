-- SPDX-License-Identifier: Apache-2.0
-- Sallyport beside Prosody: add these lines at the end of /etc/prosody/prosody.cfg.lua, change the domain and the
-- secret, and restart Prosody. Prosody listens for components on 127.0.0.1:5347 (component_ports, component_interfaces).
-- It offers them no TLS: a gateway on another machine belongs into a tunnel.

Component "sms.example.org"
    component_secret = "change-me"
    name = "SMS"        -- answers disco#info while the gateway is away
