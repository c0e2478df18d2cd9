// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/server/service.hpp"
#include "gateway/store/accounts_ops.hpp"
#include "xmpp/xep/register.hpp"

namespace sallyport::server {

/// Derives what is stored for a password, beside the network thread (AccountAuth::derive_for).
/// Nothing: it cannot be one. False: `who` or all together want too many.
using DeriveKeys = std::function<bool(
    const std::string& who,
    const xmpp::Jid& account,
    std::string password,
    std::function<void(std::optional<std::vector<store::AccountKey>>)> done
)>;

/// XEP-0077 in-band registration. Before authentication: new accounts, when the operator opened it,
/// a few for each address. After: a new password (which ends the account's other sessions, A23),
/// and leaving for good.
class Registration final : public Service {
  public:
    static constexpr int accounts_per_hour = 3;  ///< of one address
    static constexpr int tries_per_hour = 30;
    static constexpr std::size_t max_addresses = 20'000;  ///< remembered

    /// `hub` outlives it.
    Registration(Hub& hub, DeriveKeys derive, bool is_open);
    ~Registration() override;
    void set_open(bool is_open) { is_open_ = is_open; }

    std::vector<Row> rows() override;

    /// A stranger asks: `answered` is called once with what to send back. `peer`: their address.
    using Answered = std::function<void(xmpp::Stanza)>;
    void ask(const std::string& peer, const xmpp::Stanza& iq, Answered answered);

  private:
    struct Tries {
        int tries = 0;
        int accounts = 0;
        std::chrono::steady_clock::time_point since{};
    };
    struct Applicant;

    Tries* tries_of(const std::string& peer);
    Handled apply(const std::shared_ptr<Applicant>& applicant, const xmpp::Registration& form);
    bool is_reserved(const xmpp::Jid& bare) const;
    void create(const std::shared_ptr<Applicant>& applicant, std::vector<store::AccountKey> keys);
    Handled get(Request& request);
    Handled set(Request& request);
    Handled leave(Request& request);
    Handled change_password(const Request& request, std::string password);
    void set_keys(
        const xmpp::Stanza& iq, std::int64_t account, std::vector<store::AccountKey> keys
    );

    Hub& hub_;
    DeriveKeys derive_;
    bool is_open_;
    std::unordered_map<std::string, Tries> tries_;  ///< by address
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace sallyport::server
