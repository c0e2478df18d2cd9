// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "gateway/store/sqlite/keys.hpp"
#include "gateway/store/sqlite/sqlite.hpp"
#include "gateway/store/store.hpp"

namespace sallyport::store {

/// Rows per (transport, state), gathered during a transaction and written once before its commit.
class Tally {
  public:
    static constexpr int inbox_waiting = 100;
    void add(const std::string& transport, int state, std::int64_t rows = 1);
    void add(const std::string& transport, DeliveryState state, std::int64_t rows = 1) {
        add(transport, static_cast<int>(state), rows);
    }
    void write(Database& db);
    void forget() { changes_.clear(); }  ///< after a rollback

  private:
    std::map<std::pair<std::string, int>, std::int64_t> changes_;
};

/// What the operations work with; belongs to the store thread.
struct Writer {
    explicit Writer(Database& database) : db(database) {}
    Database& db;
    KeyHasher hash;
    Tally tally;
    // Never given twice within a process, even when the newest row was erased or its commit failed:
    // readers remember them.
    std::int64_t last_outbox_row = 0;
    std::int64_t last_inbox_row = 0;
    WallTime older_guards_until{};  ///< until then `seen` may know an outbound message
    bool may_have_early = true;     ///< a report may wait for its message; false saves the search

    /// Continues the row numbers of the file; turns attempts without a result into ambiguous ones,
    /// due at once.
    void recover();
    /// After a rollback: what was noted of the transaction did not happen.
    void forget() {
        tally.forget();
        may_have_early = true;
    }
};

// One function per write: runs inside the transaction that its caller opened; faults stay in the
// connection.
inline Fence::Answer execute(Writer&, const Fence&) {
    return {};
}
TakeOutbound::Answer execute(Writer& writer, const TakeOutbound& op);
ClaimDue::Answer execute(Writer& writer, const ClaimDue& op);
RecordOutcome::Answer execute(Writer& writer, const RecordOutcome& op);
WakeLanes::Answer execute(Writer& writer, const WakeLanes& op);
SweepOutbound::Answer execute(Writer& writer, const SweepOutbound& op);
RetryOutbound::Answer execute(Writer& writer, const RetryOutbound& op);
DropOutbound::Answer execute(Writer& writer, const DropOutbound& op);
AcceptInbound::Answer execute(Writer& writer, const AcceptInbound& op);
LocalHop::Answer execute(Writer& writer, const LocalHop& op);
InboxRead::Answer execute(Writer& writer, const InboxRead& op);
InboxReturned::Answer execute(Writer& writer, const InboxReturned& op);
WakeInbox::Answer execute(Writer& writer, const WakeInbox& op);
StoreRaw::Answer execute(Writer& writer, const StoreRaw& op);
PutRegistration::Answer execute(Writer& writer, const PutRegistration& op);
RemoveRegistration::Answer execute(Writer& writer, const RemoveRegistration& op);
PutRecord::Answer execute(Writer& writer, const PutRecord& op);
EraseRecord::Answer execute(Writer& writer, const EraseRecord& op);
Prune::Answer execute(Writer& writer, const Prune& op);
EraseUser::Answer execute(Writer& writer, const EraseUser& op);
CreateAccount::Answer execute(Writer& writer, const CreateAccount& op);
SetAccountKeys::Answer execute(Writer& writer, const SetAccountKeys& op);
EraseAccountKeys::Answer execute(Writer& writer, const EraseAccountKeys& op);
SetAccountDisabled::Answer execute(Writer& writer, const SetAccountDisabled& op);
RemoveAccount::Answer execute(Writer& writer, const RemoveAccount& op);
ChangeRoster::Answer execute(Writer& writer, const ChangeRoster& op);
AddOffline::Answer execute(Writer& writer, const AddOffline& op);
RemoveOffline::Answer execute(Writer& writer, const RemoveOffline& op);
AddArchived::Answer execute(Writer& writer, const AddArchived& op);
PruneArchive::Answer execute(Writer& writer, const PruneArchive& op);
PutAccountTexts::Answer execute(Writer& writer, const PutAccountTexts& op);
PutFastToken::Answer execute(Writer& writer, const PutFastToken& op);
UseFastToken::Answer execute(Writer& writer, const UseFastToken& op);
DropFastTokens::Answer execute(Writer& writer, const DropFastTokens& op);

/// Parks what waited (park_all): ambiguous without a look, out of its lane, until the operator
/// decides; for a week at least.
std::size_t park(Writer& writer, WallTime now);

// One function per read, on any connection.
InboxDue::Answer answer(Database& db, const InboxDue& question);
Registrations::Answer answer(Database& db, const Registrations& question);
WaitingMessages::Answer answer(Database& db, const WaitingMessages& question);
GetRecord::Answer answer(Database& db, const GetRecord& question);
ScanRecords::Answer answer(Database& db, const ScanRecords& question);
ListOutbound::Answer answer(Database& db, const ListOutbound& question);
FindOutbound::Answer answer(Database& db, const FindOutbound& question);
Counts::Answer answer(Database& db, const Counts& question);
ExportUser::Answer answer(Database& db, const ExportUser& question);
FindAccount::Answer answer(Database& db, const FindAccount& question);
LoadAccount::Answer answer(Database& db, const LoadAccount& question);
ListAccounts::Answer answer(Database& db, const ListAccounts& question);
OfflineMessages::Answer answer(Database& db, const OfflineMessages& question);
ArchivePage::Answer answer(Database& db, const ArchivePage& question);
ArchiveByIds::Answer answer(Database& db, const ArchiveByIds& question);
ArchiveEnds::Answer answer(Database& db, const ArchiveEnds& question);
AccountTexts::Answer answer(Database& db, const AccountTexts& question);
FindFastTokens::Answer answer(Database& db, const FindFastTokens& question);

}  // namespace sallyport::store
