// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "gateway/base/clock.hpp"
#include "gateway/base/scheduler.hpp"
#include "gateway/core/world.hpp"
#include "gateway/port/transport.hpp"
#include "gateway/store/store.hpp"
#include "xmpp/core/stanza.hpp"

/// What a core stands on, in the hands of a test: time, timers, store, link and network.
namespace sallyport::test {

/// Both clocks, moved by the test alone.
class FakeTime final : public TimeSource {
  public:
    std::chrono::steady_clock::time_point now() const override { return now_; }
    WallTime wall() const override { return wall_; }
    void move(std::chrono::milliseconds by) {
        now_ += by;
        wall_ += by;
    }
    void set_wall_back(std::chrono::milliseconds by) { wall_ -= by; }

  private:
    std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
    WallTime wall_{std::chrono::milliseconds(1'800'000'000'000)};  ///< 2027-01-15 08:00 UTC
};

/// Timers that run when the test says so.
class FakeScheduler final : public Scheduler {
  public:
    Id at(std::chrono::steady_clock::time_point when, std::function<void()> run) override;
    void cancel(Id id) override;
    /// Runs the earliest timer that is due at `now`; false when there is none.
    bool run_one(std::chrono::steady_clock::time_point now);
    /// When the earliest timer is due.
    std::optional<std::chrono::steady_clock::time_point> next() const;
    std::size_t size() const { return timers_.size(); }

  private:
    std::map<std::pair<std::chrono::steady_clock::time_point, Id>, std::function<void()>> timers_;
    Id last_ = 0;
};

/// A store that counts what is under way, and on demand fails as a full disk does, or is as slow
/// as a bad one.
class SpyStore final : public store::Store {
  public:
    explicit SpyStore(std::unique_ptr<store::Store> inner) : inner_(std::move(inner)) {}
    std::size_t pending() const override { return inner_->pending() + held.size(); }
    bool healthy() const override { return !is_full; }
    void backup(std::string path, std::function<void(Result<>)> done) override {
        inner_->backup(std::move(path), std::move(done));
    }

    bool is_full = false;       ///< writes fail, nothing is stored
    bool is_slow = false;       ///< writes are done at once, but that is told by let_go() alone
    std::size_t under_way = 0;  ///< completions that are still to come
    std::size_t written = 0;    ///< writes that were asked for
    std::size_t asked = 0;      ///< questions
    std::deque<std::function<void()>>
        failing;  ///< completions of refused writes, run by CoreWorld::settle
    std::deque<std::function<void()>> held;  ///< completions that is_slow holds back

    /// Tells the oldest `count` writes that they are done.
    void let_go(std::size_t count = SIZE_MAX);

  protected:
    void submit(store::Write op, WriteDone done) override;
    void ask(store::Read op, ReadDone done) override;

  private:
    std::unique_ptr<store::Store> inner_;
};

/// The link: keeps what was sent.
class RecordingSink final : public core::StanzaSink {
  public:
    Result<bool> send(const xmpp::Stanza& stanza) override {
        if (!is_up) return false;
        sent.push_back(stanza);
        return true;
    }
    bool is_up = true;
    std::vector<xmpp::Stanza> sent;
};

/// A network like SMS: numbers are people, texts are taken and answered as the test says.
class FakeTransport final : public port::Transport {
  public:
    struct Submission {
        port::AccountId account;
        port::OutId id;
        int attempt = 0;
        port::SendMessage message;
    };

    FakeTransport(boost::asio::any_io_executor executor, const TimeSource& time)
        : executor_(std::move(executor)), time_(time) {
        can.receipts = true;
        can.attachments = true;
        can.gateway_type = "sms";
    }

    // What it says, set by tests.
    port::Capabilities can;
    port::RegistrationOffer asks;  ///< its registration form
    std::deque<port::Answer<port::RegistrationGrant>>
        grants;                           ///< answers of grant(), one after another; the last stays
    bool is_silent = false;               ///< grant() never answers
    std::deque<port::Submitted> results;  ///< answers of submit(); none left = Pending
    std::deque<port::Answer<port::Reply>> replies;  ///< answers of ask(); none left = unknown
    std::function<void()> before_reply;             ///< runs within ask(), once
    std::optional<port::Route> way{
        port::Route("primary")};           ///< route() of every address; nothing = held
    std::optional<port::Refusal> refusal;  ///< refuse() of every message
    std::size_t slots = SIZE_MAX;  ///< reserve() succeeds that often; then there is one in a second

    // What happened to it.
    std::vector<Submission> submitted;
    std::vector<port::FormValues> granted_for;
    std::vector<port::Query> asked;
    std::vector<port::Account> changed;
    std::vector<port::AccountId> removed;

    std::string_view name() const override { return "sms"; }
    port::Capabilities capabilities() const override { return can; }
    port::RegistrationMode registration() const override {
        return port::RegistrationMode::required;
    }
    /// "+15551234567"; digits with separators mean "+1…" of them; 3-6 digits are short codes;
    /// letters only cannot be answered.
    port::Answer<port::ParsedAddress> parse_address(
        std::string_view local, std::string_view resource, const port::Account* account
    ) const override;
    port::Answer<port::Address> parse_prompt(std::string_view typed, const port::Account* account)
        const override;
    std::string format(const port::Address& address) const override { return address.text; }
    port::ContactInfo contact(const port::Address& address) const override;
    std::pair<std::string, std::string> prompt() const override {
        return {"Enter a phone number.", "Phone number"};
    }
    std::optional<port::Refusal> refuse(const port::SendMessage&, const port::Account&)
        const override {
        return refusal;
    }
    port::Submitted submit(
        const port::Account& account, const port::OutId& id, int attempt, port::Outbound outbound
    ) override;
    std::optional<port::Route> route(std::string_view) const override { return way; }
    std::vector<std::pair<std::string, port::Route>> routes() const override;
    bool reserve(std::string_view own_address) override;
    void refund(std::string_view) override { ++slots; }
    boost::asio::awaitable<port::Answer<port::Reply>> ask(
        const port::Account& account, port::Query query
    ) override;
    port::Answer<port::RegistrationOffer> offer(const port::UserLabel&, const port::Account*)
        override {
        return asks;
    }
    boost::asio::awaitable<port::Answer<port::RegistrationGrant>> grant(
        port::UserLabel user, port::FormValues values
    ) override;
    void account_changed(const port::Account& account) override { changed.push_back(account); }
    void account_removed(port::AccountId id) override { removed.push_back(id); }
    std::vector<std::string> setup_lines() const override { return {}; }
    void open() override {}
    void close(std::function<void()> closed) override { closed(); }

    std::vector<std::string> own_addresses;  ///< that routes() names
    /// Ends the silence of grant().
    void release();

  private:
    std::vector<std::shared_ptr<boost::asio::steady_timer>> silences_;
    boost::asio::any_io_executor executor_;
    const TimeSource& time_;
};

}  // namespace sallyport::test
