// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "gateway/base/log.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/base/scheduler.hpp"
#include "gateway/net/http_client.hpp"
#include "gateway/port/context.hpp"
#include "tests/support/fake_time.hpp"

namespace sallyport::sms::test {

/// Runs what is due when the test advances time.
class FakeScheduler final : public Scheduler {
  public:
    explicit FakeScheduler(sallyport::test::FakeTime& time) : time_(time) {
        time_.on_advance([this] { run_due(); });
    }
    Id at(std::chrono::steady_clock::time_point when, std::function<void()> run) override {
        waiting_.emplace(++last_, std::pair(when, std::move(run)));
        return last_;
    }
    void cancel(Id id) override { waiting_.erase(id); }
    std::size_t waiting() const { return waiting_.size(); }

  private:
    void run_due() {
        for (bool found = true; found;) {
            found = false;
            for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
                if (it->second.first > time_.now()) continue;
                auto run = std::move(it->second.second);
                waiting_.erase(it);
                run();
                found = true;
                break;
            }
        }
    }
    sallyport::test::FakeTime& time_;
    std::map<Id, std::pair<std::chrono::steady_clock::time_point, std::function<void()>>> waiting_;
    Id last_ = 0;
};

/// Keeps requests until the test answers them.
class FakeHttp final : public net::HttpClient {
  public:
    void request(port::HttpRequest request, port::HttpDone done) override {
        waiting.emplace_back(std::move(request), std::move(done));
    }
    std::size_t running() const override { return waiting.size(); }

    void answer(int status, std::string body = {}, port::HttpFields headers = {}) {
        port::HttpResult result;
        result.response.emplace(status, std::move(body));
        result.response->headers = std::move(headers);
        finish(std::move(result));
    }
    void fail(port::HttpFailure::Kind kind) {
        port::HttpResult result;
        result.failure.emplace(kind, "no");
        finish(std::move(result));
    }
    const port::HttpRequest& next() const { return waiting.front().first; }

    std::deque<std::pair<port::HttpRequest, port::HttpDone>> waiting;

  private:
    void finish(port::HttpResult result) {
        auto done = std::move(waiting.front().second);
        waiting.pop_front();
        done(std::move(result));
    }
};

class FakeWebhooks final : public port::Webhooks {
  public:
    void mount(std::string path, port::WebhookHandler handler) override {
        handlers[std::move(path)] = std::move(handler);
    }
    void unmount(std::string_view path) override { handlers.erase(std::string(path)); }
    const std::string& public_url() const override { return url; }

    std::map<std::string, port::WebhookHandler> handlers;
    std::string url = "https://gw.example.org";
};

class FakeAccounts final : public port::Accounts {
  public:
    const port::Account* find(const port::UserLabel& user) const override {
        return find_if([&](const port::Account& one) { return one.user == user; });
    }
    const port::Account* find_by_own_address(std::string_view own) const override {
        return find_if([&](const port::Account& one) { return one.own_address == own; });
    }
    bool is_resting(std::string_view own) const override { return resting == own; }
    std::vector<const port::Account*> all() const override {
        std::vector<const port::Account*> out;
        for (const auto& one : list) out.push_back(&one);
        return out;
    }
    std::optional<port::UserLabel> assigned(std::string_view own) const override {
        const auto found = assignments.find(std::string(own));
        return found == assignments.end() ? std::nullopt
                                          : std::optional(port::UserLabel{found->second});
    }

    std::deque<port::Account> list;
    std::map<std::string, std::string> assignments;
    std::string resting;

  private:
    template <class Test>
    const port::Account* find_if(Test test) const {
        for (const auto& one : list) {
            if (test(one)) return &one;
        }
        return nullptr;
    }
};

/// Everything a transport is given, with the test in place of core, store and network.
class FakeContext final : public port::Context, public port::Records {
  public:
    FakeContext()
        : scheduler_(time_), log_([this](std::string_view line) { lines.emplace_back(line); }) {}

    boost::asio::any_io_executor executor() override { return io.get_executor(); }
    net::HttpClient& http() override { return http_client; }
    port::Webhooks& webhooks() override { return hooks; }
    const TimeSource& time() const override { return time_; }
    Scheduler& scheduler() override { return scheduler_; }
    const Log& log() const override { return log_; }
    Metrics& metrics() override { return metrics_; }
    port::Records& records() override { return *this; }
    const port::Accounts& accounts() const override { return registered; }
    const std::string& domain() const override { return domain_; }
    const std::string& hook_secret() const override { return secret_; }

    void accept(port::Inbound value, std::function<void(Result<port::Accepted>)> done) override {
        accepted.push_back(std::move(value));
        if (is_disk_full) return done(Error("disk full"));
        if (holds_commits)
            commits.push_back([done] { done(port::Accepted::stored); });
        else
            done(port::Accepted::stored);
    }
    void accept_unknown(std::string, std::string raw, std::function<void(Result<>)> done) override {
        unknown.push_back(std::move(raw));
        done({});
    }
    void webhook_verified(std::string_view provider) override { verified.emplace_back(provider); }
    void attempted(int attempt, port::Outcome outcome) override {
        outcomes.emplace_back(attempt, std::move(outcome));
    }
    bool publish(port::AccountId, port::Inbound) override { return true; }
    void provider_held(std::string_view provider, const port::Failure& why) override {
        ++times_held;
        held[std::string(provider)] = why.reason;
    }
    void provider_resumed(std::string_view provider) override {
        ++times_resumed;
        held.erase(std::string(provider));
    }

    void put(
        std::string key,
        std::string value,
        std::optional<WallTime>,
        std::function<void(Result<>)> done
    ) override {
        rows[std::move(key)] = std::move(value);
        done({});
    }
    void erase(std::string key, std::function<void(Result<>)> done) override {
        rows.erase(key);
        done({});
    }
    void get(std::string key, std::function<void(Result<std::optional<std::string>>)> done)
        override {
        const auto found = rows.find(key);
        done(found == rows.end() ? std::optional<std::string>() : std::optional(found->second));
    }
    void scan(
        std::string,
        std::function<void(Result<std::vector<std::pair<std::string, std::string>>>)> done
    ) override {
        done(std::vector<std::pair<std::string, std::string>>());
    }

    void advance(std::chrono::milliseconds by) {
        time_.advance(by);
        run();
    }
    void run() {
        io.restart();
        io.poll();
    }

    boost::asio::io_context io;
    FakeHttp http_client;
    FakeWebhooks hooks;
    FakeAccounts registered;
    std::vector<port::Inbound> accepted;
    std::vector<std::string> unknown;
    std::vector<std::string> verified;  ///< providers, one for each webhook
    std::vector<std::pair<int, port::Outcome>> outcomes;
    std::map<std::string, port::Reason> held;
    int times_held = 0;  ///< how often the admins were told
    int times_resumed = 0;
    std::map<std::string, std::string> rows;
    std::vector<std::string> lines;
    std::vector<std::function<void()>> commits;
    bool is_disk_full = false;
    bool holds_commits = false;

  private:
    sallyport::test::FakeTime time_;
    FakeScheduler scheduler_;
    Log log_;
    Metrics metrics_;
    std::string domain_ = "sms.example.org";
    std::string secret_ = "hook secret";
};

}  // namespace sallyport::sms::test
