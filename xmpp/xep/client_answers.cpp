// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/client_answers.hpp"

#include <array>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/datetime.hpp"

namespace sallyport::xmpp {
namespace {

std::optional<Element> no_payload(const Stanza&, const ClientFacts&) {
    return std::nullopt;
}

std::optional<Element> say_version(const Stanza&, const ClientFacts& facts) {
    Element query("query", ns::version);
    query.add("name", ns::version).add_text(facts.name);
    query.add("version", ns::version).add_text(facts.version);
    return query;
}

std::optional<Element> say_time(const Stanza&, const ClientFacts& facts) {
    Element time("time", ns::time);
    time.add("tzo", ns::time).add_text(build_zone(facts.zone));
    time.add("utc", ns::time).add_text(build_datetime(facts.time));
    return time;
}

std::optional<Element> say_last(const Stanza&, const ClientFacts& facts) {
    Element query("query", ns::last);
    query.set("seconds", std::to_string(facts.idle.count()));
    return query;
}

std::optional<Element> say_info(const Stanza& request, const ClientFacts& facts);

struct Row {
    std::string_view name;
    std::string_view ns;
    std::optional<Element> (*say)(const Stanza&, const ClientFacts&);
};
constexpr std::array<Row, 5> rows{{
    {"ping", ns::ping, no_payload},
    {"query", ns::version, say_version},
    {"query", ns::disco_info, say_info},
    {"time", ns::time, say_time},
    {"query", ns::last, say_last},
}};

std::optional<Element> say_info(const Stanza& request, const ClientFacts& facts) {
    DiscoInfo info = facts.info;
    info.node = request.payload().attribute("node").value_or("");
    if (info.identities.empty()) info.identities.emplace_back("client", "bot", facts.name);
    for (const Row& row : rows)
        if (!info.has_feature(row.ns)) info.features.emplace_back(row.ns);
    return build_disco_info(info);
}

}  // namespace

std::optional<Stanza> answer_as_client(const Stanza& request, const ClientFacts& facts) {
    if (request.kind() != StanzaKind::iq) return std::nullopt;
    if (request.type() == StanzaType::get)
        for (const Row& row : rows) {
            if (!request.payload().is(row.name, row.ns)) continue;
            Stanza reply = request.reply();
            if (auto payload = row.say(request, facts)) reply.element().add(std::move(*payload));
            return reply;
        }
    return request.bounce(StanzaError(Condition::service_unavailable));
}

}  // namespace sallyport::xmpp
