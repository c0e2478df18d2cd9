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
    Removal(Hub& hub, xmpp::Jid bare, std::int64_t number, Done done)
        : hub_(hub), bare_(std::move(bare)), number_(number), done_(std::move(done)) {}

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
        if (account == nullptr) return end_sessions();
        auto removed = [self = shared_from_this()](Result<> left) {
            if (!left) return self->done_(left.error());
            self->leave_next();
        };
        hub_.core()->services().membership.remove(*domain, *account, std::move(removed));
    }

    void end_sessions() {
        hub_.remove_account(bare_, [self = shared_from_this()] { self->erase_after_reads(); });
    }

    /// What services read of the account to clean up after it comes first: reads keep their order.
    void erase_after_reads() {
        hub_.world().store.read(
            store::FindAccount{bare_.str()},
            [self = shared_from_this()](const Result<store::FindAccount::Answer>&) {
                self->erase();
            }
        );
    }

    void erase() {
        core::World& world = hub_.world();
        world.store.write(store::EraseUser{{}, bare_.str(), world.time.wall()});
        world.store.write(
            store::RemoveAccount{number_},
            [self = shared_from_this()](const Result<store::RemoveAccount::Answer>& answer) {
                if (!answer) return self->done_(answer.error());
                self->hub_.accounts().forget(self->bare_);  // somebody may have looked meanwhile
                self->done_(answer->found);
            }
        );
    }

    Hub& hub_;
    xmpp::Jid bare_;
    std::int64_t number_;
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
            std::make_shared<Removal>(hub, bare, found->row->id, done)->begin();
        }
    );
}

}  // namespace sallyport::server
