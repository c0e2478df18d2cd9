// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/archive.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/server/hub.hpp"
#include "gateway/server/stanza_text.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/random.hpp"
#include "xmpp/xep/carbons.hpp"
#include "xmpp/xep/encryption.hpp"
#include "xmpp/xep/hints.hpp"
#include "xmpp/xep/ids.hpp"

namespace sallyport::server {
namespace {

using store::ArchivePage;
using xmpp::ArchiveDefault;
using xmpp::Condition;
using xmpp::Element;
using xmpp::Hint;
using xmpp::Stanza;
using xmpp::StanzaError;
using xmpp::StanzaType;

constexpr std::string_view preferences_name = "archive";
constexpr std::chrono::minutes prune_pause{60};
constexpr std::chrono::milliseconds room_pause{200};

/// Payloads that belong to a conversation as its texts do.
constexpr std::array conversation{
    xmpp::ns::receipts,
    xmpp::ns::markers,
    xmpp::ns::retract,
    xmpp::ns::retract0,
    xmpp::ns::reactions,
    xmpp::ns::eme,
    xmpp::ns::omemo,
    xmpp::ns::omemo_legacy,
    xmpp::ns::openpgp,
};

/// XEP-0313 §6.1.1 and the hints of XEP-0334.
bool is_worth_keeping(const Stanza& stanza) {
    const Element& message = stanza.element();
    const bool is_chat = stanza.type() == StanzaType::chat || stanza.type() == StanzaType::normal;
    if (stanza.kind() != xmpp::StanzaKind::message || !is_chat || xmpp::is_carbon(message) ||
        xmpp::has_hint(message, Hint::no_store) ||
        xmpp::has_hint(message, Hint::no_permanent_store))
        return false;
    if (xmpp::has_hint(message, Hint::store) || message.child("body", xmpp::ns::client))
        return true;
    return std::any_of(conversation.begin(), conversation.end(), [&](std::string_view payload) {
        return message.child_of(payload) != nullptr;
    });
}

bool holds(const std::vector<xmpp::Jid>& jids, const xmpp::Jid& peer) {
    return std::any_of(jids.begin(), jids.end(), [&](const xmpp::Jid& jid) {
        return jid == peer || (jid.is_bare() && jid.str() == peer.bare_view());
    });
}

/// Asks the store, and sends the found messages and then the end of the answer to the session that
/// asked.
class Results : public std::enable_shared_from_this<Results> {
  public:
    Results(Hub& hub, Stanza iq, const xmpp::ArchiveQuery& query)
        : hub_(hub), iq_(std::move(iq)), query_id_(query.query_id), flipped_(query.is_flipped) {}

    /// What was said before the question is in the answer: it waits for what is on its way to the
    /// disk, and until the session has room for a page. `give` gets what was found.
    template <class Question, class Give>
    void ask(const Question& question, const Give& give) const {
        hub_.when_safe([self = shared_from_this(), question, give] {
            if (!self->has_room()) return self->ask_later(question, give);
            self->hub_.world().store.read(
                question,
                [self, question, give](Result<typename Question::Answer> found) {
                    if (!found) return self->fail(StanzaError(Condition::internal_server_error));
                    if (!found->knows_ids)
                        return self->fail(StanzaError(Condition::item_not_found));
                    // Others may have been answered meanwhile.
                    if (!self->has_room()) return self->ask_later(question, give);
                    give(*self, *std::move(found));
                }
            );
        });
    }
    void fail(const StanzaError& error) const { hub_.bounce(iq_, error); }
    void send(std::vector<ArchivePage::Row> rows, xmpp::ArchiveFin fin) const {
        const Hub::Turn turn(hub_);
        Session* session = hub_.find(iq_.from());
        if (session == nullptr) return;
        if (!rows.empty()) {
            fin.page.first = rows.front().id;
            fin.page.last = rows.back().id;
        }
        if (flipped_) std::reverse(rows.begin(), rows.end());
        for (const ArchivePage::Row& row : rows) send(*session, row);
        Stanza reply = iq_.reply();
        reply.element().add(xmpp::build_archive_fin(fin));
        hub_.answer(std::move(reply));
    }

  private:
    bool has_room() const {
        const Session* session = hub_.find(iq_.from());
        return session == nullptr || session->has_room();
    }
    template <class Question, class Give>
    void ask_later(const Question& question, const Give& give) const {
        core::World& world = hub_.world();
        world.scheduler.at(
            world.time.now() + room_pause,
            [self = shared_from_this(), question, give] { self->ask(question, give); }
        );
    }
    void send(Session& session, const ArchivePage::Row& row) const {
        const auto kept = parse_stanza(row.stanza);
        if (!kept) return;
        Stanza message = Stanza::message(
            StanzaType::normal, session.account().bare(), session.full(), random_id(8)
        );
        message.element().add(
            xmpp::build_archive_result(query_id_, row.id, row.stamp, kept->element())
        );
        session.deliver(message);
    }

    Hub& hub_;
    Stanza iq_;
    std::string query_id_;
    bool flipped_;
};

ArchivePage page_of(const xmpp::ArchiveQuery& query, std::int64_t account) {
    ArchivePage page;
    page.account = account;
    if (query.with) {
        page.peer = query.with->bare_view();
        if (!query.with->is_bare()) page.resource = query.with->resource();
    }
    page.start = query.start;
    page.end = query.end;
    if (query.after_id) page.after.push_back(*query.after_id);
    if (query.page.after) page.after.push_back(*query.page.after);
    if (query.before_id) page.before.push_back(*query.before_id);
    page.from_end = query.page.before.has_value();
    if (page.from_end && !query.page.before->empty()) page.before.push_back(*query.page.before);
    page.limit = std::min(query.page.max.value_or(Archive::page_size), Archive::most_a_page);
    page.with_count = true;
    return page;
}

}  // namespace

struct Archive::Preferences final : ServiceData {
    xmpp::ArchivePreferences value;
};

Archive::Archive(Hub& hub, std::chrono::milliseconds keep)
    : hub_(hub), slot_(hub.services().make_slot()), keep_(keep) {
    prune_later(std::chrono::minutes(1));
}

/// None for others: `forbidden` (XEP-0313 §8.1) would tell them who has an account (xmpp.md A16).
std::vector<Row> Archive::rows() {
    const auto getter = [this](Request& request) { return get(request); };
    const auto setter = [this](Request& request) { return set(request); };
    return {
        {Addressee::own, StanzaType::get, xmpp::ns::archive, getter},
        {Addressee::own, StanzaType::set, xmpp::ns::archive, setter},
    };
}

std::vector<std::pair<Addressee, std::string_view>> Archive::features() const {
    return {
        {Addressee::own, xmpp::ns::archive},
        {Addressee::own, xmpp::ns::archive_extended},
        {Addressee::own, xmpp::ns::stanza_id},
    };
}

// ---- what is kept ----

const xmpp::ArchivePreferences& Archive::preferences(const AccountState& account) const {
    static const xmpp::ArchivePreferences usual;
    const auto* own = account.data<Preferences>(slot_);
    return own ? own->value : usual;
}

/// XEP-0441 §2: the lists before the default.
bool Archive::wants(const AccountState& account, const xmpp::Jid& peer) const {
    const xmpp::ArchivePreferences& wish = preferences(account);
    if (holds(wish.never, peer)) return false;
    if (holds(wish.always, peer) || wish.otherwise == ArchiveDefault::always) return true;
    if (wish.otherwise == ArchiveDefault::never) return false;
    const RosterItem* item = account.roster.find(peer.bare_view());
    return item != nullptr && item->is_listed;
}

void Archive::keep_message(AccountState& account, Stanza& stanza, const xmpp::Jid& peer) {
    if (!is_worth_keeping(stanza) || !wants(account, peer)) return;
    store::AddArchived op;
    op.account = account.number();
    op.id = make_ulid(hub_.world().time.wall());
    op.peer = peer.bare_view();
    op.resource = peer.resource();
    op.stanza = to_text(stanza);
    stanza.element().add(xmpp::build_stanza_id(op.id, account.bare().str()));
    hub_.world().store.write(std::move(op));
}

Verdict Archive::on_outgoing(Session& session, Stanza& stanza, Author) {
    if (stanza.kind() != xmpp::StanzaKind::message) return Verdict::go_on;
    AccountState& account = session.account();
    xmpp::strip_stanza_ids(stanza.element(), account.bare().str());
    // What goes to oneself is kept once: when it comes in.
    if (stanza.to().bare_view() != account.bare().str()) keep_message(account, stanza, stanza.to());
    return Verdict::go_on;
}

Verdict Archive::on_incoming(AccountState& account, Stanza& stanza) {
    if (stanza.kind() != xmpp::StanzaKind::message) return Verdict::go_on;
    xmpp::strip_stanza_ids(stanza.element(), account.bare().str());
    keep_message(account, stanza, stanza.from());
    return Verdict::go_on;
}

std::string_view Archive::loaded_text() const {
    return preferences_name;
}

void Archive::on_load(
    AccountState& account, const store::LoadAccount::Answer& /*stored*/, std::string_view kept
) {
    if (kept.empty()) return;
    const auto element = parse_element(kept);
    auto value = xmpp::parse_archive_preferences(element.value_or(Element()));
    auto own = std::make_unique<Preferences>();
    if (value) own->value = std::move(*value);
    account.put_data(slot_, std::move(own));
}

// ---- what is asked ----

Handled Archive::get(Request& request) {
    const std::string_view name = request.payload().name();
    if (name == "metadata") return tell_ends(request);
    if (name == "query")
        request.answer(xmpp::build_archive_form());
    else if (name == "prefs")
        request.answer(xmpp::build_archive_preferences(preferences(*request.account)));
    else
        return StanzaError(Condition::bad_request);
    return {};
}

Handled Archive::set(Request& request) {
    const std::string_view name = request.payload().name();
    if (name == "query") return query(request);
    if (name == "prefs") return set_preferences(request);
    return StanzaError(Condition::bad_request);
}

Handled Archive::set_preferences(Request& request) {
    auto value = xmpp::parse_archive_preferences(request.payload());
    if (!value) return value.error();
    if (value->always.size() + value->never.size() > 1'000)
        return StanzaError(Condition::resource_constraint, "Too many addresses.");
    store::PutAccountTexts op;
    op.account = request.account->number();
    op.texts.emplace_back(preferences_name, to_text(xmpp::build_archive_preferences(*value)));
    hub_.changes().write(
        *request.account,
        std::string(preferences_name),
        std::move(op),
        [this, value = *std::move(value), iq = request.iq](
            AccountState& account, const Result<store::PutAccountTexts::Answer>& written
        ) {
            if (!written) return hub_.bounce(iq, unwritten(written.error()));
            auto own = std::make_unique<Preferences>();
            own->value = value;
            account.put_data(slot_, std::move(own));
            Stanza reply = iq.reply();
            reply.element().add(xmpp::build_archive_preferences(value));
            hub_.answer(std::move(reply));
        }
    );
    return {};
}

Handled Archive::tell_ends(Request& request) {
    find_ends(request.account->number(), [this, iq = request.iq](auto found) {
        if (!found) return hub_.bounce(iq, StanzaError(Condition::internal_server_error));
        Stanza reply = iq.reply();
        reply.element().add(xmpp::build_archive_metadata(found->first, found->last));
        hub_.answer(std::move(reply));
    });
    return {};
}

/// When all that was said before is on the disk.
void Archive::find_ends(
    std::int64_t account, std::function<void(Result<store::ArchiveEnds::Answer>)> found
) {
    hub_.when_safe([this, account, found = std::move(found)] {
        hub_.world().store.read(store::ArchiveEnds{account}, found);
    });
}

void Archive::describe(const xmpp::Jid& any, std::function<void(std::optional<State>)> told) {
    hub_.with_account(any, [this, told = std::move(told)](const AccountState* account) {
        if (account == nullptr) return told(std::nullopt);
        find_ends(account->number(), [this, told](auto found) {
            const Hub::Turn turn(hub_);
            if (!found) return told(std::nullopt);
            State state{xmpp::build_archive_metadata(found->first, found->last), {}};
            if (found->first && found->last)
                state.span = ArchiveSpan{found->first->first, found->last->first};
            told(std::move(state));
        });
    });
}

/// What was said before the question is in the answer: it waits for what is on its way to the disk.
Handled Archive::query(Request& request) {
    auto query = xmpp::parse_archive_query(request.payload());
    if (!query) return query.error();
    if (!query->ids.empty()) return fetch_ids(request, std::move(*query));
    std::make_shared<Results>(hub_, request.iq, *query)
        ->ask(
            page_of(*query, request.account->number()),
            [](const Results& results, ArchivePage::Answer found) {
                xmpp::ArchiveFin fin;
                fin.is_complete = found.is_complete;
                fin.page.count = found.count;
                fin.page.first_index = found.first_index;
                results.send(std::move(found.rows), std::move(fin));
            }
        );
    return {};
}

Handled Archive::fetch_ids(Request& request, xmpp::ArchiveQuery query) {
    if (query.ids.size() > most_a_page)
        return StanzaError(Condition::policy_violation, "Too many ids in one question.");
    store::ArchiveByIds question;
    question.account = request.account->number();
    question.ids = std::move(query.ids);
    std::make_shared<Results>(hub_, request.iq, query)
        ->ask(question, [](const Results& results, store::ArchiveByIds::Answer found) {
            if (!found.fits)
                return results.fail(StanzaError(
                    Condition::policy_violation, "Too much for one answer: ask for fewer at once."
                ));
            xmpp::ArchiveFin fin;
            fin.is_complete = true;
            fin.page.count = found.rows.size();
            fin.page.first_index = 0;
            results.send(std::move(found.rows), std::move(fin));
        });
    return {};
}

// ---- what is forgotten ----

void Archive::prune_later(std::chrono::milliseconds pause) {
    core::World& world = hub_.world();
    world.scheduler.at(world.time.now() + pause, [this, watch = std::weak_ptr<int>(alive_)] {
        if (!watch.expired()) prune();
    });
}

/// In small steps, so that the writer is never held up for long.
void Archive::prune() {
    core::World& world = hub_.world();
    store::PruneArchive op;
    op.before = world.time.wall() - keep_;
    const std::size_t limit = op.limit;
    world.store.write(
        op,
        [this,
         limit,
         watch = std::weak_ptr<int>(alive_)](const Result<store::PruneArchive::Answer>& done) {
            if (watch.expired()) return;
            const bool has_more = done && done->rows == limit;
            prune_later(has_more ? std::chrono::milliseconds(100) : prune_pause);
        }
    );
}

}  // namespace sallyport::server
