// SPDX-License-Identifier: Apache-2.0
// The part of ServicePresence that follows the link: who is there when it comes up (gateway.md
// §2.9).
#include "gateway/core/service_presence.hpp"
#include "gateway/translate/presence.hpp"

namespace sallyport::core {

using translate::build_presence;
using xmpp::Jid;
using xmpp::StanzaType;

namespace {
/// After the link came back, most users' presence arrives by itself (gateway.md §2.9).
constexpr std::chrono::seconds settle_after_relink{60};
}  // namespace

/// A walk over all registered users, for as long as this link is up.
struct ServicePresence::Tour {
    Domain& domain;
    std::uint64_t link;
    std::vector<std::string> users;
    std::size_t at = 0;
};

void ServicePresence::link_up(Domain& domain) {
    const std::uint64_t link = ++known(domain).link;
    auto start = [this, &domain, link] {
        auto at = known_.find(domain.name);
        if (at == known_.end() || at->second.link != link) return;
        auto tour = std::make_shared<Tour>(Tour{domain, link, {}});
        for (const port::Account* account : domain.accounts.all())
            if (!account->suspended) tour->users.push_back(account->user.text);
        probes_.add([this, tour] { step(tour); });
    };
    if (link == 1) return start();
    world_.scheduler.at(world_.time.now() + settle_after_relink, start);
}

void ServicePresence::step(std::shared_ptr<Tour> tour) {
    auto at = known_.find(tour->domain.name);
    if (at == known_.end() || at->second.link != tour->link || !tour->domain.is_up) return;
    if (tour->at == tour->users.size()) return;
    visit(tour->domain, tour->users[tour->at++]);
    probes_.add([this, tour = std::move(tour)] { step(tour); });
}

void ServicePresence::visit(Domain& domain, const std::string& text) {
    const auto user = Jid::parse(text);
    if (!user) return;
    const auto present = users_.find(*user);
    if (present && !present->resources().empty()) return;
    roster_.bond(domain, *user, [this, &domain, user = *user](Bond bond) {
        if (bond == Bond::none) roster_.ask_presence(domain, user, Roster::Ask::once);
        if (bond == Bond::approved)
            domain.send(build_presence(StanzaType::probe, domain.jid, user), world_);
    });
}

void ServicePresence::link_down(Domain& domain) {
    forget_resources(known(domain));
}

void ServicePresence::forget_resources(Known& known) {
    for (const std::string& full : known.present) {
        const auto jid = Jid::parse(full);
        const auto user = jid ? users_.find(*jid) : nullptr;
        if (!user) continue;
        user->left(*jid);
        users_.forget_if_idle(user->bare());
    }
    known.present.clear();
    known.shown.clear();
}

void ServicePresence::forget(const Domain& domain) {
    if (auto at = known_.find(domain.name); at != known_.end()) {
        forget_resources(at->second);
        known_.erase(at);
    }
    // Answers for other domains go with them; servers ask again at the next login.
    answers_.clear();
    probes_.clear();
    for (auto& [name, known] : known_)
        if (known.domain->is_up) link_up(*known.domain);
}

void ServicePresence::drain() {
    for (auto& [name, known] : known_) {
        for (const std::string& full : known.shown)
            if (auto to = Jid::parse(full))
                known.domain->send(
                    build_presence(StanzaType::unavailable, known.domain->jid, *to), world_
                );
        known.shown.clear();
    }
}

}  // namespace sallyport::core
