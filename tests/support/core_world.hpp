// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "config/config.hpp"
#include "gateway/base/log.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/core/core.hpp"
#include "gateway/core/world.hpp"
#include "tests/support/core_fakes.hpp"
#include "xmpp/core/stanza.hpp"

/// A whole core in a test tube: real router, services, delivery and store (`:memory:`), with time,
/// timers, network and link in the hands of the test.
namespace sallyport::test {

/// The world with one domain, sms.example.org, beside the vhost example.org. Its users may use it;
/// ops@example.org is admin.
class CoreWorld {
  public:
    CoreWorld();
    ~CoreWorld();

    /// Runs everything that can run now: completions of the store, coroutines, due timers.
    void settle();
    /// Moves time, stopping at every timer on the way.
    void advance(std::chrono::milliseconds by);
    /// A stanza from the host, and all that follows from it.
    void receive(const xmpp::Stanza& stanza);
    /// Brings the link up or down.
    void link_up();
    void link_down();
    /// What was sent since the last call, answering barrier pings on the way (they are not
    /// returned).
    std::vector<xmpp::Stanza> take();
    /// A registered user, stored and known.
    const port::Account& add_account(std::string_view user, std::string_view own_address);
    const port::Account* account(std::string_view user) const {
        return domain.accounts.find(port::UserLabel{std::string(user)});
    }
    /// What the store answers to a question.
    template <class Op>
    typename Op::Answer read(Op op) {
        typename Op::Answer found;
        store.read(std::move(op), [&found](Result<typename Op::Answer> answer) {
            found = *std::move(answer);
        });
        settle();
        return found;
    }

    FakeTime time;
    FakeScheduler scheduler;
    Metrics metrics;
    std::vector<std::string> log_lines;
    Log log;
    boost::asio::io_context io;
    config::Config config;
    SpyStore store;
    FakeTransport transport;
    RecordingSink sink;
    core::Domain domain;
    std::unique_ptr<core::Core> core;

  private:
    std::size_t taken_ = 0;
};

xmpp::Jid jid(std::string_view text);
/// Stanzas to build plays from. Unset addresses: from alice's phone, to the domain.
inline constexpr std::string_view alice = "alice@example.org";
inline constexpr std::string_view phone = "alice@example.org/phone";
inline constexpr std::string_view gate = "sms.example.org";
inline constexpr std::string_view bob_number = "+15551234567@sms.example.org";
xmpp::Stanza chat(
    std::string_view to,
    std::string_view body,
    std::string_view id = "m1",
    std::string_view from = phone
);
xmpp::Stanza presence(xmpp::StanzaType type, std::string_view to, std::string_view from = alice);
xmpp::Stanza question(
    xmpp::StanzaType type, std::string_view to, xmpp::Element payload, std::string_view from = phone
);

// What a test looks for in what was sent.
const xmpp::Stanza* find_presence(
    const std::vector<xmpp::Stanza>& sent,
    xmpp::StanzaType type,
    std::string_view from,
    std::string_view to
);
/// The answer to question() among `sent`, or null.
const xmpp::Stanza* find_answer(const std::vector<xmpp::Stanza>& sent);
/// Bodies of all messages in `sent`, in order.
std::vector<std::string> bodies(const std::vector<xmpp::Stanza>& sent);
/// The error that a stanza of type error carries.
xmpp::StanzaError error_of(const xmpp::Stanza& stanza);

}  // namespace sallyport::test
