// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "gateway/base/log.hpp"
#include "transports/sms/transport_impl.hpp"

// Webhooks: verify, hand to the store, answer after its commit; nothing else in between.
//   /hook/DOMAIN/ENTRY/inbound            /hook/DOMAIN/ENTRY/status/TOKEN
//   /hook/DOMAIN/ENTRY/ACCOUNT/inbound    /hook/DOMAIN/ENTRY/ACCOUNT/status/TOKEN
namespace sallyport::sms {

namespace {

using Fault = HookRead::Fault;
using config::HookKind;

struct Target {
    std::string_view entry;
    std::string_view account;
    std::optional<HookKind> kind;
    std::string_view token;
};

std::vector<std::string_view> split_path(std::string_view path) {
    std::vector<std::string_view> out;
    while (!path.empty() && out.size() < 8) {
        const auto end = std::min(path.find('/'), path.size());
        out.push_back(path.substr(0, end));
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return out;
}

std::optional<HookKind> kind_named(std::string_view word) {
    if (word == "inbound") return HookKind::inbound;
    if (word == "status") return HookKind::status;
    return std::nullopt;
}

/// `path` is what follows "/hook/DOMAIN/".
std::optional<Target> parse_target(std::string_view path) {
    const auto parts = split_path(path);
    if (parts.size() < 2) return std::nullopt;
    Target out{parts[0], {}, kind_named(parts[1]), {}};
    std::size_t next = 2;
    if (!out.kind) {
        if (parts.size() < 3) return std::nullopt;
        out.account = parts[1];
        out.kind = kind_named(parts[2]);
        next = 3;
    }
    if (!out.kind) return std::nullopt;
    if (parts.size() > next) out.token = parts[next];
    const bool has_rest =
        parts.size() > next + 1 || (out.kind == HookKind::inbound && parts.size() > next);
    return has_rest ? std::nullopt : std::optional(out);
}

struct Refused {
    Fault fault;
    int status;
    std::string_view reason;
};
constexpr std::array<Refused, 3> refusals{{
    {Fault::bad_signature, 403, "signature"},
    {Fault::malformed, 400, "malformed"},
    {Fault::too_many_fields, 413, "fields"},
}};

/// What the operator keeps of an event that no rule understood.
std::string raw_of(const port::HttpRequest& request) {
    const auto query = request.url.find('?');
    std::string out = request.method;
    if (query != std::string::npos) out += " " + request.url.substr(query);
    return out + "\n" + request.body;
}

}  // namespace

struct SmsTransport::Reception {
    std::size_t waiting = 0;
    bool has_failed = false;
    port::HttpResponse answer;
    port::Respond respond;
};

bool SmsTransport::is_ours(const Line& line, std::string_view number) const {
    if (line.is_own())
        return std::find(line.numbers.begin(), line.numbers.end(), number) != line.numbers.end();
    const auto* known = directory_.find(number);
    if (known != nullptr) return !known->line->is_own();
    const auto& accounts = context_.accounts();
    const auto* account = accounts.find_by_own_address(number);
    return (account != nullptr && account->provider.empty()) || accounts.is_resting(number);
}

void SmsTransport::reject(
    const Line* line, int status, std::string_view reason, const port::Respond& respond
) {
    context_.metrics()
        .counter(
            "webhook_rejected_total",
            {{"reason", std::string(reason)}},
            "Webhook requests that were refused"
        )
        .add();
    context_.log().warn(
        "sms.webhook_rejected",
        {{"provider", line != nullptr ? line->shown : std::string("unknown")}, {"reason", reason}}
    );
    respond(port::HttpResponse(status));
}

void SmsTransport::handle_hook(port::HttpRequest request, port::Respond respond) {
    const std::string prefix = "/hook/" + context_.domain() + "/";
    const std::string_view path = std::string_view(request.url).substr(0, request.url.find('?'));
    const auto target =
        path.starts_with(prefix) ? parse_target(path.substr(prefix.size())) : std::nullopt;
    const auto line = !target ? nullptr
                      : target->account.empty()
                          ? directory_.find_entry(target->entry)
                          : directory_.find_own(target->entry, target->account);
    if (!line) return reject(nullptr, 404, "path", respond);
    if (request.method != "POST" && request.method != "GET")
        return reject(line.get(), 405, "method", respond);
    std::optional<port::OutId> token;
    if (!target->token.empty()) {
        token = tokens_.check(target->token);
        if (!token) return reject(line.get(), 403, "token", respond);
    }
    const std::string url = context_.webhooks().public_url() + request.url;
    HookCall call{
        *target->kind,
        request,
        url,
        std::move(token),
        tokens_,
        [this, &line = *line](std::string_view number) { return is_ours(line, number); },
        context_.time().wall()};
    receive(line, std::move(call), std::move(respond));
}

void SmsTransport::receive(
    const std::shared_ptr<Line>& line, HookCall call, port::Respond respond
) {
    auto read = line->provider->verify_and_parse(call);
    if (read.fault == Fault::bad_signature && line->previous)
        read = line->previous->verify_and_parse(call);
    for (const auto& row : refusals) {
        if (read.fault == row.fault) return reject(line.get(), row.status, row.reason, respond);
    }
    context_.webhook_verified(line->entry);
    const auto is_foreign = [&](const port::MessageReceived& message) {
        return !is_ours(*line, message.own_address);
    };
    const bool had_messages = !read.messages.empty();
    const auto foreign = std::erase_if(read.messages, is_foreign);
    if (foreign > 0 && had_messages && read.messages.empty() && read.reports.empty())
        return reject(line.get(), 404, "number", respond);
    std::string raw = read.has_unknown ? raw_of(call.request) : std::string();
    accept_all(line, std::move(read), std::move(raw), std::move(respond));
}

void SmsTransport::accept_all(
    const std::shared_ptr<Line>& line, HookRead read, std::string raw, port::Respond respond
) {
    auto reception = std::make_shared<Reception>();
    reception->answer = line->provider->hook_answer();
    reception->respond = std::move(respond);
    reception->waiting =
        1 + read.messages.size() + read.reports.size() + (read.has_unknown ? 1 : 0);
    const auto finish = [reception](bool is_stored) {
        reception->has_failed = reception->has_failed || !is_stored;
        if (--reception->waiting > 0) return;
        // Not committed: the provider must send it again.
        reception->respond(
            reception->has_failed ? port::HttpResponse(503) : std::move(reception->answer)
        );
    };
    const auto done = [finish](const Result<port::Accepted>& accepted) {
        finish(accepted.has_value());
    };
    for (auto& message : read.messages) context_.accept(std::move(message), done);
    for (auto& report : read.reports) context_.accept(std::move(report), done);
    if (read.has_unknown) {
        context_.log().warn("sms.webhook_unknown", {{"provider", line->shown}});
        context_.accept_unknown(line->entry, std::move(raw), [finish](const Result<>& stored) {
            finish(stored.has_value());
        });
    }
    finish(true);
}

}  // namespace sallyport::sms
