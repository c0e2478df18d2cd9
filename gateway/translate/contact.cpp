// SPDX-License-Identifier: Apache-2.0
#include "gateway/translate/contact.hpp"

#include <algorithm>
#include <span>

namespace sallyport::translate {
namespace {

using port::Reason;
using xmpp::Condition;
using xmpp::ErrorType;
using xmpp::StanzaError;

struct Row {
    Reason reason;
    Condition condition;
    ErrorType type;
};

constexpr Row address_rows[] = {
    {Reason::invalid_number, Condition::item_not_found, ErrorType::cancel},
    {Reason::bad_request, Condition::jid_malformed, ErrorType::modify},
    {Reason::not_supported, Condition::not_acceptable, ErrorType::modify},
    {Reason::region_refused, Condition::not_allowed, ErrorType::cancel},
    {Reason::refused_by_policy, Condition::not_allowed, ErrorType::cancel},
};

constexpr Row registration_rows[] = {
    {Reason::credentials, Condition::not_acceptable, ErrorType::modify},
    {Reason::invalid_number, Condition::not_acceptable, ErrorType::modify},
    {Reason::bad_request, Condition::not_acceptable, ErrorType::modify},
    {Reason::sender_refused, Condition::not_acceptable, ErrorType::modify},
    {Reason::region_refused, Condition::not_allowed, ErrorType::cancel},
    {Reason::refused_by_policy, Condition::not_allowed, ErrorType::cancel},
    {Reason::not_supported, Condition::not_allowed, ErrorType::cancel},
    {Reason::blocked, Condition::conflict, ErrorType::cancel},
    {Reason::no_route, Condition::resource_constraint, ErrorType::wait},
    {Reason::throttled, Condition::resource_constraint, ErrorType::wait},
};

StanzaError look_up(std::span<const Row> rows, const port::Failure& failure, Row otherwise) {
    auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) {
        return r.reason == failure.reason;
    });
    const Row& found = row == rows.end() ? otherwise : *row;
    std::string text =
        failure.text.empty() ? std::string(port::sentence(failure.reason)) : failure.text;
    return {found.condition, found.type, std::move(text)};
}

}  // namespace

StanzaError address_error(const port::Failure& failure) {
    return look_up(
        address_rows, failure, {failure.reason, Condition::item_not_found, ErrorType::cancel}
    );
}

StanzaError registration_error(const port::Failure& failure) {
    return look_up(
        registration_rows,
        failure,
        {failure.reason, Condition::remote_server_timeout, ErrorType::wait}
    );
}

StanzaError gone_to(const xmpp::Jid& canonical) {
    StanzaError error(
        Condition::gone,
        ErrorType::cancel,
        "This contact is " + std::string(canonical.bare_view()) + "."
    );
    error.uri = "xmpp:" + std::string(canonical.bare_view());
    return error;
}

std::string display_name(const port::ContactInfo& contact) {
    return contact.name.empty() ? contact.address.text : contact.name;
}

xmpp::VCard to_vcard(const port::ContactInfo& contact) {
    xmpp::VCard card;
    card.full_name = display_name(contact);
    if (!contact.phone.empty()) card.telephones.push_back(contact.phone);
    if (!contact.email.empty()) card.emails.push_back(contact.email);
    if (!contact.replyable) card.description = "This sender cannot be answered.";
    return card;
}

}  // namespace sallyport::translate
