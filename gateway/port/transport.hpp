// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include "gateway/port/failure.hpp"
#include "gateway/port/http.hpp"
#include "gateway/port/inbound.hpp"
#include "gateway/port/outbound.hpp"
#include "gateway/port/query.hpp"
#include "gateway/port/types.hpp"

namespace sallyport::port {

template <class T>
using Answer = boost::system::result<T, Failure>;
[[noreturn]] void throw_exception_from_error(
    const Failure& failure, const boost::source_location& where
);

/// What a network can do: decides what contacts announce and what the core refuses by itself.
struct Capabilities {
    bool receipts = false;  ///< `delivered` outcomes come from the far end
    bool corrections = false;
    bool retractions = false;
    bool reactions = false;
    bool typing = false;
    bool rooms = false;
    bool contact_presence = false;  ///< false: every contact is always available
    bool attachments = false;
    std::string gateway_type;            ///< XMPP registrar: "sms", "irc", "smtp"
    std::string contact_type = "phone";  ///< client/<type>
};

/// How a localpart was understood. `canonical` differs from the input when the user should use
/// another address: the core answers with <gone/> naming it.
struct ParsedAddress {
    Address address;
    bool is_canonical = true;
    bool replyable = true;
};

/// A refusal made while looking at a message, before anything is stored: tells the sender at once.
struct Refusal {
    enum class Kind {
        not_acceptable,
        not_allowed,
        item_not_found,
        resource_constraint,
        feature_not_implemented,
        policy_violation
    };
    Kind kind = Kind::not_acceptable;
    std::string text;
    Refusal() = default;
    Refusal(Kind k, std::string t) : kind(k), text(std::move(t)) {}
};

enum class RegistrationMode {
    required,  ///< messages need a registered account
    none       ///< accounts are implicit
};

/// What core knows of an account when it opens or uses it.
struct Account {
    AccountId id;
    UserLabel user;
    std::string own_address;  ///< "+15550001111"
    FormValues credentials;   ///< decrypted, for `own` accounts only
    std::string provider;     ///< of `own` accounts: description name; "" otherwise
    std::string hook_token;   ///< of `own` accounts
    bool suspended = false;

    Account() = default;
};

/// What submit() did. `Pending`: an attempt runs, an Outcome for this id will be published exactly
/// once.
struct Pending {};
struct Done {
    std::vector<MessageRef> refs;
    DeliveryState state = DeliveryState::accepted;
};
/// The transport's own durable rows own the retry from here; outcomes come when they come.
struct Taken {};
using Submitted = std::variant<Pending, Done, Taken, Failure>;

/// The provider that an attempt would use, and how many attempts its rate limit allows at this
/// moment.
struct Route {
    std::string provider;
    std::size_t allowance = SIZE_MAX;
    std::chrono::steady_clock::time_point
        next_slot{};  ///< when allowance is 0: the instant of the next one
    /// Not empty: the provider is held, and one message is to try it. Routes of the same name have
    /// the allowance together.
    std::string trial;

    Route() = default;
    explicit Route(std::string p) : provider(std::move(p)) {}
};

/// How registration asks and answers. The core stores; the transport judges.
struct RegistrationOffer {
    Form form;  ///< what to ask; no fields = one click
};
struct RegistrationGrant {
    std::string own_address;  ///< the number or address the user gets
    std::string provider;     ///< of `own` accounts
    std::string hook_token;
    std::string message;     ///< to show: the number, the webhook URL to set, …
    bool from_pool = false;  ///< own_address returns to quarantine when released
    FormValues credentials;  ///< to store encrypted
};

/// One network. Lives as long as its domain is configured; all calls on the network thread.
class Transport {
  public:
    virtual ~Transport() = default;
    virtual std::string_view name() const = 0;  ///< "sms"
    virtual Capabilities capabilities() const = 0;
    virtual RegistrationMode registration() const = 0;

    /// Understands an *unescaped* localpart (and resource) as an address for this user (null =
    /// unknown user: no own region).
    virtual Answer<ParsedAddress> parse_address(
        std::string_view local, std::string_view resource, const Account* account
    ) const = 0;
    /// Understands what a person typed at the jabber:iq:gateway prompt.
    virtual Answer<Address> parse_prompt(std::string_view typed, const Account* account) const = 0;
    /// The canonical unescaped localpart.
    virtual std::string format(const Address& address) const = 0;
    virtual ContactInfo contact(const Address& address) const = 0;
    virtual std::pair<std::string, std::string> prompt() const = 0;  ///< description, prompt

    /// Judges a message before it is stored (length, region, emergency numbers). Nothing = fine.
    virtual std::optional<Refusal> refuse(const SendMessage& message, const Account& account)
        const = 0;
    /// Starts one attempt, whose slot core has reserved. `attempt` counts from 1. Quick: no
    /// waiting. Outcomes through Context::attempted.
    virtual Submitted submit(
        const Account& account, const OutId& id, int attempt, Outbound outbound
    ) = 0;
    /// Where an attempt from this own address would go now; nothing = no provider is configured, or
    /// it is held for a reason that does not pass by itself.
    virtual std::optional<Route> route(std::string_view own_address) const = 0;
    /// The same for every own address that has one.
    virtual std::vector<std::pair<std::string, Route>> routes() const = 0;
    /// Takes one sending slot of this own address if its rate allows it now; a slot that was not
    /// used is given back.
    virtual bool reserve(std::string_view own_address) = 0;
    virtual void refund(std::string_view own_address) = 0;
    virtual boost::asio::awaitable<Answer<Reply>> ask(const Account& account, Query query) = 0;

    virtual Answer<RegistrationOffer> offer(const UserLabel& user, const Account* existing) = 0;
    /// Judges a submitted form. May ask the network (credentials). Free pool addresses are found
    /// with `taken`.
    virtual boost::asio::awaitable<Answer<RegistrationGrant>> grant(
        UserLabel user, FormValues values
    ) = 0;

    /// How to fetch what a peer sent to this own address: our credentials go only where the
    /// network's description allows.
    virtual HttpRequest media_request(const Attachment& attachment, std::string_view own_address)
        const {
        static_cast<void>(own_address);
        HttpRequest request("GET", attachment.url);
        request.follow_redirects = true;
        request.public_addresses_only = true;
        return request;
    }

    /// An account was registered, changed, suspended or resumed. Networks with sessions open, close
    /// or keep theirs.
    virtual void account_changed(const Account& account) { static_cast<void>(account); }
    virtual void account_removed(AccountId id) { static_cast<void>(id); }

    /// Lines for `status` and check-config: what to paste at the provider.
    virtual std::vector<std::string> setup_lines() const = 0;
    /// Starts background work (sweeps, credential checks). Called once the store is open.
    virtual void open() = 0;
    /// Stops taking new work; outcomes of running attempts still come until `closed` is called.
    virtual void close(std::function<void()> closed) = 0;
};

}  // namespace sallyport::port
