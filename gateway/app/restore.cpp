// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/restore.hpp"

#include <fstream>

#include "gateway/app/command_tools.hpp"
#include "gateway/app/data_dir.hpp"
#include "gateway/base/durable_file.hpp"
#include "gateway/store/store.hpp"

namespace sallyport::app {
namespace {

namespace fs = std::filesystem;

// https://www.sqlite.org/fileformat.html §1.3: the magic, and our name at offset 68.
constexpr std::size_t header_bytes = 100;
constexpr std::size_t application_at = 68;
constexpr std::string_view magic{"SQLite format 3\0", 16};
constexpr std::string_view application{"SPRT"};

fs::path beside(const fs::path& file, std::string_view suffix) {
    return file.string() + std::string(suffix);
}

Error io_error(const std::string& what, const std::error_code& code) {
    return Error(
        boost::system::error_code(code.value(), boost::system::system_category()),
        what + ": " + code.message()
    );
}

void remove_all_of(const fs::path& database) {
    std::error_code ignored;
    for (const auto* suffix : {"", "-wal", "-shm"}) fs::remove(beside(database, suffix), ignored);
}

/// A private copy of the backup with everything in it parked and nothing left beside it.
Result<std::size_t> prepare(const fs::path& file, const fs::path& copy, WallTime now) {
    remove_all_of(copy);
    std::error_code failed;
    fs::copy_file(file, copy, failed);
    if (failed) return io_error("cannot copy " + file.string() + " to " + copy.string(), failed);
    fs::permissions(copy, fs::perms::owner_read | fs::perms::owner_write, failed);
    if (auto given = give_to_owner(copy); !given) return given.error();
    auto parked = store::park_all(copy.string(), now);
    if (!parked) return parked;
    if (fs::exists(beside(copy, "-wal"))) return Error("the copy could not be completed");
    if (auto synced = sync_file(copy); !synced) return synced.error();
    return parked;
}

/// Lets SQLite bring what stands in the write-ahead log into the file; a damaged one stays as it
/// is.
void settle(const fs::path& database) {
    store::OpenOptions options;
    options.path = database.string();
    auto opened = store::open_sqlite(options, [](const std::function<void()>&) {});
    static_cast<void>(opened);
}

/// The database stays under another name, with its log if it has one. At no moment is there none.
Result<> keep_aside(const fs::path& database, const fs::path& aside) {
    std::error_code failed;
    fs::create_hard_link(database, aside, failed);
    if (failed) fs::copy_file(database, aside, failed);
    if (failed)
        return io_error("cannot keep " + database.string() + " as " + aside.string(), failed);
    for (const auto* suffix : {"-wal", "-shm"}) {
        if (!fs::exists(beside(database, suffix), failed)) continue;
        fs::rename(beside(database, suffix), beside(aside, suffix), failed);
        if (failed) return io_error("cannot move " + beside(database, suffix).string(), failed);
    }
    return {};
}

fs::path free_name(const fs::path& database, WallTime now) {
    fs::path name = beside(database, ".before-restore-" + time_text(now));
    for (int i = 2; fs::exists(name); ++i)
        name = beside(database, ".before-restore-" + time_text(now) + "-" + std::to_string(i));
    return name;
}

}  // namespace

Result<> check_backup(const fs::path& file) {
    std::string header(header_bytes, '\0');
    std::ifstream in(file, std::ios::binary);
    const int number = errno;
    std::error_code failed;
    if (fs::is_directory(file, failed)) return Error(file.string() + " is a folder");
    if (!in)
        return io_error(
            "cannot read " + file.string(), std::error_code(number, std::generic_category())
        );
    in.read(header.data(), static_cast<std::streamsize>(header.size()));
    const bool is_database =
        in.gcount() == static_cast<std::streamsize>(header_bytes) && header.starts_with(magic);
    if (!is_database || header.substr(application_at, application.size()) != application)
        return Error(file.string() + " is no backup of this program");
    if (fs::exists(beside(file, "-wal"), failed) && fs::file_size(beside(file, "-wal"), failed) > 0)
        return Error(
            file.string() +
            " is a database in use, or was copied with its log beside it: make backups with "
            "`sallyport backup`"
        );
    return {};
}

Result<Restored> restore_backup(const fs::path& file, const fs::path& database, WallTime now) {
    if (auto sound = check_backup(file); !sound) return sound.error();
    Restored restored;
    const fs::path copy = beside(database, ".restoring");
    auto parked = prepare(file, copy, now);
    if (!parked) {
        remove_all_of(copy);
        return parked.error();
    }
    restored.parked = *parked;
    if (fs::exists(database)) {
        settle(database);
        restored.previous = free_name(database, now);
        if (auto kept = keep_aside(database, restored.previous); !kept) return kept.error();
    }
    std::error_code failed;
    fs::rename(copy, database, failed);
    if (failed) return io_error("cannot put " + copy.string() + " in place", failed);
    if (auto synced = sync_folder(database.parent_path()); !synced) return synced.error();
    return restored;
}

}  // namespace sallyport::app
