// SPDX-License-Identifier: Apache-2.0
// What the gateway knows of its own state: the beat, the checks of /readyz, the gauges of the
// queues.
#include "gateway/app/gateway.hpp"

namespace sallyport::app {

std::vector<Gateway::Check> Gateway::checks() const {
    std::vector<Check> checks;
    checks.push_back({"store", store_->healthy() ? "" : "the last write failed"});
    checks.push_back({"draining", is_stopping_ ? "the program is stopping" : ""});
    if (server_)
        checks.push_back({"server", server_->clients().endpoints().empty() ? "not open" : ""});
    for (const auto& [domain, attached] : attached_) {
        const Attachment& way = attached->attachment();
        const std::string why = std::string(way.state()) + " " + way.reason();
        checks.push_back({"link " + domain, attached->is_ready() ? "" : why});
        for (const auto& [name, state] : attached->context().providers())
            checks.push_back(
                {"provider " + domain + " " + name, state.held.empty() ? "" : "held: " + state.held}
            );
    }
    return checks;
}

bool Gateway::is_ready() const {
    // A held provider is told, but the program still takes and keeps messages: it is ready.
    if (!store_->healthy() || is_stopping_) return false;
    for (const auto& [domain, attached] : attached_)
        if (!attached->is_ready()) return false;
    return true;
}

/// Gauges that only the store can answer, as of a few seconds ago.
void Gateway::measure_queues() {
    store_->read(store::Counts{}, [this](Result<store::Counts::Answer> answer) {
        if (!answer) return;
        std::map<std::string, double> open;
        for (const auto& [key, count] : answer->outbound)
            if (!core::is_final(key.second)) open[key.first] += static_cast<double>(count);
        for (const auto& [domain, attached] : attached_) {
            const auto set = [&](const char* queue, double value) {
                metrics_
                    .gauge("queue_messages", {{"transport", domain}, {"queue", queue}}, "open rows")
                    .set(value);
            };
            set("out", open[domain]);
            auto waiting = answer->inbox_waiting.find(domain);
            const bool is_empty = waiting == answer->inbox_waiting.end();
            set("in", is_empty ? 0 : static_cast<double>(waiting->second));
            metrics_.gauge("registered_users", {{"transport", domain}}, "registrations")
                .set(static_cast<double>(attached->domain().accounts.size()));
        }
        const auto age =
            answer->oldest_open ? time_.wall() - *answer->oldest_open : WallTime::duration(0);
        metrics_.gauge("queue_oldest_seconds", {}, "age of the oldest open outbound message")
            .set(static_cast<double>(age.count()) / 1000);
    });
}

}  // namespace sallyport::app
