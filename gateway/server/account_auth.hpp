// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.hpp"
#include "gateway/core/world.hpp"
#include "gateway/net/aside.hpp"
#include "gateway/server/login_throttle.hpp"
#include "gateway/store/accounts_ops.hpp"
#include "xmpp/core/jid.hpp"
#include "xmpp/sasl/mechanism.hpp"

namespace sallyport::server {

using Legacy = config::ServerConfig::Legacy;

/// What is stored for a password: the keys of every SCRAM family that is offered, each with a salt
/// of its own. Nothing when it cannot be a password. Costs several key derivations.
std::optional<std::vector<store::AccountKey>> make_keys(std::string_view password);
/// The same for this account (a bare JID); with Legacy::on also what DIGEST-MD5 and CRAM-MD5
/// compute with.
std::optional<std::vector<store::AccountKey>> make_keys(
    const xmpp::Jid& account, std::string_view password, Legacy legacy
);

/// Answers what SASL mechanisms ask about accounts, from the store. Nobody learns from answer or
/// time whether an account exists (A16). Key derivations run beside the network thread, a bounded
/// number of them, and of each address.
class AccountAuth {
  public:
    using Answered = std::function<void(xmpp::sasl::Answer)>;
    static constexpr std::size_t max_waiting = 256;     ///< derivations, of all
    static constexpr std::size_t max_per_address = 16;  ///< or account

    /// `world` outlives it. `domain`: of the accounts.
    AccountAuth(core::World& world, xmpp::Jid domain, Legacy legacy = Legacy::off);
    AccountAuth(const AccountAuth&) = delete;
    AccountAuth& operator=(const AccountAuth&) = delete;

    /// `answered` is called once, on a later turn or at once; not after destruction.
    void ask(const std::string& peer, const xmpp::sasl::Question& question, Answered answered);
    /// Those of `users` (normalised) that are accounts, in their order, disabled ones too; none
    /// when the store cannot be asked. `done` as above.
    void find_accounts(
        std::vector<std::string> users, std::function<void(std::vector<std::string>)> done
    );
    /// Whether a try that is judged elsewhere is refused unseen: too many were wrong. `user` is
    /// normalised.
    bool is_banned(const std::string& peer, const std::string& user);
    /// How the exchange ended for which keys were asked, or one that was judged elsewhere.
    void proved(const std::string& peer, const std::string& user, std::string_view mechanism);
    /// `proof`: what was wrong, as the metric says it.
    void failed(const std::string& peer, const std::string& user, const char* proof = "password");
    /// Derives what is stored for a new password beside the network thread. Nothing: it cannot be
    /// one. For the operator: not counted.
    using Derived = std::function<void(std::optional<std::vector<store::AccountKey>>)>;
    void derive(const xmpp::Jid& account, std::string password, Derived done);
    /// The same for `who`, an address_group() or a bare JID; "" = counted with all alone. False:
    /// too many derivations wait, of all or of them, and `done` is not called.
    bool derive_for(
        const std::string& who, const xmpp::Jid& account, std::string password, Derived done
    );
    /// Forgets what an earlier Legacy::on has left in the store: call it before anybody logs in.
    void erase_unwanted_keys();

  private:
    struct Try {
        std::string peer;
        std::string user;  ///< normalised, "" = could not be anybody's
        Answered answered;
    };

    void answer(Try attempt, const xmpp::sasl::AskKeys& ask);
    void answer(Try attempt, const xmpp::sasl::AskPassword& ask);
    void answer(Try attempt, const xmpp::sasl::AskSecret& ask);
    void answer(Try attempt, const xmpp::sasl::AskCertificate& ask);
    template <class Ask>
    void answer(Try attempt, const Ask&) {
        attempt.answered(xmpp::sasl::Denied{});
    }
    void find(const std::string& user, std::function<void(const store::FindAccount::Answer*)> done);
    void check(const Try& attempt, std::string password, const store::FindAccount::Answer& found);
    bool run(
        const std::string& who,
        std::size_t derivations,
        std::function<void()> work,
        std::function<void()> done
    );
    void count_refused(const char* reason);
    void refuse(const Try& attempt, xmpp::sasl::Fault fault, const char* reason);

    core::World& world_;
    xmpp::Jid domain_;
    Legacy legacy_;
    LoginThrottle throttle_;
    std::unordered_map<std::string, std::size_t> deriving_;  ///< derivations, by who wants them
    std::size_t waiting_ = 0;                                ///< derivations, of all
    std::shared_ptr<int> alive_ = std::make_shared<int>();   ///< watched by what comes back later
    net::Aside aside_;
};

}  // namespace sallyport::server
