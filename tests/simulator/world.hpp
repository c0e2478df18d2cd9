// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <fstream>
#include <ranges>
#include <set>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

#include "tests/simulator/model.hpp"

namespace simulator {

namespace json = boost::json;

/// All that the simulator knows: configuration, rules, messages, files and the event log. Used by
/// one thread.
class World {
  public:
    explicit World(boost::asio::io_context& io);

    [[nodiscard]] boost::asio::io_context& io() { return io_; }

    Config config;
    /// Told of every event, after it was logged; the phone draws them.
    std::function<void(const json::object&)> on_event;

    /// Appends events to this file from now on. False when it cannot be opened.
    [[nodiscard]] bool open_log(const std::string& path);

    /// Gives the event its number and time, logs it, and wakes those who wait.
    void emit(std::string_view event, json::object fields);
    /// Those with a greater number; valid until the next event.
    [[nodiscard]] std::ranges::subrange<std::deque<json::object>::const_iterator> events_after(
        std::uint64_t sequence
    ) const;

    int add_rule(Behaviour rule);
    /// False when it is used up or never was.
    bool remove_rule(int number);
    /// By their numbers, in the order in which they are tried.
    [[nodiscard]] const std::vector<std::pair<int, Behaviour>>& rules() const { return rules_; }
    /// The behaviour for a send: that of the first matching rule, which is used up, or the usual
    /// one.
    [[nodiscard]] Behaviour behaviour_for(const std::string& to, const std::string& text);

    void add(const MessagePtr& message);
    [[nodiscard]] MessagePtr find(const std::string& id) const;
    [[nodiscard]] const std::deque<MessagePtr>& messages() const { return messages_; }

    void add_file(const std::string& name, File file) { files_[name] = std::move(file); }
    [[nodiscard]] const File* file(const std::string& name) const;
    /// The address at which a file of ours is fetched without authentication.
    [[nodiscard]] std::string file_url(const std::string& name) const {
        return config.url + "/_sim/media/" + name;
    }

    void reset();

    /// Counts the changes of everything that the page shows.
    [[nodiscard]] std::uint64_t revision() const { return revision_; }
    /// The revision of the last change of configuration or rules, and of the last reset.
    [[nodiscard]] std::uint64_t settings_revision() const { return settings_revision_; }
    [[nodiscard]] std::uint64_t reset_revision() const { return reset_revision_; }
    /// To be called after a message, or the configuration, was changed; wakes those who wait.
    void changed(Message& message);
    void settings_changed();

    /// Returns when `is_met` holds or the time is up. It is asked again after every event
    /// and every change.
    boost::asio::awaitable<void> wait(std::function<bool()> is_met, Milliseconds timeout);

  private:
    boost::asio::io_context& io_;
    std::ofstream log_;
    void wake();

    std::uint64_t sequence_ = 0;
    std::uint64_t revision_ = 0;
    std::uint64_t settings_revision_ = 0;
    std::uint64_t reset_revision_ = 0;
    std::deque<json::object> events_;
    std::vector<std::pair<int, Behaviour>> rules_;
    int rule_numbers_ = 0;
    std::deque<MessagePtr> messages_;
    std::map<std::string, MessagePtr> by_id_;
    std::map<std::string, File> files_;
    std::set<boost::asio::steady_timer*> waiting_;
};

/// 2026-01-31T12:00:00.123Z
[[nodiscard]] std::string iso_time(Time time);
/// Sat, 31 Jan 2026 12:00:00 +0000
[[nodiscard]] std::string rfc2822_time(Time time);
/// 2026-01-31
[[nodiscard]] std::string iso_date(Time time);

}  // namespace simulator
