// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/transport_context.hpp"

#include <type_traits>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/base/metrics.hpp"

namespace sallyport::app {
namespace {

/// A provider that is away this long is worth a message to the admins; most hiccups are shorter.
constexpr std::chrono::minutes patience{1};

/// Without an operator's doing.
bool may_pass(const port::Failure& why) {
    return why.failure_class() != port::FailureClass::held;
}

/// A store answer of which only success matters.
template <class Answer>
std::function<void(Result<Answer>)> only_success(std::function<void(Result<>)> done) {
    if (!done) return {};
    return [done = std::move(done)](const Result<Answer>& answer) {
        if (answer)
            done({});
        else
            done(answer.error());
    };
}

}  // namespace

void TransportContext::accept(
    port::Inbound value, std::function<void(Result<port::Accepted>)> done
) {
    std::visit(
        [&](auto& item) {
            using T = std::decay_t<decltype(item)>;
            if constexpr (std::is_same_v<T, port::MessageReceived>) {
                tools_.core.arrivals().accept(domain_, std::move(item), std::move(done));
            } else if constexpr (std::is_same_v<T, port::Outcome>) {
                tools_.core.delivery().report(domain_, std::move(item), std::move(done));
            } else {
                done(Error("values of this kind are published, not accepted"));
            }
        },
        value
    );
}

void TransportContext::accept_unknown(
    std::string provider, std::string raw, std::function<void(Result<>)> done
) {
    world()
        .metrics
        .counter(
            "webhook_unknown_total",
            {{"transport", domain_.name}, {"provider", provider}},
            "verified events that no rule understood"
        )
        .add();
    world().log.warn(
        "webhook.unknown", {{"domain", domain_.name}, {"provider", provider}, {"bytes", raw.size()}}
    );
    store::StoreRaw op{domain_.name, std::move(provider), std::move(raw), time().wall()};
    world().store.write(std::move(op), only_success<store::StoreRaw::Answer>(std::move(done)));
}

ProviderState& TransportContext::state_of(std::string_view provider) {
    const auto known = providers_.find(provider);
    return known != providers_.end() ? known->second : providers_[std::string(provider)];
}

void TransportContext::webhook_verified(std::string_view provider) {
    state_of(provider).last_webhook = time().wall();
}

void TransportContext::attempted(int attempt, port::Outcome outcome) {
    tools_.core.delivery().attempted(domain_, attempt, std::move(outcome));
}

bool TransportContext::publish(port::AccountId, port::Inbound) {
    return true;  // SMS has no news without a row; rooms and presence come with IRC
}

void TransportContext::note_held(
    ProviderState& state, std::string_view provider, const port::Failure& why
) {
    state.held = port::to_string(why.reason);
    state.held_since = time().now();
    state.is_told = false;
    world()
        .metrics
        .gauge(
            "provider_held",
            {{"transport", domain_.name}, {"provider", std::string(provider)}},
            "1 while a provider takes no messages"
        )
        .set(1);
    const Log::Fields fields{
        {"domain", domain_.name},
        {"provider", provider},
        {"reason", state.held},
        {"code", why.code},
        {"text", why.text}};
    if (may_pass(why))
        world().log.warn("provider.held", fields);
    else
        world().log.error("provider.held", fields);
}

void TransportContext::provider_held(std::string_view provider, const port::Failure& why) {
    ProviderState& state = state_of(provider);
    if (state.held != port::to_string(why.reason)) note_held(state, provider, why);
    if (state.is_told || (may_pass(why) && time().now() - state.held_since < patience)) return;
    state.is_told = true;
    std::string text = "Provider " + std::string(provider) +
                       " takes no messages: " + std::string(port::sentence(why.reason));
    if (!why.text.empty()) text += " (" + why.text + ")";
    tools_.core.arrivals().notify_admins(
        domain_,
        text + ". They wait for up to " + std::to_string(domain_.message_ttl.count()) + " hours."
    );
}

void TransportContext::provider_resumed(std::string_view provider) {
    ProviderState& state = state_of(provider);
    if (!std::exchange(state.held, {}).empty()) {
        world()
            .metrics
            .gauge(
                "provider_held", {{"transport", domain_.name}, {"provider", std::string(provider)}}
            )
            .set(0);
        world().log.info("provider.resumed", {{"domain", domain_.name}, {"provider", provider}});
        if (std::exchange(state.is_told, false))
            tools_.core.arrivals().notify_admins(
                domain_, "Provider " + std::string(provider) + " takes messages again."
            );
    }
    tools_.core.delivery().wake(domain_);
}

void TransportContext::put(
    std::string key,
    std::string value,
    std::optional<WallTime> expires,
    std::function<void(Result<>)> done
) {
    store::PutRecord op{records_ns(), std::move(key), std::move(value), expires};
    world().store.write(std::move(op), only_success<store::PutRecord::Answer>(std::move(done)));
}

void TransportContext::erase(std::string key, std::function<void(Result<>)> done) {
    store::EraseRecord op{records_ns(), std::move(key)};
    world().store.write(std::move(op), only_success<store::EraseRecord::Answer>(std::move(done)));
}

void TransportContext::get(
    std::string key, std::function<void(Result<std::optional<std::string>>)> done
) {
    store::GetRecord op{records_ns(), std::move(key), time().wall()};
    world().store.read(
        std::move(op),
        [done = std::move(done)](Result<store::GetRecord::Answer> answer) {
            if (answer)
                done(std::move(answer->value));
            else
                done(answer.error());
        }
    );
}

void TransportContext::scan(
    std::string prefix,
    std::function<void(Result<std::vector<std::pair<std::string, std::string>>>)> done
) {
    store::ScanRecords op{records_ns(), std::move(prefix), time().wall()};
    world().store.read(
        std::move(op),
        [done = std::move(done)](Result<store::ScanRecords::Answer> answer) {
            if (answer)
                done(std::move(answer->rows));
            else
                done(answer.error());
        }
    );
}

}  // namespace sallyport::app
