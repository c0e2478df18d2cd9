// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/service_prompt.hpp"

#include "gateway/core/service_tools.hpp"
#include "gateway/translate/address.hpp"
#include "gateway/translate/contact.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/xep/gateway_prompt.hpp"

namespace sallyport::core {
namespace {

namespace ns = xmpp::ns;
using xmpp::Condition;
using xmpp::ErrorType;
using xmpp::StanzaError;
using xmpp::StanzaKind;
using xmpp::StanzaType;

/// What was typed without what clients put around it: a URI scheme, our own domain, XEP-0106
/// escapes.
std::string bare_address(std::string_view typed, std::string_view domain) {
    typed = trim(typed);
    if (lower_ascii(typed).starts_with("xmpp:")) typed.remove_prefix(5);
    const std::string suffix = "@" + std::string(domain);
    if (lower_ascii(typed).ends_with(suffix)) typed.remove_suffix(suffix.size());
    return xmpp::unescape_local(typed);
}

}  // namespace

ServicePrompt::ServicePrompt(World& world, Router& router) : world_(world) {
    router.add(
        {To::domain, StanzaKind::iq, StanzaType::get, ns::gateway},
        [this](Request& r) { return ask(r); },
        ns::gateway
    );
    router.add({To::domain, StanzaKind::iq, StanzaType::set, ns::gateway}, [this](Request& r) {
        return understand(r);
    });
}

Handled ServicePrompt::ask(Request& request) {
    const auto [description, prompt] = request.domain.transport->prompt();
    return answer(world_, request.domain, request.stanza, xmpp::build_prompt(description, prompt));
}

Handled ServicePrompt::understand(Request& request) {
    const auto typed = xmpp::parse_prompt(request.stanza.payload());
    if (!typed || trim(*typed).empty())
        return StanzaError(Condition::bad_request, "The prompt is empty.");
    const port::Transport& transport = *request.domain.transport;
    const auto address =
        transport.parse_prompt(bare_address(*typed, request.domain.name), request.account);
    if (!address) {
        // Clients show this text beside the field, so it is the person's to correct (XEP-0100
        // §6.3).
        StanzaError error = translate::address_error(address.error());
        if (error.condition == Condition::item_not_found ||
            error.condition == Condition::jid_malformed)
            error = StanzaError(Condition::not_acceptable, ErrorType::modify, error.text);
        return error;
    }
    const xmpp::Jid contact = translate::to_jid(transport, *address, request.domain.jid);
    return answer(world_, request.domain, request.stanza, xmpp::build_prompt_jid(contact.str()));
}

}  // namespace sallyport::core
