// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/sweeper.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "gateway/base/log.hpp"
#include "gateway/net/http_client.hpp"
#include "transports/sms/text_coding.hpp"

namespace sallyport::sms {

namespace {

constexpr int most_pages = 50;
constexpr std::chrono::hours longest_back{72};  ///< as long as the store knows duplicates
/// A text waits so long for the list of its pictures; then it comes without, before it is too old
/// to be found.
constexpr std::chrono::hours list_patience = longest_back - std::chrono::hours(1);

std::string record_key(const Line& line) {
    return "sweep/" + line.shown;
}

}  // namespace

void Sweeper::add(const std::shared_ptr<Line>& line) {
    if (is_stopped_ || !line->provider->can_sweep() || timers_.contains(line->shown)) return;
    timers_[line->shown] = 0;
    context_.records().get(
        record_key(*line),
        [self = shared_from_this(), line](const Result<std::optional<std::string>>& value) {
            if (self->is_stopped_ || !self->timers_.contains(line->shown)) return;
            self->begin(line, value && *value ? parse_time(**value) : std::nullopt);
        }
    );
}

void Sweeper::begin(const std::shared_ptr<Line>& line, std::optional<WallTime> since) {
    if (since) return run(line, *since);
    // Never swept: what came before we were there is not ours to show.
    const WallTime now = context_.time().wall();
    context_.records().put(
        record_key(*line), format_rfc3339(now), std::nullopt, [](const Result<>&) {}
    );
    schedule(line, now);
}

void Sweeper::remove(const Line& line) {
    const auto found = timers_.find(line.shown);
    if (found == timers_.end()) return;
    context_.scheduler().cancel(found->second);
    timers_.erase(found);
}

void Sweeper::stop() {
    is_stopped_ = true;
    for (const auto& [name, timer] : timers_) context_.scheduler().cancel(timer);
    timers_.clear();
}

void Sweeper::schedule(const std::shared_ptr<Line>& line, WallTime since) {
    const auto found = timers_.find(line->shown);
    if (is_stopped_ || found == timers_.end()) return;
    found->second = context_.scheduler().at(
        context_.time().now() + line->provider->sweep_every(),
        [self = shared_from_this(), line, since] {
            if (!self->is_stopped_) self->run(line, since);
        }
    );
}

void Sweeper::run(const std::shared_ptr<Line>& line, WallTime since) {
    const auto found = timers_.find(line->shown);
    if (found == timers_.end()) return;
    found->second = 0;
    // One that is away may be back, and nobody has written since.
    const bool must_wait = line->held && !line->is_away();
    if (must_wait || !line->provider->can_sweep()) return schedule(line, since);
    boost::asio::co_spawn(
        context_.executor(),
        sweep(line, since),
        [self = shared_from_this(), line, since](std::exception_ptr fault) {
            if (!fault || self->is_stopped_) return;
            self->context_.log().error("sms.sweep_failed", {{"provider", line->shown}});
            self->schedule(line, since);
        }
    );
}

boost::asio::awaitable<void> Sweeper::sweep(std::shared_ptr<Line> line, WallTime since) {
    const auto self = shared_from_this();
    const WallTime started = context_.time().wall();
    const WallTime overlap = since - 2 * line->provider->sweep_every();  // sms.md §6.5
    const WallTime from = std::max(overlap, WallTime(started - longest_back));
    std::vector<SweptMessage> found;
    const bool is_whole = co_await read_pages(line, from, found);
    if (is_stopped_) co_return;
    if (!is_whole) context_.log().warn("sms.sweep_incomplete", {{"provider", line->shown}});
    hand_on(line, std::move(found), since, is_whole ? started : since);
}

boost::asio::awaitable<bool> Sweeper::read_pages(
    std::shared_ptr<Line> line, WallTime from, std::vector<SweptMessage>& out
) {
    const auto provider = line->provider;
    const std::function<bool(std::string_view)> ours = [this, &line](std::string_view number) {
        return !is_stopped_ && is_ours_(*line, number);
    };
    port::HttpRequest request = provider->build_sweep(from);
    bool has_all = true;
    for (int page = 0; page < most_pages; ++page) {
        const port::HttpResult result = co_await net::fetch(context_.http(), std::move(request));
        if (is_stopped_) co_return false;
        SweepPage read = provider->parse_sweep(result, ours);
        if (!read.is_ok) co_return false;
        for (auto& swept : read.messages) {
            const bool is_old = swept.message.sent_at && *swept.message.sent_at < from;
            if (is_old || !ours(swept.message.own_address)) continue;
            const bool is_complete = co_await fetch_media(line, swept);
            if (is_stopped_) co_return false;
            if (is_complete) out.push_back(std::move(swept));
            has_all = has_all && is_complete;
        }
        if (read.next.empty()) co_return has_all;
        request = provider->build_next(read.next);
    }
    co_return false;
}

boost::asio::awaitable<bool> Sweeper::fetch_media(std::shared_ptr<Line> line, SweptMessage& swept) {
    if (swept.media_list.empty()) co_return true;
    const auto provider = line->provider;
    port::HttpRequest request = provider->build_media(swept.media_list);
    const port::HttpResult result = co_await net::fetch(context_.http(), std::move(request));
    auto listed = provider->parse_media_list(result);
    if (listed) {
        swept.message.attachments = *std::move(listed);
        co_return true;
    }
    const bool is_gone =
        result.response && (result.response->status == 404 || result.response->status == 410);
    const auto sent_at = swept.message.sent_at;
    const bool is_late = !sent_at || *sent_at < context_.time().wall() - list_patience;
    if (!is_gone && !is_late) co_return false;
    std::string& text = swept.message.text;
    if (!text.empty()) text += '\n';
    text += "[picture could not be fetched: the provider does not list it]";
    co_return true;
}

void Sweeper::hand_on(
    const std::shared_ptr<Line>& line,
    std::vector<SweptMessage> messages,
    WallTime since,
    WallTime done_until
) {
    struct Progress {
        std::size_t waiting = 1;
        bool has_failed = false;
    };
    auto progress = std::make_shared<Progress>();
    progress->waiting += messages.size();
    const auto finish =
        [self = shared_from_this(), progress, line, since, done_until](bool is_stored) {
            progress->has_failed = progress->has_failed || !is_stored;
            if (--progress->waiting > 0 || self->is_stopped_) return;
            if (progress->has_failed) return self->schedule(line, since);
            self->context_.records().put(
                record_key(*line), format_rfc3339(done_until), std::nullopt, [](const Result<>&) {}
            );
            self->schedule(line, done_until);
        };
    for (auto& swept : messages) {
        context_.accept(
            std::move(swept.message),
            [finish, self = shared_from_this(), line](const Result<port::Accepted>& accepted) {
                const bool is_news = accepted && *accepted != port::Accepted::duplicate;
                if (is_news && !self->is_stopped_)
                    self->context_.metrics()
                        .counter(
                            "sweep_found_total",
                            {{"provider", line->entry}},
                            "Inbound texts whose webhook was missed"
                        )
                        .add();
                finish(accepted.has_value());
            }
        );
    }
    finish(true);
}

}  // namespace sallyport::sms
