// SPDX-License-Identifier: Apache-2.0
// backup FILE
#include "gateway/app/command_tools.hpp"

namespace sallyport::app {

namespace fs = std::filesystem;

void backup(const JobPtr& job) {
    const fs::path file = job->word(0);
    std::error_code failed;
    if (!file.is_absolute()) return job->fail(Exit::usage, "give the whole path of the copy");
    if (fs::is_directory(file, failed))
        return job->fail(Exit::usage, file.string() + " is a folder: name the copy itself");
    if (fs::equivalent(file, job->context.config().storage.path, failed))
        return job->fail(Exit::usage, file.string() + " is the database itself");
    auto done = [job, file](const Result<>& copied) {
        if (!copied)
            return job->fail(
                exit_of(copied.error()), "no backup was made: " + copied.error().to_string()
            );
        const fs::path data = job->context.config().data;
        job->ok(
            "The database is copied to " + file.string() + ".\n" + (data / "key").string() +
            " is not in it: keep a copy of that file apart, for without it the credentials of "
            "users' own\n"
            "accounts cannot be read, and whoever has both can read them. Pictures in " +
            job->context.media().string() + " are left out too.\n"
        );
    };
    job->context.store.backup(file.string(), std::move(done));
}

}  // namespace sallyport::app
