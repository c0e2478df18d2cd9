// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gateway/store/accounts_ops.hpp"
#include "gateway/store/fast_ops.hpp"
#include "gateway/store/inbox_ops.hpp"
#include "gateway/store/outbound_ops.hpp"
#include "gateway/store/record_ops.hpp"
#include "gateway/store/registration_ops.hpp"
#include "gateway/store/rows.hpp"
#include "gateway/store/server_ops.hpp"
#include "xmpp/core/result.hpp"

/// What the core may ask of any database, subject by subject in `*_ops.hpp`. Writes are values,
/// each a whole intent, executed in order on one store thread and committed in groups; reads are
/// named questions answered on a read-only connection from committed rows. Conflicts are answers,
/// not errors: only a full disk or an I/O fault fails a write, and then the whole group (nothing is
/// acknowledged).
namespace sallyport::store {

// ---- of all subjects ----

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
        std::map<std::string, std::size_t> open_out;  ///< messages that had not ended, by transport
        std::map<std::string, std::size_t> open_in;   ///< messages that waited to be shown
    };
};

/// Changes nothing; its completion tells that everything written before is committed or has failed.
struct Fence {
    struct Answer {};
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
    EraseAccountKeys,
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

using Read = std::variant<
    InboxDue,
    Registrations,
    WaitingMessages,
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
