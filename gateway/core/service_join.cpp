// SPDX-License-Identifier: Apache-2.0
// The part of Membership that asks a transport whether a user may join (gateway.md §2.3).
#include <algorithm>

#include <boost/asio/co_spawn.hpp>

#include "gateway/core/registrations.hpp"
#include "gateway/core/service_membership.hpp"
#include "gateway/core/service_tools.hpp"
#include "gateway/translate/contact.hpp"

namespace sallyport::core {

using xmpp::Condition;
using xmpp::ErrorType;
using xmpp::Jid;
using xmpp::StanzaError;

namespace {

/// Two users may be offered the same free number at the same moment: the second is asked for again.
constexpr int most_tries = 5;

using Kind = port::FormField::Kind;

bool is_input(const port::FormField& field) {
    return field.kind != Kind::fixed && field.kind != Kind::hidden;
}

const std::vector<std::string>* find_value(
    const port::FormValues& values, const std::string& name
) {
    auto at = std::find_if(values.begin(), values.end(), [&](const auto& value) {
        return value.first == name;
    });
    return at == values.end() || at->second.empty() || at->second.front().empty() ? nullptr
                                                                                  : &at->second;
}

void set_value(
    port::FormValues& values, const std::string& name, const std::vector<std::string>& value
) {
    std::erase_if(values, [&](const auto& old) { return old.first == name; });
    values.emplace_back(name, value);
}

}  // namespace

bool asks_something(const port::Form& form) {
    return std::any_of(form.fields.begin(), form.fields.end(), is_input);
}

/// One registration on its way: from the question to the transport until the user is answered.
struct Membership::Joining {
    Domain& domain;
    Jid user;
    port::FormValues values;
    JoinDone done;
    std::shared_ptr<Errand> errand;
    Scheduler::Id timer = 0;
    int tries = 0;
    bool is_over = false;
};

std::optional<StanzaError> Membership::complete(
    const port::Form& form, const port::Account* existing, port::FormValues& values
) {
    for (const port::FormField& field : form.fields) {
        if (!is_input(field) || find_value(values, field.name)) continue;
        // A blank secret keeps the one that is stored (gateway.md §2.3, Edit).
        const auto* old = existing && field.kind == Kind::secret
                              ? find_value(existing->credentials, field.name)
                              : nullptr;
        if (old)
            set_value(values, field.name, *old);
        else if (field.required)
            return StanzaError(
                Condition::not_acceptable,
                ErrorType::modify,
                "Please fill in: " + (field.label.empty() ? field.name : field.label) + "."
            );
    }
    return std::nullopt;
}

void Membership::join(Domain& domain, const Jid& user, port::FormValues values, JoinDone done) {
    if (!world_.may_use(user)) return done(not_welcome());
    const port::UserLabel label{std::string(user.bare_view())};
    const port::Account* existing = domain.accounts.find(label);
    if (existing && existing->suspended) {
        return resume(domain, user, [done = std::move(done)](Handled resumed) {
            if (!resumed) return done(resumed.error());
            done(Joined{Joined::How::resumed, {}});
        });
    }
    auto offer = domain.transport->offer(label, existing);
    if (!offer) return done(translate::registration_error(offer.error()));
    if (existing && !asks_something(offer->form)) {
        done(Joined{
            Joined::How::already,
            "You are already registered. Your number is " + existing->own_address + "."});
        return roster_.ask_presence(domain, user, Roster::Ask::again);
    }
    if (auto missing = complete(offer->form, existing, values)) return done(*missing);
    if (!changing_.emplace(domain.name, label.text).second)
        return done(StanzaError(
            Condition::resource_constraint,
            ErrorType::wait,
            "Your registration is already under way."
        ));
    auto step = std::make_shared<Joining>(Joining{
        domain,
        user.bare(),
        std::move(values),
        std::move(done),
        router_.begin_errand(users_.of(user))});
    start(step);
}

void Membership::start(const Step& step) {
    ++step->tries;
    step->timer = world_.scheduler.at(world_.time.now() + patience, [this, step] {
        step->timer = 0;
        finish(
            step,
            StanzaError(
                Condition::remote_server_timeout,
                ErrorType::wait,
                "The provider did not answer in time; try again."
            )
        );
    });
    boost::asio::co_spawn(
        world_.executor,
        ask_transport(step),
        [this, step](std::exception_ptr fault) {
            if (!fault) return;
            world_.log.error("account.grant_failed", {{"domain", step->domain.name}});
            finish(
                step,
                StanzaError(
                    Condition::internal_server_error,
                    ErrorType::wait,
                    "The gateway made a mistake; its operator has been told."
                )
            );
        }
    );
}

boost::asio::awaitable<void> Membership::ask_transport(Step step) {
    port::Transport& transport = *step->domain.transport;
    port::UserLabel label{std::string(step->user.bare_view())};
    port::FormValues values = step->values;
    auto answer = co_await transport.grant(label, values);
    granted(step, std::move(answer));
}

void Membership::granted(const Step& step, port::Answer<port::RegistrationGrant> answer) {
    if (step->is_over) return;  // too late: the user was told so, and nothing was stored
    if (!answer) return finish(step, translate::registration_error(answer.error()));
    world_.scheduler.cancel(std::exchange(step->timer, 0));
    const auto* existing = step->domain.accounts.find(label_of(step->user));
    port::Account account;
    if (existing) account.id = existing->id;
    account.user.text = step->user.bare_view();
    account.own_address = answer->own_address;
    account.provider = answer->provider;
    account.hook_token = answer->hook_token;
    account.credentials = answer->credentials;
    std::string text = answer->message;
    if (text.empty())
        text = "You are registered with " + step->domain.title + "." +
               (account.own_address.empty() ? "" : " Your number is " + account.own_address + ".");
    put(step->domain,
        std::move(account),
        [this, step, text = std::move(text), from_pool = answer->from_pool](Result<bool> stored) {
            if (!stored) return finish(step, store_failed());
            if (*stored) return finish(step, Joined{Joined::How::registered, text});
            if (from_pool && step->tries < most_tries) return start(step);
            finish(step, StanzaError(Condition::conflict, "This number belongs to somebody else."));
        });
}

void Membership::finish(const Step& step, boost::system::result<Joined, StanzaError> result) {
    if (std::exchange(step->is_over, true)) return;
    if (step->timer) world_.scheduler.cancel(step->timer);
    changing_.erase({step->domain.name, std::string(step->user.bare_view())});
    world_.log.info(
        "account.join",
        {{"domain", step->domain.name},
         {"user", Personal{step->user.str()}},
         {"result", result ? "registered" : to_string(result.error().condition)}}
    );
    step->done(result);
    step->done = nullptr;
    step->errand.reset();
    if (result) greet(step->domain, step->user, result->text);
}

}  // namespace sallyport::core
