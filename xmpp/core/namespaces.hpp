// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// Every namespace string of the program, once.
namespace sallyport::xmpp::ns {

using S = std::string_view;
// RFC 6120, RFC 6121, XEP-0114
inline constexpr S streams = "http://etherx.jabber.org/streams";
inline constexpr S stream_errors = "urn:ietf:params:xml:ns:xmpp-streams";
inline constexpr S stanza_errors = "urn:ietf:params:xml:ns:xmpp-stanzas";
inline constexpr S client = "jabber:client";
inline constexpr S server = "jabber:server";
inline constexpr S component = "jabber:component:accept";
inline constexpr S roster = "jabber:iq:roster";
// streams: negotiation and reliability
inline constexpr S tls = "urn:ietf:params:xml:ns:xmpp-tls";
inline constexpr S sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
inline constexpr S bind = "urn:ietf:params:xml:ns:xmpp-bind";
inline constexpr S session = "urn:ietf:params:xml:ns:xmpp-session";
inline constexpr S framing = "urn:ietf:params:xml:ns:xmpp-framing";
inline constexpr S sasl2 = "urn:xmpp:sasl:2";
inline constexpr S sasl_bindings = "urn:xmpp:sasl-cb:0";
inline constexpr S bind2 = "urn:xmpp:bind:0";
inline constexpr S fast = "urn:xmpp:fast:0";
inline constexpr S sm3 = "urn:xmpp:sm:3";
inline constexpr S sm2 = "urn:xmpp:sm:2";
inline constexpr S stream_limits = "urn:xmpp:stream-limits:0";
inline constexpr S reg_feature = "http://jabber.org/features/iq-register";
inline constexpr S iq_auth = "jabber:iq:auth";
inline constexpr S iq_auth_feature = "http://jabber.org/features/iq-auth";
inline constexpr S compress = "http://jabber.org/protocol/compress";
inline constexpr S compress_feature = "http://jabber.org/features/compress";
inline constexpr S carbons = "urn:xmpp:carbons:2";
inline constexpr S csi = "urn:xmpp:csi:0";
// discovery, forms, commands
inline constexpr S disco_info = "http://jabber.org/protocol/disco#info";
inline constexpr S disco_items = "http://jabber.org/protocol/disco#items";
inline constexpr S caps = "http://jabber.org/protocol/caps";
inline constexpr S data_forms = "jabber:x:data";
inline constexpr S commands = "http://jabber.org/protocol/commands";
inline constexpr S reg = "jabber:iq:register";
inline constexpr S gateway = "jabber:iq:gateway";
inline constexpr S search = "jabber:iq:search";
inline constexpr S address = "http://jabber.org/protocol/address";
inline constexpr S muc = "http://jabber.org/protocol/muc";
// small questions
inline constexpr S ping = "urn:xmpp:ping";
inline constexpr S version = "jabber:iq:version";
inline constexpr S last = "jabber:iq:last";
inline constexpr S time = "urn:xmpp:time";
inline constexpr S vcard_temp = "vcard-temp";
inline constexpr S vcard_update = "vcard-temp:x:update";
inline constexpr S vcard4 = "urn:ietf:params:xml:ns:vcard-4.0";
inline constexpr S nick = "http://jabber.org/protocol/nick";
inline constexpr S pubsub = "http://jabber.org/protocol/pubsub";
inline constexpr S pubsub_event = "http://jabber.org/protocol/pubsub#event";
// messages
inline constexpr S receipts = "urn:xmpp:receipts";
inline constexpr S markers = "urn:xmpp:chat-markers:0";
inline constexpr S chat_states = "http://jabber.org/protocol/chatstates";
inline constexpr S delay = "urn:xmpp:delay";
inline constexpr S oob = "jabber:x:oob";
inline constexpr S correct = "urn:xmpp:message-correct:0";
inline constexpr S retract = "urn:xmpp:message-retract:1";
inline constexpr S retract0 = "urn:xmpp:message-retract:0";
inline constexpr S fasten = "urn:xmpp:fasten:0";
inline constexpr S reactions = "urn:xmpp:reactions:0";
inline constexpr S reply = "urn:xmpp:reply:0";
inline constexpr S fallback = "urn:xmpp:fallback:0";
inline constexpr S stanza_id = "urn:xmpp:sid:0";
inline constexpr S hints = "urn:xmpp:hints";
inline constexpr S eme = "urn:xmpp:eme:0";
inline constexpr S omemo_legacy = "eu.siacs.conversations.axolotl";
inline constexpr S omemo = "urn:xmpp:omemo:2";
inline constexpr S openpgp_legacy = "jabber:x:encrypted";
inline constexpr S openpgp = "urn:xmpp:openpgp:0";
inline constexpr S sfs = "urn:xmpp:sfs:0";
inline constexpr S blocking_errors = "urn:xmpp:blocking:errors";
inline constexpr S noreply = "urn:xmpp:noreply:0";
inline constexpr S privilege = "urn:xmpp:privilege:2";
// what an account's server keeps and copies
inline constexpr S carbons_rules = "urn:xmpp:carbons:rules:0";
inline constexpr S forward = "urn:xmpp:forward:0";
inline constexpr S rsm = "http://jabber.org/protocol/rsm";
inline constexpr S archive = "urn:xmpp:mam:2";
inline constexpr S archive_extended = "urn:xmpp:mam:2#extended";
inline constexpr S blocking = "urn:xmpp:blocking";
inline constexpr S upload = "urn:xmpp:http:upload:0";
inline constexpr S muc_user = "http://jabber.org/protocol/muc#user";
inline constexpr S conference = "jabber:x:conference";
inline constexpr S xdata_validate = "http://jabber.org/protocol/xdata-validate";
inline constexpr S offline = "msgoffline";

}  // namespace sallyport::xmpp::ns
