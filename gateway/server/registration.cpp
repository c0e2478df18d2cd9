// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/registration.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "gateway/base/log.hpp"
#include "gateway/server/account_removal.hpp"
#include "gateway/server/hub.hpp"
#include "gateway/server/login_throttle.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::server {
namespace {

using xmpp::Condition;
using xmpp::ErrorType;
using xmpp::Jid;
using xmpp::Stanza;
using xmpp::StanzaError;
using xmpp::StanzaType;
using Keys = std::optional<std::vector<store::AccountKey>>;

constexpr std::chrono::hours window{1};

/// Clients know the form or the fields: both are offered.
xmpp::Registration blank() {
    xmpp::Registration registration;
    registration.instructions = "Choose a user name and a password for your account.";
    registration.fields = {{"username", {}}, {"password", {}}};
    xmpp::Form form(xmpp::FormType::form);
    form.title = "New account";
    form.instructions = {registration.instructions};
    form.add_value("FORM_TYPE", std::string(xmpp::ns::reg), xmpp::FieldType::hidden);
    form.add("username", xmpp::FieldType::text_single, "User name").required = true;
    form.add("password", xmpp::FieldType::text_private, "Password").required = true;
    registration.form = std::move(form);
    return registration;
}

StanzaError not_acceptable(std::string why) {
    return StanzaError(Condition::not_acceptable, ErrorType::modify, std::move(why));
}

StanzaError too_busy() {
    return StanzaError(Condition::resource_constraint, "Too many passwords at once: try again.");
}

}  // namespace

/// A stranger and what they want.
struct Registration::Applicant {
    std::string peer;
    Stanza iq;
    Answered answered;
    Jid bare;

    void refuse(const StanzaError& error) const {
        if (auto answer = iq.bounce(error)) answered(*std::move(answer));
    }
};

Registration::Registration(Hub& hub, DeriveKeys derive, bool is_open)
    : hub_(hub), derive_(std::move(derive)), is_open_(is_open) {}

Registration::~Registration() = default;

std::vector<Row> Registration::rows() {
    const auto getter = [this](Request& request) { return get(request); };
    const auto setter = [this](Request& request) { return set(request); };
    return {
        {Addressee::own, StanzaType::get, xmpp::ns::reg, getter},
        {Addressee::own, StanzaType::set, xmpp::ns::reg, setter},
        {Addressee::server, StanzaType::get, xmpp::ns::reg, getter, xmpp::ns::reg},
        {Addressee::server, StanzaType::set, xmpp::ns::reg, setter},
    };
}

// ---- strangers ----

/// Null: this address has tried enough. Addresses that proxies share are not counted.
Registration::Tries* Registration::tries_of(const std::string& peer) {
    static Tries uncounted;
    uncounted = {};
    const auto group = address_group(peer);
    if (!group) return &uncounted;
    const auto now = hub_.world().time.now();
    if (tries_.size() >= max_addresses)
        std::erase_if(tries_, [&](const auto& entry) { return now - entry.second.since > window; });
    if (tries_.size() >= max_addresses && !tries_.contains(*group)) return nullptr;
    Tries& tries = tries_[*group];
    if (tries.tries == 0 || now - tries.since > window) tries = {0, 0, now};
    const bool is_over = tries.tries >= tries_per_hour || tries.accounts >= accounts_per_hour;
    return is_over ? nullptr : &tries;
}

void Registration::ask(const std::string& peer, const Stanza& iq, Answered answered) {
    const auto applicant =
        std::make_shared<Applicant>(Applicant{peer, iq, std::move(answered), {}});
    if (!is_open_)
        return applicant->refuse(
            StanzaError(Condition::not_allowed, "Accounts are made by the operator here.")
        );
    if (iq.type() == StanzaType::get) {
        Stanza reply = iq.reply();
        reply.element().add(xmpp::build_registration(blank()));
        return applicant->answered(std::move(reply));
    }
    auto handled = apply(applicant, xmpp::parse_registration(iq.payload()));
    if (!handled) applicant->refuse(handled.error());
}

Handled Registration::apply(
    const std::shared_ptr<Applicant>& applicant, const xmpp::Registration& form
) {
    Tries* tries = tries_of(applicant->peer);
    if (tries == nullptr)
        return StanzaError(Condition::resource_constraint, "Too many accounts: try again later.");
    ++tries->tries;
    if (form.remove) return StanzaError(Condition::unexpected_request);
    const std::string_view name = form.value("username").value_or("");
    const std::string_view password = form.value("password").value_or("");
    if (name.empty() || password.empty())
        return not_acceptable("A user name and a password are needed.");
    auto bare = Jid::from_parts(name, hub_.domain().domain());
    if (!bare) return not_acceptable("This cannot be a user name.");
    if (is_reserved(*bare)) return StanzaError(Condition::conflict, "This name is taken.");
    applicant->bare = std::move(*bare);
    const bool derives = derive_(
        address_group(applicant->peer).value_or(std::string()),
        applicant->bare,
        std::string(password),
        [this, applicant, watch = std::weak_ptr<int>(alive_)](Keys keys) {
            if (watch.expired()) return;
            if (!keys) return applicant->refuse(not_acceptable("This cannot be a password."));
            create(applicant, *std::move(keys));
        }
    );
    if (!derives) return too_busy();
    return {};
}

/// Names that the configuration gives rights or numbers to: their owners get them from the
/// operator, not whoever comes first.
bool Registration::is_reserved(const Jid& bare) const {
    const config::Config& config = *hub_.world().config;
    if (config.is_admin(bare)) return true;
    return std::any_of(config.transports.begin(), config.transports.end(), [&](const auto& part) {
        const auto* sms = std::get_if<config::SmsConfig>(&part.settings);
        return sms && std::any_of(sms->assign.begin(), sms->assign.end(), [&](const auto& number) {
                   return number.second.bare_view() == bare.str();
               });
    });
}

void Registration::create(
    const std::shared_ptr<Applicant>& applicant, std::vector<store::AccountKey> keys
) {
    store::CreateAccount op;
    op.user = applicant->bare.str();
    op.keys = std::move(keys);
    op.now = hub_.world().time.wall();
    hub_.world().store.write(
        std::move(op),
        [this,
         applicant,
         watch = std::weak_ptr<int>(alive_)](const Result<store::CreateAccount::Answer>& made) {
            if (watch.expired()) return;
            if (!made) return applicant->refuse(StanzaError(Condition::internal_server_error));
            if (made->conflict)
                return applicant->refuse(StanzaError(Condition::conflict, "This name is taken."));
            if (Tries* tries = tries_of(applicant->peer)) ++tries->accounts;
            hub_.accounts().forget(applicant->bare);  // as far as it was known not to exist
            hub_.world().log.info("account.registered", {{"peer", applicant->peer}});
            applicant->answered(applicant->iq.reply());
        }
    );
}

// ---- those who are in ----

Handled Registration::get(Request& request) {
    if (request.session == nullptr) return StanzaError(Condition::not_allowed);
    xmpp::Registration registration;
    registration.registered = true;
    registration.fields = {
        {"username", std::string(request.session->full().local())},
        {"password", {}},
    };
    request.answer(xmpp::build_registration(registration));
    return {};
}

Handled Registration::set(Request& request) {
    if (request.session == nullptr) return StanzaError(Condition::not_allowed);
    const xmpp::Registration form = xmpp::parse_registration(request.payload());
    if (form.remove) return leave(request);
    const std::string_view password = form.value("password").value_or("");
    if (password.empty()) return not_acceptable("A new password is needed.");
    const auto name = Jid::from_parts(form.value("username").value_or(""), hub_.domain().domain());
    const Jid& own = request.session->account().bare();
    // No other account is made or changed by somebody who is logged in (A21).
    if (!name || *name != own)
        return StanzaError(Condition::not_allowed, "This is not your user name.");
    return change_password(request, std::string(password));
}

Handled Registration::change_password(const Request& request, std::string password) {
    const AccountState& account = request.session->account();
    const bool derives = derive_(
        account.bare().str(),
        account.bare(),
        std::move(password),
        [this, iq = request.iq, number = account.number(), watch = std::weak_ptr<int>(alive_)](
            Keys keys
        ) {
            if (watch.expired()) return;
            if (!keys) return hub_.bounce(iq, not_acceptable("This cannot be a password."));
            set_keys(iq, number, *std::move(keys));
        }
    );
    if (!derives) return too_busy();
    return {};
}

void Registration::set_keys(
    const Stanza& iq, std::int64_t account, std::vector<store::AccountKey> keys
) {
    hub_.world().store.write(
        store::SetAccountKeys{account, std::move(keys)},
        [this,
         iq,
         watch = std::weak_ptr<int>(alive_)](const Result<store::SetAccountKeys::Answer>& done) {
            if (watch.expired()) return;
            if (!done || !done->found)
                return hub_.bounce(iq, StanzaError(Condition::internal_server_error));
            hub_.answer(iq.reply());
            hub_.end_sessions(
                iq.from(),
                xmpp::StreamError(xmpp::StreamCondition::reset, "The password changed."),
                hub_.find(iq.from())
            );
        }
    );
}

/// The answer goes out when it is true, and before the streams end (XEP-0077 §3.2).
Handled Registration::leave(Request& request) {
    remove_account(
        hub_,
        request.session->account().bare(),
        [this, iq = request.iq](const Result<bool>& removed) {
            if (removed) return hub_.answer(iq.reply());
            hub_.world().log.error("account.unremoved", {{"error", removed.error().to_string()}});
            hub_.bounce(iq, unwritten(removed.error()));
        }
    );
    return {};
}

}  // namespace sallyport::server
