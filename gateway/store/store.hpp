// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "gateway/port/inbound.hpp"
#include "gateway/port/types.hpp"
#include "gateway/store/accounts_ops.hpp"
#include "gateway/store/fast_ops.hpp"
#include "gateway/store/server_ops.hpp"
#include "xmpp/core/result.hpp"

/// What the core may ask of any database. Writes are values, each a whole intent, executed in order
/// on one store thread and committed in groups; reads are named questions answered on a read-only
/// connection from committed rows. Conflicts are answers, not errors: only a full disk or an I/O
/// fault fails a write, and then the whole group (nothing is acknowledged).
namespace sallyport::store {

using port::DeliveryState;

/// One outbound message. A lane is (transport, own, peer): its messages are attempted one after
/// another, oldest first.
struct OutboundRow {
    std::int64_t row = 0;   ///< order of acceptance
    std::int64_t lane = 0;  ///< the store's name of its lane
    port::OutId id;
    std::string transport;  ///< domain of the transport: "sms.example.org"
    port::AccountId account;
    std::string user;       ///< bare JID
    std::string own;        ///< our address, "+1555…"
    std::string peer;       ///< canonical address text
    std::string from;       ///< full JID that sent it
    std::string stanza_id;  ///< its id, "" = none
    bool wants_receipt = false;
    std::string payload;  ///< port::encode(SendMessage); blanked by retention
    std::string preview;  ///< first 40 characters, for failure notices; blanked by retention
    DeliveryState state = DeliveryState::queued;
    int attempts = 0;         ///< started so far
    std::string provider;     ///< of the last attempt
    int looks = 0;            ///< lookups of this ambiguity that found nothing
    std::string reason;       ///< word of the last failure (port::Reason), "" = none
    std::string reason_text;  ///< the network's words and code
    WallTime accepted_at{};
    WallTime attempted_at{};  ///< start of the last attempt
    WallTime deadline{};
    WallTime changed_at{};  ///< of the last change of state
};

/// What must be shown to a user, in order: inbound messages and the news of their own messages.
struct InboxRow {
    enum class Kind { message = 0, receipt = 1, failure = 2, notice = 3 };
    std::int64_t row = 0;
    std::string id;  ///< stanza id and origin-id, a ULID: the same at every re-send
    std::string transport;
    std::string
        user;  ///< bare JID; "" = nobody owns it yet (shown to admins, kept for the operator)
    std::string own;
    std::string peer;  ///< sender; for notice "" = the domain itself
    Kind kind = Kind::message;
    std::string payload;    ///< message: encode(MessageReceived); failure: text of the reason;
                            ///< notice: text; receipt: ""
    std::string stanza_id;  ///< receipt, failure: the id of the message it is about
    std::string to_full;    ///< failure: the full JID that sent it
    std::string reason;     ///< failure: port::Reason word; "expired" …
    std::string preview;    ///< failure: first 40 characters of the message
    WallTime received_at{};
    int attempts = 0;  ///< times it was returned by the host
};

/// Where the store keeps an outbound message. Given back with the outcome of its attempt, it saves
/// the search.
struct Place {
    std::int64_t row = 0;
    std::int64_t lane = 0;
};

struct RegistrationRow {
    port::AccountId id;
    std::string transport;
    std::string user;
    std::string own;       ///< "" for implicit accounts
    std::string provider;  ///< `own` accounts
    std::string hook_token;
    std::string credentials;  ///< sealed with data/key; "" = none
    bool from_pool = false;
    bool suspended = false;
    WallTime created{};
};

// ---- writes. Answer is what `write` hands back after commit. ----

/// Accepts an outbound message. With `start`, and when its lane is free, the first attempt is
/// recorded in the same commit.
struct TakeOutbound {
    OutboundRow message;  ///< row, state and attempts are ignored
    std::string guard;    ///< duplicate guard (hash of bare from, to, id, body), 48 h; "" = none
    std::optional<std::string> start;    ///< provider of a first attempt now
    std::optional<WallTime> not_before;  ///< else: when to look at it, default at once
    WallTime now{};
    struct Answer {
        bool duplicate = false;
        bool started = false;
        Place place{};
    };
};
/// Where attempts of one own address may go now.
struct LaneRoute {
    std::string provider;
    std::size_t allowance = SIZE_MAX;  ///< attempts to start at most in this claim
    WallTime next_slot{};              ///< rows beyond the allowance become due then
};
/// Starts attempts for heads of lanes whose time has come: records attempt and provider, returns
/// the messages. Also hands out ambiguous messages whose next look is due (state ambiguous, no new
/// attempt). A RecordOutcome must follow each, or the store be opened anew, which hands them out
/// again at once. Rows whose `own` has no route are looked at again after `unroutable_pause`, those
/// beyond the allowance at `next_slot`.
struct ClaimDue {
    std::shared_ptr<const std::map<std::pair<std::string, std::string>, LaneRoute>>
        routes;  ///< (transport, own) -> provider
    std::size_t limit = 256;
    WallTime now{};
    std::chrono::milliseconds unroutable_pause{30'000};
    struct Answer {
        std::vector<OutboundRow> rows;
        std::optional<WallTime> next_due;
    };
};
/// News of one message. From an attempt: `attempt` must be the row's current one, else nothing
/// changes (stale). From a report: found by outcome.id, else by (transport, refs). The state moves
/// only up the lattice (delivered beats undelivered; terminal wins).
///   queued    = the attempt was not taken: try again at `retry_at` (the lane waits)
///   ambiguous = look again at `retry_at`; `frees_lane` lets the next message of the lane go
///   meanwhile
/// A final state queues what the user must see in the same commit: a receipt row (delivered, when
/// wanted) or a failure row (undelivered, failed, expired). A reference that nobody knows is kept
/// 15 min and applied when its message turns up. `next`: when the lane became free and its next
/// message may start now, that message with its attempt recorded.
struct RecordOutcome {
    std::string transport;
    port::Outcome outcome;
    std::optional<int> attempt;
    std::optional<Place> place;  ///< of the attempted message, when known
    WallTime now{};
    std::optional<WallTime> retry_at;
    bool frees_lane = false;
    int looks = 0;                          ///< stored with ambiguous
    std::optional<std::string> start_next;  ///< provider for the next attempt of the lane
    std::optional<WallTime>
        next_not_before;  ///< else: when the lane's next is due, default at once
    struct Answer {
        bool found = false;
        bool changed = false;
        DeliveryState previous =
            DeliveryState::queued;                    ///< the state before; meaningful when changed
        DeliveryState state = DeliveryState::queued;  ///< now; meaningful when found
        bool refs_taken = false;  ///< a lookup found only references of other messages: it does not
                                  ///< count, nothing changed
        // Shared, because most answers have none of them, and a group has room for its answers.
        std::shared_ptr<OutboundRow> message;  ///< as it is now, without payload; an accepted one
                                               ///< that nothing waited for may be left out
        std::shared_ptr<InboxRow> shown;       ///< receipt or failure row that was queued
        std::shared_ptr<OutboundRow> next;
        std::optional<WallTime> next_due;  ///< when this lane must be looked at
    };
};
/// Makes waiting lane heads due now: after a held provider resumed, or a number moved. Empty `owns`
/// = all of the transport.
struct WakeLanes {
    std::string transport;
    std::vector<std::string> owns;
    WallTime now{};
    struct Answer {
        std::size_t lanes = 0;
    };
};
/// Expires what waited past its deadline (failure rows are queued; an ambiguous message is left to
/// a look that runs or is due) and turns accepted/sent older than `unconfirmed_before` into
/// unconfirmed. At most `limit` of each.
/// `set_back`: the wall clock went back by so much since the last sweep; times at which something
/// waits go back with it. 0 = perhaps while nobody ran: what was written later than now proves it.
struct SweepOutbound {
    WallTime now{};
    WallTime unconfirmed_before{};
    std::optional<std::chrono::milliseconds> set_back = std::nullopt;
    std::size_t limit = 500;
    struct Answer {
        std::vector<OutboundRow> ended;
        std::vector<InboxRow> shown;
        bool more = false;
        std::optional<WallTime> next_due;
    };
};
/// `queue retry` and `queue drop`. drop = failed with reason refused_by_policy ("dropped by the
/// operator").
struct RetryOutbound {
    port::OutId id;
    WallTime now{};
    struct Answer {
        bool changed = false;
    };
};
struct DropOutbound {
    port::OutId id;
    WallTime now{};
    struct Answer {
        bool changed = false;
        std::optional<InboxRow> shown;
    };
};

/// Accepts what a user must see. `dedupe` "" = never a duplicate.
struct AcceptInbound {
    InboxRow row;
    std::string dedupe;
    std::chrono::hours remember{72};
    WallTime now{};
    struct Answer {
        bool duplicate = false;
        InboxRow row;
    };
};
/// A text from one user of a transport to another: the sender's outbound row (state sent, no
/// provider) and the receiver's inbox row in one commit.
struct LocalHop {
    TakeOutbound out;
    InboxRow in;
    struct Answer {
        bool duplicate = false;
        InboxRow row;
    };
};
/// The ack barrier proved that the host read these. The rows stay for bounces until retention.
struct InboxRead {
    std::vector<std::int64_t> rows;
    WallTime now{};
    struct Answer {};
};
/// The host returned it: shown again at `retry_at`; nothing = given up (shown to admins).
struct InboxReturned {
    std::string id;
    std::string reason;
    std::optional<WallTime> retry_at;
    WallTime now{};
    struct Answer {
        std::optional<InboxRow> row;
    };
};
/// The user is there: returned rows become due now.
struct WakeInbox {
    std::string user;
    WallTime now{};
    struct Answer {
        std::size_t rows = 0;
    };
};
struct StoreRaw {
    std::string transport;
    std::string provider;
    std::string raw;
    WallTime now{};
    struct Answer {};
};

struct PutRegistration {
    RegistrationRow row;  ///< id 0 = new
    WallTime now{};
    struct Answer {
        bool conflict = false;
        port::AccountId id;
    };  ///< conflict: own address or user is taken
};
/// Removes it; its own address rests until `rest_until` (pool numbers). Waiting outbound fails with
/// refused_by_policy.
struct RemoveRegistration {
    port::AccountId id;
    std::optional<WallTime> rest_until;
    WallTime now{};
    struct Answer {
        bool found = false;
        std::vector<InboxRow> shown;
    };
};  ///< shown: failure rows that were queued
struct PutRecord {
    std::string ns, key, value;
    std::optional<WallTime> expires;
    struct Answer {};
};
struct EraseRecord {
    std::string ns, key;
    struct Answer {};
};
/// Blanks bodies of finished messages older than `bodies_before`, forgets ids older than
/// `ids_before`, expired records, guards. At most `limit` rows of each kind, so that the writer is
/// never held up for long: repeat until the answer is 0 rows.
struct Prune {
    WallTime now{};
    WallTime bodies_before{};
    WallTime ids_before{};
    std::size_t limit = 1000;
    struct Answer {
        std::size_t rows = 0;
    };
};
/// `account erase`: registration, messages, records of this user on this transport ("" = all). A
/// record belongs to a user when its namespace is the transport's domain and its key is the bare
/// JID or begins with it and "/"; `ExportUser` likewise.
struct EraseUser {
    std::string transport, user;
    struct Answer {
        std::size_t rows = 0;
        std::vector<std::string> records;  ///< keys of those that are erased: files hang on some
    };
};

/// Changes nothing; its completion tells that everything written before is committed or has failed.
struct Fence {
    struct Answer {};
};

using Write = std::variant<
    Fence,
    TakeOutbound,
    ClaimDue,
    RecordOutcome,
    WakeLanes,
    SweepOutbound,
    RetryOutbound,
    DropOutbound,
    AcceptInbound,
    LocalHop,
    InboxRead,
    InboxReturned,
    WakeInbox,
    StoreRaw,
    PutRegistration,
    RemoveRegistration,
    PutRecord,
    EraseRecord,
    Prune,
    EraseUser,
    CreateAccount,
    SetAccountKeys,
    SetAccountDisabled,
    RemoveAccount,
    ChangeRoster,
    AddOffline,
    RemoveOffline,
    AddArchived,
    PruneArchive,
    PutAccountTexts,
    PutFastToken,
    UseFastToken,
    DropFastTokens>;

// ---- reads ----

/// Inbox rows to show, in row order: not read, due, row > after. `transport` "" = all.
struct InboxDue {
    std::string transport;
    std::int64_t after = 0;
    WallTime now{};
    std::size_t limit = 256;
    struct Answer {
        std::vector<InboxRow> rows;
        std::optional<WallTime> next_due;
    };
};
struct Registrations {
    struct Answer {
        std::vector<RegistrationRow> rows;
        std::vector<std::pair<std::string, std::string>> resting;
    };
};  ///< resting: (transport, own)
struct Resting {
    WallTime now{};
    struct Answer {
        std::vector<std::pair<std::string, std::string>> owns;
    };
};
struct GetRecord {
    std::string ns, key;
    WallTime now{};
    struct Answer {
        std::optional<std::string> value;
    };
};
struct ScanRecords {
    std::string ns, prefix;
    WallTime now{};
    struct Answer {
        std::vector<std::pair<std::string, std::string>> rows;
    };
};
/// Messages of a user or of all, newest first. `open_only`: not ended. `failed_only`: undelivered,
/// failed, expired, ambiguous, unconfirmed.
struct ListOutbound {
    std::string transport, user;
    bool open_only = false;
    bool failed_only = false;
    std::size_t limit = 50;
    struct Answer {
        std::vector<OutboundRow> rows;
    };
};
struct FindOutbound {
    port::OutId id;
    struct Answer {
        std::optional<OutboundRow> row;
    };
};
/// Messages per (transport, state), and the oldest open one.
struct Counts {
    struct Answer {
        std::map<std::pair<std::string, DeliveryState>, std::uint64_t> outbound;
        std::map<std::string, std::uint64_t> inbox_waiting;
        std::optional<WallTime> oldest_open;
    };
};
/// Everything about a user: `account export`.
struct ExportUser {
    std::string transport, user;
    struct Answer {
        std::vector<RegistrationRow> registrations;
        std::vector<OutboundRow> outbound;
        std::vector<InboxRow> inbox;
        std::vector<std::pair<std::string, std::string>> records;
    };
};

using Read = std::variant<
    InboxDue,
    Registrations,
    Resting,
    GetRecord,
    ScanRecords,
    ListOutbound,
    FindOutbound,
    Counts,
    ExportUser,
    FindAccount,
    LoadAccount,
    ListAccounts,
    OfflineMessages,
    ArchivePage,
    ArchiveByIds,
    ArchiveEnds,
    AccountTexts,
    FindFastTokens>;

template <class T>
struct AnswersOf;
template <class... Ops>
struct AnswersOf<std::variant<Ops...>> {
    using type = std::variant<typename Ops::Answer...>;
};
using WriteAnswer = AnswersOf<Write>::type;
using ReadAnswer = AnswersOf<Read>::type;

/// Asynchronous store. Completions run on the owner's thread through the `post` function given at
/// open, in order of the writes, one post per group commit. Destruction drains all submitted writes
/// and drops their completions.
class Store {
  public:
    virtual ~Store() = default;

    /// Queues a write; `done` (may be empty) runs after its group is committed or failed. Like
    /// read(), for each alternative of the variant, compiled once (store.cpp).
    template <class Op>
    void write(Op op, std::function<void(Result<typename Op::Answer>)> done = {});
    template <class Op>
    void read(Op op, std::function<void(Result<typename Op::Answer>)> done);
    /// Writes submitted and not yet committed: the bound that callers hold against.
    virtual std::size_t pending() const = 0;
    /// False after a write failed, until one succeeds again (the store tries by itself once a
    /// second).
    virtual bool healthy() const = 0;
    /// Copies the database to `path` (VACUUM INTO), complete or not at all, beside the writer. The
    /// call does not block.
    virtual void backup(std::string path, std::function<void(Result<>)> done) = 0;

  protected:
    using WriteDone = std::function<void(Result<WriteAnswer>)>;
    using ReadDone = std::function<void(Result<ReadAnswer>)>;
    virtual void submit(Write op, WriteDone done) = 0;
    virtual void ask(Read op, ReadDone done) = 0;
};

/// Hands a closure to the owner's thread. Called from the store thread.
using Post = std::function<void(std::function<void()>)>;

struct OpenOptions {
    std::string path;        ///< file, or ":memory:"
    std::string backup_dir;  ///< where before-schema-N.db goes, "" = beside the file
    std::string vfs;         ///< SQLite VFS name, "" = default (tests)
    std::chrono::milliseconds probe_every{1000};  ///< while unhealthy
};
/// Opens, migrates (copy first, refusal of newer schemas), recovers: attempts without a result
/// become ambiguous, due at once.
Result<std::unique_ptr<Store>> open_sqlite(const OpenOptions& options, Post post);

/// `restore`: parks everything that waited in the database file (it may have been sent since).
/// Returns the number of rows parked.
Result<std::size_t> park_all(const std::string& path, WallTime now);

}  // namespace sallyport::store
