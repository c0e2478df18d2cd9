// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/server/roster.hpp"
#include "xmpp/core/jid.hpp"

namespace sallyport::server {

class Session;
class AccountState;

/// The internal number of an account: never used again after the account is removed (A23).
using AccountNumber = std::int64_t;

/// What one service keeps in memory for one account (a blocklist); lives as long as AccountState.
class ServiceData {
  public:
    virtual ~ServiceData() = default;
};

/// What is known in memory of one local account: its sessions, roster and what services cached.
/// Loaded from the store on demand; meanwhile everything that needs it waits, in order. It waits
/// just so while a change of what is stored of the account is on its way to the disk: what is in
/// memory is what is committed (decisions/0005). Only changes of other subjects do not wait: many
/// share one commit.
class AccountState {
  public:
    enum class Phase { loading, ready, absent };

    explicit AccountState(xmpp::Jid bare);
    ~AccountState();
    AccountState(const AccountState&) = delete;
    AccountState& operator=(const AccountState&) = delete;

    const xmpp::Jid& bare() const { return bare_; }
    AccountNumber number() const { return number_; }
    Phase phase() const { return phase_; }
    bool is_ready() const { return phase_ == Phase::ready; }
    /// Ready, nothing of it is being written and nothing waits.
    bool is_settled() const { return is_ready() && changing_.empty() && waiting_.empty(); }
    /// May what concerns this subject begin now? "" = all that is no change of one subject.
    bool takes(std::string_view subject) const;
    /// Is a change of this subject on its way?
    bool is_changing(std::string_view subject) const;
    /// Subjects that are on their way, and what waits for them.
    std::size_t changes() const { return changing_.size(); }
    std::size_t waiting() const { return waiting_.size(); }

    /// Bound resources, oldest first.
    const std::vector<Session*>& sessions() const { return sessions_; }
    Session* find(std::string_view resource) const;
    bool has_available() const;

    Roster roster;

    /// What the service with this slot (ServiceTable::make_slot) keeps; null before it was put.
    template <class T>
    T* data(std::size_t slot) const {
        return slot < data_.size() ? static_cast<T*>(data_[slot].get()) : nullptr;
    }
    void put_data(std::size_t slot, std::unique_ptr<ServiceData> data);

  private:
    bool may_begin(std::string_view subject) const;
    /// Calls this when all that waits now has run.
    void mark(std::function<void()> reached);
    friend class Accounts;
    friend class AccountLoader;
    friend class Sessions;
    xmpp::Jid bare_;
    AccountNumber number_ = 0;
    Phase phase_ = Phase::loading;
    bool is_idle_ = false;  ///< stands in the list of those that may be forgotten
    std::vector<Session*> sessions_;
    std::vector<std::unique_ptr<ServiceData>> data_;
    struct Waiting {
        std::function<void(AccountState*)> use;
        std::string subject;
        /// Of a marker: whom it calls. Markers that would stand side by side are one.
        std::shared_ptr<std::vector<std::function<void()>>> marked = {};
    };
    std::list<Waiting> waiting_;         ///< a deque at rest would hold 576 bytes
    std::vector<std::string> changing_;  ///< subjects whose writes are not committed yet
    bool is_draining_ = false;
};

/// The accounts in memory. Those with sessions stay; of the others the last used few.
class Accounts {
  public:
    using Use = std::function<void(AccountState*)>;
    /// Reads an account's rows: `done(true)` when it exists and all is in place.
    using Load = std::function<void(AccountState&, std::function<void(bool)> done)>;
    static constexpr std::size_t max_idle = 512;

    explicit Accounts(Load load) : load_(std::move(load)) {}

    /// In memory and ready, else null. Takes any address of the account.
    AccountState* find(const xmpp::Jid& any) const;
    /// Runs `use` with the account of this address, null when there is none: at once when it is in
    /// memory and takes() the subject, else as soon as it does, in the order of the calls.
    void with(const xmpp::Jid& any, Use use, std::string subject = {});
    /// A change of this subject ("" = of the whole account) is on its way to the store.
    void begin_change(AccountState& account, std::string_view subject);
    /// It is there, or never will be: what waited for it runs.
    void end_change(AccountState& account, std::string_view subject);
    /// In memory, ready or about to be. False: nobody of it is here.
    bool knows(const xmpp::Jid& any) const { return accounts_.contains(any.bare_view()); }
    /// Runs `run` when everything that now waits for an account has run: at once when nothing does.
    void after_waiting(std::function<void()> run);
    /// Forgets what is in memory of an account without sessions. The object lives until bury().
    void forget(const xmpp::Jid& any);
    /// Frees what was forgotten, when nobody up the stack holds it any more.
    void bury() { forgotten_.clear(); }
    /// Has no sessions any more: may be forgotten.
    void rest(AccountState& account);
    std::size_t size() const { return accounts_.size(); }
    template <class F>
    void for_each(F&& f) const {
        for (const auto& [key, account] : accounts_)
            if (account->is_ready()) f(*account);
    }

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };
    using Map =
        std::unordered_map<std::string, std::unique_ptr<AccountState>, Hash, std::equal_to<>>;

    void loaded(AccountState& account, bool exists);
    void drain(AccountState& account);
    void trim();

    Load load_;
    Map accounts_;
    std::deque<std::string> idle_;  ///< keys of those without sessions, oldest first
    std::vector<AccountState*> unsettled_;
    std::vector<std::unique_ptr<AccountState>> forgotten_;
};

}  // namespace sallyport::server
