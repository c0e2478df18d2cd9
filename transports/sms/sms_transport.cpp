// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/sms_transport.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "gateway/base/log.hpp"
#include "transports/sms/transport_impl.hpp"

namespace sallyport::sms {

SmsTransport::SmsTransport(const config::SmsConfig& config, port::Context& context)
    : config_(config),
      context_(context),
      tokens_(context.hook_secret(), context.domain()),
      sweeper_(std::make_shared<Sweeper>(
          context,
          [this](const Line& line, std::string_view number) { return is_ours(line, number); }
      )) {
    directory_.load(config_, context_.domain());
    mount();
}

SmsTransport::~SmsTransport() {
    *alive_ = false;
    sweeper_->stop();
    for (const auto& line : directory_.lines()) context_.scheduler().cancel(line->checked_again);
    if (!is_closed_) context_.webhooks().unmount("/hook/" + context_.domain());
}

/// From the beginning: until we are open, webhooks are told to come again. A path that leads
/// nowhere would be 404, and after that some providers forget the text.
void SmsTransport::mount() {
    context_.webhooks().mount(
        "/hook/" + context_.domain(),
        [this, alive = alive_](port::HttpRequest request, port::Respond respond) {
            if (*alive && is_open_) return handle_hook(std::move(request), std::move(respond));
            port::HttpResponse later(503);
            later.headers.emplace_back("Retry-After", "5");
            respond(std::move(later));
        }
    );
}

void SmsTransport::open() {
    is_open_ = true;
    for (const auto* account : context_.accounts().all()) account_changed(*account);
    for (const auto& line : directory_.lines()) {
        if (line->is_own()) continue;  // account_changed began with it
        check(line);
        sweeper_->add(line);
    }
}

void SmsTransport::reload(const config::SmsConfig& config) {
    Directory::Lines before = directory_.lines();
    config_ = config;
    const auto changed = directory_.load(config_, context_.domain());
    for (const auto* account : context_.accounts().all()) {
        if (!account->provider.empty()) directory_.put_own(config_, *account, context_.domain());
    }
    const auto now = directory_.lines();
    for (const auto& line : before) {
        if (std::find(now.begin(), now.end(), line) != now.end()) continue;
        retire(line);
    }
    if (!is_open_) return;
    for (const auto& line : now) {
        const bool is_changed = std::find(changed.begin(), changed.end(), line) != changed.end();
        if (is_changed) {
            line->pause = std::chrono::seconds(0);
            line->unanswered = 0;
            line->is_check_trusted = true;
        }
        if (is_changed && line->held)
            resume(line);  // the operator says that it is mended: the next attempt will tell
        else if (is_changed || line->held)
            check(line);
        sweeper_->add(line);
    }
}

void SmsTransport::close(std::function<void()> closed) {
    closed_ = std::move(closed);
    sweeper_->stop();
    for (const auto& line : directory_.lines()) context_.scheduler().cancel(line->checked_again);
    // Now, not with the last attempt: a successor may mount the same path meanwhile.
    if (!std::exchange(is_closed_, true)) context_.webhooks().unmount("/hook/" + context_.domain());
    is_open_ = false;
    if (running_ == 0 && closed_) std::exchange(closed_, nullptr)();
}

std::string SmsTransport::inbound_url(const Line& line) const {
    return context_.webhooks().public_url() + line.hook_path + "/inbound" +
           line.provider->callback_fragment();
}

std::vector<std::string> SmsTransport::setup_lines() const {
    std::vector<std::string> out;
    for (const auto& entry : config_.providers) {
        const auto line = directory_.find_entry(entry.name);
        if (!line) continue;
        std::string numbers;
        for (const auto& number : entry.numbers) numbers += (numbers.empty() ? "" : ", ") + number;
        if (numbers.empty()) numbers = "no numbers";
        out.push_back(
            entry.name + " (" + entry.type + "; " + numbers +
            "): set the webhook for incoming messages to " + inbound_url(*line)
        );
        const auto& signature = entry.description->hooks.signature;
        const auto option = signature.options.find("query");
        if (signature.scheme == "shared-secret" && option != signature.options.end())
            out.push_back(
                entry.name + ": with " + option->second +
                "=SECRET in its query, SECRET being the credential that signs webhooks"
            );
    }
    return out;
}

std::unique_ptr<port::Transport> make_sms_transport(
    const config::SmsConfig& config, port::Context& context
) {
    return std::make_unique<SmsTransport>(config, context);
}

void reload(port::Transport& transport, const config::SmsConfig& config) {
    auto* sms = dynamic_cast<SmsTransport*>(&transport);
    assert(sms != nullptr);
    sms->reload(config);
}

}  // namespace sallyport::sms
