// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/service_register.hpp"

#include "gateway/core/registrations.hpp"
#include "gateway/core/service_tools.hpp"
#include "gateway/translate/contact.hpp"
#include "gateway/translate/form.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/register.hpp"

namespace sallyport::core {
namespace {

namespace ns = xmpp::ns;
using xmpp::Condition;
using xmpp::ErrorType;
using xmpp::StanzaError;
using xmpp::StanzaKind;
using xmpp::StanzaType;

constexpr config::Rate changes_per_user{6, std::chrono::minutes(1)};

/// Says what a one-click registration does, for forms without a text of their own.
std::string instructions(const Domain& domain, const port::Account* account) {
    if (!account) return "Register to use " + domain.title + ".";
    if (account->own_address.empty()) return "You are registered with " + domain.title + ".";
    return "You are registered with " + domain.title + ". Your number is " + account->own_address +
           ".";
}

port::Form shown_form(const Domain& domain, const port::Account* account, port::Form form) {
    if (form.title.empty()) form.title = domain.title;
    if (form.instructions.empty()) form.instructions = instructions(domain, account);
    if (!account || account->own_address.empty()) return form;
    port::FormField number;
    number.name = "own_address";
    number.label = "Your number";
    number.kind = port::FormField::Kind::fixed;
    number.values = {"Your number: " + account->own_address};
    form.fields.insert(form.fields.begin(), std::move(number));
    return form;
}

}  // namespace

ServiceRegister::ServiceRegister(World& world, Router& router, Membership& membership)
    : world_(world), membership_(membership), changes_(changes_per_user) {
    router.add(
        {To::domain, StanzaKind::iq, StanzaType::get, ns::reg},
        [this](Request& r) { return ask(r); },
        ns::reg
    );
    router.add({To::domain, StanzaKind::iq, StanzaType::set, ns::reg}, [this](Request& r) {
        return change(r);
    });
}

Handled ServiceRegister::ask(Request& request) {
    if (!request.account && !world_.may_use(request.stanza.from())) return not_welcome();
    auto offer = request.domain.transport->offer(label_of(request.stanza.from()), request.account);
    if (!offer && !request.account) return translate::registration_error(offer.error());
    // Somebody who has a registration can always look at it, and leave.
    const port::Form form =
        shown_form(request.domain, request.account, offer ? offer->form : port::Form());
    xmpp::Registration registration = translate::to_registration(form);
    registration.registered = request.account != nullptr;
    return answer(world_, request.domain, request.stanza, xmpp::build_registration(registration));
}

Handled ServiceRegister::change(Request& request) {
    if (request.stanza.from().local().empty())
        return StanzaError(Condition::bad_request, "Only people can register.");
    if (changes_.take(request.stanza.from().bare().str(), world_.time.now()))
        return StanzaError(
            Condition::resource_constraint, ErrorType::wait, "Too many attempts; wait a minute."
        );
    const auto registration = xmpp::parse_registration(request.stanza.payload());
    if (registration.remove) return leave(request);
    if (registration.is_cancelled()) return answer(world_, request.domain, request.stanza);
    const bool has_form = request.stanza.payload().child("x", ns::data_forms) != nullptr;
    if (has_form && !registration.form)
        return StanzaError(Condition::bad_request, "This form cannot be read.");
    return join(request);
}

Handled ServiceRegister::join(Request& request) {
    auto offer = request.domain.transport->offer(label_of(request.stanza.from()), request.account);
    // What cannot be offered is refused by join() in the same words.
    port::FormValues values;
    if (offer)
        values =
            translate::to_values(xmpp::parse_registration(request.stanza.payload()), offer->form);
    auto joined = [this,
                   &domain = request.domain,
                   iq = request.stanza](boost::system::result<Joined, StanzaError> result) {
        if (!result) return refuse(world_, domain, iq, result.error());
        answer(world_, domain, iq);
    };
    membership_.join(request.domain, request.stanza.from(), std::move(values), std::move(joined));
    return {};
}

Handled ServiceRegister::leave(Request& request) {
    auto left = [this, &domain = request.domain, iq = request.stanza](Handled result) {
        if (!result) return refuse(world_, domain, iq, result.error());
        answer(world_, domain, iq);
    };
    membership_.leave(request.domain, request.stanza.from(), std::move(left));
    return {};
}

}  // namespace sallyport::core
