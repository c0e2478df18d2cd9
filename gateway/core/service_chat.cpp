// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/service_chat.hpp"

#include "gateway/core/service_tools.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/random.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::core {
namespace {

namespace ns = xmpp::ns;
using xmpp::Condition;
using xmpp::ErrorType;
using xmpp::Jid;
using xmpp::Stanza;
using xmpp::StanzaError;
using xmpp::StanzaKind;
using xmpp::StanzaType;

constexpr config::Rate words_per_user{20, std::chrono::minutes(1)};

struct Words {
    std::string first;
    std::string rest;
};

/// "/Unregister  yes." -> "unregister", "yes".
Words split(std::string_view body) {
    body = trim(body);
    while (!body.empty() && (body.front() == '/' || body.front() == '!')) body.remove_prefix(1);
    while (!body.empty() && (body.back() == '.' || body.back() == '!')) body.remove_suffix(1);
    const auto end = body.find_first_of(" \t\r\n");
    Words words{lower_ascii(body.substr(0, end)), {}};
    if (end != std::string_view::npos) words.rest = lower_ascii(trim(body.substr(end)));
    if (words.first == "?") words.first = "help";
    return words;
}

}  // namespace

ServiceChat::ServiceChat(World& world, Router& router, Arrivals& arrivals, ChatCommands& commands)
    : world_(world), arrivals_(arrivals), commands_(commands), limit_(words_per_user) {
    const auto hear = [this](Request& request) { return this->hear(request); };
    router.add({To::domain, StanzaKind::message, StanzaType::chat}, hear);
    router.add({To::domain, StanzaKind::message, StanzaType::normal}, hear);
    router.add({To::domain, StanzaKind::message, StanzaType::groupchat}, [](Request&) -> Handled {
        return StanzaError(Condition::service_unavailable, "This is a gateway, not a room.");
    });
    router.announce(To::domain, ns::receipts);
}

Handled ServiceChat::hear(Request& request) {
    const translate::Meaning meaning = translate::read_message(request.stanza);
    if (std::holds_alternative<translate::EncryptedOnly>(meaning))
        return StanzaError(
            Condition::not_acceptable,
            ErrorType::modify,
            "This is a gateway and cannot read encrypted messages: turn encryption off for this "
            "conversation."
        );
    const auto* text = std::get_if<translate::Text>(&meaning);
    // Another gateway would answer our answer: only people are talked to.
    if (!text || request.stanza.from().local().empty()) return {};
    return obey(request, *text);
}

Handled ServiceChat::obey(Request& request, const translate::Text& text) {
    const Jid& user = request.user->bare();
    if (!request.account && !world_.may_use(user)) return not_welcome();
    if (auto wait = limit_.take(user.str(), world_.time.now())) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait).count();
        return StanzaError(
            Condition::resource_constraint,
            ErrorType::wait,
            "One thing at a time, please: try again in " + std::to_string(seconds) + " s."
        );
    }
    Domain& domain = request.domain;
    if (text.wants_receipt)
        domain.send(
            translate::build_receipt(
                domain.jid, user, make_ulid(world_.time.wall()), text.stanza_id
            ),
            world_
        );
    Words words = split(text.body);
    const std::string thread =
        request.stanza.element().child_text("thread", ns::client).value_or("");
    Asked asked{domain, user, std::move(words.rest), Asked::Via::chat, {}};
    asked.say = [this, &domain, user, thread](const std::string& answer) {
        say(domain, user, thread, answer);
    };
    const auto* command = commands_.find(words.first, user);
    if (command)
        commands_.run(*command, std::move(asked));
    else
        commands_.run_unknown(std::move(asked));
    return {};
}

void ServiceChat::say(
    Domain& domain, const Jid& user, const std::string& thread, const std::string& text
) {
    Stanza message = translate::build_text(domain.jid, user, make_ulid(world_.time.wall()), text);
    if (!thread.empty()) message.element().add("thread", ns::client).add_text(thread);
    if (!domain.send(message, world_)) arrivals_.notify(domain, user, text);
}

}  // namespace sallyport::core
