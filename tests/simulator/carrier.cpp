// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/carrier.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tests/simulator/courier.hpp"

namespace simulator {
namespace {

namespace asio = boost::asio;

asio::awaitable<void> pause(World& world, Milliseconds duration) {
    asio::steady_timer timer(world.io(), duration);
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

json::array urls_of(const std::vector<MediaItem>& media) {
    json::array urls;
    for (const MediaItem& item : media) urls.emplace_back(item.url);
    return urls;
}

/// The states that are reported, in the order of a behaviour.
std::vector<std::string> states_of(const Behaviour& behaviour) {
    if (behaviour.report == "none") return {};
    if (behaviour.report == "sent") return {"sent"};
    if (behaviour.report == "failed") return {"failed"};
    std::string last = behaviour.report == "undelivered" ? "undelivered" : "delivered";
    if (behaviour.report_reversed) return {last, "sent"};
    return {"sent", last};
}

}  // namespace

Carrier::Carrier(World& world) : world_(world) {
    providers_.push_back(make_twilio(world));
    providers_.push_back(make_telnyx(world));
    providers_.push_back(make_kannel(world));
}

Provider* Carrier::provider_for(const std::string& path) const {
    for (const auto& provider : providers_) {
        if (provider->owns_path(path)) return provider.get();
    }
    return nullptr;
}

Provider* Carrier::provider(const std::string& name) const {
    for (const auto& provider : providers_) {
        if (provider->name() == name) return provider.get();
    }
    return nullptr;
}

void Carrier::log_request(
    const Message& message, const Incoming& request, unsigned status, bool is_accepted
) {
    json::object headers;
    for (const auto& [name, value] : request.headers) {
        if (name != "authorization") headers[name] = value;
    }
    json::object line{
        {"provider", message.provider},
        {"from", message.from},
        {"to", message.to},
        {"text", message.text},
        {"media", urls_of(message.media)},
        {"callback", message.callback},
        {"token", message.token()},
        {"accepted", is_accepted},
        {"status", status},
        {"ttl", message.ttl},
        {"idempotency_key", message.idempotency_key},
        {"headers", std::move(headers)},
    };
    if (!message.id.empty()) line["id"] = message.id;
    if (!is_accepted) line["why"] = message.code;
    world_.emit("request", std::move(line));
}

Answer Carrier::refuse(Provider& provider, const Incoming& request, const Refusal& refusal) {
    Message message;
    message.provider = provider.name();
    message.to = field(request.form, "To");
    message.code = refusal.why;
    log_request(message, request, refusal.status, false);
    return provider.build_refused(refusal);
}

Answer Carrier::answer_for(Provider& provider, const std::vector<MessagePtr>& messages) const {
    const Behaviour& behaviour = messages.front()->behaviour;
    Answer answer;
    if (behaviour.status >= 300) {
        answer = provider.build_refused({behaviour.status, behaviour.code, "as the test asked"});
    } else {
        answer = provider.build_accepted(messages);
        if (behaviour.status != 0) answer.status = behaviour.status;
    }
    if (behaviour.body) {
        answer.status = behaviour.status == 0 ? 200 : behaviour.status;
        answer.body = *behaviour.body;
        answer.type = behaviour.content_type;
    }
    if (behaviour.retry_after)
        answer.headers.emplace_back("Retry-After", std::to_string(*behaviour.retry_after));
    answer.ending = behaviour.hang    ? Ending::hang
                    : behaviour.close ? Ending::close
                                      : Ending::answer;
    answer.delay = behaviour.delay;
    return answer;
}

asio::awaitable<Answer> Carrier::take(Provider& provider, const Incoming& request) {
    auto parsed = provider.parse_send(request);
    if (auto* refusal = std::get_if<Refusal>(&parsed))
        co_return refuse(provider, request, *refusal);
    std::vector<MessagePtr> messages;
    for (Message& message : std::get<std::vector<Message>>(parsed)) {
        messages.push_back(std::make_shared<Message>(std::move(message)));
        Message& last = *messages.back();
        last.provider = provider.name();
        last.at = std::chrono::system_clock::now();
        last.behaviour = world_.behaviour_for(last.to, last.text);
        last.code = last.behaviour.report_code;
        if (last.behaviour.is_accepted()) last.id = provider.make_id(last);
    }
    Answer answer = answer_for(provider, messages);
    const Behaviour& behaviour = messages.front()->behaviour;
    std::vector<MessagePtr> taken;
    for (const MessagePtr& message : messages) {
        bool is_accepted = message->behaviour.is_accepted();
        message->status = answer.ending == Ending::answer ? answer.status : 0;
        if (!is_accepted) message->code = "as the test asked";
        log_request(*message, request, message->status, is_accepted);
        if (!is_accepted) continue;
        world_.add(message);
        taken.push_back(message);
    }
    if (behaviour.report_early) {
        for (const MessagePtr& message : taken) co_await live(message);
    } else {
        answer.after = [this, taken] { start_lives(taken); };
    }
    co_return answer;
}

Answer Carrier::query(Provider& provider, const Incoming& request) {
    Answer answer = provider.answer_query(request);
    bool is_list = request.path.ends_with("/Messages.json");
    bool is_check = request.path.ends_with("/IncomingPhoneNumbers.json") ||
                    request.path.ends_with("/messaging");
    bool is_media = request.path.find("/Media") != std::string::npos;
    world_.emit(
        "query",
        {{"provider", provider.name()},
         {"what",
          is_list    ? "list"
          : is_check ? "check"
          : is_media ? "media"
                     : "lookup"},
         {"path", request.target},
         {"status", answer.status}}
    );
    return answer;
}

void Carrier::settle(const MessagePtr& message, const std::string& state) {
    message->state = state;
    if (!message->sent_at && state != "failed") message->sent_at = std::chrono::system_clock::now();
    bool is_bad = state != "delivered" && state != "sent";
    if (is_bad && message->code.empty())
        message->code = provider(message->provider)->usual_code(state);
    world_.changed(*message);
    if (state == "sent") return;
    world_.emit(
        state,
        {{"provider", message->provider},
         {"id", message->id},
         {"from", message->from},
         {"to", message->to},
         {"text", message->text},
         {"token", message->token()},
         {"code", is_bad ? message->code : ""}}
    );
}

void Carrier::start_lives(std::vector<MessagePtr> messages) {
    for (MessagePtr& message : messages)
        asio::co_spawn(world_.io(), live(std::move(message)), asio::detached);
}

/// The text's way to the phone: it arrives or fails first, then the reports are sent one after
/// another.
asio::awaitable<void> Carrier::live(MessagePtr message) {
    if (message->behaviour.report == "hold") {
        held_.push_back(message);
        co_return;
    }
    Milliseconds delay = message->behaviour.report_delay.value_or(world_.config.report_delay);
    if (delay.count() > 0) co_await pause(world_, delay);
    std::vector<std::string> states = states_of(message->behaviour);
    bool is_silent = states.empty();
    std::string end = is_silent                  ? "delivered"
                      : states.front() == "sent" ? states.back()
                                                 : states.front();
    settle(message, end);
    for (const std::string& state : states) {
        std::vector<Attempt> attempts = co_await report(
            message,
            state,
            std::string(),
            message->behaviour.report_signing,
            message->behaviour.report_times
        );
    }
}

asio::awaitable<std::vector<Attempt>> Carrier::report(
    MessagePtr message, std::string state, std::string url, Signing signing, int times
) {
    Provider& by = *provider(message->provider);
    std::string target = url.empty() ? message->callback : url;
    std::optional<Webhook> hook = by.build_report(*message, target, state, signing);
    std::vector<Attempt> attempts;
    if (!hook) co_return attempts;
    Dispatch order;
    order.hook = std::move(*hook);
    order.rule = rule_for(by, target);
    order.times = times;
    order.kind = "status";
    order.state = state;
    attempts = co_await dispatch(message, order);
    unsigned status = attempts.empty() ? 0 : attempts.back().status;
    message->reports.push_back({state, status, static_cast<int>(attempts.size())});
    world_.changed(*message);
    co_return attempts;
}

int Carrier::release() {
    std::vector<MessagePtr> held = std::exchange(held_, {});
    for (const MessagePtr& message : held) message->behaviour.report = "delivered";
    int count = static_cast<int>(held.size());
    start_lives(std::move(held));
    return count;
}

RetryRule Carrier::rule_for(const Provider& provider, const std::string& url) const {
    RetryRule rule = provider.retry_rule(url);
    if (world_.config.retry_delay) rule.pause = *world_.config.retry_delay;
    if (!world_.config.retries) return rule;
    rule.attempts = 1 + *world_.config.retries;
    rule.on_connect = rule.on_timeout = rule.on_4xx = rule.on_5xx = true;
    return rule;
}

Carrier::Results Carrier::dispatch(MessagePtr message, Dispatch order) {
    std::vector<Attempt> attempts;
    for (int copy = 0; copy < order.times; ++copy) {
        for (int number = 1; number <= order.rule.attempts; ++number) {
            Attempt attempt = co_await send_once(world_, order.hook, order.rule);
            bool is_last = number == order.rule.attempts || !is_retried(attempt, order.rule);
            attempts.push_back(attempt);
            if (order.kind == "inbound") {
                message->progress = {number, attempt, is_last};
                world_.changed(*message);
            }
            world_.emit(
                "webhook",
                {{"hook", order.kind},
                 {"provider", message->provider},
                 {"id", message->id},
                 {"state", order.state},
                 {"from", message->from},
                 {"to", message->to},
                 {"token", message->token()},
                 {"attempt", number},
                 {"url", order.hook.url},
                 {"status", attempt.status},
                 {"error", attempt.error},
                 {"ms", attempt.took.count()},
                 {"last", is_last}}
            );
            if (is_last) break;
            co_await pause(world_, order.rule.pause);
        }
    }
    co_return attempts;
}

asio::awaitable<std::vector<Attempt>> Carrier::bring(MessagePtr message, InboundWish wish) {
    Provider& by = *provider(message->provider);
    message->is_outbound = false;
    message->at = std::chrono::system_clock::now();
    message->sent_at = message->at;
    message->state = "received";
    if (message->id.empty()) message->id = by.make_id(*message);
    world_.add(message);
    world_.emit(
        "inbound",
        {{"provider", message->provider},
         {"id", message->id},
         {"from", message->from},
         {"to", message->to},
         {"text", message->text}}
    );
    std::vector<Attempt> attempts;
    std::string url = wish.url.empty() ? world_.config.webhook : wish.url;
    if (!wish.webhook || url.empty()) co_return attempts;
    Dispatch order;
    order.hook = by.build_inbound(*message, url, wish.signing);
    order.rule = rule_for(by, url);
    if (wish.retries) {
        order.rule.attempts = 1 + *wish.retries;
        order.rule.on_connect = order.rule.on_timeout = order.rule.on_4xx = order.rule.on_5xx =
            true;
    }
    if (wish.retry_delay) order.rule.pause = *wish.retry_delay;
    order.times = wish.times;
    order.kind = "inbound";
    attempts = co_await dispatch(message, order);
    co_return attempts;
}

}  // namespace simulator
