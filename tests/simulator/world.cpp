// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/world.hpp"

#include <algorithm>
#include <ctime>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace simulator {
namespace {

namespace asio = boost::asio;

/// Events kept for /_sim/events; the log file has them all.
constexpr std::size_t kept_events = 200'000;

/// A red square of one pixel.
constexpr std::string_view picture =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";

std::string format_time(Time time, const char* format) {
    std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[64];
    return {text, std::strftime(text, sizeof text, format, &parts)};
}

}  // namespace

std::string Message::token() const {
    std::string path = callback.substr(0, callback.find_first_of("?#"));
    return path.substr(path.rfind('/') + 1);
}

bool Config::owns(const std::string& number) const {
    return std::ranges::find(numbers, number) != numbers.end();
}

World::World(asio::io_context& io) : io_(io) {
    reset();
}

bool World::open_log(const std::string& path) {
    log_.open(path, std::ios::app);
    return log_.is_open();
}

void World::emit(std::string_view event, json::object fields) {
    json::object line{
        {"seq", ++sequence_}, {"at", iso_time(std::chrono::system_clock::now())}, {"event", event}};
    for (auto& [name, value] : fields) line.emplace(name, std::move(value));
    if (log_.is_open()) log_ << json::serialize(line) << '\n' << std::flush;
    if (on_event) on_event(line);
    events_.push_back(std::move(line));
    if (events_.size() > kept_events) events_.pop_front();
    ++revision_;
    wake();
}

void World::wake() {
    for (asio::steady_timer* timer : waiting_) timer->cancel();
}

void World::changed(Message& message) {
    message.revision = ++revision_;
    wake();
}

void World::settings_changed() {
    settings_revision_ = ++revision_;
    wake();
}

std::ranges::subrange<std::deque<json::object>::const_iterator> World::events_after(
    std::uint64_t sequence
) const {
    std::uint64_t forgotten = sequence_ - events_.size();
    std::uint64_t skipped = std::min(sequence_, std::max(sequence, forgotten)) - forgotten;
    return {events_.begin() + static_cast<std::ptrdiff_t>(skipped), events_.end()};
}

int World::add_rule(Behaviour rule) {
    rules_.emplace_back(++rule_numbers_, std::move(rule));
    settings_changed();
    return rule_numbers_;
}

bool World::remove_rule(int number) {
    bool is_found =
        std::erase_if(rules_, [&](const auto& entry) { return entry.first == number; }) > 0;
    if (is_found) settings_changed();
    return is_found;
}

Behaviour World::behaviour_for(const std::string& to, const std::string& text) {
    auto at = std::ranges::find_if(rules_, [&](const auto& entry) {
        const Behaviour& rule = entry.second;
        return (rule.to.empty() || rule.to == to) && text.find(rule.text) != std::string::npos;
    });
    if (at == rules_.end()) return config.usual;
    Behaviour found = at->second;
    if (found.times != 0 && --at->second.times == 0) {
        rules_.erase(at);
        settings_changed();
    }
    return found;
}

void World::add(const MessagePtr& message) {
    messages_.push_back(message);
    by_id_[message->id] = message;
    changed(*message);
}

MessagePtr World::find(const std::string& id) const {
    auto at = by_id_.find(id);
    return at == by_id_.end() ? nullptr : at->second;
}

const File* World::file(const std::string& name) const {
    auto at = files_.find(name);
    return at == files_.end() ? nullptr : &at->second;
}

void World::reset() {
    rules_.clear();
    messages_.clear();
    by_id_.clear();
    files_.clear();
    config.usual = Behaviour();
    settings_changed();
    reset_revision_ = revision_;
    add_file("picture.png", File{"image/png", base64_decode(picture)});
}

asio::awaitable<void> World::wait(std::function<bool()> is_met, Milliseconds timeout) {
    asio::steady_timer timer(io_, timeout);
    auto deadline = timer.expiry();
    waiting_.insert(&timer);
    while (!is_met() && std::chrono::steady_clock::now() < deadline) {
        boost::system::error_code ignored;
        timer.expires_at(deadline);
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    waiting_.erase(&timer);
}

std::string iso_time(Time time) {
    auto ms = std::chrono::duration_cast<Milliseconds>(time.time_since_epoch()).count() % 1000;
    std::string fraction = std::to_string(1000 + ms).substr(1);
    return format_time(time, "%Y-%m-%dT%H:%M:%S.") + fraction + "Z";
}

std::string rfc2822_time(Time time) {
    return format_time(time, "%a, %d %b %Y %H:%M:%S +0000");
}

std::string iso_date(Time time) {
    return format_time(time, "%Y-%m-%d");
}

}  // namespace simulator
