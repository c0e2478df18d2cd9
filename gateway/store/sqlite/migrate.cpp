// SPDX-License-Identifier: Apache-2.0
#include "gateway/store/sqlite/migrate.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/durable_file.hpp"

namespace sallyport::store {
namespace {

constexpr std::int64_t application_id = 0x53505254;  // "SPRT", in the file's header

Error system_error(const std::string& what) {
    const boost::system::error_code code(errno, boost::system::system_category());
    return Error(code, what + ": " + code.message());
}

Result<> judge(Database& db) {
    if (auto fault = db.take_fault()) return fault->to_error();
    return {};
}

Result<> check_identity(Database& db, std::int64_t version, std::size_t newest) {
    const std::int64_t id = db.number("PRAGMA application_id");
    const bool is_empty = db.number("SELECT count(*) FROM sqlite_schema") == 0;
    if (auto read = judge(db); !read) return read;
    if (!is_empty && id != application_id) {
        return Error("this file is a database of another program; nothing was changed");
    }
    if (version > static_cast<std::int64_t>(newest)) {
        return Error(
            boost::system::errc::make_error_code(boost::system::errc::not_supported),
            "the database has schema " + std::to_string(version) + ", this program knows " +
                std::to_string(newest) +
                ": run the newer sallyport, or restore the copy before-schema-" +
                std::to_string(newest + 1) + ".db; nothing was changed"
        );
    }
    return {};
}

Result<> make_private_file(const std::string& path) {
    std::remove(path.c_str());
    const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) return system_error(path);
    ::close(file);
    return {};
}

void run_steps(Database& db, std::span<const embedded::File> steps, std::int64_t version) {
    db.execute("BEGIN IMMEDIATE");
    for (auto at = static_cast<std::size_t>(version); at < steps.size(); ++at) {
        const std::string sql(steps[at].text);
        db.execute(sql.c_str());
    }
    const std::string mark = "PRAGMA application_id = " + std::to_string(application_id) +
                             "; PRAGMA user_version = " + std::to_string(steps.size());
    db.execute(mark.c_str());
    db.execute("COMMIT");
}

}  // namespace

Result<> copy_database(Database& db, const std::string& path) {
    const std::string part = path + ".part";
    if (auto made = make_private_file(part); !made) return made;
    { Query(db, "VACUUM INTO ?", part).run(); }
    if (auto copied = judge(db); !copied) {
        std::remove(part.c_str());
        return copied;
    }
    if (auto synced = sync_file(part); !synced) return synced;
    if (std::rename(part.c_str(), path.c_str()) != 0) return system_error(path);
    return sync_folder(std::filesystem::path(path).parent_path());
}

Result<> migrate(
    Database& db, std::span<const embedded::File> steps, const std::string& backup_dir
) {
    const std::int64_t version = db.number("PRAGMA user_version");
    if (auto known = check_identity(db, version, steps.size()); !known) return known;
    if (version == static_cast<std::int64_t>(steps.size())) return {};
    if (version > 0 && !backup_dir.empty()) {
        const std::string copy =
            backup_dir + "/before-schema-" + std::to_string(steps.size()) + ".db";
        if (auto copied = copy_database(db, copy); !copied) return copied;
    }
    run_steps(db, steps, version);
    auto done = judge(db);
    if (!done) {
        db.rollback();
        return Error(done.error().code, "migrating the database: " + done.error().detail);
    }
    return {};
}

}  // namespace sallyport::store
