// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <filesystem>

#include <sys/stat.h>

#include "gateway/store/sqlite/migrate.hpp"
#include "gateway/store/sqlite/side_thread.hpp"
#include "gateway/store/sqlite/store_thread.hpp"

namespace sallyport::store {
namespace {

constexpr int checkpoint_pages = 8'192;  // 32 MiB of WAL
constexpr std::uintmax_t checked_bytes =
    64ULL * 1024 * 1024;  // larger files are not read through at every start

bool is_memory(const std::string& path) {
    return path == ":memory:";
}

void configure(Database& db) {
    db.execute("PRAGMA journal_mode = WAL");
    db.execute("PRAGMA synchronous = FULL");
    // Not wal_autocheckpoint = 0: that takes away the hook which tells how long the log is.
    db.execute("PRAGMA journal_size_limit = 67108864");
    db.execute("PRAGMA mmap_size = 0");
    db.execute("PRAGMA temp_store = MEMORY");
}

Error told(const std::string& path, const Error& error) {
    const bool busy = error.code == boost::system::errc::device_or_resource_busy;
    const std::string hint = busy ? " (another program holds it locked)" : "";
    return Error(error.code, "database " + path + ": " + error.detail + hint);
}

/// Reads a small file through, so that damage is found before it is worked with.
Result<> check_health(Database& db, const std::string& path) {
    std::error_code ignored;
    const auto size = std::filesystem::file_size(path, ignored);
    if (!ignored && size <= checked_bytes) {
        Query query(db, "PRAGMA quick_check(1)");
        const std::string verdict = query.next() ? query.value<std::string>() : "ok";
        if (verdict != "ok") {
            return Error(
                boost::system::errc::make_error_code(boost::system::errc::illegal_byte_sequence),
                "the file is damaged: " + verdict + "; restore a backup"
            );
        }
    }
    if (auto fault = db.take_fault()) return fault->to_error();
    return {};
}

std::string backup_dir_of(const OpenOptions& options) {
    if (is_memory(options.path) || !options.backup_dir.empty()) return options.backup_dir;
    const std::string folder = std::filesystem::path(options.path).parent_path().string();
    return folder.empty() ? "." : folder;
}

Result<std::unique_ptr<Database>> open_migrated(const OpenOptions& options) {
    auto db = Database::open(options.path, options.vfs);
    if (!db) return told(options.path, db.error());
    if (auto sound = check_health(**db, options.path); !sound) {
        return told(options.path, sound.error());
    }
    auto migrated = migrate(**db, embedded::schema(), backup_dir_of(options));
    if (!migrated) return told(options.path, migrated.error());
    configure(**db);
    if (auto fault = (*db)->take_fault()) return told(options.path, fault->to_error());
    return db;
}

/// Runs `work` in a transaction.
template <class Work>
Result<> in_transaction(Writer& writer, Work work) {
    writer.db.execute("BEGIN IMMEDIATE");
    work();
    writer.tally.write(writer.db);
    writer.db.execute("COMMIT");
    auto fault = writer.db.take_fault();
    if (!fault) return {};
    writer.db.rollback();
    return fault->to_error();
}

/// All that a question reads is of one moment, however many rows the writer commits meanwhile.
Result<ReadAnswer> read_at_once(Database& db, const Read& question) {
    Query(db, "BEGIN").run();
    auto found = run_read(db, question);
    if (found) Query(db, "COMMIT").run();
    if (!found || db.take_fault()) db.rollback();
    return found;
}

class SqliteStore final : public Store {
  public:
    SqliteStore(
        const OpenOptions& options,
        std::unique_ptr<Database> db,
        std::unique_ptr<Writer> writer,
        Post post
    )
        : post_(std::move(post)),
          writer_(
              std::move(db),
              std::move(writer),
              post_,
              options.probe_every,
              [this](Database& own) { keep_wal_small(own); }
          ) {}

    /// Connections for reads and for upkeep beside the writer.
    void open_sides(std::unique_ptr<Database> reads, std::unique_ptr<Database> upkeep) {
        reads_ = std::make_unique<SideThread>(std::move(reads));
        upkeep_ = std::make_unique<SideThread>(std::move(upkeep));
        has_upkeep_ = true;
    }

    std::size_t pending() const override { return writer_.pending(); }
    bool healthy() const override { return writer_.healthy(); }

    void backup(std::string path, std::function<void(Result<>)> done) override {
        auto work = [this, path = std::move(path), done = std::move(done)](Database& db) {
            auto result = copy_database(db, path);
            if (done) post_([done, result = std::move(result)] { done(result); });
        };
        upkeep_ ? upkeep_->run(std::move(work)) : writer_.run(std::move(work));
    }

  protected:
    void submit(Write op, WriteDone done) override {
        writer_.submit(std::move(op), std::move(done));
    }

    void ask(Read op, ReadDone done) override {
        if (!reads_) return writer_.ask(std::move(op), std::move(done));
        reads_->run([this, op = std::move(op), done = std::move(done)](Database& db) {
            auto found = std::make_shared<Result<ReadAnswer>>(read_at_once(db, op));
            post_([done, found] { done(std::move(*found)); });
        });
    }

  private:
    enum class Checkpoint { none, beside, tail };

    /// On the store thread. First the bulk of the WAL is copied beside the writer, then the writer
    /// copies what came meanwhile: only then can the WAL start over, and the writer's pause is
    /// short.
    void keep_wal_small(Database& own) {
        const int pages = own.wal_pages();
        if (pages < copied_pages_) copied_pages_ = 0;  // it has started over
        if (!has_upkeep_ || pages < copied_pages_ + checkpoint_pages) return;
        if (checkpoint_ == Checkpoint::tail) {
            own.checkpoint();
            copied_pages_ =
                pages;  // a reader may still hold it back: then once more after as many pages
            checkpoint_ = Checkpoint::none;
        } else if (checkpoint_ == Checkpoint::none) {
            checkpoint_ = Checkpoint::beside;
            upkeep_->run([this](Database& db) {
                db.checkpoint();
                checkpoint_ = Checkpoint::tail;
            });
        }
    }

    Post post_;
    std::atomic<bool> has_upkeep_ = false;
    std::atomic<Checkpoint> checkpoint_ = Checkpoint::none;
    int copied_pages_ = 0;  ///< of the store thread
    std::unique_ptr<SideThread> upkeep_;
    std::unique_ptr<SideThread> reads_;
    StoreThread writer_;  // last: ends first
};

Result<std::unique_ptr<Database>> open_side(const OpenOptions& options, const char* limits) {
    auto db = Database::open(options.path, options.vfs);
    if (!db) return told(options.path, db.error());
    (*db)->execute(limits);
    if (auto fault = (*db)->take_fault()) return told(options.path, fault->to_error());
    return db;
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(const OpenOptions& options, Post post) {
    auto db = open_migrated(options);
    if (!db) return db.error();
    (*db)->execute("PRAGMA cache_size = -32768");
    auto writer = std::make_unique<Writer>(**db);
    auto recovered = in_transaction(*writer, [&writer] { writer->recover(); });
    if (!recovered) return told(options.path, recovered.error());
    std::unique_ptr<Database> reads;
    std::unique_ptr<Database> upkeep;
    if (!is_memory(options.path)) {
        auto first = open_side(options, "PRAGMA query_only = 1; PRAGMA cache_size = -4096");
        if (!first) return first.error();
        auto second = open_side(options, "PRAGMA synchronous = FULL; PRAGMA cache_size = -1024");
        if (!second) return second.error();
        reads = std::move(*first);
        upkeep = std::move(*second);
    }
    auto store =
        std::make_unique<SqliteStore>(options, std::move(*db), std::move(writer), std::move(post));
    if (reads) store->open_sides(std::move(reads), std::move(upkeep));
    return std::unique_ptr<Store>(std::move(store));
}

Result<std::size_t> park_all(const std::string& path, WallTime now) {
    OpenOptions options;
    options.path = path;
    auto db = open_migrated(options);
    if (!db) return db.error();
    Writer writer(**db);
    std::size_t rows = 0;
    auto parked = in_transaction(writer, [&] { rows = park(writer, now); });
    if (!parked) return told(path, parked.error());
    return rows;
}

}  // namespace sallyport::store
