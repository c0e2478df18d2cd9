// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/service_tools.hpp"

#include "gateway/translate/address.hpp"
#include "gateway/translate/contact.hpp"
#include "gateway/translate/message.hpp"
#include "xmpp/core/random.hpp"

namespace sallyport::core {

using xmpp::Condition;
using xmpp::ErrorType;
using xmpp::Stanza;
using xmpp::StanzaError;

Handled answer(const World& world, Domain& domain, const Stanza& iq, xmpp::Element payload) {
    Stanza result = iq.reply();
    result.element().add(std::move(payload));
    domain.send(result, world);
    return {};
}

Handled answer(const World& world, Domain& domain, const Stanza& iq) {
    domain.send(iq.reply(), world);
    return {};
}

void refuse(const World& world, Domain& domain, const Stanza& stanza, const StanzaError& error) {
    if (auto bounced = stanza.bounce(error)) domain.send(*bounced, world);
}

boost::system::result<port::Address, StanzaError> contact_of(const Request& request) {
    if (!request.account) return not_registered();
    const port::Transport& transport = *request.domain.transport;
    auto parsed = translate::to_address(transport, request.stanza.to(), request.account);
    if (!parsed) return translate::address_error(parsed.error());
    if (parsed->is_canonical) return parsed->address;
    return translate::gone_to(translate::to_jid(transport, parsed->address, request.domain.jid));
}

StanzaError store_failed() {
    return {
        Condition::internal_server_error,
        ErrorType::wait,
        "The gateway cannot store anything at the moment; try again later."};
}

StanzaError not_registered() {
    return {
        Condition::registration_required,
        ErrorType::auth,
        "Register with this gateway first: write \"register\" to it."};
}

StanzaError not_welcome() {
    return {
        Condition::forbidden,
        ErrorType::auth,
        "The operator of this gateway has not given you access to it."};
}

void say(
    const World& world,
    Arrivals& arrivals,
    Domain& domain,
    const xmpp::Jid& user,
    const std::string& text
) {
    const Stanza message =
        translate::build_text(domain.jid, user.bare(), make_ulid(world.time.wall()), text);
    if (!domain.send(message, world)) arrivals.notify(domain, user, text);
}

// --- Pace ---------------------------------------------------------------------------------------

Pace::Pace(World& world, unsigned per_second)
    : world_(world), bucket_(config::Rate{per_second, std::chrono::seconds(1)}) {}

Pace::~Pace() {
    if (timer_) world_.scheduler.cancel(timer_);
}

void Pace::add(std::function<void()> run) {
    waiting_.push_back(std::move(run));
    if (!is_draining_ && !timer_) drain();
}

void Pace::drain() {
    is_draining_ = true;
    while (!waiting_.empty()) {
        if (auto wait = bucket_.take(world_.time.now())) {
            timer_ = world_.scheduler.at(world_.time.now() + *wait, [this] {
                timer_ = 0;
                drain();
            });
            break;
        }
        auto run = std::move(waiting_.front());
        waiting_.pop_front();
        run();
    }
    is_draining_ = false;
}

}  // namespace sallyport::core
