// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "gateway/base/clock.hpp"
#include "gateway/base/scheduler.hpp"
#include "gateway/port/http.hpp"
#include "gateway/port/inbound.hpp"
#include "gateway/port/transport.hpp"
#include "xmpp/core/result.hpp"

namespace sallyport {
class Log;
class Metrics;
namespace net {
class HttpClient;
}
}  // namespace sallyport

namespace sallyport::port {

/// What became of an accepted inbound value once its transaction was committed.
enum class Accepted { stored, duplicate, unowned };

/// Public URLs that belong to one transport. Paths are absolute; a mount covers the path and all
/// below it.
class Webhooks {
  public:
    virtual ~Webhooks() = default;
    virtual void mount(std::string path, WebhookHandler handler) = 0;
    virtual void unmount(std::string_view path) = 0;
    virtual const std::string& public_url(
    ) const = 0;  ///< http.public.url without a trailing slash, "" when absent
};

/// A transport's own durable rows: ordered keys in its own namespace.
class Records {
  public:
    virtual ~Records() = default;
    virtual void put(
        std::string key,
        std::string value,
        std::optional<WallTime> expires,
        std::function<void(Result<>)> done
    ) = 0;
    virtual void erase(std::string key, std::function<void(Result<>)> done) = 0;
    virtual void get(
        std::string key, std::function<void(Result<std::optional<std::string>>)> done
    ) = 0;
    virtual void scan(
        std::string prefix,
        std::function<void(Result<std::vector<std::pair<std::string, std::string>>>)> done
    ) = 0;
};

/// The registrations of this transport, indexed in memory. Pointers live until the next
/// registration changes.
class Accounts {
  public:
    virtual ~Accounts() = default;
    virtual const Account* find(const UserLabel& user) const = 0;
    virtual const Account* find_by_own_address(std::string_view own_address) const = 0;
    virtual bool is_resting(std::string_view own_address
    ) const = 0;  ///< in quarantine after release
    virtual std::vector<const Account*> all() const = 0;
    /// The user to whom the file assigns this address, if any.
    virtual std::optional<UserLabel> assigned(std::string_view own_address) const = 0;
};

/// Everything a transport is given. All members outlive it; all calls on the network thread.
class Context {
  public:
    virtual ~Context() = default;
    virtual boost::asio::any_io_executor executor() = 0;
    virtual net::HttpClient& http() = 0;
    virtual Webhooks& webhooks() = 0;
    virtual const TimeSource& time() const = 0;
    virtual Scheduler& scheduler() = 0;
    virtual const Log& log() const = 0;
    virtual Metrics& metrics() = 0;
    virtual Records& records() = 0;
    virtual const Accounts& accounts() const = 0;
    virtual const std::string& domain() const = 0;
    virtual const std::string& hook_secret(
    ) const = 0;  ///< for HMACs of callback tokens; from data/key, stable over restarts

    /// Takes responsibility for a value from the network: `done` runs after its transaction is
    /// committed (or failed: then upstream must not be acknowledged). MessageReceived is
    /// deduplicated by (provider, ref.id) for 72 h, Outcomes by the lattice.
    virtual void accept(Inbound value, std::function<void(Result<Accepted>)> done) = 0;
    /// A verified event that no rule understood: kept raw for the operator.
    virtual void accept_unknown(
        std::string provider, std::string raw, std::function<void(Result<>)> done
    ) = 0;
    /// A webhook of this provider proved to be genuine: its URL and secret are set up well. Told to
    /// operators with the time.
    virtual void webhook_verified(std::string_view provider) = 0;
    /// The result of one attempt of submit(): exactly once per Pending.
    virtual void attempted(int attempt, Outcome outcome) = 0;
    /// News that need no row. False: the receiver is full, stop reading.
    virtual bool publish(AccountId account, Inbound value) = 0;
    /// The provider stopped taking messages (credentials, balance, suspended; not_connected: it is
    /// away), or takes them again: told to log, metrics, readyz and admins. Told again after each
    /// trial of one that is away: admins hear of it only when that lasts.
    virtual void provider_held(std::string_view provider, const Failure& why) = 0;
    virtual void provider_resumed(std::string_view provider) = 0;
};

}  // namespace sallyport::port
