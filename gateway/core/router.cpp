// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/router.hpp"

#include <algorithm>

#include "gateway/core/registrations.hpp"

namespace sallyport::core {
namespace {

using xmpp::Condition;
using xmpp::Stanza;
using xmpp::StanzaError;
using xmpp::StanzaKind;
using xmpp::StanzaType;

/// Questions get an answer; everything else passes without one.
bool is_question(const Stanza& stanza) {
    return stanza.kind() == StanzaKind::iq &&
           (stanza.type() == StanzaType::get || stanza.type() == StanzaType::set);
}

/// The link keeps room for answers, and stops reading questions long before it is used up.
void count_unanswered(const Domain& domain, const World& world) {
    world.metrics
        .counter(
            "answers_dropped_total",
            {{"component", domain.name}},
            "answers for which the link had no room"
        )
        .add();
    world.log.warn("answer.dropped", {{"domain", domain.name}});
}

}  // namespace

Result<bool> Domain::offer(const Stanza& stanza, const World& world) {
    auto sent = sink->send(stanza);
    if (!sent) {
        world.metrics
            .counter(
                "egress_rejected_total",
                {{"component", name}},
                "stanzas that the egress guard refused"
            )
            .add();
        world.log.error(
            "stanza.refused",
            {{"domain", name},
             {"why", sent.error().to_string()},
             {"to", Personal{stanza.to().str()}}}
        );
        return sent;
    }
    if (!*sent && is_up && stanza.kind() == StanzaKind::iq) count_unanswered(*this, world);
    return sent;
}

bool Domain::send(const Stanza& stanza, const World& world) {
    const Result<bool> taken = offer(stanza, world);
    return !taken || *taken;
}

void Router::add(Key key, Handler handler, std::string_view feature) {
    auto at =
        std::lower_bound(table_.begin(), table_.end(), key, [](const auto& row, const Key& k) {
            return row.first < k;
        });
    table_.insert(at, {key, std::move(handler)});
    if (!feature.empty()) announce(key.to, feature);
}

void Router::announce(To to, std::string_view feature) {
    features_.emplace_back(to, std::string(feature));
}

std::vector<std::string> Router::features(To to) const {
    std::vector<std::string> found;
    for (const auto& [of, feature] : features_)
        if (of == to) found.push_back(feature);
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

const Handler* Router::find(const Key& key) const {
    auto at =
        std::lower_bound(table_.begin(), table_.end(), key, [](const auto& row, const Key& k) {
            return row.first < k;
        });
    if (at != table_.end() && at->first == key) return &at->second;
    if (key.payload_ns.empty()) return nullptr;
    return find(Key{key.to, key.kind, key.type});
}

void Router::bounce(Domain& domain, const Stanza& stanza, const StanzaError& error) {
    auto answer = stanza.bounce(error);
    if (!answer) return;
    world_.metrics
        .counter(
            "stanza_errors_total",
            {{"component", domain.name}, {"condition", std::string(to_string(error.condition))}},
            "stanzas bounced, by condition"
        )
        .add();
    domain.send(*answer, world_);
}

void Router::malformed(Domain& domain, const xmpp::Element& element, const StanzaError& error) {
    world_.log.debug(
        "stanza.malformed",
        {{"domain", domain.name},
         {"element", element.name()},
         {"condition", to_string(error.condition)}}
    );
    // Answered only when the addresses themselves are sound: an error to nobody would end the
    // stream.
    auto from = xmpp::Jid::parse(element.attribute("from").value_or(""));
    auto to = xmpp::Jid::parse(element.attribute("to").value_or(""));
    const auto type = element.attribute("type").value_or("");
    if (!from || from->is_empty() || type == "error" || type == "result") return;
    xmpp::Element answer(element.name(), element.ns());
    answer.set("type", "error").set("to", from->str());
    answer.set("from", to && to->domain() == domain.name ? to->str() : domain.name);
    if (auto id = element.attribute("id")) answer.set("id", *id);
    answer.add(error.to_element(element.ns()));
    auto stanza = Stanza::from_element(std::move(answer));
    if (stanza) domain.send(*stanza, world_);
}

/// A reload took the domain away, and its link stands until what runs has ended.
void Router::refuse_removed(Domain& domain, const Stanza& stanza) {
    if (stanza.kind() == StanzaKind::presence) return;
    bounce(
        domain,
        stanza,
        StanzaError(Condition::service_unavailable, "This gateway was taken out of service.")
    );
}

void Router::handle(Domain& domain, const Stanza& stanza) {
    if (stanza.to().domain() != domain.name) return;  // not ours to answer
    if (stanza.from().is_empty() || stanza.from().domain() == domain.name)
        return;  // gateway.md §2.0(2): never talk to ourselves
    if (stanza.kind() == StanzaKind::iq && !is_question(stanza)) {
        if (answers_) answers_(domain, stanza);
        return;
    }
    if (domain.is_removed && stanza.type() != StanzaType::error)
        return refuse_removed(domain, stanza);
    auto user = users_.of(stanza.from());
    if (!user->must_wait()) {
        dispatch(domain, user, stanza);
        if (user->is_idle()) users_.forget_if_idle(user->bare());
        return;
    }
    // While an errand waits, what the server asks on the user's behalf is still answered at once:
    // only messages keep their order.
    if (stanza.kind() != StanzaKind::message) return dispatch(domain, user, stanza);
    if (!user->park(domain, stanza))
        bounce(
            domain,
            stanza,
            StanzaError(
                Condition::resource_constraint, "Too many messages wait; try again in a moment."
            )
        );
}

void Router::dispatch(Domain& domain, const std::shared_ptr<User>& user, const Stanza& stanza) {
    const To to = stanza.to().local().empty() ? To::domain : To::contact;
    const Key key{
        to,
        stanza.kind(),
        stanza.type(),
        is_question(stanza) ? std::string_view(stanza.payload().ns()) : std::string_view{}};
    const Handler* handler = find(key);
    if (!handler) {
        if (is_question(stanza))
            bounce(domain, stanza, StanzaError(Condition::service_unavailable));
        return;
    }
    Request request{domain, user, stanza, domain.accounts.find(label_of(stanza.from()))};
    if (auto handled = (*handler)(request); !handled) bounce(domain, stanza, handled.error());
}

void Router::drain(const std::shared_ptr<User>& user) {
    while (!user->is_busy()) {
        auto waiting = user->unpark();
        if (!waiting) break;
        dispatch(*waiting->domain, user, waiting->stanza);
    }
    users_.forget_if_idle(user->bare());
}

std::shared_ptr<Errand> Router::begin_errand(std::shared_ptr<User> user) {
    return std::make_shared<Errand>(std::move(user), [this](const std::shared_ptr<User>& freed) {
        // On the next turn, for the last holder may be in the middle of a handler.
        world_.scheduler.at(world_.time.now(), [this, freed] { drain(freed); });
    });
}

}  // namespace sallyport::core
