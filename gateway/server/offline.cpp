// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/offline.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/server/hub.hpp"
#include "gateway/server/stanza_text.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/carbons.hpp"
#include "xmpp/xep/delay.hpp"
#include "xmpp/xep/hints.hpp"

namespace sallyport::server {
namespace {

using xmpp::Condition;
using xmpp::Element;
using xmpp::Hint;
using xmpp::Stanza;
using xmpp::StanzaError;
using xmpp::StanzaType;

constexpr std::chrono::milliseconds queue_pause{200};

/// What is worth nothing later: an event that was only true when it was sent.
bool is_fleeting(const Element& message) {
    bool has_state = false, has_more = false;
    message.for_each([&](const Element& child) {
        if (child.ns() == xmpp::ns::chat_states)
            has_state = true;
        else if (child.ns() != xmpp::ns::hints && !child.is("thread", xmpp::ns::client))
            has_more = true;
    });
    return (has_state && !has_more) || xmpp::is_carbon(message);
}

/// Before ours is added, no delay may claim to be by us (XEP-0203 §5).
void strip_delays(Element& message, const xmpp::Jid& domain, const xmpp::Jid& account) {
    std::erase_if(message.nodes(), [&](const Element::Node& node) {
        const auto* child = std::get_if<Element>(&node);
        if (!child || !child->is("delay", xmpp::ns::delay)) return false;
        const auto from = child->attribute("from");
        return from && (*from == domain.str() || *from == account.str());
    });
}

Session* taker(const AccountState& account) {
    const auto& sessions = account.sessions();
    const auto at = std::max_element(sessions.begin(), sessions.end(), [](auto* a, auto* b) {
        return std::pair(a->takes_messages(), a->priority) <
               std::pair(b->takes_messages(), b->priority);
    });
    return at != sessions.end() && (*at)->takes_messages() ? *at : nullptr;
}

}  // namespace

/// What is under way for one account.
struct Offline::Handover final : ServiceData {
    bool may_wait = false;      ///< messages may be in the store
    int writes = 0;             ///< messages on their way into the store
    bool is_under_way = false;  ///< waiting messages are being read and given
    bool is_due = false;        ///< once more afterwards: something was stored meanwhile
    std::vector<Stanza> newer;  ///< came meanwhile: they follow what waited
};

Offline::Offline(Hub& hub) : hub_(hub), slot_(hub.services().make_slot()) {}

std::vector<std::pair<Addressee, std::string_view>> Offline::features() const {
    return {{Addressee::server, xmpp::ns::offline}};
}

Offline::Handover& Offline::handover(AccountState& account) {
    if (account.data<Handover>(slot_) == nullptr)
        account.put_data(slot_, std::make_unique<Handover>());
    return *account.data<Handover>(slot_);
}

Verdict Offline::on_incoming(AccountState& account, Stanza& stanza) {
    if (stanza.kind() != xmpp::StanzaKind::message) return Verdict::go_on;
    strip_delays(stanza.element(), hub_.domain(), account.bare());
    Handover* state = account.data<Handover>(slot_);
    if (state == nullptr || !state->is_under_way) return Verdict::go_on;
    state->newer.push_back(std::move(stanza));
    return Verdict::stop;
}

bool Offline::keeps(const Stanza& stanza) const {
    const bool is_chat = stanza.type() == StanzaType::chat || stanza.type() == StanzaType::normal;
    const Element& message = stanza.element();
    return is_chat && !xmpp::has_hint(message, Hint::no_store) &&
           !xmpp::has_hint(message, Hint::no_permanent_store);
}

Verdict Offline::on_undeliverable(AccountState& account, const Stanza& stanza) {
    if (!keeps(stanza)) return Verdict::go_on;
    if (is_fleeting(stanza.element())) return Verdict::stop;
    Handover& state = handover(account);
    ++state.writes;
    state.may_wait = true;
    store::AddOffline op;
    op.account = account.number();
    op.stanza = to_text(stanza);
    op.now = hub_.world().time.wall();
    op.most = most;
    op.most_bytes = most_bytes;
    hub_.world().store.write(
        std::move(op),
        [this, stanza](const Result<store::AddOffline::Answer>& answer) {
            kept(stanza, answer && !answer->is_full);
        }
    );
    return Verdict::stop;
}

/// A resource may have come while it was being stored: then it is handed over at once.
void Offline::kept(const Stanza& stanza, bool is_kept) {
    if (!is_kept)
        hub_.bounce(stanza, StanzaError(Condition::service_unavailable, "Too much waits already."));
    hub_.with_account(stanza.to(), [this](AccountState* account) {
        Handover* state = account ? account->data<Handover>(slot_) : nullptr;
        if (state == nullptr) return;
        state->writes = std::max(state->writes - 1, 0);
        state->may_wait = true;
        if (state->is_under_way)
            state->is_due = true;
        else if (taker(*account) != nullptr)
            begin(*account);
    });
}

void Offline::on_load(
    AccountState& account, const store::LoadAccount::Answer& stored, std::string_view /*kept*/
) {
    handover(account).may_wait = stored.has_offline;
}

void Offline::on_available(Session& session) {
    begin(session.account());
}

void Offline::begin(AccountState& account) {
    Handover& state = handover(account);
    if (state.is_under_way || !state.may_wait) return;
    state.is_under_way = true;
    state.is_due = false;
    read(account.bare(), account.number(), 0);
}

void Offline::read(const xmpp::Jid& bare, std::int64_t account, std::int64_t after) {
    store::OfflineMessages question;
    question.account = account;
    question.after = after;
    hub_.world().store.read(question, [this, bare](Result<store::OfflineMessages::Answer> found) {
        hub_.with_account(bare, [&](AccountState* state) {
            if (state == nullptr || state->data<Handover>(slot_) == nullptr) return;
            if (found) return hand_over(*state, *found);
            hub_.world().log.error("offline.unread", {{"error", found.error().to_string()}});
            end(*state);
        });
    });
}

void Offline::hand_over(AccountState& account, const store::OfflineMessages::Answer& found) {
    Session* session = taker(account);
    if (session == nullptr) return end(account);
    if (found.rows.empty()) return all_given(account);
    for (const auto& row : found.rows) {
        auto stanza = parse_stanza(row.stanza);
        if (!stanza) continue;
        stanza->element().add(xmpp::build_delay(row.arrived, hub_.domain().str(), "Offline storage")
        );
        session->deliver(*stanza);
    }
    store::RemoveOffline op;
    op.account = account.number();
    op.through = found.rows.back().row;
    hub_.world().store.write(op);
    if (found.is_complete) return all_given(account);
    go_on(account.bare(), account.number(), op.through);
}

/// The next ones, when the session has got rid of what it has.
void Offline::go_on(const xmpp::Jid& bare, std::int64_t number, std::int64_t after) {
    hub_.with_account(bare, [&](AccountState* account) {
        if (account == nullptr || account->data<Handover>(slot_) == nullptr) return;
        const Session* session = taker(*account);
        if (session == nullptr) return end(*account);
        const bool is_full = session->link() && session->link()->unsent_bytes() > most_unsent;
        if (!is_full) return read(bare, number, after);
        core::World& world = hub_.world();
        world.scheduler.at(world.time.now() + queue_pause, [this, bare, number, after] {
            go_on(bare, number, after);
        });
    });
}

/// But for what was, or is being, stored since the last reading.
void Offline::all_given(AccountState& account) {
    Handover& state = handover(account);
    state.may_wait = state.is_due || state.writes > 0;
    end(account);
}

void Offline::end(AccountState& account) {
    Handover& state = handover(account);
    state.is_under_way = false;
    for (Stanza& stanza : std::exchange(state.newer, {})) hub_.route(std::move(stanza));
    if (state.is_due && taker(account) != nullptr) begin(account);
}

}  // namespace sallyport::server
