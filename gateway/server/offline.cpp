// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/offline.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/server/hub.hpp"
#include "gateway/server/stanza_text.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/carbons.hpp"
#include "xmpp/xep/datetime.hpp"
#include "xmpp/xep/delay.hpp"
#include "xmpp/xep/hints.hpp"
#include "xmpp/xep/ids.hpp"

namespace sallyport::server {
namespace {

using xmpp::Condition;
using xmpp::Element;
using xmpp::Hint;
using xmpp::Stanza;
using xmpp::StanzaError;
using xmpp::StanzaType;

constexpr std::chrono::milliseconds queue_pause{200};

/// What is worth nothing later: an event that was only true when it was sent, or of which its
/// account has the original.
bool is_fleeting(const Element& message) {
    bool has_state = false, has_more = false;
    message.for_each([&](const Element& child) {
        const std::string_view ns = child.ns();
        const bool is_note =
            ns == xmpp::ns::hints || ns == xmpp::ns::delay || child.is("thread", xmpp::ns::client);
        if (ns == xmpp::ns::chat_states)
            has_state = true;
        else if (!is_note)
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

/// Of a message that was on its way to a session before, by the delay that we put there.
std::optional<WallTime> first_arrival(const Element& message, const xmpp::Jid& domain) {
    std::optional<WallTime> found;
    message.for_each([&](const Element& child) {
        if (found || !child.is("delay", xmpp::ns::delay)) return;
        if (child.attribute("from") == domain.str())
            found = xmpp::parse_datetime(child.attribute("stamp").value_or(""));
    });
    return found;
}

/// XEP-0386 §4: who reads the archive gets it from there, and only there.
bool is_in_archive(const Session& session, const Stanza& stanza) {
    if (!session.reads_archive) return false;
    const auto id = xmpp::stanza_id(stanza.element(), session.account().bare().str());
    return id && session.reads_archive->holds(*id);
}

/// Who gets what waits: rather one whose connection is there.
Session* taker(const AccountState& account) {
    const auto rank = [](const Session* session) {
        return std::tuple(session->takes_messages(), session->link() != nullptr, session->priority);
    };
    const auto& sessions = account.sessions();
    const auto at = std::max_element(sessions.begin(), sessions.end(), [rank](auto* a, auto* b) {
        return rank(a) < rank(b);
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
    bool is_paused = false;     ///< until what is on its way is in the store
    std::vector<Stanza> newer;  ///< came meanwhile: they follow what waited
    std::size_t newer_bytes = 0;
    bool is_spilling = false;  ///< too much came meanwhile: it goes into the store, and follows too
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
    if (stanza.kind() == xmpp::StanzaKind::message)
        strip_delays(stanza.element(), hub_.domain(), account.bare());
    return Verdict::go_on;
}

bool Offline::keeps(const Stanza& stanza) const {
    const bool is_chat = stanza.type() == StanzaType::chat || stanza.type() == StanzaType::normal;
    const Element& message = stanza.element();
    return is_chat && !xmpp::has_hint(message, Hint::no_store) &&
           !xmpp::has_hint(message, Hint::no_permanent_store);
}

/// What comes for the account while it is given what waited follows that.
Verdict Offline::on_bare(AccountState& account, const Stanza& stanza) {
    Handover* state = account.data<Handover>(slot_);
    if (state == nullptr || !state->is_under_way) return Verdict::go_on;
    if (!state->is_spilling) {
        state->newer_bytes += to_text(stanza).size();
        state->newer.push_back(stanza);
        if (state->newer_bytes > most_newer_bytes) spill(account);
        return Verdict::stop;
    }
    if (!keeps(stanza) || is_fleeting(stanza.element())) return Verdict::go_on;
    store(account, stanza);
    return Verdict::stop;
}

/// What has come, and what is still to come, takes its place in the store. What cannot be stored
/// does not wait.
void Offline::spill(AccountState& account) {
    Handover& state = handover(account);
    state.is_spilling = true;
    state.newer_bytes = 0;
    for (const Stanza& stanza : std::exchange(state.newer, {}))
        hub_.resume_message(account, stanza);
}

Verdict Offline::on_undeliverable(AccountState& account, const Stanza& stanza) {
    if (!keeps(stanza)) return Verdict::go_on;
    if (!is_fleeting(stanza.element())) store(account, stanza);
    return Verdict::stop;
}

void Offline::store(AccountState& account, const Stanza& stanza) {
    Handover& state = handover(account);
    ++state.writes;
    state.may_wait = true;
    const auto arrived = first_arrival(stanza.element(), hub_.domain());
    Element message = stanza.element();
    strip_delays(message, hub_.domain(), account.bare());
    store::AddOffline op;
    op.account = account.number();
    op.stanza = to_text(message);
    op.now = arrived.value_or(hub_.world().time.wall());
    op.most = most;
    op.most_bytes = most_bytes;
    hub_.world().store.write(
        std::move(op),
        [this, stanza](const Result<store::AddOffline::Answer>& answer) {
            kept(stanza, answer && !answer->is_full);
        }
    );
}

/// A resource may have come while it was being stored: then it is handed over at once.
void Offline::kept(const Stanza& stanza, bool is_kept) {
    if (!is_kept)
        hub_.bounce(stanza, StanzaError(Condition::service_unavailable, "Too much waits already."));
    hub_.with_account(stanza.to(), [this](AccountState* account) {
        Handover* state = account ? account->data<Handover>(slot_) : nullptr;
        if (state == nullptr) return;
        state->writes = std::max(state->writes - 1, 0);
        state->may_wait = state->is_due = true;
        if (state->is_under_way) {
            if (state->writes == 0 && std::exchange(state->is_paused, false)) given(*account);
        } else if (taker(*account) != nullptr) {
            begin(*account);
        }
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
    read(account);
}

void Offline::read(AccountState& account) {
    handover(account).is_due = false;
    store::OfflineMessages question;
    question.account = account.number();
    hub_.world().store.read(
        question,
        [this, bare = account.bare()](Result<store::OfflineMessages::Answer> found) {
            with_handover(bare, [this, found = std::move(found)](AccountState& state) {
                if (found) return hand_over(state, *found);
                hub_.world().log.error("offline.unread", {{"error", found.error().to_string()}});
                end(state);
            });
        }
    );
}

void Offline::with_handover(const xmpp::Jid& bare, std::function<void(AccountState&)> use) {
    hub_.with_account(bare, [this, use = std::move(use)](AccountState* account) {
        const Handover* state = account ? account->data<Handover>(slot_) : nullptr;
        if (state && state->is_under_way) use(*account);
    });
}

/// Gives as many as there is room for: they are its own from then on.
void Offline::hand_over(AccountState& account, const store::OfflineMessages::Answer& found) {
    Session* session = taker(account);
    if (session == nullptr) return end(account);
    auto row = found.rows.begin();
    for (; row != found.rows.end() && session->has_room(); ++row) give(*session, *row);
    const bool is_all = row == found.rows.end() && found.is_complete;
    if (row == found.rows.begin()) return is_all ? given(account) : go_on(account);
    hub_.note_takers(account, std::array{session});
    store::RemoveOffline op;
    op.account = account.number();
    op.through = std::prev(row)->row;
    hub_.world().store.write(
        op,
        [this, bare = account.bare(), is_all](const Result<store::RemoveOffline::Answer>& removed) {
            with_handover(bare, [this, removed, is_all](AccountState& state) {
                if (removed) return is_all ? given(state) : go_on(state);
                // Given again then: at the next login.
                hub_.world().log.error(
                    "offline.not_removed", {{"error", removed.error().to_string()}}
                );
                end(state);
            });
        }
    );
}

void Offline::give(Session& session, const store::OfflineMessages::Row& row) {
    auto stanza = parse_stanza(row.stanza);
    if (!stanza || is_in_archive(session, *stanza)) return;
    stanza->element().add(xmpp::build_delay(row.arrived, hub_.domain().str(), "Offline storage"));
    session.deliver(*stanza);
}

/// The next ones, when the session has got rid of what it has.
void Offline::go_on(AccountState& account) {
    const Session* session = taker(account);
    if (session == nullptr) return end(account);
    if (session->has_room()) return read(account);
    core::World& world = hub_.world();
    world.scheduler.at(world.time.now() + queue_pause, [this, bare = account.bare()] {
        with_handover(bare, [this](AccountState& state) { go_on(state); });
    });
}

/// All that was in the store when it was read. What is on its way there is older than what is held
/// back.
void Offline::given(AccountState& account) {
    Handover& state = handover(account);
    if (state.is_due) return go_on(account);
    state.is_paused = state.writes > 0;
    if (state.is_paused) return;
    state.may_wait = false;
    end(account);
}

void Offline::end(AccountState& account) {
    Handover& state = handover(account);
    state.is_under_way = state.is_spilling = false;
    state.newer_bytes = 0;
    for (const Stanza& stanza : std::exchange(state.newer, {}))
        hub_.resume_message(account, stanza);
}

}  // namespace sallyport::server
