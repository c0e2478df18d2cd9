// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

#include "gateway/base/clock.hpp"
#include "gateway/store/sqlite/gathered_wal.hpp"
#include "xmpp/core/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

/// A thin layer over SQLite's C interface. Errors are sticky: the first one of a connection is
/// kept, every later call does nothing and finds no row, until take_fault(). So an operation runs
/// straight through and is judged once, at its end.
namespace sallyport::store {

/// What SQLite said: an extended result code and its words.
struct Fault {
    int code = 0;
    std::string text;
    Error to_error() const;
    /// True when the disk or the file is at fault, false when the operation is (too big, a key in
    /// use).
    bool is_environment() const;
};

/// 128 bits of a hash, as stored in key columns.
using Key = std::array<unsigned char, 16>;

/// Marks text for a BLOB column.
struct Bytes {
    std::string_view text;
};

/// A connection. One thread at a time.
class Database {
  public:
    /// Opens or creates `path` with the named VFS ("" = default), WAL files beside it; waits up to
    /// 5 s for locks of others.
    static Result<std::unique_ptr<Database>> open(const std::string& path, const std::string& vfs);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void execute(const char* sql);         ///< any statements; rows are ignored
    std::int64_t number(const char* sql);  ///< first column of the first row, or 0
    std::int64_t changes() const;          ///< rows changed by the last statement
    bool failed() const { return fault_.has_value(); }
    std::optional<Fault> take_fault();
    void rollback();  ///< ends a transaction, if any; keeps the fault
    int wal_pages() const {
        return wal_pages_;
    }                   ///< in the WAL after this connection's last commit
    void checkpoint();  ///< copies what is possible from WAL to file without waiting for anybody

  private:
    friend class Query;
    Database(sqlite3* handle, std::unique_ptr<GatheredWal> log);
    sqlite3_stmt* prepared(const char* sql);
    void check(int code);

    std::unique_ptr<GatheredWal> log_;  // outlives the connection
    sqlite3* handle_;
    std::unordered_map<const char*, sqlite3_stmt*> statements_;
    std::optional<Fault> fault_;
    int wal_pages_ = 0;
};

/// One use of a cached statement. `sql` must be a literal: its address is the key of the cache; two
/// uses of one literal must not overlap. Bound texts must outlive the use.
class Query {
  public:
    template <class... T>
    Query(Database& db, const char* sql, T&&... values) : Query(db, sql) {
        (put(std::forward<T>(values)), ...);
    }
    Query(Database& db, const char* sql);
    ~Query();
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    bool next();  ///< steps to the next row
    void run() { static_cast<void>(next()); }

    /// Reads the row's next columns, from the left.
    template <class... T>
    void read(T&... values) {
        (get(values), ...);
    }
    template <class T>
    T value() {
        T result{};
        read(result);
        return result;
    }

  private:
    void put_integer(std::int64_t value);
    void put_text(std::string_view value);
    void put_blob(std::string_view value, bool copy);
    void put_null();
    std::int64_t get_integer();
    std::string get_text();
    bool get_null();

    template <class T>
    requires(std::is_integral_v<T> || std::is_enum_v<T>) void put(T value) {
        put_integer(static_cast<std::int64_t>(value));
    }
    void put(const std::string& value) { put_text(value); }
    void put(std::string_view value) { put_text(value); }
    void put(const char* value) { put_text(value); }
    void put(std::string&& value) = delete;
    void put(Bytes value) { put_blob(value.text, false); }
    void put(const Key& value) {
        put_blob({reinterpret_cast<const char*>(value.data()), value.size()}, true);
    }
    void put(WallTime value) { put_integer(value.time_since_epoch().count()); }
    template <class T>
    void put(const std::optional<T>& value) {
        value ? put(*value) : put_null();
    }

    template <class T>
    requires(std::is_integral_v<T> || std::is_enum_v<T>) void get(T& value) {
        value = static_cast<T>(get_integer());
    }
    void get(std::string& value) { value = get_text(); }
    void get(WallTime& value) { value = WallTime(std::chrono::milliseconds(get_integer())); }
    template <class T>
    void get(std::optional<T>& value) {
        if (get_null()) {
            value.reset();
            ++column_;
            return;
        }
        get(value.emplace());
    }

    Database& db_;
    sqlite3_stmt* statement_;
    int parameter_ = 0;
    int column_ = 0;
};

}  // namespace sallyport::store
