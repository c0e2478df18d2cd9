# SPDX-License-Identifier: Apache-2.0
# Sallyport for the load generators: durable (synchronous=FULL), limits lifted, logging as shipped.
# SALLYPORT_BIN names the program. Scenario = variant:provider delay in ms.
kinds=sms
sms_scenarios="durable:0 durable:50"
sms_prepare() { rm -rf "$1/data"; SALLYPORT_USERS=${SALLYPORT_USERS:-100} "$dir/prepare" "$1"; }
sms_exec1="${SALLYPORT_BIN:?names the program to measure} run -c @RUN@/sallyport.yaml"
sms_opts=(--out xmpp --in xmpp --in-port 18081 --in-path /hook/sms.gw.test/primary/inbound --domain sms.gw.test --users "${SALLYPORT_USERS:-100}")
