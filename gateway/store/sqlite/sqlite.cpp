// SPDX-License-Identifier: Apache-2.0
#include "gateway/store/sqlite/sqlite.hpp"

#include <cassert>
#include <utility>

#include <sqlite3.h>

namespace sallyport::store {
namespace {

struct FaultKind {
    int code;  ///< primary result code
    boost::system::errc::errc_t error;
    bool environment;
};

constexpr std::array fault_kinds{
    FaultKind{SQLITE_FULL, boost::system::errc::no_space_on_device, true},
    FaultKind{SQLITE_IOERR, boost::system::errc::io_error, true},
    FaultKind{SQLITE_BUSY, boost::system::errc::device_or_resource_busy, true},
    FaultKind{SQLITE_LOCKED, boost::system::errc::device_or_resource_busy, true},
    FaultKind{SQLITE_READONLY, boost::system::errc::read_only_file_system, true},
    FaultKind{SQLITE_CANTOPEN, boost::system::errc::no_such_file_or_directory, true},
    FaultKind{SQLITE_PERM, boost::system::errc::permission_denied, true},
    FaultKind{SQLITE_CORRUPT, boost::system::errc::illegal_byte_sequence, true},
    FaultKind{SQLITE_NOTADB, boost::system::errc::illegal_byte_sequence, true},
    FaultKind{SQLITE_NOMEM, boost::system::errc::not_enough_memory, true},
    FaultKind{SQLITE_PROTOCOL, boost::system::errc::device_or_resource_busy, true},
};

FaultKind kind_of(int code) {
    for (const FaultKind& kind : fault_kinds) {
        if (kind.code == (code & 0xff)) return kind;
    }
    return {code, boost::system::errc::invalid_argument, false};
}

int note_wal_pages(void* target, sqlite3*, const char*, int pages) {
    *static_cast<int*>(target) = pages;
    return SQLITE_OK;
}

}  // namespace

Error Fault::to_error() const {
    return Error(boost::system::errc::make_error_code(kind_of(code).error), text);
}

bool Fault::is_environment() const {
    return kind_of(code).environment;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, const std::string& vfs) {
    // Counting allocations takes a lock at each of them. Refused, and harmless, when SQLite runs
    // already.
    static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(once);
    sqlite3* handle = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    auto log = std::make_unique<GatheredWal>(vfs);
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags, log->name().c_str());
    if (handle == nullptr) return Fault{SQLITE_NOMEM, "out of memory"}.to_error();
    std::unique_ptr<Database> db(new Database(handle, std::move(log)));
    if (code != SQLITE_OK) return Fault{code, path + ": " + sqlite3_errmsg(handle)}.to_error();
    return db;
}

Database::Database(sqlite3* handle, std::unique_ptr<GatheredWal> log)
    : log_(std::move(log)), handle_(handle) {
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_LOOKASIDE, nullptr, 1200, 200);
    sqlite3_busy_timeout(handle_, 2'000);
    // Replaces SQLite's own checkpoints, which would run inside a commit.
    sqlite3_wal_hook(handle_, note_wal_pages, &wal_pages_);
}

Database::~Database() {
    for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close(handle_);
}

void Database::check(int code) {
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE || fault_) return;
    fault_ = Fault{sqlite3_extended_errcode(handle_), sqlite3_errmsg(handle_)};
    if (fault_->code == SQLITE_OK) fault_->code = code;
}

void Database::execute(const char* sql) {
    if (!fault_) check(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr));
}

std::int64_t Database::number(const char* sql) {
    if (fault_) return 0;
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr));
    const int code = statement != nullptr ? sqlite3_step(statement) : SQLITE_OK;
    check(code);
    const std::int64_t value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return value;
}

std::int64_t Database::changes() const {
    return sqlite3_changes64(handle_);
}

std::optional<Fault> Database::take_fault() {
    return std::exchange(fault_, std::nullopt);
}

void Database::rollback() {
    if (sqlite3_get_autocommit(handle_) == 0) {
        sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Database::checkpoint() {
    // SQLITE_BUSY only says that another connection is at it.
    sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

sqlite3_stmt* Database::prepared(const char* sql) {
    if (fault_) return nullptr;
    sqlite3_stmt*& statement = statements_[sql];
    if (statement == nullptr) {
        check(sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
    }
    assert(statement == nullptr || sqlite3_stmt_busy(statement) == 0);
    return statement;
}

Query::Query(Database& db, const char* sql) : db_(db), statement_(db.prepared(sql)) {}

Query::~Query() {
    if (statement_ != nullptr) sqlite3_reset(statement_);
}

bool Query::next() {
    if (statement_ == nullptr || db_.failed()) return false;
    column_ = 0;
    const int code = sqlite3_step(statement_);
    db_.check(code);
    return code == SQLITE_ROW;
}

void Query::put_integer(std::int64_t value) {
    if (statement_ != nullptr) db_.check(sqlite3_bind_int64(statement_, ++parameter_, value));
}

void Query::put_text(std::string_view value) {
    if (statement_ == nullptr) return;
    // A null pointer would bind NULL.
    const char* data = value.empty() ? "" : value.data();
    db_.check(sqlite3_bind_text64(
        statement_, ++parameter_, data, value.size(), SQLITE_STATIC, SQLITE_UTF8
    ));
}

void Query::put_blob(std::string_view value, bool copy) {
    if (statement_ == nullptr) return;
    const char* data = value.empty() ? "" : value.data();
    db_.check(sqlite3_bind_blob64(
        statement_, ++parameter_, data, value.size(), copy ? SQLITE_TRANSIENT : SQLITE_STATIC
    ));
}

void Query::put_null() {
    if (statement_ != nullptr) db_.check(sqlite3_bind_null(statement_, ++parameter_));
}

std::int64_t Query::get_integer() {
    return sqlite3_column_int64(statement_, column_++);
}

std::string Query::get_text() {
    const int column = column_++;
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return data == nullptr ? std::string() : std::string(data, size);
}

bool Query::get_null() {
    return sqlite3_column_type(statement_, column_) == SQLITE_NULL;
}

}  // namespace sallyport::store
