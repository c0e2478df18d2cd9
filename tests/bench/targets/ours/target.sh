# SPDX-License-Identifier: Apache-2.0
# Sallyport for the load generators: durable (synchronous=FULL), limits lifted, logging as shipped.
# SALLYPORT_BIN names the program. Scenario = variant:provider delay in ms.
# Order is kept per conversation and a message waits for its commit, so that throughput needs many of both at once: more
# conversations than messages in flight, and more webhook connections than the 32 that the generators open by themselves.
kinds="sms c2s"
sms_scenarios="durable:0 durable:50"
sms_window=${SALLYPORT_WINDOW:-512}
sms_conns=${SALLYPORT_CONNECTIONS:-512}
sms_users=${SALLYPORT_USERS:-1000}
sms_prepare() { rm -rf "$1/data"; SALLYPORT_USERS=$sms_users "$dir/prepare" "$1"; }
sms_exec1="${SALLYPORT_BIN:?names the program to measure} run -c @RUN@/sallyport.yaml"
sms_opts=(--out xmpp --in xmpp --in-port 18081 --in-path /hook/sms.gw.test/primary/inbound --domain sms.gw.test --users "$sms_users")
# The embedded server, as the peers are set up: no rate limit, no archive, accounts by in-band registration, logins in the clear too.
c2s_start() { "$dir/prepare-c2s" "$1" "$2"; exec "$SALLYPORT_BIN" run -c "$1/sallyport.yaml"; }
