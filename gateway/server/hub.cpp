// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/hub.hpp"

#include <utility>

#include "gateway/core/core.hpp"
#include "gateway/server/stanza_text.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/stream/egress.hpp"

namespace sallyport::server {
namespace {

using xmpp::Condition;
using xmpp::Jid;
using xmpp::Stanza;
using xmpp::StanzaError;
using xmpp::StanzaKind;
using xmpp::StanzaType;
using xmpp::StreamCondition;
using xmpp::StreamError;

constexpr std::chrono::milliseconds look_again{50};
constexpr std::size_t max_waiting = 2'000;  ///< stanzas for one account that is being written

/// Of whom the stanza changes what a sender's roster says: only such changes of different contacts
/// may be on their way together.
std::string subject_of(const Stanza& stanza) {
    if (is_subscription(stanza.type())) return std::string(stanza.to().bare_view());
    const bool is_set = stanza.kind() == StanzaKind::iq && stanza.type() == StanzaType::set;
    if (!is_set || stanza.payload().ns() != xmpp::ns::roster) return {};
    const xmpp::Element* item = stanza.payload().child("item", xmpp::ns::roster);
    const auto contact = Jid::parse(item ? item->attribute("jid").value_or("") : "");
    return contact ? contact->bare().str() : std::string();
}

}  // namespace

Hub::Hub(core::World& world, HubOptions options)
    : world_(world),
      options_(std::move(options)),
      loader_(world.store, world.log, services_),
      accounts_([this](AccountState& account, std::function<void(bool)> done) {
          loader_.load(account, [this, done = std::move(done)](bool exists) {
              const Turn turn(*this);
              done(exists);
          });
      }),
      sessions_(*this),
      changes_(*this),
      roster_(*this),
      presence_(*this),
      subscriptions_(*this),
      roster_service_(*this),
      discovery_(*this),
      facts_(*this) {
    services_.add(roster_service_);
    services_.add(discovery_);
    services_.add(facts_);
}

Hub::~Hub() = default;

// ---- sessions ----

void Hub::bind(SessionLink& link, const xmpp::AskBind& ask, BindDone done) {
    const Turn turn(*this);
    sessions_.bind(link, ask, std::move(done));
}

void Hub::unbind(Session& session, std::unique_ptr<xmpp::Management> management) {
    const Turn turn(*this);
    sessions_.leave(session, std::move(management));
}

void Hub::set_resumable(Session& session, std::string resume_id) {
    sessions_.set_resumable(session, std::move(resume_id));
}

void Hub::hibernate(Session& session, std::unique_ptr<xmpp::Management> management) {
    const Turn turn(*this);
    sessions_.hibernate(session, std::move(management));
}

void Hub::resume(SessionLink& link, const xmpp::AskResume& ask, ResumeDone done) {
    const Turn turn(*this);
    sessions_.resume(link, ask, std::move(done));
}

void Hub::with_account(const Jid& any, Accounts::Use use) {
    const Turn turn(*this);
    accounts_.with(any, std::move(use));
}

void Hub::end_sessions(const Jid& account, const StreamError& error, const Session* except) {
    const Turn turn(*this);
    if (on_ended_) on_ended_(account);
    const AccountState* state = accounts_.find(account);
    if (state == nullptr) return;
    for (Session* session : std::vector<Session*>(state->sessions()))
        if (session != except) sessions_.end(*session, error);
}

void Hub::account_removed(AccountState& account) {
    const Turn turn(*this);
    for (Session* session : std::vector<Session*>(account.sessions()))
        sessions_.end(*session, StreamError(StreamCondition::not_authorized, "Account removed."));
    for (const RosterItem& item : account.roster.items())
        subscriptions_.cancel(account, item.jid, item.subscription);
    accounts_.forget(account.bare());
}

void Hub::shut_down() {
    const Turn turn(*this);
    for (Session* session : sessions_.all())
        sessions_.end(*session, StreamError(StreamCondition::system_shutdown));
}

Session* Hub::find(const Jid& full) const {
    const AccountState* account = accounts_.find(full);
    return account != nullptr ? account->find(full.resource()) : nullptr;
}

// ---- what sessions send ----

void Hub::handle(Session& session, Stanza stanza) {
    const Turn turn(*this);
    if (!session.account().is_settled()) return hold(session, std::move(stanza));
    handle_now(session, stanza);
}

/// RFC 6120 §10.1 (X13): what a session sends behind a change of its account waits until that is
/// committed. Changes themselves go on together, where they are of different subjects.
void Hub::hold(Session& session, Stanza stanza) {
    if (stanza.from().is_empty()) stanza.set_from(session.full());
    if (!has_room(session.account(), stanza)) return;
    std::string subject = subject_of(stanza);
    accounts_.with(
        session.account().bare(),
        [this, &session, resource = session.full().resource(), stanza = std::move(stanza)](
            AccountState* account
        ) {
            send_later_ones();
            // Ended by the server meanwhile: nothing of it is promised.
            if (account == nullptr || account->find(resource) != &session) return;
            Stanza held = stanza;
            handle_now(session, held);
        },
        std::move(subject)
    );
}

/// Bounds what waits for one account.
bool Hub::has_room(const AccountState& account, const Stanza& stanza) {
    if (account.waiting() < max_waiting) return true;
    if (stanza.kind() == StanzaKind::presence && !is_subscription(stanza.type())) return false;
    bounce(stanza, StanzaError(Condition::resource_constraint, "Too much waits already."));
    return false;
}

void Hub::handle_now(Session& session, Stanza& stanza) {
    const Jid& from = stanza.from();
    // RFC 6120 §8.1.2.1 (A13): what it says must be true, as a full or a bare address.
    if (!from.is_empty() && from != session.full() && from != session.account().bare())
        return sessions_.end(session, StreamError(StreamCondition::invalid_from));
    if (from != session.full()) stanza.set_from(session.full());
    if (stanza.kind() == StanzaKind::presence) return handle_presence(session, stanza);
    if (stanza.to().is_empty()) {  // §10.3 (A14)
        if (stanza.kind() == StanzaKind::iq) {
            if (outgoing(session, stanza) == Verdict::go_on) iq(session.account(), stanza);
            return;
        }
        stanza.set_to(session.account().bare());
    }
    if (outgoing(session, stanza) == Verdict::go_on) route_now(stanza);
}

void Hub::handle_presence(Session& session, Stanza& stanza) {
    const StanzaType type = stanza.type();
    const bool is_notice = type == StanzaType::available || type == StanzaType::unavailable;
    if (stanza.to().is_empty()) {
        if (is_notice) return presence_.broadcast(session, std::move(stanza));
        return bounce(stanza, StanzaError(Condition::bad_request, "To whom?"));
    }
    if (is_notice) return presence_.direct(session, std::move(stanza));
    if (is_subscription(type)) {  // RFC 6121 §3.1.2: between bare addresses
        if (stanza.to().bare_view() == session.account().bare().str()) return;
        stanza.set_from(session.account().bare());
        stanza.set_to(stanza.to().bare());
        return subscriptions_.send(session, std::move(stanza));
    }
    emit(session, std::move(stanza), Author::client);
}

Verdict Hub::outgoing(Session& session, Stanza& stanza, Author author) {
    for (Service* service : services_.with(Hook::outgoing))
        if (service->on_outgoing(session, stanza, author) == Verdict::stop) return Verdict::stop;
    return Verdict::go_on;
}

void Hub::emit(Session& session, Stanza stanza, Author author) {
    const Turn turn(*this);
    if (outgoing(session, stanza, author) == Verdict::go_on) later_.push_back(std::move(stanza));
}

void Hub::malformed(Session& session, const xmpp::Element& element, const StanzaError& error) {
    const Turn turn(*this);
    auto from = Jid::parse(element.attribute("from").value_or(session.full().str()));
    if (!from || (*from != session.full() && *from != session.account().bare()))
        return sessions_.end(session, StreamError(StreamCondition::invalid_from));
    if (auto answer = bounce_malformed(element, error)) session.deliver(*answer);
}

// ---- safe ----

void Hub::when_safe(std::function<void()> run, const Jid& sender) {
    // What a transport has in this user's mailbox is not written yet.
    if (!sender.is_empty() && core_ != nullptr) {
        const auto user = core_->users().find(sender);
        if (user && user->must_wait()) {
            world_.scheduler.at(
                world_.time.now() + look_again,
                [this, run = std::move(run), sender] { when_safe(run, sender); }
            );
            return;
        }
    }
    accounts_.after_waiting([this, run = std::move(run)] { when_stored(run); });
}

void Hub::when_stored(std::function<void()> run) {
    if (world_.store.pending() == 0) return run();
    world_.store.write(store::Fence{}, [run = std::move(run)](const Result<store::Fence::Answer>&) {
        run();
    });
}

// ---- turns ----

void Hub::send_later_ones() {
    while (!later_.empty()) {
        Stanza stanza = std::move(later_.front());
        later_.pop_front();
        route_now(stanza);
    }
}

void Hub::finish_turn() {
    send_later_ones();
    sessions_.bury();
    accounts_.bury();
}

void Hub::route(Stanza stanza) {
    const Turn turn(*this);
    later_.push_back(std::move(stanza));
}

// Streams, the store and the archive have room for this, whatever the characters are; who sends
// more is told, and shortens it.
Result<bool> Hub::send(const Stanza& stanza) {
    const bool is_message = stanza.kind() == xmpp::StanzaKind::message;
    if (is_message && to_text(stanza).size() > xmpp::EgressRules().stanza_bytes)
        return Error("too-long");
    route(stanza);
    return true;
}

void Hub::bounce(const Stanza& stanza, const StanzaError& error) {
    if (auto answer = stanza.bounce(error)) this->answer(*std::move(answer));
}

void Hub::answer(Stanza answer) {
    if (is_local(answer.to()))
        if (Session* session = find(answer.to())) return session->deliver(answer);
    route(std::move(answer));
}

// ---- neighbours ----

bool Hub::add_component(const Jid& domain, ComponentLink& link) {
    if (is_local(domain) || is_transport(domain)) return false;
    ComponentLink*& place = components_[domain.str()];
    if (place != nullptr) return false;
    place = &link;
    return true;
}

bool Hub::has_component(const Jid& domain) const {
    const auto at = components_.find(domain.str());
    return at != components_.end() && at->second != nullptr;
}

void Hub::remove_component(const Jid& domain) {
    const Turn turn(*this);
    components_[domain.str()] = nullptr;
    presence_.lose(domain);
}

bool Hub::is_component(const Jid& any) const {
    return !components_.empty() && components_.contains(std::string(any.domain()));
}

std::vector<Jid> Hub::neighbours() const {
    std::vector<Jid> found;
    if (core_ != nullptr)
        for (const auto& [name, domain] : core_->domains())
            if (domain->sink == this) found.push_back(domain->jid);
    for (const auto& [name, link] : components_)
        if (auto jid = Jid::parse(name); jid && link != nullptr) found.push_back(*std::move(jid));
    return found;
}

bool Hub::is_transport(const Jid& any) const {
    if (core_ == nullptr || is_local(any)) return false;
    const core::Domain* domain = core_->find(any.domain());
    return domain != nullptr && domain->sink == this;
}

}  // namespace sallyport::server
