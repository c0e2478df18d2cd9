// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "gateway/net/http_client.hpp"
#include "transports/sms/transport_impl.hpp"
#include "xmpp/core/random.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::sms {

namespace {

using port::Failure;
using port::FormField;
using port::Reason;
using port::RegistrationGrant;
using Mode = config::SmsConfig::Registration;

/// A number that the pool named is not named again until the store has had time to say whose it is.
constexpr std::chrono::seconds promise_time{60};

std::string value_of(const port::FormValues& values, std::string_view name) {
    for (const auto& [key, all] : values) {
        if (key == name && !all.empty()) return std::string(trim(all.front()));
    }
    return {};
}

FormField make_field(std::string name, std::string label, FormField::Kind kind) {
    FormField field;
    field.name = std::move(name);
    field.label = std::move(label);
    field.kind = kind;
    field.required = true;
    return field;
}

/// "account_sid" as "Account sid".
std::string label_of(std::string name) {
    std::replace(name.begin(), name.end(), '_', ' ');
    if (!name.empty() && name[0] >= 'a' && name[0] <= 'z')
        name[0] = static_cast<char>(name[0] - 'a' + 'A');
    return name;
}

void prefill(FormField& field, const port::Account* existing) {
    if (existing == nullptr || field.kind == FormField::Kind::secret) return;
    const auto old = value_of(existing->credentials, field.name);
    if (!old.empty()) field.values = {old};
}

}  // namespace

std::optional<std::string> SmsTransport::assigned_number(const port::UserLabel& user) const {
    for (const auto& entry : config_.providers) {
        for (const auto& number : entry.numbers) {
            if (context_.accounts().assigned(number) == user) return number;
        }
    }
    return std::nullopt;
}

std::optional<std::string> SmsTransport::free_number(const port::UserLabel& user) {
    const auto now = context_.time().now();
    std::erase_if(promised_, [&](const auto& row) { return row.second.second <= now; });
    const auto& accounts = context_.accounts();
    for (const auto& entry : config_.providers) {
        for (const auto& number : entry.numbers) {
            if (accounts.assigned(number) || accounts.is_resting(number) ||
                accounts.find_by_own_address(number) != nullptr)
                continue;
            const auto promise = promised_.find(number);
            if (promise != promised_.end() && promise->second.first != user.text) continue;
            promised_[number] = {user.text, now + promise_time};
            return number;
        }
    }
    return std::nullopt;
}

port::Form SmsTransport::own_form(const port::Account* existing) const {
    port::Form form;
    form.title = "Your account with an SMS provider";
    form.instructions =
        "Enter your number and the credentials of your own provider account. They are checked with "
        "the provider and kept encrypted.";
    FormField number =
        make_field("number", "Your number, like +15551234567", FormField::Kind::text);
    if (existing != nullptr) number.values = {existing->own_address};
    form.fields.push_back(std::move(number));
    if (config_.providers.size() > 1) {
        FormField choice = make_field("provider", "Provider", FormField::Kind::choice);
        for (const auto& entry : config_.providers)
            choice.options.emplace_back(entry.name, entry.name);
        choice.values = {config_.providers.front().name};
        form.fields.push_back(std::move(choice));
    }
    for (const auto& entry : config_.providers) {
        for (const auto& credential : entry.description->credentials) {
            const auto same = [&](const FormField& field) { return field.name == credential.name; };
            if (std::any_of(form.fields.begin(), form.fields.end(), same)) continue;
            FormField field = make_field(
                credential.name,
                label_of(credential.name),
                credential.is_secret ? FormField::Kind::secret : FormField::Kind::text
            );
            field.required = !credential.is_optional && config_.providers.size() == 1;
            prefill(field, existing);
            form.fields.push_back(std::move(field));
        }
    }
    return form;
}

port::Answer<port::RegistrationOffer> SmsTransport::offer(
    const port::UserLabel& user, const port::Account* existing
) {
    port::RegistrationOffer out;
    out.form.title = "Text messages";
    if (config_.registration == Mode::own && !assigned_number(user)) {
        out.form = own_form(existing);
        return out;
    }
    if (existing != nullptr) {
        out.form.instructions = "You are registered. Your number is " + existing->own_address + ".";
        return out;
    }
    if (config_.registration == Mode::assigned && !assigned_number(user))
        return Failure(
            Reason::refused_by_policy,
            "Numbers are given out by the operator of this gateway: please ask for one"
        );
    out.form.instructions =
        "Register to get a phone number of your own and to exchange text messages from it.";
    return out;
}

port::Answer<RegistrationGrant> SmsTransport::grant_number(const port::UserLabel& user) {
    RegistrationGrant out;
    auto number = assigned_number(user);
    if (!number && config_.registration == Mode::assigned)
        return Failure(
            Reason::refused_by_policy,
            "Numbers are given out by the operator of this gateway: please ask for one"
        );
    if (!number) {
        number = free_number(user);
        out.from_pool = true;
    }
    if (!number)
        return Failure(
            Reason::no_route, "No number is free at present: please try later or ask the operator"
        );
    out.own_address = *number;
    out.message = "You are registered. Your number is " + *number +
                  ". To write to somebody, add their phone number, with its country code, at " +
                  context_.domain() + " as a contact.";
    return out;
}

const config::ProviderConfig* SmsTransport::chosen_entry(const port::FormValues& values) const {
    if (config_.providers.empty()) return nullptr;
    const auto name = value_of(values, "provider");
    if (name.empty() && config_.providers.size() == 1) return &config_.providers.front();
    const auto found =
        std::find_if(config_.providers.begin(), config_.providers.end(), [&](const auto& one) {
            return one.name == name;
        });
    return found == config_.providers.end() ? nullptr : &*found;
}

boost::asio::awaitable<port::Answer<RegistrationGrant>> SmsTransport::grant(
    port::UserLabel user, port::FormValues values
) {
    if (config_.registration != Mode::own || assigned_number(user)) co_return grant_number(user);
    auto granted = co_await grant_own(std::move(user), std::move(values));
    co_return granted;
}

/// Everything of a user's form that can be judged without asking the provider.
port::Answer<SmsTransport::OwnRequest> SmsTransport::read_own_form(
    const port::UserLabel& user, const port::FormValues& values
) const {
    OwnRequest out;
    const auto* entry = chosen_entry(values);
    if (entry == nullptr) return Failure(Reason::bad_request, "Choose a provider");
    const auto number = parse_peer(value_of(values, "number"), config_.region);
    if (!number) return number.error();
    if (number->kind == PeerKind::sender)
        return Failure(Reason::invalid_number, "That is not a phone number");
    out.number = number->text;
    const auto* holder = context_.accounts().find_by_own_address(out.number);
    const auto* served = directory_.find(out.number);
    const bool is_operators = served != nullptr && !served->line->is_own();
    if (is_operators || (holder != nullptr && holder->user != user))
        return Failure(Reason::refused_by_policy, out.number + " belongs to somebody else");
    for (const auto& field : entry->description->credentials) {
        auto value = value_of(values, field.name);
        if (value.empty() && !field.is_optional)
            return Failure(Reason::bad_request, "Fill in: " + label_of(field.name));
        if (!value.empty()) out.credentials.emplace(field.name, std::move(value));
    }
    out.provider = make_provider(*entry, config_.region, out.credentials);
    if (!out.provider->can_check())
        return Failure(
            Reason::not_supported,
            "Accounts with " + entry->type + " cannot be checked, so they cannot be registered here"
        );
    return out;
}

/// What `check` makes of it: nothing when the account is in order.
std::optional<Failure> SmsTransport::judge_own(const CheckResult& checked, const std::string& own) {
    if (!checked.failure) {
        if (checked.is_owned) return std::nullopt;
        return Failure(Reason::refused_by_policy, "That account does not have the number " + own);
    }
    const bool is_refused = checked.failure->failure_class() == port::FailureClass::held;
    std::string why = is_refused ? "The provider refused these credentials"
                                 : "The provider did not confirm these credentials";
    if (!checked.failure->text.empty()) why += ": " + checked.failure->text;
    return Failure(Reason::refused_by_policy, std::move(why));
}

RegistrationGrant SmsTransport::make_own_grant(const port::UserLabel& user, OwnRequest request)
    const {
    RegistrationGrant out;
    const auto& entry = request.provider->name();
    const auto* before = context_.accounts().find(user);
    const bool keeps_token =
        before != nullptr && !before->hook_token.empty() && before->provider == entry;
    out.hook_token = keeps_token ? before->hook_token : random_id();
    out.own_address = request.number;
    out.provider = entry;
    for (auto& [name, value] : request.credentials) out.credentials.push_back({name, {value}});
    out.message = "You are registered with " + request.number +
                  ". Set the webhook for incoming messages of that number to " +
                  context_.webhooks().public_url() + "/hook/" + context_.domain() + "/" + entry +
                  "/" + out.hook_token + "/inbound" + request.provider->callback_fragment();
    return out;
}

boost::asio::awaitable<port::Answer<RegistrationGrant>> SmsTransport::grant_own(
    port::UserLabel user, port::FormValues values
) {
    auto request = read_own_form(user, values);
    if (!request) co_return request.error();
    const std::shared_ptr<bool> alive = alive_;
    port::HttpRequest question = request->provider->build_check(request->number);
    const port::HttpResult result = co_await net::fetch(context_.http(), std::move(question));
    if (!*alive) co_return Failure(Reason::temporary);
    const auto checked = request->provider->parse_check(result, request->number);
    if (auto failure = judge_own(checked, request->number)) co_return *std::move(failure);
    co_return make_own_grant(user, *std::move(request));
}

void SmsTransport::account_changed(const port::Account& account) {
    promised_.erase(account.own_address);
    if (account.provider.empty()) return;
    if (const auto old = directory_.find_own(account.id)) retire(old);
    directory_.put_own(config_, account, context_.domain());
    const auto line = directory_.find_own(account.id);
    if (line && is_open_) sweeper_->add(line);
}

void SmsTransport::account_removed(port::AccountId id) {
    const auto line = directory_.find_own(id);
    if (!line) return;
    retire(line);
    directory_.remove_own(id);
}

}  // namespace sallyport::sms
