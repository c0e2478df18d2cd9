// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/base/scheduler.hpp"
#include "gateway/port/transport.hpp"
#include "transports/sms/provider.hpp"
#include "transports/sms/rate_bucket.hpp"

namespace sallyport::sms {

/// One account with a provider: an entry of the file, or what a user brought. Shared with the
/// requests that run for it.
struct Line {
    std::string entry;      ///< name of the `providers:` entry
    std::string shown;      ///< name for operators: the entry, for a user's own "entry/+number"
    std::string hook_path;  ///< "/hook/DOMAIN/ENTRY", for a user's own with "/TOKEN"
    std::shared_ptr<const Provider> provider;
    std::shared_ptr<const Provider>
        previous;  ///< before the last change of credentials: still verifies webhooks
    config::ProviderLimits limits;
    RateBucket rate;  ///< limits.per_account
    std::vector<std::string> numbers;
    std::optional<port::AccountId> owner;  ///< of a user's own

    // Whether it takes messages. Held: `held` says why, and `checked_again` runs at its time. On
    // trial: held, but nothing except a message can tell whether still, so one at a time may try.
    // Away: held, because nothing answered.
    std::optional<port::Failure> held;
    int unanswered = 0;             ///< attempts in a row
    std::chrono::seconds pause{0};  ///< of the last hold; grows until a message is taken
    Scheduler::Id checked_again = 0;
    std::chrono::steady_clock::time_point checked_at{};  ///< when that runs
    bool is_on_trial = false;
    bool has_trial_running = false;
    bool was_resumed_by_check = false;  ///< and no message has been taken since
    bool is_check_trusted = true;  ///< false: it said that all is well, and messages were refused
    bool is_gone = false;          ///< removed or replaced: what still runs on it holds nothing

    bool takes_messages() const { return !held || (is_on_trial && !has_trial_running); }
    bool is_away() const { return held && held->reason == port::Reason::not_connected; }
    bool is_own() const { return owner.has_value(); }
};

/// One of our numbers: the line that serves it, and its own rate.
struct Number {
    std::shared_ptr<Line> line;
    RateBucket rate;
};

/// All lines and numbers of one transport.
class Directory {
  public:
    using Lines = std::vector<std::shared_ptr<Line>>;

    /// Puts the file's entries in place. Lines whose name stays keep their state; one whose
    /// credentials or address changed keeps its old provider for verifying. Returns the lines that
    /// were changed in this way.
    Lines load(const config::SmsConfig& config, std::string_view domain);
    /// Adds or replaces a user's own line. False when its entry is not in the file.
    bool put_own(
        const config::SmsConfig& config, const port::Account& account, std::string_view domain
    );
    void remove_own(port::AccountId id);

    Number* find(std::string_view number);
    const Number* find(std::string_view number) const;
    std::shared_ptr<Line> find_entry(std::string_view entry) const;
    /// A user's own line by the token in its webhook URLs.
    std::shared_ptr<Line> find_own(std::string_view entry, std::string_view token) const;
    std::shared_ptr<Line> find_own(port::AccountId id) const;
    Lines lines() const;
    const std::unordered_map<std::string, Number>& numbers() const { return numbers_; }

  private:
    void index(const std::shared_ptr<Line>& line, const config::ProviderLimits& limits);

    std::map<std::string, std::shared_ptr<Line>, std::less<>> entries_;
    std::map<port::AccountId, std::shared_ptr<Line>> own_;
    std::map<std::string, port::AccountId, std::less<>> tokens_;  ///< "ENTRY/TOKEN"
    std::unordered_map<std::string, Number> numbers_;
};

/// The provider of an entry with other credentials than the file's: a user's own.
std::shared_ptr<const Provider> make_provider(
    const config::ProviderConfig& entry,
    std::string_view region,
    std::map<std::string, std::string, std::less<>> credentials
);

}  // namespace sallyport::sms
