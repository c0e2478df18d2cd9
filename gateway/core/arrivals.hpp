// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/barrier.hpp"
#include "gateway/core/ledger.hpp"
#include "gateway/core/users.hpp"
#include "gateway/core/world.hpp"
#include "gateway/store/store.hpp"

namespace sallyport::core {

class Media;
struct MediaFetch;

/// What users must see: takes inbox rows in order, sends them as stanzas, proves them by the
/// barrier, re-sends what was unproved after a reconnect (same id), and takes back what the host
/// returned (up to 7 days, then shown to admins).
class Arrivals {
  public:
    Arrivals(World& world, Users& users, Ledger& ledger);
    ~Arrivals();

    /// Stores a value from a network for its user, then shows it. `done` after commit.
    void accept(
        Domain& domain,
        const port::MessageReceived& message,
        std::function<void(Result<port::Accepted>)> done
    );
    /// A text from the domain itself (or from `peer`) to a user: stored, then shown.
    void notify(Domain& domain, const xmpp::Jid& user, std::string text, std::string peer = {});
    /// The same to every admin.
    void notify_admins(Domain& domain, const std::string& text);
    /// A row that was just committed: shown at once when its turn has come.
    void offer(const store::InboxRow& row);

    void link_up(Domain& domain);
    void link_down(Domain& domain);
    void writable(Domain& domain);  ///< the link has room again
    void reloaded(Domain& domain);  ///< what nobody could be shown may have admins now
    /// An iq answer: true when it was the barrier's.
    bool answered(Domain& domain, const xmpp::Stanza& iq);
    /// A message of ours came back with an error.
    void returned(Domain& domain, const xmpp::Stanza& message);
    /// A resource went: an error on its way to it may have met nobody, so its news is told once
    /// more, as a chat message.
    void user_left(const xmpp::Jid& full);
    /// The user is there: what was returned is tried again.
    void user_came(const xmpp::Jid& bare);
    /// Called with a link whose barrier got no answer for 30 s: it is dead.
    void set_on_dead_link(std::function<void(Domain&)> on_dead) { on_dead_ = std::move(on_dead); }
    /// Pictures are copied before they are shown; without it links are shown as the network gave
    /// them.
    void set_media(Media& media) { media_ = &media; }
    /// Calls `drained` when nothing sent is unproved (or the link is down).
    void drain(std::function<void()> drained);

  private:
    struct Lane;  ///< of one domain
    Lane& lane(Domain& domain);
    void fill(Lane& lane);
    bool show(Lane& lane, const store::InboxRow& row);
    bool comes_later(Lane& lane, const store::InboxRow& row);
    void look_again_at(Lane& lane, std::chrono::steady_clock::time_point when);
    bool send(
        Lane& lane, const store::InboxRow& row, std::optional<port::MessageReceived> with_media
    );
    bool send_whole_or_cut(Domain& domain, const store::InboxRow& row, const xmpp::Stanza& stanza);
    void fetch_media(
        Lane& lane,
        const std::string& conversation,
        const std::string& own,
        const std::shared_ptr<MediaFetch>& fetch
    );
    void show_again(Lane& lane, std::int64_t row);
    void release(Lane& lane, const std::string& conversation);
    void pump_barrier(Lane& lane);
    void watch_barrier(Lane& lane);
    void prove(Lane& lane, const store::InboxRead& proof);
    void leave_wire(Lane& lane, std::string_view id);
    void give_back(Domain& domain, const store::InboxReturned& op);
    void count_return(const store::InboxReturned& op, const store::InboxReturned::Answer& answer);
    void forget_link(Lane& lane);
    void check_drained();

    World& world_;
    Users& users_;
    Ledger& ledger_;
    std::map<std::string, std::unique_ptr<Lane>> lanes_;
    Media* media_ = nullptr;
    std::function<void(Domain&)> on_dead_;
    std::function<void()> drained_;
};

}  // namespace sallyport::core
