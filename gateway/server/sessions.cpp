// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/sessions.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "gateway/server/hub.hpp"
#include "gateway/server/stanza_text.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/random.hpp"

namespace sallyport::server {
namespace {

using xmpp::Condition;
using xmpp::Jid;
using xmpp::Stanza;
using xmpp::StanzaError;
using xmpp::StreamCondition;
using xmpp::StreamError;

constexpr std::size_t resource_bytes = 12;  // of chance, in a resource of our making

}  // namespace

boost::system::result<Jid, StanzaError> Sessions::address(const xmpp::AskBind& ask) const {
    std::string resource = ask.resource;
    if (resource.empty()) resource = random_id(resource_bytes);
    // XEP-0386 §4.1: what the client calls itself, and what nobody can guess.
    if (ask.resource.empty() && !ask.tag.empty()) resource = ask.tag + '/' + resource;
    auto full = Jid::from_parts(ask.user, hub_.domain().domain(), resource);
    if (!full) return StanzaError(Condition::bad_request, "This is no resource.");
    return *std::move(full);
}

void Sessions::bind(SessionLink& link, const xmpp::AskBind& ask, BindDone done) {
    auto full = address(ask);
    if (!full) return done(full.error());
    const std::uint64_t number = ++last_ask_;
    asking_[&link] = number;
    const Jid bare = full->bare();
    xmpp::AskBind wanted = ask;
    wanted.resource = full->resource();
    hub_.with_account(
        bare,
        [this, &link, number, wanted = std::move(wanted), done = std::move(done)](
            AccountState* account
        ) {
            const auto at = asking_.find(&link);
            if (at == asking_.end() || at->second != number) return;  // abandoned
            asking_.erase(at);
            done(make(account, link, wanted));
        }
    );
}

boost::system::result<Session*, StanzaError> Sessions::make(
    AccountState* account, SessionLink& link, const xmpp::AskBind& ask
) {
    if (account == nullptr) return StanzaError(Condition::not_allowed, "The account is gone.");
    auto full = account->bare().with_resource(ask.resource);
    if (!full) return StanzaError(Condition::bad_request, "This is no resource.");
    const Session* same = account->find(full->resource());
    if (same != nullptr && hub_.options().conflict == ConflictPolicy::refuse_new)
        return StanzaError(Condition::conflict, "This resource is in use.");
    if (!make_room(*account, *full, ask.client))
        return StanzaError(Condition::resource_constraint, "Too many sessions.");
    auto session = std::make_unique<Session>(*std::move(full), *account, link, ask.client);
    Session& made = *session;
    made.keeper_ = this;
    made.missed = hub_.world().time.now();
    sessions_.emplace(&made, std::move(session));
    account->sessions_.push_back(&made);
    return &made;
}

/// Ends what the new session takes the place of: the same resource, the same installation
/// (XEP-0388 user-agent id), and a hibernating one when there are too many. False: all places are
/// taken by living ones.
bool Sessions::make_room(AccountState& account, const Jid& full, const std::string& client) {
    const StreamError conflict(StreamCondition::conflict, "Replaced by a new session.");
    for (Session* session : std::vector<Session*>(account.sessions_))
        if (session->full() == full || (!client.empty() && session->client == client))
            end(*session, conflict);
    while (account.sessions_.size() >= hub_.options().max_sessions) {
        const auto& all = account.sessions_;
        const auto asleep = std::find_if(all.begin(), all.end(), [](const Session* session) {
            return session->link() == nullptr;
        });
        if (asleep == all.end()) return false;
        expire(**asleep);
    }
    return true;
}

void Sessions::unbind(Session& session, std::unique_ptr<xmpp::Management> management) {
    AccountState& account = session.account();
    std::vector<Waiting> left;
    if (management) left = management->take_unacknowledged();
    std::move(session.overflow_.begin(), session.overflow_.end(), std::back_inserter(left));
    remove(session);
    relay(account, std::move(left));
    hub_.accounts().rest(account);
}

void Sessions::leave(Session& session, std::unique_ptr<xmpp::Management> management) {
    if (session.account().is_settled()) return unbind(session, std::move(management));
    session.link_ = nullptr;
    session.management_ = std::move(management);
    if (!session.resume_id_.empty()) resumable_.erase(session.resume_id_);
    hub_.with_account(
        session.account().bare(),
        [this, &session, resource = session.full().resource()](const AccountState* account) {
            if (account == nullptr || account->find(resource) != &session) return;
            unbind(session, std::move(session.management_));
        }
    );
}

/// Says that it is gone to all who think it is there, and takes it from its account. The object
/// lives until the hub's turn is over, for callers further up still hold it.
void Sessions::remove(Session& session) {
    hub_.presence().end(session);
    std::erase(session.account_->sessions_, &session);
    if (!session.resume_id_.empty()) resumable_.erase(session.resume_id_);
    stop_sleeping(session);
    const auto at = sessions_.find(&session);
    graves_.push_back(std::move(at->second));
    sessions_.erase(at);
}

void Sessions::end(Session& session, const StreamError& error) {
    std::unique_ptr<xmpp::Management> management = std::move(session.management_);
    if (SessionLink* link = std::exchange(session.link_, nullptr)) {
        link->close(error);
        management = link->take_management();
    }
    unbind(session, std::move(management));
}

std::vector<Session*> Sessions::all() const {
    std::vector<Session*> found;
    found.reserve(sessions_.size());
    for (const auto& [key, session] : sessions_) found.push_back(session.get());
    return found;
}

// ---- XEP-0198 §5 ----

void Sessions::set_resumable(Session& session, std::string resume_id) {
    if (resume_id.empty()) return;
    session.resume_id_ = std::move(resume_id);
    resumable_[session.resume_id_] = &session;
}

void Sessions::hibernate(Session& session, std::unique_ptr<xmpp::Management> management) {
    const bool may =
        management && !session.resume_id_.empty() && session.overflow_.empty() &&
        hibernating_ < max_hibernating &&
        hibernating_bytes_ + management->queue_bytes() <= hub_.options().hibernating_bytes;
    if (!may) return leave(session, std::move(management));
    const auto until = hub_.world().time.now() + management->limits().resume;
    session.link_ = nullptr;
    session.management_ = std::move(management);
    session.kept_bytes_ = session.management_->queue_bytes();
    hibernating_bytes_ += session.kept_bytes_;
    ++hibernating_;
    session.timer_ = hub_.world().scheduler.at(until, [this, &session] { wake(session); });
}

void Sessions::stop_sleeping(Session& session) {
    if (session.timer_ == 0) return;
    hub_.world().scheduler.cancel(session.timer_);
    session.timer_ = 0;
    hibernating_bytes_ -= std::exchange(session.kept_bytes_, 0);
    --hibernating_;
}

/// The timer of a hibernating session: it is still there, for whoever ends it cancels the timer.
void Sessions::wake(Session& session) {
    const Hub::Turn turn(hub_);
    expire(session);
}

/// F8: what was not acknowledged goes to other resources or is kept; the session is gone.
void Sessions::expire(Session& session) {
    remember(session.resume_id_, session);
    std::unique_ptr<xmpp::Management> management = std::move(session.management_);
    unbind(session, std::move(management));
}

void Sessions::remember(const std::string& id, const Session& session) {
    if (!session.management_) return;
    gone_.insert_or_assign(
        id, Remembered{std::string(session.full().local()), session.management_->safe()}
    );
    gone_order_.push_back(id);
    if (gone_order_.size() <= max_remembered) return;
    gone_.erase(gone_order_.front());
    gone_order_.pop_front();
}

/// What comes behind the overflow follows it. Its connection ends, or has ended, on a later turn;
/// a sleeping session is given up then, as if its time were over.
void Sessions::keep(Session& session, const Stanza& stanza) {
    if (session.overflow_.empty() && keep_asleep(session, stanza)) return;
    session.overflow_.push_back({stanza, hub_.world().time.now()});
    if (session.overflow_.size() > 1 || session.timer_ == 0) return;
    hub_.world().scheduler.cancel(session.timer_);
    session.timer_ =
        hub_.world().scheduler.at(hub_.world().time.now(), [this, &session] { wake(session); });
}

/// False: there is no room for it, in this session or in all of them together.
bool Sessions::keep_asleep(Session& session, const Stanza& stanza) {
    if (!session.management_) return false;
    std::string text = to_text(stanza);
    const std::size_t bytes = text.size();
    const bool is_asleep = session.timer_ != 0;
    if (is_asleep && hibernating_bytes_ + bytes > hub_.options().hibernating_bytes) return false;
    if (!session.management_->keep(std::move(text), hub_.world().time.now())) return false;
    if (!is_asleep) return true;
    session.kept_bytes_ += bytes;
    hibernating_bytes_ += bytes;
    return true;
}

/// An answer that cannot be sent becomes an error, so that nobody waits for it for ever.
void Sessions::refuse_long(Session& session, const Stanza& stanza) {
    const StanzaError error(Condition::resource_constraint, "It is too long to be sent.");
    const bool is_answer =
        stanza.kind() == xmpp::StanzaKind::iq && stanza.type() == xmpp::StanzaType::result;
    if (!is_answer) return hub_.bounce(stanza, error);
    Stanza answer = Stanza::iq(xmpp::StanzaType::error, stanza.from(), session.full(), stanza.id());
    answer.element().add(error.to_element(xmpp::ns::client));
    session.deliver(answer);
}

void Sessions::resume(SessionLink& link, const xmpp::AskResume& ask, ResumeDone done) {
    const std::uint64_t number = ++last_ask_;
    asking_[&link] = number;
    const auto user = Jid::from_parts(ask.user, hub_.domain().domain());
    hub_.when_safe(
        [this, &link, number, ask, done = std::move(done)] {
            const Hub::Turn turn(hub_);
            const auto at = asking_.find(&link);
            if (at == asking_.end() || at->second != number) return;  // abandoned
            asking_.erase(at);
            done(take_up(link, ask));
        },
        user ? *user : Jid()
    );
}

ResumeAnswer Sessions::take_up(SessionLink& link, const xmpp::AskResume& ask) {
    const auto at = resumable_.find(ask.previous);
    if (at == resumable_.end() || at->second->full().local() != ask.user) {
        const auto gone = gone_.find(ask.previous);
        xmpp::NotResumed answer;
        if (gone != gone_.end() && gone->second.user == ask.user)
            answer.handled = gone->second.handled;
        return answer;
    }
    Session& session = *at->second;
    std::unique_ptr<xmpp::Management> management = std::move(session.management_);
    if (SessionLink* old = session.link_) {
        old->close(StreamError(StreamCondition::conflict, "Resumed elsewhere."));
        management = old->take_management();
    }
    if (!management || !session.overflow_.empty()) {  // without its counts, or with a gap
        session.link_ = nullptr;
        unbind(session, std::move(management));
        return xmpp::NotResumed{};
    }
    stop_sleeping(session);
    session.link_ = &link;
    return Resumption{&session, xmpp::Resumed{session.full(), std::move(management)}};
}

/// What a session did not acknowledge or take, now that it is gone. Texts that another session has
/// are not sent again (XEP-0198 §8).
void Sessions::relay(AccountState& account, std::vector<Waiting> left) {
    const auto now = hub_.world().time.now();
    const WallTime wall = hub_.world().time.wall();
    for (auto& [stanza, sent] : left) {
        const auto& others = account.sessions();
        const bool is_had =
            std::any_of(others.begin(), others.end(), [at = sent](const auto* other) {
                return other->missed < at;
            });
        if (is_had && stanza.kind() == xmpp::StanzaKind::message) continue;
        const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(
            sent == TimePoint{} ? TimePoint::duration{} : now - sent
        );
        hub_.relay(account, std::move(stanza), wall - age);
    }
}

}  // namespace sallyport::server
