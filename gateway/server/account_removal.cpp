// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/account_removal.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "gateway/core/core.hpp"
#include "gateway/core/services.hpp"
#include "gateway/server/hub.hpp"

namespace sallyport::server {
namespace {

using Done = std::function<void(Result<bool>)>;

/// One removal on its way, kept alive by what it waits for.
class Removal : public std::enable_shared_from_this<Removal> {
  public:
    Removal(Hub& hub, xmpp::Jid bare, Done done)
        : hub_(hub), bare_(std::move(bare)), done_(std::move(done)) {}

    void begin() {
        if (core::Core* core = hub_.core())
            for (const auto& [name, domain] : core->domains()) domains_.push_back(domain);
        leave_next();
    }

  private:
    /// The transports one after another.
    void leave_next() {
        const port::Account* account = nullptr;
        core::Domain* domain = nullptr;
        while (account == nullptr && !domains_.empty()) {
            domain = domains_.back();
            domains_.pop_back();
            account = domain->accounts.find(port::UserLabel{bare_.str()});
        }
        if (account == nullptr) return erase();
        auto removed = [self = shared_from_this()](Result<> left) {
            if (!left) return self->done_(left.error());
            self->leave_next();
        };
        hub_.core()->services().membership.remove(*domain, *account, std::move(removed));
    }

    /// What its sessions send from now on waits, and what others send to it.
    void erase() {
        hub_.with_account(bare_, [self = shared_from_this()](AccountState* account) {
            if (account == nullptr) return self->done_(false);
            self->hub_.changes().write(
                *account,
                {},
                store::RemoveAccount{account->number()},
                [self](AccountState& state, const Result<store::RemoveAccount::Answer>& answer) {
                    self->erased(state, answer);
                }
            );
        });
    }

    void erased(AccountState& account, const Result<store::RemoveAccount::Answer>& answer) {
        if (!answer) return done_(answer.error());
        for (Service* service : hub_.services().with(Hook::account_removed))
            service->on_account_removed(bare_, answer->records);
        done_(true);
        hub_.account_removed(account);
    }

    Hub& hub_;
    xmpp::Jid bare_;
    Done done_;
    std::vector<core::Domain*> domains_;
};

}  // namespace

void remove_account(Hub& hub, const xmpp::Jid& bare, Done done) {
    hub.world().store.read(
        store::FindAccount{bare.str()},
        [&hub, bare, done = std::move(done)](const Result<store::FindAccount::Answer>& found) {
            if (!found) return done(found.error());
            if (!found->row) return done(false);
            std::make_shared<Removal>(hub, bare, done)->begin();
        }
    );
}

}  // namespace sallyport::server
